/** The `expect` of a step in a scenario file. */
import { ERRNO, type Errno, type MapType } from '../../uapi/index.ts';
import { Fields, type Located } from '../machine/located.ts';
import { readByteCount, readData } from './read-values.ts';
import type { Expectation } from './scenario.ts';
import { STOP_WORDS } from './transfer.ts';

const MOST = 2 ** 32;
const MAP_TYPES: readonly (MapType | 'unknown')[] = [
  'PCI_P2PDMA_MAP_BUS_ADDR',
  'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
  'PCI_P2PDMA_MAP_NOT_SUPPORTED',
  'unknown',
];

/** What each key holds. */
const READERS: { readonly [Key in keyof Required<Expectation>]: (at: Located) => Required<Expectation>[Key] } = {
  errno: (at) => at.choice(Object.keys(ERRNO) as Errno[]),
  waits: (at) => at.flag(),
  flow: (at) => at.choice(['bus-addr', 'iova', 'direct']),
  entries: (at) => at.integer(0, MOST),
  table: (at) => at.list().map(readEntry),
  reaches: (at) => at.text(),
  via: (at) => at.choice(['switch', 'host-bridge']),
  stopped: (at) => at.choice(STOP_WORDS),
  data: readData,
  mapType: (at) => at.choice(MAP_TYPES),
  distance: (at) => (at.text() === '-1' ? -1 : at.integer(0, MOST)),
  defects: (at) => at.list().map((item) => item.text()),
  mappings: (at) => at.integer(0, MOST),
  references: (at) => at.integer(0, MOST),
  warns: (at) => at.integer(0, MOST),
  mappedPages: (at) => at.integer(0, Number.MAX_SAFE_INTEGER),
};

/** Keys as files write them. */
const IN_FILES: Readonly<Record<string, keyof Expectation>> = { 'map-type': 'mapType', 'mapped-pages': 'mappedPages' };

/** Reads an expectation; it must expect something. */
export function readExpectation(at: Located): Expectation {
  const names = new Map<string, keyof Expectation>();
  for (const key of Object.keys(READERS) as (keyof Expectation)[]) {
    const written = Object.keys(IN_FILES).find((name) => IN_FILES[name] === key);
    names.set(written ?? key, key);
  }
  const fields = Fields.of(at, [...names.keys()]);
  const expectation: Record<string, unknown> = {};
  for (const [written] of at.entries()) {
    const key = names.get(written);
    const value = fields.get(written);
    if (key !== undefined && value !== undefined) expectation[key] = READERS[key](value);
  }
  if (Object.keys(expectation).length === 0) at.fail('expects nothing');
  return expectation as Expectation;
}

function readEntry(at: Located): readonly [bigint, bigint] {
  const [address, length, more] = at.list();
  if (address === undefined || length === undefined || more !== undefined) {
    return at.fail('is not a pair of address and length');
  }
  return [readByteCount(address), readByteCount(length)];
}
