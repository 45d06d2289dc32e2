import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { nodeGunzip } from './gunzip.ts';

const LIMIT = 2 ** 20;

describe('nodeGunzip', () => {
  it('unpacks, streams one after the other too', () => {
    const packed = Buffer.concat([gzipSync('hello, '), gzipSync('world')]);
    const result = nodeGunzip(packed, LIMIT);
    expect(result.ok && new TextDecoder().decode(result.value)).toBe('hello, world');
  });

  it('does not depend on the last bytes, which tell the size of the last stream alone', () => {
    const packed = Buffer.concat([gzipSync(new Uint8Array(300_000)), gzipSync('x')]);
    const result = nodeGunzip(packed, LIMIT);
    expect(result.ok && result.value.length).toBe(300_001);
  });

  it('refuses what follows the last stream', () => {
    const packed = Buffer.concat([gzipSync('x'), Buffer.from('junk'), Buffer.alloc(4, 0xff)]);
    expect(nodeGunzip(packed, LIMIT)).toEqual({ ok: false, error: 'damaged' });
  });

  it('stops at the limit', () => {
    const packed = gzipSync(new Uint8Array(LIMIT + 1));
    expect(nodeGunzip(packed, LIMIT)).toEqual({ ok: false, error: 'too-large' });
    expect(nodeGunzip(packed, LIMIT + 1).ok).toBe(true);
  });

  it.each([10, 12, 100, 1000])('says that data is cut short after %i bytes', (length) => {
    const packed = gzipSync(Uint8Array.from({ length: 5000 }, (_, n) => Math.imul(n + 1, 2654435761) >>> 24));
    expect(nodeGunzip(packed.subarray(0, length), LIMIT)).toEqual({ ok: false, error: 'cut-short' });
  });

  it('says that changed data is damaged', () => {
    const packed = Buffer.from(gzipSync('some text that is long enough to change'));
    packed[20] = (packed[20] ?? 0) ^ 0xff;
    expect(nodeGunzip(packed, LIMIT)).toEqual({ ok: false, error: 'damaged' });
  });
});
