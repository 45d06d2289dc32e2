/** Sizes as people write them. */

const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** `4K`, `256M`, `1G`: the largest binary unit that divides the size; `4097` in bytes where none does. */
export function sizeText(bytes: bigint): string {
  let value = bytes;
  let unit = 0;
  while (value !== 0n && value % 1024n === 0n && unit < UNITS.length - 1) {
    value /= 1024n;
    unit++;
  }
  return `${value}${UNITS[unit]}`;
}
