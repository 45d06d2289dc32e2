/** How lines of a listing of IOMMU groups are told from others. */
import { hasNeedle, needle } from '../byte-words.ts';
import type { PassageForm } from '../passage-form.ts';
import { GroupsReader } from './groups-reader.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const HEX_DIGITS = '0123456789abcdefABCDEF';

/** Headings and paths anywhere; lines of members alone where they follow one. */
export const GROUPS_FORM: PassageForm = {
  kind: 'iommu-groups',
  firstCharacters: `IiGg#*[/.lr<-${HEX_DIGITS}\u0080`,
  claims: isListingLine,
  others: 'kept',
  open: (source) => new GroupsReader(source),
};

const GROUPS_PATH = needle('iommu_groups/');
const XML_ADDRESS = needle('<address ');
const XML_GROUP = needle('<iommuGroup ');
const ANY_COLON = needle(':');
const GROUP_WORD = needle('iommugroup');

const HEADING = /^(?:\[\/?[a-z]+\]|[#*\s-])*(?:iommu[ _-]?)?group[ #:=_]+\d/i;
/** `IOMMU group: 12` below a function, `IOMMUGroup:` of a record: what lspci itself prints. */
const OF_LSPCI = /^IOMMU(?: g|G)roup:/;
const HEADING_WIDTH = 48;

function isListingLine(bytes: Uint8Array, start: number, end: number, inside: boolean): boolean {
  const first = bytes[start] as number;
  // Rows of bytes are most of a dump: they cost one look.
  if (isHexDigit(first) && !inside) return false;
  if (hasNeedle(bytes, start, end, GROUPS_PATH)) return hasGroupPath(bytes, start, end);
  if (hasGroupWord(first)) {
    const head = ascii(bytes, start, Math.min(end, start + HEADING_WIDTH));
    if (HEADING.test(head) && !OF_LSPCI.test(head)) return true;
  }
  if (first === 0x3c)
    return (inside && hasNeedle(bytes, start, end, XML_ADDRESS)) || hasNeedle(bytes, start, end, XML_GROUP);
  if (first >= 0x80) return hasNeedle(bytes, start, end, inside ? ANY_COLON : GROUP_WORD);
  return inside && follows(bytes, start) && isMember(bytes, start, end);
}

/** Can a heading begin with it? */
function hasGroupWord(first: number): boolean {
  return (first | 0x20) === 0x69 || (first | 0x20) === 0x67 || first === 0x23 || first === 0x2a || first === 0x5b;
}

/** Members stand directly below: indented, or without an empty line between. */
function follows(bytes: Uint8Array, start: number): boolean {
  const before = bytes[start - 1];
  if (before === SPACE || before === TAB) return true;
  let at = start - 1;
  if (bytes[at] === LF) at--;
  if (bytes[at] === CR) at--;
  return at >= 0 && bytes[at] !== LF;
}

/** An address, ids, or a link. */
function isMember(bytes: Uint8Array, start: number, end: number): boolean {
  return /^(?:l[-rwxst]{9}|\[[0-9a-f]{4}:[0-9a-f]{4}\]|\[\/?[a-z]+\]|[-*]? ?(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7])/i.test(
    ascii(bytes, start, Math.min(end, start + 24)),
  );
}

/** A path with a number behind `iommu_groups/`: commands that only name the folder have none. */
function hasGroupPath(bytes: Uint8Array, start: number, end: number): boolean {
  return /iommu_groups\/\d/.test(ascii(bytes, start, Math.min(end, start + 512)));
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
