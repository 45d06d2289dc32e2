import { expect, it } from 'vitest';
import { factValue, joinParts, MAX_FILE_BYTES, MemoryFile, MemoryTree } from '../index.ts';
import { folderParts } from './folder-parts.ts';
import { TextFiles } from './text-files.ts';

const encoder = new TextEncoder();

function treeOf(files: Readonly<Record<string, string | Uint8Array>>): MemoryTree {
  const tree = new MemoryTree();
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === 'string' ? encoder.encode(content) : content;
    const slash = path.lastIndexOf('/');
    const directory = tree.makeDirectory(path.slice(0, Math.max(0, slash)));
    directory.put(path.slice(slash + 1), new MemoryFile(bytes, 0, bytes.length));
  }
  return tree;
}

const VERSION = 'Linux version 6.12.9 (a@b) (gcc 14) #1 SMP Mon Jan 1 00:00:00 UTC 2026\n';

it('a journal longer than any file of /sys is read to its last line', () => {
  const junk = encoder.encode(
    'x'
      .repeat(99)
      .concat('\n')
      .repeat(MAX_FILE_BYTES / 100 + 1),
  );
  const journal = new Uint8Array(junk.length + VERSION.length);
  journal.set(junk);
  journal.set(encoder.encode(VERSION), junk.length);
  const { parts, texts, findings } = folderParts(treeOf({ 'sos/journal': journal }), { name: 'sos' });
  const joined = joinParts(parts);
  expect(joined.ok && factValue(joined.value.kernel.release)).toBe('6.12.9');
  const lines = junk.length / 100;
  expect(texts).toEqual([{ source: 'sos: sos/journal', lines: lines + 1, skipped: lines }]);
  expect(findings).toEqual([]);
});

it('what is not read is counted, each reason once', () => {
  const tree = treeOf({
    'logs/journal': VERSION,
    'logs/journal_boot_-1': VERSION,
    'logs/messages.1': VERSION,
    'logs/messages-20260101.gz': VERSION,
    'logs/messages.2.xz': VERSION,
    'logs/dmesg.xz': new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
    'logs/dmesg.gz': new Uint8Array([0x1f, 0x8b, 8, 0]),
    'logs/picture': new Uint8Array([1, 0, 2]),
  });
  const { parts, findings } = folderParts(tree, { name: 'folder', gunzip: () => undefined });
  expect(parts).toHaveLength(1);
  expect(findings.map(({ code, where, text }) => [code, where, / \(and .*/.exec(text)?.[0] ?? ''])).toEqual([
    ['file-left-out-compressed', 'logs/dmesg.gz', ' (and 1 more)'],
    ['file-left-out-old-log', 'logs/journal_boot_-1', ' (and 3 more)'],
  ]);
});

it('what is compressed on its own is read by what unpacks it', () => {
  const packed = new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);
  const unpack = (bytes: Uint8Array) => (bytes[0] === 0xfd ? new TextEncoder().encode(VERSION) : undefined);
  const { parts, findings } = folderParts(treeOf({ 'logs/dmesg.xz': packed }), { name: 'folder', gunzip: unpack });
  expect(parts.map(({ origin }) => origin.source)).toEqual(['folder: logs/dmesg.xz']);
  expect(findings).toEqual([]);
});

it('limits are told, too', () => {
  const tree = treeOf({ a: 'one\n', b: 'two\n', c: 'three\n', d: `${'x'.repeat(2 ** 20)}x` });
  const few = new TextFiles(tree, undefined, { fileBytes: 2 ** 28, bytes: 2 ** 30, files: 2 });
  expect([...few].map(({ path }) => path)).toEqual(['a', 'b']);
  expect(few.findings().map(({ code, where }) => [code, where])).toEqual([['file-left-out-over-limit', 'c']]);
  const small = new TextFiles(tree, undefined, { fileBytes: 2 ** 20, bytes: 2 ** 30, files: 100 });
  expect([...small].map(({ path }) => path)).toEqual(['a', 'b', 'c']);
  expect(small.findings()).toEqual([
    {
      code: 'file-left-out-not-readable',
      severity: 'damaged',
      where: 'd',
      text: 'not read: it is larger than 1 MiB',
    },
  ]);
});
