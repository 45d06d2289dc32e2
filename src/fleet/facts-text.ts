/**
 * Values of a capture as text and back: JSON, keys in order, with a mark for what JSON lacks. Equal values give equal
 * texts, and a text gives the value again: what is worked out from it depends on nothing else.
 */
import { assert } from '../base/index.ts';
import { ConfigSpace } from '../capture/index.ts';

/** The key under which a marked value says what it is; no key of a capture begins so. */
const MARK = '$';

/** @throws (a defect) for what no capture holds: functions, symbols, instances of classes it does not know */
export function factsText(value: unknown): string {
  if (value === undefined) return marked('undefined', 'null');
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    assert(Number.isFinite(value), 'numbers of a capture are finite');
    return JSON.stringify(value);
  }
  if (typeof value === 'bigint') return marked('bigint', `"${value}"`);
  assert(typeof value === 'object', `a capture holds data: ${typeof value}`);
  if (Array.isArray(value)) return `[${value.map(factsText).join(',')}]`;
  if (value instanceof Uint8Array) return marked('bytes', bytesText(value));
  if (value instanceof Map) return marked('map', `[${entries(value).join(',')}]`);
  if (value instanceof ConfigSpace) {
    const { bytes, mask, whyUnknown, size, places } = value;
    return marked('config', objectText({ bytes, mask, whyUnknown, size, places }));
  }
  assert(Object.getPrototypeOf(value) === Object.prototype, 'an instance of an unknown class');
  return objectText(value as Readonly<Record<string, unknown>>);
}

function marked(what: string, text: string): string {
  return `{"${MARK}":"${what}","v":${text}}`;
}

/** Keys in order; what is undefined is left out, as a reader that leaves it out means the same. */
function objectText(value: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort();
  assert(!keys.some((key) => key.startsWith(MARK)), 'keys of a capture begin with no mark');
  return `{${keys.map((key) => `${JSON.stringify(key)}:${factsText(value[key])}`).join(',')}}`;
}

function entries(map: ReadonlyMap<unknown, unknown>): string[] {
  return [...map].map(([key, value]) => `[${factsText(key)},${factsText(value)}]`).sort();
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Most of config space is zero: the length, and digits up to the last byte that is not. */
function bytesText(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  let digits = '';
  for (let at = 0; at < end; at++) digits += HEX[bytes[at] ?? 0];
  return `[${bytes.length},"${digits}"]`;
}

/** The value behind a text of {@link factsText}. @throws (a defect) for any other text */
export function readFactsText(text: string): unknown {
  return revive(JSON.parse(text));
}

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Readonly<Record<string, unknown>>;
  const what = record[MARK];
  if (what === undefined) return Object.fromEntries(Object.entries(record).map(([key, each]) => [key, revive(each)]));
  const inner = record['v'];
  switch (what) {
    case 'undefined':
      return undefined;
    case 'bigint':
      return BigInt(inner as string);
    case 'bytes':
      return reviveBytes(inner as readonly [number, string]);
    case 'map':
      return new Map(revive(inner) as [unknown, unknown][]);
    default: {
      assert(what === 'config', `a mark that is known: ${String(what)}`);
      const { bytes, ...rest } = revive(inner) as ConstructorParameters<typeof ConfigSpace>[1] & { bytes: Uint8Array };
      return new ConfigSpace(bytes, rest);
    }
  }
}

function reviveBytes([length, digits]: readonly [number, string]): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < digits.length; at += 2) bytes[at / 2] = Number.parseInt(digits.slice(at, at + 2), 16);
  return bytes;
}
