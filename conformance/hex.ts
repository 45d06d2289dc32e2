/** Numbers as recordings write them. */

/** Hexadecimal without 0x. */
export function hexText(value: bigint | number): string {
  return value.toString(16);
}

/** Reads a quoted number of a recording. */
export function hexValue(text: unknown): bigint {
  return BigInt(`0x${String(text)}`);
}
