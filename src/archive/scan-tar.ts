/** Finds the members of a tar archive. One pass over the headers, which keeps numbers only; then one decoding of all text. */
import { decodeUtf8, err, ok, type Result } from '../base/index.ts';
import type { ArchiveMember } from './archive-tree.ts';
import {
  BLOCK,
  hasPrefix,
  headerSize,
  headerType,
  isTarHeader,
  LINK_AT,
  LINK_SIZE,
  type MemberRecords,
  NAME_AT,
  NAME_SIZE,
  PREFIX_AT,
  PREFIX_SIZE,
  readRecords,
  textEnd,
  wordsOf,
} from './tar-header.ts';
import { TextPool } from './text-pool.ts';

/** Why a tar archive cannot be read. */
export type TarFailure = 'cut-short' | 'damaged' | 'sparse' | 'too-many';

/** Bodies up to this size are decoded with the names; longer ones only when they are asked for. */
const SHORT_TEXT = 1100;

/** Visits all members up to the end mark; an archive without it has lost its end. */
export function scanTar(bytes: Uint8Array, visit: (member: ArchiveMember) => void): Result<undefined, TarFailure> {
  const scanned = scanHeaders(bytes);
  if (!scanned.ok) return scanned;
  const { pool, pieces, members } = scanned.value;
  pool.decode();
  const text = (from: number, to: number): string => (from < 0 ? (pieces[-1 - from] ?? '') : pool.slice(from, to));
  for (let i = 0; i < members.length; i += FIELDS) {
    const field = (n: number): number => members[i + n] ?? 0;
    visit({
      type: String.fromCharCode(field(0)),
      name: text(field(1), field(2)),
      linkName: text(field(3), field(4)),
      start: field(5),
      end: field(6),
      text: field(7) === field(8) ? undefined : text(field(7), field(8)),
    });
  }
  return ok(undefined);
}

/** Type, name from and to, link from and to, body from and to, text from and to. */
const FIELDS = 9;

interface Scanned {
  readonly pool: TextPool;
  /** Texts that are not in the pool: index -1-n. */
  readonly pieces: readonly string[];
  readonly members: readonly number[];
}

function scanHeaders(bytes: Uint8Array): Result<Scanned, TarFailure> {
  const collector = new Collector(bytes);
  const words = wordsOf(bytes);
  let next: MemberRecords = {};
  let shared: MemberRecords = {};
  let at = 0;
  for (;;) {
    if (at + BLOCK > bytes.length) return err('cut-short');
    if (bytes[at] === 0 && isZeroBlock(bytes, at)) return ok(collector);
    const ownSize = headerSize(bytes, at);
    if (ownSize === undefined || !isTarHeader(bytes, words, at)) return err('damaged');
    const type = headerType(bytes, at);
    const meta = isMeta(type);
    const size = isBodyless(type) ? 0 : meta ? ownSize : (next.size ?? shared.size ?? ownSize);
    const body = at + BLOCK;
    if (size > bytes.length - body) return err('cut-short');
    if (meta) {
      const records = readRecords(type, bytes.subarray(body, body + size));
      if (records === undefined) return err('damaged');
      if (type === 'g') shared = { ...shared, ...records };
      else next = { ...next, ...records };
    } else {
      if (type === 'S' || next.sparse === true || shared.sparse === true) return err('sparse');
      collector.add(at, type, size, next.path ?? shared.path, next.linkPath ?? shared.linkPath);
      next = NO_RECORDS;
    }
    at = body + Math.ceil(size / BLOCK) * BLOCK;
  }
}

const NO_RECORDS: MemberRecords = {};

function isZeroBlock(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + BLOCK; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Does the member tell of the next one, or of all that follow? */
function isMeta(type: string): boolean {
  return type === 'x' || type === 'g' || type === 'L' || type === 'K';
}

/** Links, devices, directories and pipes: whatever their size says, nothing follows their header. */
function isBodyless(type: string): boolean {
  return type >= '1' && type <= '6';
}

class Collector implements Scanned {
  readonly pool: TextPool;
  readonly pieces: string[] = [];
  readonly members: number[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.pool = new TextPool(bytes);
  }

  add(at: number, type: string, size: number, path: string | undefined, linkPath: string | undefined): void {
    const { pool } = this;
    const bytes = this.#bytes;
    const body = at + BLOCK;
    const nameFrom = path === undefined ? this.#name(at) : this.#piece(path);
    const nameTo = pool.length;
    const link = at + LINK_AT;
    const linkFrom = linkPath === undefined ? this.#text(link, textEnd(bytes, link, LINK_SIZE)) : this.#piece(linkPath);
    const linkTo = pool.length;
    const isText = type === '0' && size <= SHORT_TEXT && pool.append(body, body + size);
    const textTo = isText ? pool.length : linkTo;
    this.members.push(type.charCodeAt(0), nameFrom, nameTo, linkFrom, linkTo, body, body + size, linkTo, textTo);
  }

  /** The name field; with a prefix, the two and a slash between them. */
  #name(at: number): number {
    const bytes = this.#bytes;
    const name = at + NAME_AT;
    const nameEnd = textEnd(bytes, name, NAME_SIZE);
    if (!hasPrefix(bytes, at)) return this.#text(name, nameEnd);
    const prefix = at + PREFIX_AT;
    const prefixText = decodeUtf8(bytes.subarray(prefix, textEnd(bytes, prefix, PREFIX_SIZE)));
    return this.#piece(`${prefixText}/${decodeUtf8(bytes.subarray(name, nameEnd))}`);
  }

  #text(start: number, end: number): number {
    const from = this.pool.length;
    return this.pool.append(start, end) ? from : this.#piece(decodeUtf8(this.#bytes.subarray(start, end)));
  }

  #piece(text: string): number {
    return -this.pieces.push(text);
  }
}
