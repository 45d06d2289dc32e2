import { describe, expect, it } from 'vitest';
import { concat } from '../../test/capture/tar-of.ts';
import { packed } from '../../test/support/packed-files.ts';
import { bunzip2 } from './bunzip2.ts';
import type { Decompress } from './decompress.ts';
import { unxz } from './unxz.ts';
import { unzstd } from './unzstd.ts';

/** "hello\n", by bzip2 1.0.8. */
const HELLO_BZ2 = Buffer.from('QlpoOTFBWSZTWcHAgOIAAAFBAAAQAkSgADDNAMNGKZcXckU4UJDBwIDi', 'base64');

describe('how far unpacking is', () => {
  it.each<[string, Decompress, Uint8Array]>([
    ['xz', unxz, packed('blocks-sha256.tar.xz')],
    ['zstd', unzstd, packed('capture.tar.zst')],
    ['bzip2', bunzip2, concat([HELLO_BZ2, HELLO_BZ2, HELLO_BZ2])],
  ])('%s says it more than once, as a share that grows', async (_name, decompress, bytes) => {
    const shares: number[] = [];
    const result = await decompress(bytes, 2 ** 22, (share) => shares.push(share));
    expect(result.ok).toBe(true);
    expect(shares.length).toBeGreaterThan(1);
    expect(shares.every((share) => share > 0 && share <= 1)).toBe(true);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });
});
