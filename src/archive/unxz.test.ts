import { describe, expect, it } from 'vitest';
import { concat } from '../../test/capture/tar-of.ts';
import { packed, PACKED_TAR as TAR, PACKED_TEXT as TEXT } from '../../test/support/packed-files.ts';
import { crc32 } from './crc32.ts';
import { unxz } from './unxz.ts';

const LIMIT = 2 ** 20;
const NOISE = packed('noise.bin');
const NOISY = concat([NOISE, TEXT, NOISE.toReversed(), TEXT, NOISE.map((byte) => ~byte)]);

/** A file with one byte changed, and the CRC-32 at `crc` made right again. Places before 0 count from the end. */
function forged(file: string, at: number, { from, to, crc }: Readonly<Record<'from' | 'to' | 'crc', number>>) {
  const bytes = packed(file);
  const place = (n: number): number => (n < 0 ? bytes.length + n : n);
  bytes[place(at)] = (bytes[place(at)] ?? 0) ^ 0x3f;
  const covered = bytes.subarray(place(from), place(to));
  new DataView(bytes.buffer).setUint32(place(crc), crc32(covered), true);
  return bytes;
}

describe('unxz', () => {
  it.each<[string, string, Uint8Array]>([
    ['without a check', 'text-none.xz', TEXT],
    ['with a CRC-32', 'text-crc32.xz', TEXT],
    ['with a CRC-64', 'text-crc64.xz', TEXT],
    ['with a SHA-256', 'text-sha256.xz', TEXT],
    ['with chunks that are not compressed', 'noise.xz', NOISY],
    ['of many chunks', 'capture.tar.xz', TAR],
    ['of several blocks', 'blocks-sha256.tar.xz', TAR],
    ['with other literal coders', 'crc32-lp4.tar.xz', TAR],
    ['of two streams with padding between them', 'streams.tar.xz', TAR],
  ])('unpacks data %s', (_name, file, unpacked) => {
    const result = unxz(packed(file), LIMIT);
    expect(result.ok && Buffer.compare(result.value, unpacked)).toBe(0);
  });

  it('unpacks nothing to nothing', () => {
    const empty = Buffer.from('/Td6WFoAAATm1rRGAAAAABzfRCEftvN9AQAAAAAEWVo=', 'base64');
    expect(unxz(empty, 0)).toEqual({ ok: true, value: new Uint8Array(0) });
  });

  it('stops at the limit', () => {
    expect(packed('zeros.xz').length).toBeLessThan(500);
    expect(unxz(packed('zeros.xz'), LIMIT)).toEqual({ ok: false, error: 'too-large' });
    expect(unxz(packed('zeros.xz'), 2 * LIMIT).ok).toBe(true);
    for (const limit of [NOISE.length - 1, NOISE.length + 1, NOISY.length - 1])
      expect(unxz(packed('noise.xz'), limit)).toEqual({ ok: false, error: 'too-large' });
    expect(unxz(packed('noise.xz'), NOISY.length).ok).toBe(true);
  });

  it('says that data is cut short wherever it is cut', () => {
    for (const file of ['text-sha256.xz', 'noise.xz']) {
      const whole = packed(file);
      for (let length = 0; length < whole.length; length++) {
        expect(unxz(whole.subarray(0, length), LIMIT)).toEqual({ ok: false, error: 'cut-short' });
      }
    }
  });

  it.each(['text-crc32.xz', 'text-crc64.xz', 'text-sha256.xz'])('never takes a changed %s for good', (file) => {
    const whole = packed(file);
    for (let bit = 0; bit < 8 * whole.length; bit += 3) {
      const changed = whole.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(unxz(changed, LIMIT).ok).toBe(false);
    }
  });

  const FOOTER = { from: -8, to: -2, crc: -12 };
  const INDEX = { from: -24, to: -16, crc: -16 };
  it.each<[string, string, number, typeof FOOTER]>([
    ['the kind of check in the footer', 'text-none.xz', -3, FOOTER],
    ['the size of the index in the footer', 'text-none.xz', -8, FOOTER],
    ['the count of blocks in the index', 'text-none.xz', -23, INDEX],
    ['the packed size in the index', 'text-none.xz', -22, INDEX],
    ['the size in the index', 'text-none.xz', -20, INDEX],
    ['the size of the dictionary', 'text-none.xz', 16, { from: 12, to: 20, crc: 20 }],
    ['the packed size of a block', 'blocks-sha256.tar.xz', 14, { from: 12, to: 24, crc: 24 }],
    ['the size of a block', 'blocks-sha256.tar.xz', 16, { from: 12, to: 24, crc: 24 }],
  ])('refuses what does not fit the rest though its checksum is right: %s', (_name, file, at, sum) => {
    expect(unxz(packed(file), LIMIT).ok).toBe(true);
    expect(unxz(forged(file, at, sum), LIMIT)).toEqual({ ok: false, error: 'damaged' });
  });

  it('without a check still never fails otherwise than with a reason', () => {
    const whole = packed('text-none.xz');
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const changed = whole.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(unxz(changed, LIMIT)).toHaveProperty('ok');
    }
  });

  it.each<[string, Uint8Array]>([
    ['text', Buffer.from('hello')],
    ['padding of a wrong length', new Uint8Array(5)],
    ['the start of something else', Buffer.from('\xfd7zXY')],
  ])('refuses %s behind a stream', (_name, tail) => {
    expect(unxz(concat([packed('text-crc64.xz'), tail]), LIMIT)).toEqual({ ok: false, error: 'trailing' });
  });

  it('accepts zeros behind the last stream, four at a time', () => {
    expect(unxz(concat([packed('text-crc64.xz'), new Uint8Array(8)]), LIMIT).ok).toBe(true);
  });

  it('says that it does not read filters for machine code', () => {
    expect(unxz(packed('x86-filter.xz'), LIMIT)).toEqual({ ok: false, error: 'unsupported' });
  });
});
