import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PACKED_TEXT, packed } from '../../test/support/packed-files.ts';
import { memberUnpacker } from './index.ts';

const unpackMember = memberUnpacker();

/** "Linux version 6.12.9 (a@b) #1 SMP" and a newline, by bzip2 -9. */
const BZIP2 = Uint8Array.from(
  atob('QlpoOTFBWSZTWexctjcAAAjfgAAQSGExIEAGSAAyIZtAIAAiKaNqaMeqZPQaaFAAAGTIBxt60CQCQh3ygRDr+1tKpLrEW2LuSKcKEh2Llsbg'),
  (character) => character.charCodeAt(0),
);
const TEXT = 'Linux version 6.12.9 (a@b) #1 SMP\n';
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

describe('a member that is compressed on its own', () => {
  it.each([
    ['gzip', Uint8Array.from(gzipSync(TEXT)), TEXT],
    ['bzip2', BZIP2, TEXT],
    ['xz', packed('text-crc64.xz'), new TextDecoder().decode(PACKED_TEXT)],
    ['zstd', packed('text.zst'), new TextDecoder().decode(PACKED_TEXT)],
  ])('by %s is unpacked', (_, bytes, expected) => {
    expect(text(unpackMember(bytes))).toBe(expected);
  });

  it.each([
    ['gzip', Uint8Array.from(gzipSync(TEXT))],
    ['bzip2', BZIP2],
    ['xz', packed('text-crc64.xz')],
    ['zstd', packed('text.zst')],
  ])('by %s, damaged, cut, or larger than asked for, is nothing', (_, bytes) => {
    const changed = bytes.slice();
    changed[Math.floor(bytes.length / 2)] = (changed[Math.floor(bytes.length / 2)] ?? 0) ^ 0x55;
    expect(unpackMember(changed)).toBeUndefined();
    expect(unpackMember(bytes.subarray(0, bytes.length - 3))).toBeUndefined();
    expect(unpackMember(bytes, 8)).toBeUndefined();
  });

  it('that is not compressed is nothing', () => {
    expect(unpackMember(new TextEncoder().encode(TEXT))).toBeUndefined();
  });

  it('is given to the platform where it is gzip and that does better', () => {
    const own = memberUnpacker(() => new Uint8Array([1]));
    expect(own(Uint8Array.from(gzipSync(TEXT)))).toEqual(new Uint8Array([1]));
    expect(text(own(BZIP2))).toBe(TEXT);
  });
});
