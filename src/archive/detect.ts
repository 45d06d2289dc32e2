/** Tells inputs apart by their first bytes, never by their name. */
import { looksLikeTar } from './read-tar.ts';

/** What an input is; text and everything else is `other`. */
export type Container = 'gzip' | 'bzip2' | 'xz' | 'zstd' | 'lzip' | 'zip' | 'tar' | 'other';

const MAGICS: readonly (readonly [Container, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['lzip', [0x4c, 0x5a, 0x49, 0x50]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
];

/** Looks at the magic numbers, then for a tar header. */
export function detectContainer(bytes: Uint8Array): Container {
  for (const [kind, magic] of MAGICS) {
    if (bytes.length >= magic.length && magic.every((byte, index) => bytes[index] === byte)) return kind;
  }
  return looksLikeTar(bytes) ? 'tar' : 'other';
}
