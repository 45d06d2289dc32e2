import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { factValue } from '../capture/index.ts';
import { readInput } from './index.ts';
import { readZip } from './read-zip.ts';

const LIMIT = 2 ** 20;
const encoder = new TextEncoder();

function zip(files: Readonly<Record<string, string>>, level: 0 | 9 = 9): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, encoder.encode(text)])), {
    level,
  });
}

const LSPCI = `00:00.0 Host bridge [0600]: Intel Corporation Device [8086:1237]\n${'x'.repeat(500)}`;
const FILES = { 'logs/': '', 'logs/lspci.txt': LSPCI, 'logs/empty': '', 'uname.txt': 'Linux h 6.12.9 #1 SMP x86_64\n' };

/** Texts by path, or why there are none. */
function contents(bytes: Uint8Array, limit = LIMIT): unknown {
  const read = readZip(bytes, limit);
  if (!read.ok) return read.error;
  return Object.fromEntries(
    ['logs/lspci.txt', 'logs/empty', 'uname.txt'].map((path) => {
      const [, folder = '', name = ''] = /^(?:(.*)\/)?(.*)$/.exec(path) ?? [];
      const directory = read.value.tree.directory(folder);
      const text = directory.state === 'known' ? directory.value.readText(name) : directory;
      return [path, text.state === 'known' ? text.value : text.state];
    }),
  );
}

const WHOLE = { 'logs/lspci.txt': LSPCI, 'logs/empty': '', 'uname.txt': FILES['uname.txt'] };

/** Bytes of the first header with this signature; `change` gets its offset. */
function changed(bytes: Uint8Array, signature: number, change: (view: DataView, at: number) => void): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (let at = 0; at + 4 <= copy.length; at++) {
    if (view.getUint32(at, true) !== signature) continue;
    change(view, at);
    return copy;
  }
  throw new Error('no such header');
}

describe('readZip', () => {
  it('reads deflated and stored members', () => {
    expect(contents(zip(FILES))).toEqual(WHOLE);
    expect(contents(zip(FILES, 0))).toEqual(WHOLE);
  });

  it('never gives other content, whatever byte is damaged', () => {
    const bytes = zip(FILES);
    for (let at = 0; at < bytes.length; at++) {
      const read = contents(Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 0x41 : byte)));
      if (typeof read === 'string') continue;
      // Names and times have no checksum: a member may be gone, its text may not be another.
      for (const [path, text] of Object.entries(WHOLE)) {
        expect([text, 'absent']).toContain((read as Record<string, string>)[path]);
      }
    }
  });

  it('says what keeps it from reading', () => {
    const bytes = zip(FILES);
    expect(contents(bytes.subarray(0, bytes.length - 30))).toBe('cut-short');
    expect(contents(bytes, 100)).toBe('too-large');
    expect(contents(changed(bytes, 0x0201_4b50, (view, at) => view.setUint16(at + 8, 1, true)))).toBe('encrypted');
    expect(contents(changed(bytes, 0x0201_4b50, (view, at) => view.setUint16(at + 10, 12, true)))).toBe('method');
    expect(contents(changed(bytes, 0x0201_4b50, (view, at) => view.setUint32(at + 24, 2 ** 32 - 1, true)))).toBe(
      'split',
    );
    expect(contents(changed(bytes, 0x0201_4b50, (view, at) => view.setUint32(at + 24, 2 ** 31, true)))).toBe('damaged');
  });
});

it('a zip of texts is a machine, as a tar is', async () => {
  const texts = await readInput(zip(FILES), 'logs.zip');
  expect(texts.ok && [texts.value.functions.map(({ bdf }) => bdf), factValue(texts.value.kernel.release)]).toEqual([
    [0],
    '6.12.9',
  ]);
  const refused = await readInput(zip({ README: 'hello\n' }), 'logs.zip');
  expect(refused.ok || refused.error.code).toBe('no-machine');
});
