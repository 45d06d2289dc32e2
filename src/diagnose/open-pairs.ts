/** What an input would have to tell so that open pairs are settled, and which command tells most of it. */
import {
  calcMapTypeAndDist,
  cellMapType,
  type MapTypeMatrix,
  type MissingFact,
  mapTypeMatrix,
  matrixCell,
  type P2pdmaMachine,
} from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { focusOf } from './focus.ts';

/** A fact that pairs wait for. */
export interface OpenFact {
  readonly missing: MissingFact;
  /** Pairs that stay open as long as it is not told. */
  readonly pairs: number;
}

/** A way to learn facts: registers of functions, the processor, the kernel, the IOMMU. */
export type FactSource = 'lspci' | 'cpuinfo' | 'uname' | 'iommu';

/** The command that settles most pairs. */
export interface SettlingCommand {
  /** What it asks, all of it in one line. */
  readonly sources: readonly FactSource[];
  /** Functions whose registers it reads, ascending. */
  readonly devices: readonly PciFunction[];
  readonly settles: number;
}

/** The pairs that people do peer-to-peer DMA with: GPUs, accelerators, NICs, disks. */
export interface OpenPairs {
  readonly devices: readonly PciFunction[];
  /** Ordered pairs that are asked about. */
  readonly pairs: number;
  readonly open: number;
  /** Those that most pairs wait for come first. */
  readonly facts: readonly OpenFact[];
  /** Undefined where nothing is open, or where no command is known that tells what is missing. */
  readonly command: SettlingCommand | undefined;
}

/** Of more devices only so many pairs are looked at one by one. */
const MOST_PAIRS = 200_000;

/** Looks at every ordered pair of `devices`; of those that people do peer-to-peer DMA with when left out. */
export function openPairs(
  machine: P2pdmaMachine,
  devices: readonly PciFunction[] = focusOf(machine.topology.functions).devices,
): OpenPairs {
  const unknown = unknownPairs(mapTypeMatrix(machine, devices), devices);
  return { devices, pairs: devices.length * (devices.length - 1), ...waitingPairs(machine, unknown) };
}

/** The same for some ordered pairs. `unknown`: those of them that are. */
export function openAmong(
  machine: P2pdmaMachine,
  pairs: readonly OrderedPair[],
  unknown: Iterable<OrderedPair>,
): OpenPairs {
  const devices = [...new Set(pairs.flatMap(({ provider, client }) => [provider, client]))];
  return { devices, pairs: pairs.length, ...waitingPairs(machine, unknown) };
}

interface OrderedPair {
  readonly provider: PciFunction;
  readonly client: PciFunction;
}

function waitingPairs(
  machine: P2pdmaMachine,
  unknown: Iterable<OrderedPair>,
): Pick<OpenPairs, 'open' | 'facts' | 'command'> {
  const facts = new Map<string, { missing: MissingFact; pairs: number }>();
  /** By the sources and devices that a pair needs. */
  const needs: Need[] = [];
  for (const { provider, client } of unknown) {
    if (needs.length >= MOST_PAIRS) break;
    const { missing } = calcMapTypeAndDist(machine, provider, client);
    for (const each of missing) {
      const key = `${each.fact} ${each.device?.index ?? ''}`;
      const fact = facts.get(key);
      if (fact === undefined) facts.set(key, { missing: each, pairs: 1 });
      else fact.pairs++;
    }
    needs.push(needOf(missing));
  }
  const sorted = [...facts.values()].sort((a, b) => b.pairs - a.pairs);
  return { open: needs.length, facts: sorted, command: bestCommand(needs) };
}

function* unknownPairs(matrix: MapTypeMatrix, devices: readonly PciFunction[]): Generator<OrderedPair> {
  for (const provider of devices) {
    for (const client of devices) {
      if (provider !== client && cellMapType(matrixCell(matrix, provider, client)) === 'unknown')
        yield { provider, client };
    }
  }
}

interface Need {
  readonly sources: ReadonlySet<FactSource>;
  readonly devices: readonly PciFunction[];
}

function needOf(missing: readonly MissingFact[]): Need {
  return {
    sources: new Set(missing.map(sourceOf)),
    devices: missing.flatMap(({ device }) => device ?? []),
  };
}

function sourceOf({ fact }: MissingFact): FactSource {
  if (fact === 'cpu') return 'cpuinfo';
  if (fact === 'kernel-rules') return 'uname';
  return fact === 'iommu' ? 'iommu' : 'lspci';
}

const SOURCES: readonly FactSource[] = ['lspci', 'cpuinfo', 'uname', 'iommu'];

/** Of all combinations of sources the one that settles most pairs, of equal ones the shortest. */
function bestCommand(needs: readonly Need[]): SettlingCommand | undefined {
  let best: SettlingCommand | undefined;
  for (let bits = 1; bits < 1 << SOURCES.length; bits++) {
    const sources = SOURCES.filter((_, index) => (bits & (1 << index)) !== 0);
    const settled = needs.filter(
      (need) => need.sources.size > 0 && [...need.sources].every((source) => sources.includes(source)),
    );
    const better = settled.length - (best?.settles ?? 0);
    if (better < 0 || settled.length === 0 || (better === 0 && sources.length >= (best?.sources.length ?? 0))) continue;
    const devices = new Set(settled.flatMap((need) => need.devices));
    best = { sources, devices: [...devices].sort((a, b) => a.bdf - b.bdf), settles: settled.length };
  }
  return best;
}
