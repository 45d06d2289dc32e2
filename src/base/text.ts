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

declare const RAW: unique symbol;

/**
 * Text from outside: what a file, an archive or a log says. It can hold anything: terminal escapes, line ends, marks that
 * turn the direction of writing. At run time it is the text; to the compiler it is a symbol, since that is the one
 * primitive type that goes into no template, no sum and no parameter for text. {@link printable} makes output of it,
 * {@link unshown} gives it to code that compares.
 */
export type RawText = symbol & { readonly [RAW]: true };

/** Marks text as coming from outside. */
export function rawText(text: string): RawText {
  return text as unknown as RawText;
}

/** The text itself: to compare, look up, parse, or write into files of facts. Never to be shown. */
export function unshown<T extends RawText | undefined>(raw: T): T extends RawText ? string : undefined {
  return raw as unknown as T extends RawText ? string : undefined;
}

/**
 * Text from an input, made safe to show: control characters (terminal escapes among them), bidirectional overrides and
 * other invisible format characters become `?`, so that a device name can neither move the cursor nor hide text.
 */
export function printable(text: string | RawText): string {
  return (text as string).replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, '?');
}
