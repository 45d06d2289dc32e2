/** Lines of a hex dump: `10: 04 00 40 fe 00 …`, offset before the colon, each byte as two digits. */

/** Bytes in a row as lspci prints it. */
export const ROW = 16;

/** Marks what is not a hexadecimal digit. */
const NO_DIGIT = 0x100;
/** Value of a digit by its ASCII code, as the low and as the high half of a byte. */
const LOW: Uint16Array = digitValues(1);
const HIGH: Uint16Array = digitValues(16);

function digitValues(weight: number): Uint16Array {
  const table = new Uint16Array(256).fill(NO_DIGIT);
  for (let value = 0; value < 16; value++) {
    const digit = value.toString(16);
    table[digit.charCodeAt(0)] = value * weight;
    table[digit.toUpperCase().charCodeAt(0)] = value * weight;
  }
  return table;
}

/** Value of a hexadecimal digit by its ASCII code, 0 ... 15; more than that for everything else. */
export function hexDigit(code: number | undefined): number {
  return LOW[code as number] ?? NO_DIGIT;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
/** Offset of up to eight digits, colon, 16 times space and two digits, line end. */
const LONGEST_ROW = 8 + 1 + 3 * ROW + 2;

/**
 * Decodes the row at `at`, if it has exactly the form that lspci prints and the offset `offset`, into `out` from `to`
 * on. Gives the position of the next line, or 0 when the line is anything else.
 *
 * Nearly all of a dump is such rows, so this sets the pace of the reader. One row a call, as the engine compiles a
 * function that is called often sooner than a loop that runs long.
 */
export function decodeRow(bytes: Uint8Array, at: number, offset: number, out: Uint8Array, to: number): number {
  if (at + LONGEST_ROW > bytes.length) return 0;
  let i = at;
  let printed = 0;
  for (let digit = LOW[bytes[i] as number] as number; digit < 16; digit = LOW[bytes[i] as number] as number) {
    printed = printed * 16 + digit;
    i++;
  }
  if (printed !== offset || bytes[i] !== COLON || i < at + 2 || i > at + 8) return 0;
  let odd = 0;
  for (let k = 0; k < ROW; k++) {
    const byte = (HIGH[bytes[i + 2] as number] as number) | (LOW[bytes[i + 3] as number] as number);
    odd |= byte | (((bytes[i + 1] as number) ^ SPACE) << 8);
    out[to + k] = byte;
    i += 3;
  }
  i++;
  if (bytes[i] === CR) i++;
  return odd < 0x100 && bytes[i] === LF ? i + 1 : 0;
}

/** What one line of a dump says. */
export interface HexLine {
  readonly offset: number;
  readonly bytes: readonly number[];
  /** There is something behind the bytes that is not a byte. */
  readonly malformed: boolean;
}

/** Reads one line that is not in the plain form, cleaned and unquoted; undefined when it is no line of a dump. */
export function parseHexLine(line: string): HexLine | undefined {
  const match = /^([0-9a-f]{2,8}):\s+((?:[0-9a-f]{2}(?:\s+|$))+)(.*)$/i.exec(line);
  if (match === null) return undefined;
  const [, offset = '', pairs = '', rest = ''] = match;
  const bytes = pairs.trim().split(/\s+/);
  return {
    offset: Number.parseInt(offset, 16),
    bytes: bytes.map((pair) => Number.parseInt(pair, 16)),
    malformed: rest !== '',
  };
}
