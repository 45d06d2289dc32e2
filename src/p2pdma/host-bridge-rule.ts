/** May traffic of a pair go through its host bridges? */
import { factValue } from '../capture/index.ts';
import { type CpuMaker, type HostBridge, type PciFunction, type PciTopology, possibleDevices } from '../pci/index.ts';
import { type Bdf, bdfDevfn, bdfFunction, makeBdf, PCI_EXP_TYPE_ROOT_PORT } from '../uapi/index.ts';
import { findWhitelistEntry, HOST_BRIDGE_WHITELIST, isListedIn, type WhitelistEntry } from './host-bridge-whitelist.ts';
import { p2pdmaRules } from './kernel-rules.ts';
import { type HostBridgeIds, isIommuInUse, type P2pdmaMachine } from './p2pdma-machine.ts';

/** What the kernel finds for one host bridge. */
export interface HostBridgeLookup {
  readonly hostBridge: HostBridge;
  /** The device looked up in the list: the first of the root bus, whatever it is. */
  readonly device: PciFunction | undefined;
  /** The ids looked up. */
  readonly ids: HostBridgeIds | undefined;
  readonly entry: WhitelistEntry | undefined;
  readonly outcome: 'listed' | 'same-host-bridge-only' | 'not-listed' | 'no-device' | 'unknown';
}

/** The rule's answer for two host bridges. */
export interface HostBridgeVerdict {
  /** `'unknown'` when an id, a port type or the processor is not in the input and would decide. */
  readonly allowed: boolean | 'unknown';
  /** The processor rule decided, the list was not looked at. */
  readonly byCpu: boolean;
  /** Both host bridges, or the one they share; what the list says of each. */
  readonly lookups: readonly HostBridgeLookup[];
  /** 5.2 and 5.3: refused because an IOMMU is in use. */
  readonly iommuInUse: boolean;
  /** Not known which they are, and the list has none of the machine's maker. */
  readonly makerUnlisted: boolean;
}

/**
 * The rule for two host bridges, which may be one and the same. Undefined: it is not known which; what holds for every
 * one that the machine can have is the answer.
 * @kernel host_bridge_whitelist drivers/pci/p2pdma.c
 */
export function hostBridgeRule(
  machine: P2pdmaMachine,
  provider: HostBridge | undefined,
  client: HostBridge | undefined,
): HostBridgeVerdict {
  const rules = p2pdmaRules(machine.kernel);
  const same = provider === client;
  const open = provider === undefined || client === undefined;
  const known = (same ? [provider] : [provider, client]).filter((bridge) => bridge !== undefined);
  const lookups = known.map((bridge) => lookUp(machine, bridge));
  const verdict = (allowed: boolean | 'unknown', byCpu = false, iommuInUse = false): HostBridgeVerdict => ({
    allowed,
    byCpu,
    lookups,
    iommuInUse,
    makerUnlisted: open && allowed === false && !lookups.some(isRefused),
  });
  if (!rules.hostBridgeList) return verdict(false);
  if (rules.zenRule && machine.cpu.zen === true) return verdict(true, true);
  const listed = open ? openListed(machine, lookups) : bothListed(lookups, same);
  if (listed !== false && rules.iommuExcludes) {
    const inUse = isIommuInUse(machine);
    if (inUse === 'unknown') return verdict('unknown');
    return inUse ? verdict(false, false, true) : verdict(listed);
  }
  const cpuOpen = rules.zenRule && machine.cpu.zen === 'unknown';
  return verdict(listed !== true && cpuOpen ? 'unknown' : listed);
}

/** What holds whichever host bridge the other is: a known one that is on no list, or a machine of a maker without entries. */
function openListed(machine: P2pdmaMachine, lookups: readonly HostBridgeLookup[]): false | 'unknown' {
  return lookups.some(isRefused) || isUnlistedMaker(machine) ? false : 'unknown';
}

function isRefused({ outcome }: HostBridgeLookup): boolean {
  return outcome === 'not-listed' || outcome === 'no-device';
}

/** Root complexes of a machine are of one maker: has the list of this kernel none of those that are seen? */
function isUnlistedMaker({ topology, kernel }: P2pdmaMachine): boolean {
  const maker = VENDOR_OF_MAKER.get(factValue(topology.platform.cpuMaker) ?? 'other');
  if (maker !== undefined) return !HOST_BRIDGE_WHITELIST.some((e) => e.vendor === maker && isListedIn(kernel, e));
  const first = topology.hostBridges.flatMap(({ rootFunctions }) => rootFunctions.filter(isOnRootBus).slice(0, 1));
  const makers = new Set(first.map(({ ids }) => factValue(ids.vendor)));
  if (makers.size === 0 || makers.has(undefined)) return false;
  return !HOST_BRIDGE_WHITELIST.some((entry) => makers.has(entry.vendor) && isListedIn(kernel, entry));
}

/** Makers whose processors have root complexes of their own; the others' are told by their functions. */
const VENDOR_OF_MAKER: ReadonlyMap<CpuMaker, number> = new Map([
  ['amd', 0x1022],
  ['hygon', 0x1d94],
  ['zhaoxin', 0x1d17],
]);

function isOnRootBus({ placement }: PciFunction): boolean {
  return placement.certain;
}

function bothListed(lookups: readonly HostBridgeLookup[], same: boolean): boolean | 'unknown' {
  const answers = lookups.map(({ outcome }) => {
    if (outcome === 'unknown') return 'unknown';
    return outcome === 'listed' || (same && outcome === 'same-host-bridge-only');
  });
  if (answers.includes(false)) return false;
  return answers.includes('unknown') ? 'unknown' : true;
}

/**
 * The device that stands for a host bridge, and what the list says of it.
 * @kernel pci_host_bridge_dev drivers/pci/p2pdma.c
 */
function lookUp(machine: P2pdmaMachine, hostBridge: HostBridge): HostBridgeLookup {
  const device = hostBridge.rootFunctions[0];
  if (device === undefined) return { hostBridge, device, ids: undefined, entry: undefined, outcome: 'no-device' };
  const vendor = factValue(device.ids.vendor);
  const deviceId = factValue(device.ids.device);
  const own = vendor === undefined || deviceId === undefined ? undefined : { vendor, device: deviceId };
  const ids = machine.hostBridgeIds?.(hostBridge) ?? own;
  const entries = ids === undefined ? namedEntries(machine, device) : [entryOf(machine, ids.vendor, ids.device)];
  const entry = entries?.[0];
  const known = entries?.every((other) => other === entry) === true;
  const outcome = lookupOutcome(standsForHostBridge(machine, device), known, entry);
  if (mayHideFirst(machine, device)) return { hostBridge, device, ids, entry, outcome: 'unknown' };
  return { hostBridge, device, ids, entry, outcome };
}

/**
 * A paste of some devices may lack the first one of a root bus, which is the one looked up. Every machine has a
 * function 0000:00:00.0, or at least every one whose lspci output is complete.
 */
function mayHideFirst({ topology }: P2pdmaMachine, device: PciFunction): boolean {
  const { kind } = topology.capture.source;
  if (kind !== 'lspci-hex' && kind !== 'lspci-text' && kind !== 'report') return false;
  return bdfDevfn(device.bdf) !== 0 && !isComplete(topology);
}

/** What readers of lspci output find where the title of a function is missing. */
const TITLES_LOST: ReadonlySet<string> = new Set([
  'title-lost',
  'text-without-title',
  'config-without-function',
  'config-of-another',
  'config-gap',
  'lines-lost',
]);

/** Nothing shows that a function is missing: every slot has its function 0, every bus its bridge, all text a title. */
function isComplete({ byBdf, functions, capture }: PciTopology): boolean {
  if (!byBdf.has(makeBdf(0, 0, 0)) || capture.findings.some(({ code }) => TITLES_LOST.has(code))) return false;
  return functions.every(
    ({ bdf, physfn, placement }) =>
      physfn !== undefined ||
      (placement.certain && (bdfFunction(bdf) === 0 || byBdf.has((bdf - bdfFunction(bdf)) as Bdf))),
  );
}

function entryOf({ kernel }: P2pdmaMachine, vendor: number, device: number): WhitelistEntry | undefined {
  return findWhitelistEntry(kernel, vendor, device);
}

/** What the list says of each device that the printed name can stand for; undefined: that is not known. */
function namedEntries(
  machine: P2pdmaMachine,
  device: PciFunction,
): readonly (WhitelistEntry | undefined)[] | undefined {
  const vendor = factValue(device.ids.vendor);
  if (vendor === undefined) return undefined;
  if (!HOST_BRIDGE_WHITELIST.some((entry) => entry.vendor === vendor)) return [undefined];
  return possibleDevices(device)?.map((id) => entryOf(machine, vendor, id));
}

function lookupOutcome(
  stands: boolean | 'unknown',
  known: boolean,
  entry: WhitelistEntry | undefined,
): HostBridgeLookup['outcome'] {
  if (stands === false) return 'no-device';
  if (!known) return 'unknown';
  if (entry === undefined) return 'not-listed';
  if (stands === 'unknown') return 'unknown';
  return entry.sameHostBridge ? 'same-host-bridge-only' : 'listed';
}

function standsForHostBridge(machine: P2pdmaMachine, device: PciFunction): boolean | 'unknown' {
  if (bdfDevfn(device.bdf) === 0) return true;
  if (!p2pdmaRules(machine.kernel).rootPortStandsForHostBridge) return false;
  if (device.pcie.state === 'unreadable') return 'unknown';
  return device.pcie.state === 'known' && device.pcie.value.type === PCI_EXP_TYPE_ROOT_PORT;
}
