/** Inputs that are nearly right: changed here and there, cut, spliced. The same random numbers make the same input. */
import type { Prng } from '../../src/base/index.ts';

/** Bytes with one to eight changes; `others`: what pieces are taken from. */
export function mutateBytes(random: Prng, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let changed = bytes;
  for (let left = 1 + random.below(8); left > 0; left--) changed = changeBytes(random, changed, others);
  return changed;
}

function changeBytes(random: Prng, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const at = random.below(bytes.length + 1);
  const count = Math.min(1 + random.below(1 << random.below(12)), bytes.length - at);
  switch (random.below(7)) {
    case 0:
      return withBytes(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
    case 1:
      return withBytes(bytes, at, 1, Uint8Array.of([0, 0xff, 0x7f, 0x80, 0x0a, 0x30][random.below(6)] ?? 0));
    case 2:
      return withBytes(bytes, at, count, new Uint8Array(0));
    case 3:
      return withBytes(bytes, at, 0, bytes.slice(at, at + count));
    case 4:
      return bytes.slice(0, at);
    case 5: {
      const other = others[random.below(others.length)] ?? bytes;
      const from = random.below(other.length + 1);
      return withBytes(bytes, at, random.below(2) * count, other.slice(from, from + count));
    }
    default:
      return withBytes(bytes, at, 4, Uint8Array.of(0xff, 0xff, 0xff, random.below(256)));
  }
}

function withBytes(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + removed));
  const all = new Uint8Array(at + added.length + rest.length);
  all.set(bytes.subarray(0, at));
  all.set(added, at);
  all.set(rest, at + added.length);
  return all;
}

/** Words that readers may stumble over. */
const ODD_WORDS = [
  '',
  '0',
  '-1',
  '1e3',
  '0x',
  '0xffffffffffffffff',
  '18446744073709551616',
  '99999999999999999999999999',
  'NaN',
  'constructor',
  '__proto__',
  'toString',
  '*',
  '****************a',
  '[',
  '{',
  '&a *a',
  '\u0000',
  '\u001b[2J',
  '\u202e',
  '\ud800',
  'ffff:ff:1f.7',
  '0000:00:00.0',
  'gpu0',
];

/** Text with one to six changes, by lines and by words. */
export function mutateText(random: Prng, text: string, others: readonly string[]): string {
  let lines = text.split('\n');
  for (let left = 1 + random.below(6); left > 0; left--) lines = changeLines(random, lines, others);
  return lines.join(random.below(12) === 0 ? '\r\n' : '\n');
}

function changeLines(random: Prng, all: readonly string[], others: readonly string[]): string[] {
  const lines = all.length > 0 ? all : [''];
  const at = random.below(lines.length + 1);
  const count = 1 + random.below(1 << random.below(6));
  const line = lines[at] ?? '';
  switch (random.below(7)) {
    case 0:
      return lines.toSpliced(at, count);
    case 1:
      return lines.toSpliced(at, 0, ...lines.slice(at, at + count));
    case 2:
      return lines.slice(0, at);
    case 3: {
      const other = (others[random.below(others.length)] ?? '').split('\n');
      const from = random.below(other.length + 1);
      return lines.toSpliced(at, 0, ...other.slice(from, from + count));
    }
    case 4:
      return lines.with(Math.min(at, lines.length - 1), line.slice(random.below(line.length + 1)));
    case 5:
      return lines.with(Math.min(at, lines.length - 1), `${' '.repeat(random.below(5))}${line}`);
    default:
      return lines.with(Math.min(at, lines.length - 1), changeWord(random, line));
  }
}

function changeWord(random: Prng, line: string): string {
  const words = line.match(/[\w.]+|[^\w.]+/g) ?? [''];
  return words.with(random.below(words.length), oddWord(random)).join('');
}

/** A word that a reader may stumble over. */
export function oddWord(random: Prng): string {
  return ODD_WORDS[random.below(ODD_WORDS.length)] ?? '';
}
