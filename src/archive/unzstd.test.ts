import { describe, expect, it } from 'vitest';
import { concat } from '../../test/capture/tar-of.ts';
import { packed, PACKED_TAR as TAR, PACKED_TEXT as TEXT } from '../../test/support/packed-files.ts';
import { unzstd } from './unzstd.ts';

const LIMIT = 2 ** 20;
const digits = (value: number, count: number): string => `${value}`.padStart(count, '0');
const ROWS = new TextEncoder().encode(
  Array.from({ length: 12_000 }, (_, row) => `${digits(row, 6)},${digits((row * 7) % 1000, 3)}\n`).join(''),
);

describe('unzstd', () => {
  it.each<[string, string, Uint8Array]>([
    ['packed well', 'text.zst', TEXT],
    ['packed fast', 'text-1.zst', TEXT],
    ['of several blocks', 'capture.tar.zst', TAR],
    ['without a checksum', 'no-check.tar.zst', TAR],
    ['with literals and tables of every kind', 'rows.zst', ROWS],
    ['of two frames with a skippable one between them', 'frames.tar.zst', TAR],
    [
      'of many small frames',
      'lengths.zst',
      concat(Array.from({ length: 71 }, (_, length) => TEXT.subarray(0, length))),
    ],
  ])('unpacks data %s', (_name, file, unpacked) => {
    const result = unzstd(packed(file), LIMIT);
    expect(result.ok && Buffer.compare(result.value, unpacked)).toBe(0);
  });

  it('stops at the limit, in blocks of every kind', () => {
    expect(packed('zeros.zst').length).toBeLessThan(200);
    expect(unzstd(packed('zeros.zst'), LIMIT)).toEqual({ ok: false, error: 'too-large' });
    expect(unzstd(packed('zeros.zst'), 2 * LIMIT).ok).toBe(true);
    expect(unzstd(packed('capture.tar.zst'), TAR.length - 1)).toEqual({ ok: false, error: 'too-large' });
    expect(unzstd(packed('capture.tar.zst'), TAR.length).ok).toBe(true);
    expect(unzstd(packed('lengths.zst'), 100)).toEqual({ ok: false, error: 'too-large' });
  });

  it('says that data is cut short wherever it is cut', () => {
    for (const file of ['text.zst', 'text-1.zst']) {
      const whole = packed(file);
      for (let length = 0; length < whole.length; length++) {
        expect(unzstd(whole.subarray(0, length), LIMIT)).toEqual({ ok: false, error: 'cut-short' });
      }
    }
  });

  it.each(['text.zst', 'text-1.zst', 'lengths.zst'])('never takes a changed %s for good', (file) => {
    const whole = packed(file);
    const good = unzstd(whole, LIMIT);
    for (let bit = 0; bit < 8 * whole.length; bit += 5) {
      const changed = whole.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const result = unzstd(changed, LIMIT);
      // A larger window, a magic number of a frame to skip: such changes leave what is said as it is, or take it out.
      if (result.ok && file !== 'lengths.zst') expect(result).toEqual(good);
    }
  });

  it('says that a whole block is damaged, not cut short, where its parts run out', () => {
    const whole = packed('text.zst');
    // Before them are the headers of frame and block, behind them the checksum.
    for (let at = 10; at < whole.length - 4; at++) {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      expect(unzstd(changed, LIMIT)).toEqual({ ok: false, error: 'damaged' });
    }
  });

  it('refuses a frame of another size than it says, without a checksum too', () => {
    const changed = packed('rows.zst');
    changed[6] = (changed[6] ?? 0) ^ 1;
    expect(unzstd(changed, LIMIT)).toEqual({ ok: false, error: 'damaged' });
  });

  it('refuses a block that is larger than the window', () => {
    const repeated = (size: number): Uint8Array =>
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0, ((size << 3) & 0xff) | 3, size >> 5, size >> 13, 0x61);
    expect(unzstd(repeated(1024), LIMIT).ok).toBe(true);
    expect(unzstd(repeated(1025), LIMIT)).toEqual({ ok: false, error: 'damaged' });
  });

  it.each<[string, Uint8Array]>([
    ['text', Buffer.from('hello')],
    ['a byte', new Uint8Array(1)],
  ])('refuses %s behind a frame', (_name, tail) => {
    expect(unzstd(concat([packed('text.zst'), tail]), LIMIT)).toEqual({ ok: false, error: 'trailing' });
  });

  it('says that it has no dictionary', () => {
    expect(unzstd(packed('dictionary.zst'), LIMIT)).toEqual({ ok: false, error: 'unsupported' });
  });
});
