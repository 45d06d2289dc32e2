/** Byte counts, ranges and data in scenario files. */
import { Fields, type Located } from '../machine/located.ts';
import type { Data } from './scenario.ts';

const UNITS = ['', 'K', 'M', 'G', 'T', 'P'];

/** `4096`, `0x1000`, `4K`, `5T`: bytes or an address, up to 64 bits. */
export function readByteCount(at: Located): bigint {
  return parseByteCount(at.text()) ?? at.fail(`is "${at.text()}", not a number of bytes such as 4096, 0x1000 or 4K`);
}

function parseByteCount(text: string): bigint | undefined {
  const match = /^(?:(0x[0-9a-f]{1,16})|([0-9]{1,20})([KMGTP]?))$/i.exec(text);
  if (match === null) return undefined;
  const [, hexadecimal, decimal = '0', unit = ''] = match;
  const value = hexadecimal === undefined ? BigInt(decimal) << BigInt(10 * UNITS.indexOf(unit)) : BigInt(hexadecimal);
  return value >> 64n === 0n ? value : undefined;
}

/** `0+4K`: offset and length. */
export function readRange(at: Located): { readonly offset: bigint; readonly length: bigint } {
  const [offset, length, more] = at.text().split('+').map(parseByteCount);
  if (offset === undefined || length === undefined || more !== undefined) {
    return at.fail(`is "${at.text()}", not a range such as 0+4K or 0x10000+64K`);
  }
  return { offset, length };
}

/** `{seed: 7}`, `{hex: deadbeef}` or `{text: hello}`. */
export function readData(at: Located): Data {
  const fields = Fields.of(at, ['seed', 'hex', 'text']);
  const seed = fields.read('seed', (value) => value.integer(0, 0xffff_ffff));
  if (seed !== undefined) return { seed };
  const hexAt = fields.get('hex');
  if (hexAt !== undefined) return { bytes: readHexBytes(hexAt) };
  const text = fields.read('text', (value) => value.text()) ?? at.fail('has none of seed, hex, text');
  return { bytes: Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff) };
}

function readHexBytes(at: Located): Uint8Array {
  const text = at.text().replace(/[\s_]/g, '');
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) at.fail(`is "${at.text()}", not bytes in hexadecimal`);
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}
