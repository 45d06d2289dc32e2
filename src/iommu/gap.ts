/** How much fits in a gap between two ranges. */
import { floorLog2, powerOfTwo } from './pfn.ts';

/**
 * The most pages that an allocation can place in pages [`from`, `to`): an allocation of n pages must start at a multiple
 * of n rounded up to a power of two. Every smaller allocation fits as well, so this one number answers for all sizes.
 * 0 when nothing fits.
 */
export function largestFit(from: number, to: number): number {
  const length = to - from;
  if (length <= 0) return 0;
  if (to < 0x2000_0000) {
    let size = 1 << (31 - Math.clz32(length));
    if (((from + size - 1) & -size) + size > to) size >>= 1;
    const twice = size << 1;
    return Math.max(size, to - ((from + twice - 1) & -twice));
  }
  let size = powerOfTwo(floorLog2(length));
  if (Math.ceil(from / size) * size + size > to) size /= 2;
  return Math.max(size, to - Math.ceil(from / (size * 2)) * size * 2);
}
