/** All that a text is taken to tell, and where two texts contradict each other. */
import { type Analysis, analyze } from '../../src/analyze.ts';
import { factValue, type MachineCapture, readLspci } from '../../src/capture/index.ts';
import { brokenGroups, examine, focusOf, isWithoutGroups, weightOf } from '../../src/diagnose/index.ts';
import { predictGroups } from '../../src/iommu/index.ts';
import { calcMapTypeAndDist } from '../../src/p2pdma/index.ts';
import { deviceKind, isEndpointKind, type PciFunction } from '../../src/pci/index.ts';
import { formatBdf, type MapType } from '../../src/uapi/index.ts';

/** Facts by what they are about. */
export interface Told {
  readonly facts: ReadonlyMap<string, string>;
  /** What a pair may be: `check` fails where none of it meets a condition, and holds where all of it does. */
  readonly open: ReadonlyMap<string, readonly MapType[]>;
  /** Known registers of each function. */
  readonly registers: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly mask: Uint8Array | undefined }>;
  /** "Nothing stands in the way": the pairs it is said of. */
  readonly clear: readonly string[];
}

/** Pairs grow with the square. */
const MOST_ENDPOINTS = 8;

/** What the text tells to who reads lspci output, and nothing else. */
export function toldBy(text: string): Told {
  return toldByMachine(readLspci(new TextEncoder().encode(text), 'test'));
}

/** What the machine is taken to be. */
export function toldByMachine(capture: MachineCapture): Told {
  const analysis = analyze(capture);
  const { machine, topology, situation } = analysis;
  const facts = new Map<string, string>();
  const open = new Map<string, readonly MapType[]>();
  const endpoints = topology.functions.filter((fn) => isEndpointKind(deviceKind(fn))).slice(0, MOST_ENDPOINTS);
  const focus = focusOf(topology.functions).devices.slice(0, MOST_ENDPOINTS);
  eachPair([...new Set([...endpoints, ...focus])], (provider, client) => {
    const { mapType, distance, candidates, hops } = calcMapTypeAndDist(machine, provider, client);
    open.set(pairOf(provider, client), candidates);
    if (hops !== undefined) facts.set(`hops ${pairOf(provider, client)}`, `${hops}`);
    if (mapType !== 'unknown') facts.set(pairOf(provider, client), mapType);
    if (distance !== undefined) facts.set(`distance ${pairOf(provider, client)}`, `${distance}`);
  });
  for (const fn of topology.functions) tellFunction(fn, facts);
  tellGroups(analysis, facts);
  const blocking = examine(situation).filter((ailment) => weightOf(ailment) !== 'tells');
  const clear: string[] = [];
  if (blocking.length === 0) {
    eachPair(focus, (a, b) => clear.push(pairOf(a, b)));
  }
  const registers = new Map(topology.functions.map((fn) => [formatBdf(fn.bdf), fn.captured.config]));
  return { facts, open, registers, clear };
}

function pairOf(a: PciFunction, b: PciFunction): string {
  return `${formatBdf(a.bdf)} -> ${formatBdf(b.bdf)}`;
}

function tellGroups({ machine, topology, situation }: Analysis, facts: Map<string, string>): void {
  const prediction = predictGroups(topology, machine.acs);
  const [finest, coarsest] =
    prediction.state === 'known' ? [prediction.groups, prediction.groups] : [prediction.finest, prediction.coarsest];
  const near = topology.functions.map((fn) => ({ fn, fine: finest.of(fn), coarse: coarsest.of(fn) }));
  near.forEach((a, i) => {
    for (const b of near.slice(i + 1)) {
      const what = () => `group of ${pairOf(a.fn, b.fn)}`;
      if (a.fine !== undefined && a.fine === b.fine) facts.set(what(), 'shared');
      else if (a.coarse !== undefined && b.coarse !== undefined && a.coarse !== b.coarse) facts.set(what(), 'apart');
    }
  });
  const { groups } = situation;
  if (groups !== undefined && topology.functions.length > 0) facts.set('without groups', `${isWithoutGroups(groups)}`);
  if (groups === undefined || isWithoutGroups(groups)) return;
  const broken = brokenGroups(situation).map((parts) => parts.flat().map(({ bdf }) => formatBdf(bdf)));
  for (const { bdf } of topology.functions) {
    facts.set(
      `promise of ${formatBdf(bdf)}`,
      broken.some((parts) => parts.includes(formatBdf(bdf))) ? 'broken' : 'kept',
    );
  }
}

function tellFunction(fn: PciFunction, facts: Map<string, string>): void {
  const { acs, captured, placement, parent } = fn;
  const bdf = formatBdf(fn.bdf);
  if (acs.state === 'absent') facts.set(`acs ${bdf}`, 'absent');
  if (acs.state === 'known') facts.set(`acs ${bdf}`, `${acs.value.ctrl & 0x7f}`);
  if (placement.certain) facts.set(`parent ${bdf}`, parent === undefined ? 'root' : formatBdf(parent.bdf));
  const { iommuGroup, driver, numaNode, subsystemVendor, subsystemDevice, revision } = captured;
  const { vendor, device, baseAndSubClass } = fn.ids;
  const told = {
    ...{ iommuGroup, driver, numaNode, subsystemVendor, subsystemDevice, revision, vendor, device, baseAndSubClass },
    headerType: fn.headerType,
  };
  for (const [name, fact] of Object.entries(told)) {
    if (fact.state === 'known') facts.set(`${name} ${bdf}`, String(fact.value));
    if (fact.state === 'absent') facts.set(`${name} ${bdf}`, 'absent');
  }
  const express = fn.pcie.state === 'absent' ? 'none' : factValue(fn.pcie)?.type;
  if (express !== undefined) facts.set(`express ${bdf}`, `${express}`);
  const buses = factValue(fn.buses);
  if (buses !== undefined) facts.set(`buses ${bdf}`, `${buses.secondary}-${buses.subordinate}`);
  // The extent of regions is among them: a region that is missing is not there.
  if (captured.resources.state === 'known') {
    const { value } = captured.resources;
    for (let bar = 0; bar < 6; bar++) {
      const resource = value[bar];
      if (resource === 'unknown') continue;
      const range = resource?.range;
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
  for (const [pair, types] of cut.open) {
    const truth = whole.facts.get(pair) as MapType | undefined;
    if (truth !== undefined && !types.includes(truth))
      found.push(`${pair}: none of ${types.join(', ')}, in truth ${truth}`);
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
