import fc from 'fast-check';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { concat, paxRecord, type RawMember, tarOf } from '../../test/capture/tar-of.ts';
import type { Finding, MemoryTree } from '../capture/index.ts';
import { looksLikeTar, readTar } from './read-tar.ts';

/** Every path of the tree: text of files, `-> target` of links, `/` of empty directories. */
function contents(tree: MemoryTree, path = ''): Record<string, string> {
  const directory = tree.directory(path);
  if (directory.state !== 'known') return {};
  const { names } = directory.value;
  if (names.length === 0 && path !== '') return { [path]: '/' };
  const all: Record<string, string> = {};
  for (const name of names) {
    const inner = path === '' ? name : `${path}/${name}`;
    const text = directory.value.readText(name);
    const link = directory.value.readLink(name);
    if (text.state === 'known') all[inner] = text.value;
    else if (link.state === 'known') all[inner] = `-> ${link.value}`;
    else Object.assign(all, contents(tree, inner));
  }
  return all;
}

function read(members: readonly RawMember[]): { files: Record<string, string>; findings: readonly Finding[] } {
  const result = readTar(tarOf(members));
  if (!result.ok) throw new Error(result.error);
  return { files: contents(result.value.tree), findings: result.value.findings };
}

function failure(bytes: Uint8Array): string {
  const result = readTar(bytes);
  return result.ok ? 'read' : result.error;
}

describe('readTar', () => {
  it('reads files, links and directories', () => {
    const { files, findings } = read([
      { name: './', type: '5' },
      { name: './sys/', type: '5' },
      { name: './sys/a', body: 'one\n' },
      { name: './sys/empty', body: '' },
      { name: './sys/long', body: 'x'.repeat(5000) },
      { name: './sys/link', type: '2', link: '../../b' },
      { name: './sys/dir/', type: '5' },
      { name: 'old-file', type: '\0', body: 'v7' },
      { name: 'old-dir/', type: '0' },
    ]);
    expect(files).toEqual({
      'sys/a': 'one\n',
      'sys/empty': '',
      'sys/long': 'x'.repeat(5000),
      'sys/link': '-> ../../b',
      'sys/dir': '/',
      'old-file': 'v7',
      'old-dir': '/',
    });
    expect(findings).toEqual([]);
  });

  it('reads what another implementation writes, long names and all', async () => {
    const name = fc.array(fc.stringMatching(/^[a-z0-9:]{1,30}$/), { minLength: 1, maxLength: 12 });
    const member = fc.record({ path: name, body: fc.uint8Array({ maxLength: 2000 }), link: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(member, { selector: (m) => m.path[0], maxLength: 8 }), async (members) => {
        const entries = members.map(({ path, body, link }) => {
          const full = path.join('/');
          const header = { name: full, size: body.length, mtime: new Date(0) };
          return link
            ? { header: { ...header, type: 'symlink' as const, linkname: `../${full}`, size: 0 } }
            : { header: { ...header, type: 'file' as const }, body };
        });
        const result = readTar(await packTar(entries));
        expect(result.ok).toBe(true);
        if (!result.ok) return;
        for (const { path, body, link } of members) {
          const entry = result.value.tree.get(path.join('/'));
          if (link) expect(entry).toBe(`../${path.join('/')}`);
          else expect(typeof entry === 'object' && 'bytes' in entry ? entry.bytes : entry).toEqual(body);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('reads more text than it has room for at first', () => {
    const members = Array.from({ length: 2000 }, (_, n) => ({
      name: `sys/devices/${n}/name`,
      body: `text ${n}\n`.repeat(9),
    }));
    const { files } = read(members);
    expect(files).toEqual(Object.fromEntries(members.map(({ name, body }) => [name, body])));
  });

  it.each<[string, RawMember[], string]>([
    ['a ustar prefix', [{ name: 'c', prefix: 'a/b', body: '1' }], 'a/b/c'],
    [
      'a GNU long name',
      [
        { name: 'L', type: 'L', body: 'a/b/c\0' },
        { name: 'short', body: '1' },
      ],
      'a/b/c',
    ],
    [
      'a pax path',
      [
        { name: 'x', type: 'x', body: paxRecord('path', 'a/b/c') },
        { name: 's', body: '1' },
      ],
      'a/b/c',
    ],
    [
      'a global pax path',
      [
        { name: 'g', type: 'g', body: paxRecord('path', 'p') },
        { name: 's', body: '1' },
      ],
      'p',
    ],
    ['spaces in front of a size', [{ name: 'a', body: '1', size: '          1' }], 'a'],
  ])('takes the name of a member from %s', (_name, members, path) => {
    expect(read(members).files).toEqual({ [path]: '1' });
  });

  it('takes names and link targets for the next member only', () => {
    const { files } = read([
      { name: 'L', type: 'L', body: 'long\0' },
      { name: 'K', type: 'K', body: 'far\0' },
      { name: 'a', type: '2', link: 'near' },
      { name: 'b', type: '2', link: 'near' },
    ]);
    expect(files).toEqual({ long: '-> far', b: '-> near' });
  });

  it('takes the size from pax records where they have one', () => {
    const files = read([
      { name: 'x', type: 'x', body: paxRecord('size', '3') },
      { name: 'a', body: 'abc', size: 0 },
      { name: 'b', body: 'd' },
    ]).files;
    expect(files).toEqual({ a: 'abc', b: 'd' });
  });
});

describe('readTar and hostile archives', () => {
  it.each(['../etc/passwd', 'sys/../../etc', '/../x', './..', 'a/..'])('ignores %s, which climbs', (name) => {
    const { files, findings } = read([
      { name, body: 'x' },
      { name: 'ok', body: '1' },
    ]);
    expect(files).toEqual({ ok: '1' });
    expect(findings).toEqual([
      {
        code: 'archive-name-outside',
        severity: 'damaged',
        where: name,
        text: 'the name leads out of the archive; ignored',
      },
    ]);
  });

  it('takes absolute names without their slash, counting them in one finding', () => {
    const { files, findings } = read([
      { name: '/sys/a', body: '1' },
      { name: '//sys//b', body: '2' },
    ]);
    expect(files).toEqual({ 'sys/a': '1', 'sys/b': '2' });
    expect(findings).toMatchObject([
      { code: 'archive-name-absolute', where: '/sys/a', text: expect.stringMatching(/\(and 1 more\)$/) },
    ]);
  });

  it('keeps the target of a link as text, wherever it points', () => {
    expect(read([{ name: 'a', type: '2', link: '/etc/passwd' }]).files).toEqual({ a: '-> /etc/passwd' });
  });

  it('does not write through a link', () => {
    const { files } = read([
      { name: 'sys', type: '2', link: '/etc' },
      { name: 'sys/passwd', body: 'x' },
    ]);
    expect(files).toEqual({ 'sys/passwd': 'x' });
  });

  it('takes the later of two members of one name, with a finding', () => {
    const { files, findings } = read([
      { name: 'a', body: '1' },
      { name: './a', body: '2' },
      { name: 'd/', type: '5' },
      { name: 'd', type: '5' },
    ]);
    expect(files).toEqual({ a: '2', d: '/' });
    expect(findings).toMatchObject([{ code: 'archive-member-repeated', where: 'a' }]);
  });

  it('gives a hard link the content of the earlier member', () => {
    const { files, findings } = read([
      { name: 'a', body: '1' },
      { name: 'l', type: '2', link: 'x' },
      { name: 'b', type: '1', link: './a' },
      { name: 'c', type: '1', link: 'l' },
      { name: 'd', type: '1', link: 'later' },
      { name: 'e', type: '1', link: '../a' },
      { name: 'later', body: '2' },
    ]);
    expect(files).toEqual({ a: '1', l: '-> x', b: '1', c: '-> x', later: '2' });
    expect(findings).toMatchObject([{ code: 'archive-hard-link-lost', where: 'd' }]);
  });

  it('ignores devices and pipes', () => {
    expect(read(['3', '4', '6'].map((type) => ({ name: type, type }))).files).toEqual({});
  });

  it('reads names that are not UTF-8, with a finding', () => {
    const { files, findings } = read([{ name: Uint8Array.from([0x61, 0xff, 0x62]), body: '1' }]);
    expect(files).toEqual({ 'a\ufffdb': '1' });
    expect(findings).toMatchObject([{ code: 'archive-name-not-utf8' }]);
  });

  it('reads bodies and names beyond ASCII', () => {
    expect(read([{ name: '\u00fc', body: 'Gr\u00fc\u00dfe' }]).files).toEqual({ '\u00fc': 'Gr\u00fc\u00dfe' });
  });

  it.each([
    ['longer than a path can be', 'x'.repeat(5000)],
    ['deeper than any machine', 'a/'.repeat(300)],
  ])('ignores names %s', (_name, name) => {
    const { files, findings } = read([
      { name: 'L', type: 'L', body: `${name}\0` },
      { name: 's', body: '1' },
    ]);
    expect(files).toEqual({});
    expect(findings).toMatchObject([{ code: 'archive-name-long' }]);
  });

  it('reads 200,000 members of one folder', () => {
    const one = tarOf([{ name: 'sys/a' }], { end: false });
    const all = new Uint8Array(200_000 * one.length + 1024);
    for (let n = 0; n < 200_000; n++) all.set(one, n * one.length);
    const result = readTar(all);
    expect(result.ok && result.value.findings).toMatchObject([{ text: expect.stringContaining('(and 199998 more)') }]);
  });

  it.each<[string, Uint8Array, string]>([
    ['without an end mark', tarOf([{ name: 'a', body: '1' }], { end: false }), 'cut-short'],
    ['cut in a header', tarOf([{ name: 'a', body: '1' }]).subarray(0, 300), 'cut-short'],
    ['cut in a body', tarOf([{ name: 'a', body: 'x'.repeat(2000) }]).subarray(0, 1024), 'cut-short'],
    ['that says it is larger', tarOf([{ name: 'a', body: '1', size: 0o77777777777 }]), 'cut-short'],
    ['with a wrong checksum', tarOf([{ name: 'a' }, { name: 'b', checksumError: 1 }]), 'damaged'],
    ['with a size that is no number', tarOf([{ name: 'a', size: '0000000009x' }]), 'damaged'],
    ['with a size beyond all numbers', tarOf([{ name: 'a', size: '\u00ff\u00ff\u00ff\u00ff' }]), 'damaged'],
    ['with damaged pax records', tarOf([{ name: 'x', type: 'x', body: '99 path=a\n' }]), 'damaged'],
    ['with pax records without length', tarOf([{ name: 'x', type: 'x', body: 'path=a\n' }]), 'damaged'],
    ['with GNU sparse members', tarOf([{ name: 'a', type: 'S' }]), 'sparse'],
    [
      'with pax sparse members',
      tarOf([{ name: 'x', type: 'x', body: paxRecord('GNU.sparse.major', '1') }, { name: 'a' }]),
      'sparse',
    ],
    ['of nothing', new Uint8Array(0), 'cut-short'],
  ])('refuses an archive %s', (_name, bytes, error) => {
    expect(failure(bytes)).toBe(error);
  });

  it('takes an archive that ends with one empty block, or with junk after its end', () => {
    expect(failure(tarOf([{ name: 'a' }]).subarray(0, 1024))).toBe('read');
    expect(failure(concat([tarOf([{ name: 'a' }]), new Uint8Array(700).fill(0x41)]))).toBe('read');
  });

  it('reads an archive at an odd place in memory', () => {
    const bytes = concat([new Uint8Array(1), tarOf([{ name: 'a', body: '1' }])]).subarray(1);
    expect(looksLikeTar(bytes)).toBe(true);
    expect(failure(bytes)).toBe('read');
  });

  it('never throws, whatever is changed', () => {
    const good = tarOf([
      { name: 'x', type: 'x', body: paxRecord('path', 'a/b') },
      { name: 'a', body: 'text' },
      { name: 'l', type: '2', link: 'a' },
    ]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 5 }), (changes) => {
        const bytes = good.slice();
        for (const [at, value] of changes) bytes[at] = value;
        expect(() => readTar(bytes)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});

describe('looksLikeTar', () => {
  it.each<[string, Uint8Array, boolean]>([
    ['a tar', tarOf([{ name: 'a' }]), true],
    ['text', new TextEncoder().encode('00:00.0 Host bridge: '.repeat(40)), false],
    ['zeros', new Uint8Array(1024), false],
    ['a short file', new Uint8Array(100).fill(1), false],
  ])('%s', (_name, bytes, yes) => {
    expect(looksLikeTar(bytes)).toBe(yes);
  });
});
