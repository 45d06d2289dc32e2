/** Which known faults matter to a pair, and to a machine. */
import { unshown } from '../../base/index.ts';
import { factValue } from '../../capture/index.ts';
import { acsRedirectBits, calcMapTypeAndDist, type P2pdmaMachine, type Verdict } from '../../p2pdma/index.ts';
import { deviceKind, KIND_ORDER, kindLabel, type PciFunction, upstreamBridge } from '../../pci/index.ts';
import { bdfDomain } from '../../uapi/index.ts';
import { focusOf } from '../focus.ts';
import { HARDWARE_FAULTS } from './fault-table.ts';
import type { HardwareFault, PartIds } from './hardware-fault.ts';

/** A fault and the parts of the machine that have it. */
export interface FoundFault {
  readonly fault: HardwareFault;
  /** Ascending. */
  readonly parts: readonly PciFunction[];
  /** Ordered pairs of devices in focus that it matters to; 0 for one that bears on isolation. */
  readonly pairs: number;
  /** There are more devices than were looked at: pairs may be more, too. */
  readonly atLeast: boolean;
}

/** Those that matter to one pair. */
export function faultsOfPair(machine: P2pdmaMachine, verdict: Verdict): FoundFault[] {
  return HARDWARE_FAULTS.flatMap((fault) => {
    const parts = partsFor(machine, fault, verdict);
    return parts.length === 0 ? [] : [{ fault, parts, pairs: 1, atLeast: false }];
  });
}

/** Of more devices than these the first kinds and physical functions are looked at: they speak for all. */
const MOST_DEVICES = 96;

function lookedAt(devices: readonly PciFunction[]): readonly PciFunction[] {
  if (devices.length <= MOST_DEVICES) return devices;
  const rank = (fn: PciFunction): number =>
    KIND_ORDER.indexOf(kindLabel(deviceKind(fn))) + (fn.physfn === undefined ? 0 : 100);
  return devices.toSorted((a, b) => rank(a) - rank(b) || a.index - b.index).slice(0, MOST_DEVICES);
}

/** Those that matter to pairs of the devices in focus which Linux allows, or may allow, and to isolation. */
export function machineFaults(
  machine: P2pdmaMachine,
  isAsked: (provider: PciFunction, client: PciFunction) => boolean = () => true,
): FoundFault[] {
  const { functions } = machine.topology;
  const present = HARDWARE_FAULTS.filter(({ part }) => functions.some((fn) => part.some((ids) => hasIds(fn, ids))));
  if (present.length === 0) return [];
  const all = focusOf(functions).devices;
  const devices = lookedAt(all);
  const atLeast = devices.length < all.length;
  const found = new Map<HardwareFault, { parts: Set<PciFunction>; pairs: number }>();
  for (const provider of devices) {
    for (const client of devices) {
      if (provider === client || !isAsked(provider, client)) continue;
      const verdict = calcMapTypeAndDist(machine, provider, client);
      for (const fault of present) {
        const parts = counts(fault, verdict) ? partsFor(machine, fault, verdict) : [];
        if (parts.length === 0) continue;
        const seen = found.get(fault) ?? { parts: new Set(), pairs: 0 };
        for (const part of parts) seen.parts.add(part);
        found.set(fault, { parts: seen.parts, pairs: seen.pairs + 1 });
      }
    }
  }
  return present.flatMap((fault): FoundFault[] => {
    if (fault.place === 'present' || fault.place === 'without-acs') {
      const parts = functions.filter((fn) => isPart(fn, fault) && (fault.place === 'present' || lacksAcs(fn)));
      return parts.length === 0 ? [] : [{ fault, parts, pairs: 0, atLeast: false }];
    }
    const seen = found.get(fault);
    if (seen === undefined) return [];
    return [{ fault, parts: [...seen.parts].sort((a, b) => a.index - b.index), pairs: seen.pairs, atLeast }];
  });
}

function counts({ evenRefused }: HardwareFault, { mapType }: Verdict): boolean {
  return evenRefused === true || mapType !== 'PCI_P2PDMA_MAP_NOT_SUPPORTED';
}

function isPart(fn: PciFunction, { part }: HardwareFault): boolean {
  return part.some((ids) => hasIds(fn, ids));
}

/** By ids; by the printed name where the input has none. A revision that is not known is no match. */
function hasIds(fn: PciFunction, { vendor, devices, revisions, name }: PartIds): boolean {
  const revision = factValue(fn.ids.revision);
  if (revisions !== undefined && (revision === undefined || !revisions.includes(revision))) return false;
  const ownVendor = factValue(fn.ids.vendor);
  const device = factValue(fn.ids.device);
  if (ownVendor !== undefined && (devices === undefined || device !== undefined))
    return ownVendor === vendor && (devices === undefined || (device !== undefined && devices.includes(device)));
  return name?.test(unshown(factValue(fn.captured.printedName)) ?? '') === true;
}

/** The parts with which a pair meets the fault: none where it does not. */
function partsFor(machine: P2pdmaMachine, fault: HardwareFault, verdict: Verdict): PciFunction[] {
  const { provider, client, path } = verdict;
  const is = (fn: PciFunction): boolean => isPart(fn, fault);
  const ends = [provider, client];
  switch (fault.place) {
    case 'on-path':
      return verdict.commonUpstream === undefined ? [] : path.filter(is);
    case 'redirecting':
      return verdict.commonUpstream === undefined ? [] : path.filter((fn) => is(fn) && redirects(machine, fn));
    case 'root-complex':
      return turnsInRoot(verdict) ? rootParts(ends, is) : [];
    case 'across-sockets':
      return turnsInRoot(verdict) && acrossNodes(provider, client) ? rootParts(ends, is) : [];
    case 'redirecting-root':
      return turnsInRoot(verdict) && ends.every((fn) => deviceKind(fn) === 'gpu')
        ? [...new Set(ends.map(rootPort))].filter((fn) => is(fn) && redirects(machine, fn))
        : [];
    case 'both-through-root':
      return turnsInRoot(verdict) && ends.every(isGpuPart(is)) ? ends : [];
    case 'both-translated':
      return turnsInRoot(verdict) && ends.every(isGpuPart(is)) && isTranslatedOnX86(machine, ends) ? ends : [];
    case 'two-targets':
      return twoTargets(machine, verdict, is, fault.writers ?? 2);
    case 'vmd-domain':
      return ends.some(({ bdf }) => bdfDomain(bdf) > 0xffff) ? machine.topology.functions.filter(is) : [];
    case 'present':
    case 'without-acs':
      return [];
  }
}

/** Upstream ports have none by design. */
function lacksAcs(fn: PciFunction): boolean {
  return fn.acs.state === 'absent' && deviceKind(fn) === 'switch-downstream';
}

function isGpuPart(is: (fn: PciFunction) => boolean): (fn: PciFunction) => boolean {
  return (fn) => is(fn) && deviceKind(fn) === 'gpu';
}

function redirects(machine: P2pdmaMachine, fn: PciFunction): boolean {
  return (factValue(acsRedirectBits(machine, fn)) ?? 0) !== 0;
}

/** Do packets have to turn in a root complex: below no common bridge, or sent up by one that redirects? */
function turnsInRoot({ commonUpstream, mapType, reasons, path }: Verdict): boolean {
  if (reasons[0]?.code === 'place-uncertain' || path.length === 0) return false;
  return (
    commonUpstream === undefined ||
    (mapType !== 'PCI_P2PDMA_MAP_BUS_ADDR' && reasons.some(({ code }) => code === 'acs-redirect'))
  );
}

/** First functions of the root buses above, and the root ports. */
function rootParts(ends: readonly PciFunction[], is: (fn: PciFunction) => boolean): PciFunction[] {
  const parts = ends.flatMap((fn) => [...fn.hostBridge.rootFunctions.slice(0, 1), rootPort(fn)]);
  return [...new Set(parts)].filter(is);
}

function rootPort(fn: PciFunction): PciFunction {
  let at = fn;
  for (let above = upstreamBridge(at); above !== undefined; above = upstreamBridge(at)) at = above;
  return at;
}

function acrossNodes(a: PciFunction, b: PciFunction): boolean {
  const [x, y] = [factValue(a.captured.numaNode), factValue(b.captured.numaNode)];
  return x !== undefined && y !== undefined && x !== y;
}

/** All reports are of x86 machines. */
function isTranslatedOnX86({ topology }: P2pdmaMachine, ends: readonly PciFunction[]): boolean {
  if (factValue(topology.platform.architecture) !== 'x86') return false;
  const types = new Map(factValue(topology.capture.iommuGroups)?.map(({ id, type }) => [id, factValue(type)]));
  return ends.some((fn) => unshown(types.get(factValue(fn.captured.iommuGroup) ?? -1))?.startsWith('DMA') === true);
}

/** The topmost switch port of the kind above the client, with enough writers below it and two other root ports to write to. */
function twoTargets(
  { topology }: P2pdmaMachine,
  { client, provider }: Verdict,
  is: (fn: PciFunction) => boolean,
  enough: number,
): PciFunction[] {
  const own = rootPort(client);
  if (own === rootPort(provider)) return [];
  const uplink = topmost(client, is);
  if (uplink === undefined) return [];
  const { devices } = focusOf(topology.functions);
  const writers = devices.filter((fn) => topmost(fn, is) === uplink);
  const targets = new Set(devices.filter((fn) => deviceKind(fn) === 'gpu').map(rootPort));
  targets.delete(own);
  return writers.length >= enough && targets.size > 1 ? [uplink] : [];
}

function topmost(fn: PciFunction, is: (fn: PciFunction) => boolean): PciFunction | undefined {
  let found: PciFunction | undefined;
  for (let at = upstreamBridge(fn); at !== undefined; at = upstreamBridge(at)) {
    if (is(at) && deviceKind(at) === 'switch-upstream') found = at;
  }
  return found;
}
