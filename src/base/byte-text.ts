const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes in the largest unit that divides them: `64 KiB`. */
export function byteText(bytes: bigint): string {
  let [size, unit] = [bytes, 0];
  while (size !== 0n && size % 1024n === 0n && unit < UNITS.length - 1) {
    size /= 1024n;
    unit++;
  }
  return `${size} ${UNITS[unit]}`;
}
