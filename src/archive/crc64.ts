/**
 * CRC-64 of ECMA-182 (polynomial 0x42f0e1eba9ea3693), least significant bit first: that of xz.
 * @returns the low and the high 32 bits
 */
export function crc64(bytes: Uint8Array): readonly [low: number, high: number] {
  let low = -1;
  let high = -1;
  for (let at = 0; at < bytes.length; at++) {
    const index = (low ^ (bytes[at] ?? 0)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (LOW[index] ?? 0);
    high = (high >>> 8) ^ (HIGH[index] ?? 0);
  }
  return [~low >>> 0, ~high >>> 0];
}

const LOW = new Int32Array(256);
const HIGH = new Int32Array(256);
for (let index = 0; index < 256; index++) {
  let low = index;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd === 0) continue;
    low ^= 0xd787_0f42;
    high ^= 0xc96c_5795;
  }
  LOW[index] = low;
  HIGH[index] = high;
}
