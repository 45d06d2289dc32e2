/**
 * What two captures of like machines have in common: the members of a capture archive as bytes, without what differs
 * between two copies of one machine (times, owners, serial numbers, names). Captures of one key read as one machine,
 * but for these; reading one of them is enough. One pass over the headers, ten times as fast as reading.
 */
import { decodeUtf8, encodeUtf8 } from '../base/index.ts';
import {
  BLOCK,
  hasPrefix,
  headerSize,
  isTarHeader,
  LINK_AT,
  LINK_SIZE,
  NAME_SIZE,
  TYPE_AT,
  textEnd,
  wordsOf,
} from './tar-header.ts';

/** The file that tells a capture from other archives: of those, readers look at its tree alone. */
const CAPTURE_LOG = 'capture.log';

/** What the key leaves out. */
export interface KeyRules {
  /** The offset of a serial number in config space. */
  readonly serialPlace: (config: Uint8Array) => number | undefined;
  /** What stands in place of a file that holds names; called for `TEXT_NAMES` only. */
  readonly redact: (path: string, bytes: Uint8Array) => Uint8Array | string;
}

/** The key of an archive. */
export interface CaptureKey {
  /** Equal for equal captures. */
  readonly bytes: Uint8Array;
  /** Serial numbers that it leaves out, hexadecimal, in order. */
  readonly serials: readonly string[];
}

/** Files that hold names, or what another boot has otherwise: others count byte by byte. */
const TEXT_NAMES: ReadonlySet<string> = new Set([
  'label',
  'cmdline',
  'version',
  'cpuinfo',
  'iomem',
  'modules',
  CAPTURE_LOG,
]);
/** What most members are told by: first byte, last byte and length of a name that matters. */
const LOOKS: ReadonlySet<number> = new Set(
  [...TEXT_NAMES, 'config'].map((name) => lookOf(name.charCodeAt(0), name.charCodeAt(name.length - 1), name.length)),
);

function lookOf(first: number, last: number, length: number): number {
  return first + 0x100 * last + 0x1_0000 * length;
}

const TYPE = { file: 0x30, hardLink: 0x31, link: 0x32, directory: 0x35, longLink: 0x4b, longName: 0x4c } as const;
/** Types of members that a plain capture has. */
const TYPES: ReadonlySet<number> = new Set(Object.values(TYPE));
const NAME_WORDS = NAME_SIZE / 4;
/** The field of a link and the bytes around it that make whole words: type and magic, equal in all archives of one kind. */
const LINK_FROM = (LINK_AT - 1) / 4;
const LINK_WORDS = (LINK_SIZE + 4) / 4;

/** In place of the size of a redacted text. */
const REDACTED = 0xffff_ffff;

/** Makes keys, in memory that it uses again. */
export class CaptureKeys {
  #words = new Uint32Array(0);

  /**
   * The key of a tar archive; undefined for archives that are no plain captures (no log of the capture, pax headers,
   * sparse members), and for those that a reader would refuse.
   */
  of(bytes: Uint8Array, { serialPlace, redact }: KeyRules): CaptureKey | undefined {
    const words = wordsOf(bytes);
    // A member takes no more words here than in the archive; what is redacted comes behind, as text.
    if (this.#words.length < words.length) this.#words = new Uint32Array(words.length);
    const out = this.#words;
    let length = 0;
    const serials = new Serials();
    const texts: Uint8Array[] = [];
    let hasLog = false;
    let nameFrom = -1;
    let nameTo = -1;
    for (let at = 0; ; ) {
      if (at + BLOCK > bytes.length) return undefined;
      const from = at >> 2;
      if (bytes[at] === 0 && isZeros(words, from)) break;
      const size = headerSize(bytes, at);
      if (size === undefined || !isTarHeader(bytes, words, at) || hasPrefix(bytes, at)) return undefined;
      const type = bytes[at + TYPE_AT] ?? 0;
      if (!TYPES.has(type)) return undefined;
      const body = at + BLOCK;
      const isLink = type === TYPE.link || type === TYPE.hardLink;
      const kept = isLink || type === TYPE.directory ? 0 : size;
      if (kept > bytes.length - body) return undefined;
      out[length++] = type;
      for (let i = 0; i < NAME_WORDS; i++) out[length++] = words[from + i] ?? 0;
      if (isLink) for (let i = LINK_FROM; i < LINK_FROM + LINK_WORDS; i++) out[length++] = words[from + i] ?? 0;
      if (type === TYPE.longName) {
        nameFrom = body;
        nameTo = textEnd(bytes, body, kept);
      } else if (nameFrom < 0) {
        nameFrom = at;
        nameTo = textEnd(bytes, at, NAME_SIZE);
      }
      const name = type === TYPE.file ? baseName(bytes, nameFrom, nameTo) : undefined;
      // A text is of any length once it is redacted.
      const isText = name !== undefined && name !== 'config';
      out[length++] = isText ? REDACTED : kept;
      if (!isText) {
        const first = body >> 2;
        const count = (kept + 3) >> 2;
        if (count > 64) out.set(words.subarray(first, first + count), length);
        else for (let i = 0; i < count; i++) out[length + i] = words[first + i] ?? 0;
        if (name === 'config') serials.replace(bytes.subarray(body, body + kept), out, length, serialPlace);
        length += count;
      } else {
        hasLog ||= name === CAPTURE_LOG;
        const text = redact(name, bytes.slice(body, body + kept));
        texts.push(typeof text === 'string' ? encodeUtf8(text) : text);
      }
      if (type !== TYPE.longLink && type !== TYPE.longName) nameFrom = -1;
      at = body + Math.ceil(kept / BLOCK) * BLOCK;
    }
    if (!hasLog) return undefined;
    return { bytes: withTexts(new Uint8Array(out.buffer, 0, length * 4), texts), serials: serials.found };
  }
}

/** Serial numbers of one archive. */
class Serials {
  readonly found: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** Puts a small number in place of the serial number in config space: equal ones stay equal. */
  replace(config: Uint8Array, out: Uint32Array, start: number, serialPlace: KeyRules['serialPlace']): void {
    const place = serialPlace(config);
    if (place === undefined || place % 4 !== 0 || place + 8 > config.length) return;
    let serial = '';
    for (let at = place + 7; at >= place; at--) serial += (config[at] ?? 0).toString(16).padStart(2, '0');
    const number = this.#numbers.get(serial) ?? this.#numbers.size + 1;
    this.#numbers.set(serial, number);
    this.found.push(serial);
    out[start + place / 4] = number;
    out[start + place / 4 + 1] = 0;
  }
}

/** The texts behind the rest, each with its length: their members stand in the rest in the same order. */
function withTexts(rest: Uint8Array, texts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(rest.length + texts.reduce((sum, text) => sum + text.length + 4, 0));
  all.set(rest);
  const view = new DataView(all.buffer);
  let at = rest.length;
  for (const text of texts) {
    view.setUint32(at, text.length);
    all.set(text, at + 4);
    at += text.length + 4;
  }
  return all;
}

function isZeros(words: Uint32Array, from: number): boolean {
  for (let i = from; i < from + BLOCK / 4; i++) if (words[i] !== 0) return false;
  return true;
}

/** The last part of a name, where it is one of those that matter. */
function baseName(bytes: Uint8Array, from: number, to: number): string | undefined {
  let start = to;
  while (start > from && bytes[start - 1] !== 0x2f) start--;
  if (!LOOKS.has(lookOf(bytes[start] ?? 0, bytes[to - 1] ?? 0, to - start))) return undefined;
  const name = decodeUtf8(bytes.subarray(start, to));
  return name === 'config' || TEXT_NAMES.has(name) ? name : undefined;
}
