/** The small languages inside a description: sizes, ids, BARs, links, ACS bits, windows. */
import { ACS_BITS, PCI_ACS_EC } from '../../uapi/index.ts';
import { PORT_ACS_CAP } from './device-kinds.ts';
import { Fields, type Located } from './located.ts';
import type { AcsSpec, BarSpec, LinkSpec, WindowSpec } from './machine-spec.ts';

const UNITS = ['', 'K', 'M', 'G', 'T'];

/** `256`, `4K`, `16M`, `64G`, `2T`: bytes, up to 512T. */
export function readSize(value: Located): number {
  return parseSize(value.text()) ?? value.fail(`is "${value.text()}", not a size such as 4K, 16M or 64G`);
}

function parseSize(text: string): number | undefined {
  const match = /^([0-9]+)([KMGT]?)$/.exec(text);
  const size = match === null ? Number.NaN : Number(match[1]) * 1024 ** UNITS.indexOf(match[2] ?? '');
  return size <= 512 * 1024 ** 4 ? size : undefined;
}

/** `10de:2330`: two numbers of 16 bits. */
export function readIdPair(value: Located): readonly [number, number] {
  const match = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(value.text());
  if (match === null) return value.fail(`is "${value.text()}", not a pair of ids such as 10de:2330`);
  return [Number.parseInt(match[1] ?? '', 16), Number.parseInt(match[2] ?? '', 16)];
}

/** Hexadecimal without 0x, of exactly `digits` digits. */
export function readHex(value: Located, digits: number): number {
  const text = value.text();
  if (!new RegExp(`^[0-9a-f]{${digits}}$`, 'i').test(text)) {
    value.fail(`is "${text}", not ${digits} hexadecimal digits`);
  }
  return Number.parseInt(text, 16);
}

/** A 64-bit serial number, decimal or 0x. */
export function readSerial(value: Located): bigint {
  const text = value.text();
  const serial = /^(0x[0-9a-f]{1,16}|[0-9]{1,19})$/i.test(text) ? BigInt(text) : undefined;
  return serial ?? value.fail(`is "${text}", not a serial number of 64 bits`);
}

/** A power of two of at least 16 bytes: what a memory BAR can be. */
export function readBarSize(value: Located, text: string = value.text()): number {
  const size = parseSize(text);
  if (size === undefined || size < 4 || !Number.isInteger(Math.log2(size))) {
    return value.fail(`is "${text}", not a BAR size (a power of two)`);
  }
  return size;
}

/** `{0: 16M, 1: 64G 64 pref, 5: 128 io}`: BARs by number. `limit`: how many registers the header has. */
export function readBars(value: Located, limit: number): readonly (BarSpec | undefined)[] {
  const bars: (BarSpec | undefined)[] = [];
  let free = 0;
  for (const [key, at] of value.entries()) {
    const index = /^[0-5]$/.test(key) ? Number(key) : at.fail('is not a BAR number from 0 to 5');
    const bar = readBar(at);
    if (index < free || bars[index] !== undefined) at.fail('takes a register that the BAR before it has');
    free = index + (bar.wide ? 2 : 1);
    if (free > limit) at.fail(`needs more registers than the header has (${limit})`);
    bars[index] = bar;
  }
  return Array.from(bars, (bar) => bar);
}

/** `16M`, `16M 64`, `64G 64 pref`, `256 io`, each with `unassigned`. */
function readBar(at: Located): BarSpec {
  const [sizeText = '', ...words] = at.text().split(/\s+/);
  const size = readBarSize(at, sizeText);
  for (const word of words) {
    if (!['64', 'pref', 'io', 'unassigned'].includes(word))
      at.fail(`has the word "${word}", not 64, pref, io or unassigned`);
  }
  const io = words.includes('io');
  if (io ? size > 0x1000 || words.includes('64') || words.includes('pref') : size < 16) {
    at.fail(`is "${at.text()}": I/O BARs have 4 to 4096 ports, memory BARs at least 16 bytes`);
  }
  const wide = words.includes('64');
  if (!io && !wide && size > 0x8000_0000) at.fail(`is "${at.text()}": a 32-bit BAR has at most 2G`);
  return {
    size,
    space: io ? 'io' : 'memory',
    wide,
    prefetchable: words.includes('pref'),
    unassigned: words.includes('unassigned'),
  };
}

const ACS_SHORT: ReadonlyMap<string, number> = new Map(ACS_BITS.map(({ short, bit }) => [short, bit]));

const LINK = /^gen([1-6]) x(1|2|4|8|12|16|32)(?: of gen([1-6]) x(1|2|4|8|12|16|32))?$/;

/** `gen5 x16`, or `gen3 x8 of gen5 x16`: the link as it runs, and what the port could do. */
export function readLink(value: Located): LinkSpec {
  const match = LINK.exec(value.text());
  if (match === null) return value.fail(`is "${value.text()}", not a link such as gen5 x16 or gen3 x8 of gen5 x16`);
  const [speed = 0, width = 0] = [Number(match[1]), Number(match[2])];
  return { speed, width, maxSpeed: Number(match[3] ?? speed), maxWidth: Number(match[4] ?? width) };
}

/**
 * `none`: no capability. `linux`: as Linux sets it, which needs no word. `off`: control clear. `SV RR CR UF`: these bits.
 * `{cap: SV RR CR UF EC, ctrl: RR EC, vector: [0x2]}`: all registers; ctrl may be `linux`.
 */
export function readAcs(value: Located): AcsSpec | undefined {
  if (!value.isMapping) {
    if (value.text() === 'none') return undefined;
    const ctrl = readAcsControl(value);
    return { cap: PORT_ACS_CAP | (ctrl ?? 0), ctrl, egressVector: ((ctrl ?? 0) & PCI_ACS_EC) === 0 ? [] : [0] };
  }
  const fields = Fields.of(value, ['cap', 'ctrl', 'vector']);
  const cap = fields.read('cap', readAcsBits) ?? PORT_ACS_CAP;
  const ctrl = fields.read('ctrl', readAcsControl);
  const given = fields.read('vector', (vector) => vector.list().map((word) => word.integer(0, 0xffff_ffff)));
  const egressVector = given ?? ((cap & PCI_ACS_EC) === 0 ? [] : [0]);
  if (egressVector.length > 8 || ((cap & PCI_ACS_EC) === 0) !== (egressVector.length === 0)) {
    value.fail('has an egress vector of one to eight words exactly when cap has EC');
  }
  return { cap, ctrl, egressVector };
}

function readAcsControl(value: Located): number | undefined {
  const text = value.text();
  if (text === 'linux') return undefined;
  return text === 'off' ? 0 : readAcsBits(value);
}

function readAcsBits(value: Located): number {
  let bits = 0;
  for (const word of value.text().split(/\s+/)) {
    bits |=
      ACS_SHORT.get(word) ?? value.fail(`has the word "${word}", which is none of ${[...ACS_SHORT.keys()].join(' ')}`);
  }
  return bits;
}

const WINDOW = /^(0x[0-9a-f]+)-(0x[0-9a-f]+)(?: bus (0x[0-9a-f]+))?$/i;
const MEGABYTE = 0x10_0000;

/** `0x10000000-0x1fffffff`, or with the bus address its first byte has: `0x...-0x... bus 0x0`. At most 52 bits. */
export function readWindow(value: Located): WindowSpec {
  const match = WINDOW.exec(value.text());
  const [start, end] = [Number(match?.[1]), Number(match?.[2]) + 1];
  const bus = Number(match?.[3] ?? start);
  const whole = start % MEGABYTE === 0 && end % MEGABYTE === 0 && bus % MEGABYTE === 0;
  if (!(match !== null && start < end && Math.max(end, bus) <= 2 ** 52 && whole)) {
    value.fail(`is "${value.text()}", not a window of whole MiB such as 0x10000000-0x1fffffff bus 0x0`);
  }
  return { start, end, offset: start - bus };
}
