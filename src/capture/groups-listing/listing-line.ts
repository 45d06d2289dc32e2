/**
 * One line of a listing of IOMMU groups, in any of the spellings that the loops of the well-known guides print:
 *
 *     IOMMU Group 1:                                      a heading, members below (Arch wiki, Proxmox, Level1Techs)
 *         00:01.0 PCI bridge [0604]: Intel … [8086:1901]
 *     IOMMU Group 1 00:01.0 PCI bridge [0604]: …          each member with its group (Fedora guides, older Arch wiki)
 *     Group 1:  [8086:1901] [R] 00:01.0  PCI bridge  …    ids first, [R]: can be reset (ls-iommu, Unraid)
 *     /sys/kernel/iommu_groups/1/devices/0000:00:01.0     find, compgen, ls
 *     lrwxrwxrwx … 0000:00:01.0 -> ../../../../devices/pci0000:00/0000:00:01.0
 *     group=48  bdf=0000:5a:00.0  …
 *     <iommuGroup number='1'> <address domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>   libvirt
 */
import { type Bdf, makeBdf, parseBdf } from '../../uapi/index.ts';

/** What one line says. */
export type ListingLine =
  | { readonly kind: 'heading'; readonly group: number }
  | { readonly kind: 'members'; readonly members: readonly ListedMember[] };

/** A member of a group. */
export interface ListedMember {
  readonly bdf: Bdf;
  /** Undefined: that of the heading above. */
  readonly group: number | undefined;
  /** The line begins with the ids; in such listings the members below stand without their group. */
  readonly idsFirst?: boolean;
  /** The line as lspci would print it: address and title; undefined where the listing names addresses alone. */
  readonly lspciLine?: string;
  /** The way through the tree, where a link shows it. */
  readonly place?: ListedPlace;
}

/** Where a link of sysfs leads: `devices/pci0000:00/0000:00:1c.6/0000:03:00.0`. */
export interface ListedPlace {
  readonly parent: Bdf | undefined;
  readonly domain: number;
  readonly bus: number;
}

const ADDRESS = String.raw`(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
const FULL_ADDRESS = String.raw`[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
/** With the ports above it, as `lspci -PP` prints it. */
const WAY = String.raw`${ADDRESS}(?:/(?:[0-9a-f]{2}:)?[01][0-9a-f]\.[0-7])*`;

/** BBCode, bullets and lines of drawn trees. */
const MARKS = /^(?:\[\/?[a-z]+\]|[-*•·#└├─│|>`\s]|\\--)+/i;
const CLOSING_MARKS = /(?:\[\/[a-z]+\]|[*`\s])+$/i;

const GROUP = /^(?:iommu[ _-]?)?group(?:[ #:=_]+)(\d{1,5})(?![\d.])(?: *: *|\s*[-=#*]+\s*|\s+|$)(.*)$/i;
/** In these, lspci itself names a group: `IOMMU group: 12` below a function, `IOMMUGroup:` of a record. */
const OF_LSPCI = /^IOMMU ?group:/i;
const MEMBER = new RegExp(
  String.raw`^(?:\[([0-9a-f]{4}:[0-9a-f]{4})\]\s*)?(?:\[R(?:ESET)?\]\s*)?(?:bdf=)?(${WAY})(?![0-9a-f.])(?: *(\[[0-9a-f]{4}:[0-9a-f]{4}\]))?\s*(.*)$`,
  'i',
);

/**
 * Reads a line.
 * @param raw clean text; margins may be left
 * @param inside whether a listing is going on, so that lines of members alone count
 */
export function parseListingLine(raw: string, inside: boolean): ListingLine | undefined {
  if (raw.includes('iommu_groups/')) return pathLine(raw);
  if (raw.includes('<')) return libvirtLine(raw, inside);
  const text = raw.replace(MARKS, '').replace(CLOSING_MARKS, '');
  const group = OF_LSPCI.test(text) && !/^IOMMU Group: \d+:?\s*$/.test(text) ? null : GROUP.exec(text);
  if (group !== null) {
    const [, id, rest = ''] = group;
    const member = memberOf(rest.replace(MARKS_BEFORE_ADDRESS, ''), Number(id));
    if (member !== undefined) return { kind: 'members', members: [member] };
    return /^(?:[:({[].*)?$/.test(rest) ? { kind: 'heading', group: Number(id) } : undefined;
  }
  if (!inside) return undefined;
  const link = /^l[-rwxst]{9}/.test(text) ? linkMember(text, undefined) : undefined;
  if (link !== undefined) return { kind: 'members', members: [link] };
  const names = text.split(/\s+/);
  if (names.every((name) => new RegExp(`^${FULL_ADDRESS}$`, 'i').test(name))) {
    return { kind: 'members', members: names.flatMap((name) => plainMember(name, undefined)) };
  }
  const member = memberOf(text, undefined);
  return member === undefined ? undefined : { kind: 'members', members: [member] };
}

/** `Device: `, `- `: words that some loops put before the address. */
const MARKS_BEFORE_ADDRESS = /^(?:[-*•:=\s]|dev(?:ice)?s?\b[:=]?)+/i;

function memberOf(text: string, group: number | undefined): ListedMember | undefined {
  const [, idsBefore, way = '', idsBehind, title = ''] = MEMBER.exec(text) ?? [];
  const bdf = wayEnd(way);
  if (bdf === undefined) return undefined;
  const ids = idsBefore ?? idsBehind?.slice(1, -1);
  const words = title.replace(/^\[R(?:ESET)?\]\s*/i, '');
  const idsFirst = idsBefore !== undefined;
  if (words === '') return { bdf, group, idsFirst };
  return { bdf, group, idsFirst, lspciLine: `${way} ${ids === undefined ? words : withIds(words, ids)}` };
}

/** `PCI bridge   Device 14db` and `PCI bridge: Device 14db (rev 02)` as `PCI bridge: Device 14db [1022:14db] (rev 02)`. */
function withIds(words: string, ids: string): string {
  const title = words.includes(': ') ? words : words.replace(/\s{2,}/, ': ');
  const revision = / \(rev [0-9a-f]{2}\).*$/i.exec(title);
  const head = revision === null ? title : title.slice(0, revision.index);
  return `${head.trimEnd()}${head.includes(': ') ? '' : ':'} [${ids}]${revision?.[0] ?? ''}`;
}

/** The last address of a way; those of a way without buses are not known. */
function wayEnd(way: string): Bdf | undefined {
  const steps = way.split('/');
  const last = steps.at(-1) ?? '';
  const domain = /^([0-9a-f]{4,8}):[0-9a-f]{2}:/i.exec(steps[0] ?? '')?.[1];
  return parseBdf(steps.length > 1 && domain !== undefined ? `${domain}:${last}` : last);
}

const PATH = new RegExp(String.raw`iommu_groups/(\d{1,5})(?:/devices)?(?:/(${FULL_ADDRESS}))?`, 'gi');

function pathLine(raw: string): ListingLine | undefined {
  const of = new RegExp(`(${FULL_ADDRESS})/iommu_group\\b.*iommu_groups/(\\d{1,5})`, 'i').exec(raw);
  if (of !== null) return { kind: 'members', members: plainMember(of[1] ?? '', Number(of[2])) };
  const members: ListedMember[] = [];
  let heading: number | undefined;
  for (const [, id, address] of raw.matchAll(PATH)) {
    if (address === undefined) heading = Number(id);
    else members.push(...plainMember(address, Number(id), raw));
  }
  if (members.length > 0) return { kind: 'members', members };
  return heading !== undefined && /iommu_groups\/\d+(?:\/(?:devices\/?)?)?:\s*$/.test(raw)
    ? { kind: 'heading', group: heading }
    : undefined;
}

function plainMember(name: string, group: number | undefined, line = ''): ListedMember[] {
  const bdf = parseBdf(name);
  if (bdf === undefined) return [];
  const place = line.includes(' -> ') ? placeOf(line, bdf) : undefined;
  return [place === undefined ? { bdf, group } : { bdf, group, place }];
}

function linkMember(text: string, group: number | undefined): ListedMember | undefined {
  const name = new RegExp(`\\s(${FULL_ADDRESS})(?:\\s|$)`, 'i').exec(text)?.[1];
  return name === undefined ? undefined : plainMember(name, group, text)[0];
}

/** The bridge above and the root bus, of `-> ../../../../devices/pci0000:00/0000:00:1c.6/0000:03:00.0`. */
function placeOf(line: string, bdf: Bdf): ListedPlace | undefined {
  const target = new RegExp(
    `devices/(?:\\S+/)?pci([0-9a-f]{4,8}):([0-9a-f]{2})/((?:${FULL_ADDRESS}/)*)(${FULL_ADDRESS})/?\\s*$`,
    'i',
  ).exec(line);
  if (target === null || parseBdf(target[4] ?? '') !== bdf) return undefined;
  const above = (target[3] ?? '').split('/').filter((step) => step !== '');
  const parent = parseBdf(above.at(-1) ?? '');
  return { parent, domain: Number.parseInt(target[1] ?? '', 16), bus: Number.parseInt(target[2] ?? '', 16) };
}

function libvirtLine(raw: string, inside: boolean): ListingLine | undefined {
  const id = /<iommuGroup number=['"](\d+)['"]/i.exec(raw)?.[1];
  if (id !== undefined) return { kind: 'heading', group: Number(id) };
  const address =
    /<address (?:type=['"]pci['"] )?domain=['"]0x([0-9a-f]+)['"] bus=['"]0x([0-9a-f]+)['"] slot=['"]0x([0-9a-f]+)['"] function=['"]0x([0-7])['"]/i.exec(
      raw,
    );
  if (!inside || address === null) return undefined;
  const [domain = 0, bus = 0, slot = 0, fn = 0] = address.slice(1).map((digits) => Number.parseInt(digits, 16));
  if (bus > 0xff || slot > 0x1f) return undefined;
  return { kind: 'members', members: [{ bdf: makeBdf(domain, bus, slot * 8 + fn), group: undefined }] };
}
