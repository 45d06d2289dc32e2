/** Reads a zip archive into a tree in memory (PKWARE's APPNOTE): the central directory, stored and deflated members. */
import { inflateSync } from 'fflate';
import { decodeUtf8, err, ok, type Result } from '../base/index.ts';
import { type ArchiveContent, type ArchiveMember, ArchiveTree } from './archive-tree.ts';
import { crc32 } from './crc32.ts';

/** Why a zip archive cannot be read. `split`: in several files, or larger than 4 GiB. */
export type ZipFailure = 'cut-short' | 'damaged' | 'encrypted' | 'method' | 'split' | 'too-large' | 'too-many';

const END_SIGNATURE = 0x0605_4b50;
const END_SIZE = 22;
const MAX_COMMENT = 0xffff;
const ENTRY_SIGNATURE = 0x0201_4b50;
const ENTRY_SIZE = 46;
const LOCAL_SIGNATURE = 0x0403_4b50;
const LOCAL_SIZE = 30;
const STORED = 0;
const DEFLATED = 8;
/** A bit of deflated data makes at most so many bytes; more is a lie that costs memory. */
const MAX_RATIO = 1032;
const ZIP64 = 0xffff_ffff;
/** Unix: file type of a symbolic link, in the upper half of the external attributes. */
const S_IFMT = 0xf000;
const S_IFLNK = 0xa000;

/** An entry of the central directory. */
interface Entry {
  readonly name: string;
  readonly encrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly isLink: boolean;
  /** Offset of the local header, which stands before the data. */
  readonly local: number;
}

/** Reads all members. @param maxBytes most bytes that all bodies may have together */
export function readZip(bytes: Uint8Array, maxBytes: number): Result<ArchiveContent, ZipFailure> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = readDirectory(bytes, view);
  if (!entries.ok) return entries;
  const wrong = entries.value.map(whyNot).find((why) => why !== undefined);
  if (wrong !== undefined) return err(wrong);
  const total = entries.value.reduce((sum, { size }) => sum + size, 0);
  if (total > maxBytes) return err('too-large');
  const bodies = new Uint8Array(total);
  const tree = new ArchiveTree(bodies);
  let start = 0;
  for (const entry of entries.value) {
    const end = start + entry.size;
    if (!unpackEntry(bytes, view, entry, bodies.subarray(start, end))) return err('damaged');
    tree.add(memberOf(entry, bodies, start));
    start = end;
  }
  return tree.isFull ? err('too-many') : ok(tree.finish());
}

function whyNot({ encrypted, method, packed, size, local }: Entry): ZipFailure | undefined {
  if (encrypted) return 'encrypted';
  if (method !== STORED && method !== DEFLATED) return 'method';
  if (packed === ZIP64 || size === ZIP64 || local === ZIP64) return 'split';
  return (method === STORED && packed !== size) || size > MAX_RATIO * packed ? 'damaged' : undefined;
}

function memberOf({ name, isLink, size }: Entry, bodies: Uint8Array, start: number): ArchiveMember {
  const end = start + size;
  const linkName = isLink ? decodeUtf8(bodies.subarray(start, end)) : '';
  return { name, type: isLink ? '2' : '0', linkName, start, end, text: undefined };
}

/** All entries; `cut-short` where the end is missing, which stands behind them. */
function readDirectory(bytes: Uint8Array, view: DataView): Result<readonly Entry[], ZipFailure> {
  const end = findEnd(view);
  if (end === undefined) return err('cut-short');
  const count = view.getUint16(end + 10, true);
  if (view.getUint16(end + 4, true) !== 0 || count === 0xffff) return err('split');
  let at = view.getUint32(end + 16, true);
  if (at === ZIP64) return err('split');
  const entries: Entry[] = [];
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_SIZE > end || view.getUint32(at, true) !== ENTRY_SIGNATURE) return err('damaged');
    const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ];
    if (at + ENTRY_SIZE + name > end) return err('damaged');
    entries.push({
      name: decodeUtf8(bytes.subarray(at + ENTRY_SIZE, at + ENTRY_SIZE + name)),
      encrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      isLink: ((view.getUint32(at + 38, true) >>> 16) & S_IFMT) === S_IFLNK,
      local: view.getUint32(at + 42, true),
    });
    at += ENTRY_SIZE + name + extra + comment;
  }
  return ok(entries);
}

/** The end record stands last, but for a comment. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - END_SIZE;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  return undefined;
}

/** Unpacks into `body`; false where the data are not what the directory says. */
function unpackEntry(bytes: Uint8Array, view: DataView, entry: Entry, body: Uint8Array): boolean {
  const { local, packed, method, crc } = entry;
  if (local + LOCAL_SIZE > bytes.length || view.getUint32(local, true) !== LOCAL_SIGNATURE) return false;
  const from = local + LOCAL_SIZE + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (from + packed > bytes.length) return false;
  const data = bytes.subarray(from, from + packed);
  if (method === STORED) body.set(data);
  else if (body.length > 0 && !inflateInto(data, body)) return false;
  return crc32(body) === crc;
}

/** What goes beyond `body` is dropped; the checksum tells. */
function inflateInto(data: Uint8Array, body: Uint8Array): boolean {
  try {
    inflateSync(data, { out: body });
    return true;
  } catch {
    return false;
  }
}
