/** Numbers as people read them, and text from outside made safe to show. */

/** `0x…`, lower case, no padding: how every address and length is written in text and JSON. */
export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

const SHORT_UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E'] as const;

/** Bytes in the largest unit that divides them: `64 KiB`. */
export function byteText(bytes: bigint): string {
  const [size, unit] = inLargestUnit(bytes, 5);
  return `${size} ${unit === 0 ? 'B' : `${SHORT_UNITS[unit]}iB`}`;
}

/** As lspci and the kernel's command line write it: `4K`, `256M`, `1G`; `4097` where no unit divides it. */
export function sizeText(bytes: bigint): string {
  const [size, unit] = inLargestUnit(bytes, 6);
  return `${size}${SHORT_UNITS[unit]}`;
}

/** The power of 1024, at most `last`, that divides a size, and how often it is in there. */
function inLargestUnit(bytes: bigint, last: number): readonly [size: bigint, unit: number] {
  let [size, unit] = [bytes, 0];
  while (size !== 0n && size % 1024n === 0n && unit < last) {
    size /= 1024n;
    unit++;
  }
  return [size, unit];
}

/**
 * Text from an input, made safe to show: control characters (terminal escapes among them), bidirectional overrides and
 * other invisible format characters become `?`, so that a device name can neither move the cursor nor hide text.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, '?');
}
