/** The buses of a machine as a packet sees them: who stands on each, and which addresses each claims. */
import type { AddrRange } from '../base/index.ts';
import { type Fact, known, unreadable } from '../capture/index.ts';
import { type HostBridge, type PciFunction, type PciTopology, upstreamBridge } from '../pci/index.ts';
import {
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
  PCI_MEMORY_BASE,
  PCI_PREF_MEMORY_BASE,
} from '../uapi/index.ts';
import { type BarDecoder, barDecoders, hasMemoryAddress } from './bar-decoders.ts';

/** What a bridge does with packets. `unknown`: its PCI Express capability cannot be read. */
export type BridgeRole = 'root-port' | 'upstream-port' | 'downstream-port' | 'pci-bridge' | 'unknown';

/** A memory window of a bridge, in bus addresses. */
export interface BridgeWindow {
  /** Kernel resource index: 14 memory, 15 prefetchable memory. */
  readonly index: number;
  readonly range: AddrRange;
}

/** A bridge on a bus. */
export interface Bridge {
  readonly fn: PciFunction;
  readonly role: BridgeRole;
  readonly windows: Fact<readonly BridgeWindow[]>;
  /** The bus behind it. */
  readonly secondary: Bus;
  /** The bus it stands on. */
  readonly primary: Bus;
}

/** One bus. */
export interface Bus {
  readonly hostBridge: HostBridge;
  /** The bridge above; undefined for a root bus. */
  readonly bridge: Bridge | undefined;
  /** Everything on it, virtual functions with the device of their physical function. */
  readonly functions: readonly PciFunction[];
  readonly bridges: readonly Bridge[];
  readonly bars: readonly BarDecoder[];
}

/** All buses of a topology. */
export interface BusTree {
  readonly topology: PciTopology;
  readonly rootBuses: ReadonlyMap<HostBridge, Bus>;
  /** The bus a function stands on. */
  readonly busOf: ReadonlyMap<PciFunction, Bus>;
  readonly bridgeOf: ReadonlyMap<PciFunction, Bridge>;
}

/** Nothing in a topology or in its tree changes, and several routers are made of one: its tree is kept for them. */
const KEPT = new WeakMap<PciTopology, BusTree>();

/** The buses of a topology. */
export function busTreeOf(topology: PciTopology): BusTree {
  const kept = KEPT.get(topology) ?? buildBusTree(topology);
  KEPT.set(topology, kept);
  return kept;
}

/** Groups the functions of a topology by bus, in one pass from the root buses down. */
function buildBusTree(topology: PciTopology): BusTree {
  const children = groupByBridge(topology);
  const tree = {
    topology,
    rootBuses: new Map<HostBridge, Bus>(),
    busOf: new Map<PciFunction, Bus>(),
    bridgeOf: new Map<PciFunction, Bridge>(),
  };
  for (const hostBridge of topology.hostBridges) {
    const root = makeBus(hostBridge, undefined, children.get(hostBridge) ?? [], children);
    tree.rootBuses.set(hostBridge, root.bus);
    const pending = [root];
    for (let made = pending.pop(); made !== undefined; made = pending.pop()) {
      for (const fn of made.bus.functions) tree.busOf.set(fn, made.bus);
      for (const fn of made.bridgeFunctions) {
        const below = addBridge(made.bus, made.bridges, fn, children);
        tree.bridgeOf.set(fn, below.bridge);
        pending.push(below);
      }
    }
  }
  return tree;
}

interface MadeBus {
  readonly bus: Bus;
  /** `bus.bridges`, to be filled. */
  readonly bridges: Bridge[];
  readonly bridgeFunctions: readonly PciFunction[];
}

function groupByBridge(topology: PciTopology): Map<PciFunction | HostBridge, PciFunction[]> {
  const children = new Map<PciFunction | HostBridge, PciFunction[]>();
  for (const fn of topology.functions) {
    const above = upstreamBridge(fn) ?? fn.hostBridge;
    const list = children.get(above);
    if (list === undefined) children.set(above, [fn]);
    else list.push(fn);
  }
  return children;
}

function makeBus(
  hostBridge: HostBridge,
  bridge: Bridge | undefined,
  functions: readonly PciFunction[],
  children: ReadonlyMap<PciFunction | HostBridge, readonly PciFunction[]>,
): MadeBus {
  const bridges: Bridge[] = [];
  const bus = { hostBridge, bridge, functions, bridges, bars: barDecoders(functions) };
  return { bus, bridges, bridgeFunctions: functions.filter((fn) => isBridge(fn) || children.has(fn)) };
}

function addBridge(
  primary: Bus,
  siblings: Bridge[],
  fn: PciFunction,
  children: ReadonlyMap<PciFunction | HostBridge, readonly PciFunction[]>,
): MadeBus & { readonly bridge: Bridge } {
  const bridge: { -readonly [K in keyof Bridge]: Bridge[K] } = {
    fn,
    role: bridgeRole(fn, primary.bridge?.role),
    windows: bridgeWindows(fn),
    primary,
    secondary: primary,
  };
  const made = makeBus(primary.hostBridge, bridge, children.get(fn) ?? [], children);
  bridge.secondary = made.bus;
  siblings.push(bridge);
  return { ...made, bridge };
}

function isBridge(fn: PciFunction): boolean {
  return fn.headerType.state === 'known' && fn.headerType.value !== 0;
}

/**
 * By port type and place: emulated switches carry root ports where downstream ports belong, and a machine that was
 * given a switch may show its upstream port on a root bus.
 */
function bridgeRole(fn: PciFunction, above: BridgeRole | undefined): BridgeRole {
  if (fn.pcie.state === 'unreadable') return 'unknown';
  if (fn.pcie.state === 'absent') return 'pci-bridge';
  switch (fn.pcie.value.type) {
    case PCI_EXP_TYPE_UPSTREAM:
      return 'upstream-port';
    case PCI_EXP_TYPE_ROOT_PORT:
    case PCI_EXP_TYPE_DOWNSTREAM:
      return above === undefined ? 'root-port' : 'downstream-port';
    default:
      return 'pci-bridge';
  }
}

function bridgeWindows(fn: PciFunction): Fact<readonly BridgeWindow[]> {
  const { captured } = fn;
  const registersKnown =
    captured.config.read32(PCI_MEMORY_BASE) !== undefined && captured.config.read32(PCI_PREF_MEMORY_BASE) !== undefined;
  if (captured.resources.state !== 'known' && !registersKnown) return unreadable(captured.config.whyUnknown);
  return known(
    [14, 15].flatMap((index) => {
      const resource = fn.resources[index];
      return resource !== undefined && hasMemoryAddress(resource) ? [{ index, range: resource.bus }] : [];
    }),
  );
}
