/** All that a text is taken to tell, and where two texts contradict each other. */
import { analyze } from '../../src/analyze.ts';
import { readLspci } from '../../src/capture/index.ts';
import { examine, focusOf, weightOf } from '../../src/diagnose/index.ts';
import { predictGroups } from '../../src/iommu/index.ts';
import { calcMapTypeAndDist } from '../../src/p2pdma/index.ts';
import { deviceKind, isEndpointKind, type PciFunction } from '../../src/pci/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';

/** Facts by what they are about. */
export interface Told {
  readonly facts: ReadonlyMap<string, string>;
  /** Known registers of each function. */
  readonly registers: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly mask: Uint8Array | undefined }>;
  /** "Nothing stands in the way": the pairs it is said of. */
  readonly clear: readonly string[];
}

/** Pairs grow with the square. */
const MOST_ENDPOINTS = 8;

/** What the text tells. */
export function toldBy(text: string): Told {
  const analysis = analyze(readLspci(new TextEncoder().encode(text), 'test'));
  const { machine, topology, situation } = analysis;
  const facts = new Map<string, string>();
  const endpoints = topology.functions.filter((fn) => isEndpointKind(deviceKind(fn))).slice(0, MOST_ENDPOINTS);
  eachPair(endpoints, (provider, client) => {
    const { mapType } = calcMapTypeAndDist(machine, provider, client);
    if (mapType !== 'unknown') facts.set(`${provider.bdf} -> ${client.bdf}`, mapType);
  });
  for (const fn of topology.functions) tellFunction(fn, facts);
  const prediction = predictGroups(topology, machine.acs);
  const [finest, coarsest] =
    prediction.state === 'known' ? [prediction.groups, prediction.groups] : [prediction.finest, prediction.coarsest];
  eachPair(topology.functions, (a, b) => {
    if (a.bdf > b.bdf) return;
    if (finest.of(a) !== undefined && finest.of(a) === finest.of(b)) facts.set(`group of ${a.bdf}, ${b.bdf}`, 'shared');
    else if (coarsest.of(a) !== undefined && coarsest.of(b) !== undefined && coarsest.of(a) !== coarsest.of(b)) {
      facts.set(`group of ${a.bdf}, ${b.bdf}`, 'apart');
    }
  });
  const blocking = examine(situation).filter((ailment) => weightOf(ailment) !== 'tells');
  const clear: string[] = [];
  if (blocking.length === 0) {
    eachPair(focusOf(topology.functions).devices.slice(0, MOST_ENDPOINTS), (a, b) =>
      clear.push(`${a.bdf} -> ${b.bdf}`),
    );
  }
  const registers = new Map(topology.functions.map((fn) => [formatBdf(fn.bdf), fn.captured.config]));
  return { facts, registers, clear };
}

function tellFunction(fn: PciFunction, facts: Map<string, string>): void {
  const { bdf, acs, captured, placement, parent } = fn;
  if (acs.state === 'absent') facts.set(`acs ${bdf}`, 'absent');
  if (acs.state === 'known') facts.set(`acs ${bdf}`, `${acs.value.ctrl & 0x7f}`);
  if (placement.certain) facts.set(`parent ${bdf}`, `${parent?.bdf}`);
  const { iommuGroup, driver, numaNode } = captured;
  for (const [name, fact] of Object.entries({ iommuGroup, driver, numaNode })) {
    if (fact.state === 'known') facts.set(`${name} ${bdf}`, String(fact.value));
  }
  // The extent of regions is among them: a region that is missing is not there.
  if (captured.resources.state === 'known') {
    const { value } = captured.resources;
    for (let bar = 0; bar < 6; bar++) {
      const range = value[bar]?.range;
      facts.set(`region ${bar} of ${bdf}`, range === undefined ? 'none' : `${range.start}-${range.end}`);
    }
  }
}

function eachPair(functions: readonly PciFunction[], visit: (a: PciFunction, b: PciFunction) => void): void {
  for (const a of functions) for (const b of functions) if (a !== b) visit(a, b);
}

/** What `cut` tells, and `whole` knows to be otherwise. */
export function contradictions(cut: Told, whole: Told): string[] {
  const found: string[] = [];
  for (const [key, value] of cut.facts) {
    const truth = whole.facts.get(key);
    if (truth !== undefined && truth !== value) found.push(`${key}: ${value}, in truth ${truth}`);
  }
  for (const pair of cut.clear) {
    const truth = whole.facts.get(pair);
    if (cut.facts.get(pair) === undefined) found.push(`nothing found, but nobody knows of ${pair}`);
    if (truth === 'PCI_P2PDMA_MAP_NOT_SUPPORTED') found.push(`nothing found, in truth ${pair} is ${truth}`);
  }
  for (const [address, told] of cut.registers) {
    const truth = whole.registers.get(address);
    const wrong =
      truth &&
      told.bytes.findIndex((byte, at) => {
        const mask = (told.mask?.[at] ?? 0xff) & (truth.mask?.[at] ?? (at < truth.bytes.length ? 0xff : 0));
        return ((byte ^ (truth.bytes[at] ?? 0)) & mask) !== 0;
      });
    if (wrong !== undefined && wrong >= 0) found.push(`register ${wrong.toString(16)} of ${address}`);
  }
  return found;
}
