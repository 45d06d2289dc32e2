/** Lines that stand above the capabilities of a function, in the order in which lspci prints them. */
import { startsWith } from './byte-text.ts';

const REGIONS = ['Region ', 'Memory at ', 'I/O ports at '] as const;

/** Lines in one row have the same place. Those of PCI bridges stand between the regions and the ROM. */
const OWN_LINES: readonly (readonly string[])[] = [
  ['DeviceName: '],
  ['Subsystem: '],
  ['Physical Slot: '],
  [
    'Control: I/O',
    'Flags: bus master',
    'Flags: fast devsel',
    'Flags: medium devsel',
    'Flags: slow devsel',
    'Flags: 66MHz',
  ],
  ['Status: Cap'],
  ['Latency: '],
  ['Interrupt: pin'],
  ['NUMA node: '],
  ['IOMMU group: '],
  REGIONS,
  ['Bus: primary='],
  ['I/O behind bridge'],
  ['Memory behind bridge'],
  ['Prefetchable memory behind bridge'],
  ['Secondary status: '],
  ['Expansion ROM at '],
  ['BridgeCtl: '],
];

interface OwnLine {
  readonly text: string;
  readonly place: number;
}

/** Lines by their first letter. */
const OWN_BY_LETTER: readonly (readonly OwnLine[] | undefined)[] = byLetter(
  OWN_LINES.flatMap((texts, place) => texts.map((text) => ({ text, place }))),
  ({ text }) => text,
);

/** First words by first letter; spaces need not be plain ones yet. */
const WORDS_BY_LETTER: readonly (readonly string[] | undefined)[] = byLetter(
  [...OWN_LINES.flat(), 'Capabilities:', 'Kernel', 'ACSC'].map((line) => line.split(' ', 1)[0] ?? line),
  (word) => word,
);

function byLetter<T>(all: readonly T[], textOf: (each: T) => string): (readonly T[] | undefined)[] {
  return Array.from({ length: 128 }, (_, code) => {
    const own = all.filter((each) => textOf(each).charCodeAt(0) === code);
    return own.length === 0 ? undefined : own;
  });
}

/** May the line at `start` be more than a detail of the capability above it? */
export function mayStand(bytes: Uint8Array, start: number): boolean {
  return WORDS_BY_LETTER[bytes[start] as number]?.some((line) => startsWith(bytes, start, line)) === true;
}

/** The place of the line at `start` among those above the capabilities; undefined for other lines. */
export function ownPlace(bytes: Uint8Array, start: number): number | undefined {
  return OWN_BY_LETTER[bytes[start] as number]?.find(({ text }) => startsWith(bytes, start, text))?.place;
}

/** Has a function several lines like the one at `start`? */
export function mayComeAgain(bytes: Uint8Array, start: number): boolean {
  return REGIONS.some((text) => startsWith(bytes, start, text));
}

/**
 * Does the line at `start` stand above the capabilities of a function? Behind them it can only be that of another one.
 * @param inSriov within SR-IOV, which prints regions of its own
 */
export function standsAbove(bytes: Uint8Array, start: number, inSriov: boolean): boolean {
  if (inSriov && startsWith(bytes, start, 'Region ')) return false;
  return ownPlace(bytes, start) !== undefined;
}
