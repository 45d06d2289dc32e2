/**
 * A 64-bit value from its halves, `low` 0 ... 2^32-1; as one number where that is exact, because four operations on
 * bigints cost more.
 */
export function joinHalves(high: number, low: number): bigint {
  return high < 0x20_0000 ? BigInt(high * 0x1_0000_0000 + low) : (BigInt(high) << 32n) | BigInt(low);
}
