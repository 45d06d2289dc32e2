/** Pairs that share no bridge although the place of one, or of both, is not in the input. */
import { factValue } from '../capture/index.ts';
import { type HostBridge, type PciFunction, type PciTopology, upstreamBridge } from '../pci/index.ts';
import { bdfBus, bdfDomain, PCI_HEADER_TYPE_NORMAL } from '../uapi/index.ts';

/** Where a function can be. */
export interface Whereabouts {
  readonly domain: number;
  /** Buses below one host bridge are a run of numbers: the root bus that its run begins with, or -1. */
  readonly rootBus: number;
  readonly bus: number;
  /** Below which root port, where that is known: the bus behind it. */
  readonly branch: number | undefined;
  /** It shares bridges with functions of its own bus only. */
  readonly alone: boolean;
  /** Its host bridge, where that is known. */
  readonly hostBridge: HostBridge | undefined;
}

/** What is known of the place of a function; undefined: nothing. */
export function whereaboutsOf(topology: PciTopology, fn: PciFunction): Whereabouts | undefined {
  if (!fn.placement.certain) return boundsOf(topology, fn, fn);
  const own = fn.physfn ?? fn;
  let top = own;
  for (let at: PciFunction | undefined = own; at !== undefined; at = upstreamBridge(at)) {
    if (!at.placement.certain) return boundsOf(topology, fn, at);
    top = at;
  }
  const { domain, bus } = top.hostBridge;
  return {
    domain,
    rootBus: bus,
    bus: bdfBus(own.bdf),
    branch: undefined,
    alone: top === own && !mayBeBridge(own),
    hostBridge: top.hostBridge,
  };
}

/** The host bridge that a function is surely below; undefined where its place leaves that open. */
export function surelyBelow(topology: PciTopology, fn: PciFunction): HostBridge | undefined {
  return whereaboutsOf(topology, fn)?.hostBridge;
}

/** `open`: the lowest on the way up whose place is not known. */
function boundsOf({ hostBridges }: PciTopology, fn: PciFunction, open: PciFunction): Whereabouts | undefined {
  const bounds = open.placement.certain ? undefined : open.placement.bounds;
  if (bounds === undefined) return undefined;
  const domain = bdfDomain(open.bdf);
  const alone = bounds.alone && open === fn;
  const isAbove = (bridge: HostBridge): boolean => bridge.domain === domain && bridge.bus === bounds.rootBus;
  const hostBridge = alone ? hostBridges.find(isAbove) : undefined;
  const { rootBus = -1, branch } = bounds;
  return { domain, rootBus, bus: bdfBus(open.bdf), branch, alone, hostBridge };
}

function mayBeBridge({ headerType, ids }: PciFunction): boolean {
  const header = factValue(headerType);
  if (header !== undefined) return header !== PCI_HEADER_TYPE_NORMAL;
  const classCode = factValue(ids.baseAndSubClass);
  return classCode === undefined || classCode >> 8 === 0x06;
}

/** Do the two surely share no bridge? */
export function areApart(a: Whereabouts | undefined, b: Whereabouts | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (a.domain !== b.domain || a.rootBus !== b.rootBus) return true;
  if (a.branch !== undefined && b.branch !== undefined && a.branch !== b.branch) return true;
  return a.bus !== b.bus && (a.alone || b.alone);
}
