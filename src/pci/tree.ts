/** Who stands below whom: parents, physical functions and root buses, from paths where the input has them, else from bus numbers. */
import { unshown } from '../base/index.ts';
import { type CapturedFunction, type Fact, type Finding, factValue } from '../capture/index.ts';
import {
  type Bdf,
  bdfBus,
  bdfDomain,
  formatBdf,
  makeBdf,
  PCI_CLASS_DEVICE,
  PCI_DEVICE_ID,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_PCI_BRIDGE,
  PCI_EXP_TYPE_RC_EC,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
  PCI_PRIMARY_BUS,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID,
} from '../uapi/index.ts';
import type { CapabilityList } from './capabilities.ts';
import { decodeCapability, decodeSriov } from './decode-capabilities.ts';
import type { BridgeBuses, PlaceBounds, Placement } from './pci-function.ts';
import { BusBounds } from './place-bounds.ts';

/** Where one function stands. */
export interface TreePlace {
  readonly parent: Bdf | undefined;
  readonly physfn: Bdf | undefined;
  readonly placement: Placement;
}

const CERTAIN: Placement = { certain: true };

/** Base and sub class of a function, 16 bits; undefined where neither an attribute nor the register tells. */
export function capturedClass(fn: CapturedFunction): number | undefined {
  const whole = factValue(fn.classCode);
  return whole === undefined ? fn.config.bits(PCI_CLASS_DEVICE, 2, 0xffff) : whole >> 8;
}

/** Bus numbers of a bridge; undefined for other functions and where they are not known. */
export function readBridgeBuses(fn: CapturedFunction): BridgeBuses | undefined {
  const header = fn.config.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK);
  if (header === undefined || header === PCI_HEADER_TYPE_NORMAL || header > 2) return undefined;
  const primary = fn.config.read8(PCI_PRIMARY_BUS);
  const secondary = fn.config.read8(PCI_SECONDARY_BUS);
  const subordinate = fn.config.read8(PCI_SUBORDINATE_BUS);
  if (primary === undefined || secondary === undefined || subordinate === undefined) return undefined;
  return { primary, secondary, subordinate };
}

/**
 * Finds every function's place.
 * @param extended a function's extended capability list
 * @param pcieType PCI_EXP_TYPE_* of a function; absent: conventional PCI
 */
export function placeFunctions(
  functions: readonly CapturedFunction[],
  extended: (fn: CapturedFunction) => CapabilityList,
  pcieType: (fn: CapturedFunction) => Fact<number>,
  findings: Finding[],
): Map<Bdf, TreePlace> {
  const present = new Set(functions.map((fn) => fn.bdf));
  const physfns = findPhysfns(functions, present, extended);
  const buses = new BusMap(functions, pcieType, findings);
  const places = new Map<Bdf, TreePlace>();
  const branches = branchesOf(functions);
  for (const fn of functions) {
    const physfn = physfns.get(fn.bdf);
    const own = placeOf(fn, present, buses, branches.get(fn.bdf));
    places.set(fn.bdf, { ...own, physfn });
  }
  // A virtual function hangs where its physical function hangs; its own bus may have no bridge.
  for (const [bdf, physfn] of physfns) {
    const place = places.get(physfn);
    if (place !== undefined) places.set(bdf, { ...place, physfn: physfns.has(physfn) ? undefined : physfn });
  }
  cutEndlessChains(places, findings);
  return places;
}

/** A domain has 256 buses, so no function has more bridges above it. */
const MAX_DEPTH = 256;

/** Ends chains of bridges that come back to themselves or are longer than a PCI domain can hold. */
function cutEndlessChains(places: Map<Bdf, TreePlace>, findings: Finding[]): void {
  const depths = new Map<Bdf, number>();
  for (const bdf of places.keys()) {
    const chain = [bdf];
    let above = places.get(bdf)?.parent;
    while (above !== undefined && !depths.has(above) && chain.length <= MAX_DEPTH) {
      chain.push(above);
      above = places.get(above)?.parent;
    }
    let depth = above === undefined ? -1 : (depths.get(above) ?? MAX_DEPTH);
    for (const fn of chain.reverse()) {
      depth++;
      const place = places.get(fn);
      if (depth >= MAX_DEPTH && place !== undefined) {
        const why = 'the bridges above it form a loop or a chain longer than a PCI domain can hold';
        findings.push({ code: 'tree-endless', severity: 'damaged', where: formatBdf(fn), text: `${why}; cut here` });
        places.set(fn, { parent: undefined, physfn: place.physfn, placement: { certain: false, why } });
        depth = 0;
      }
      depths.set(fn, depth);
    }
  }
}

/** Buses of the topmost bridges above functions whose input leaves out ports. */
function branchesOf(functions: readonly CapturedFunction[]): Map<Bdf, number> {
  const below = new Map(
    functions.flatMap((fn) => (fn.below === undefined ? [] : [[fn.bdf, fn.below.bridge] as const])),
  );
  const branches = new Map<Bdf, number>();
  for (const bdf of below.keys()) {
    let top: Bdf = bdf;
    for (let left = MAX_DEPTH; left > 0 && below.has(top); left--) {
      const above = below.get(top);
      if (above === undefined) branches.set(bdf, bdfBus(top));
      top = above ?? top;
      if (above === undefined) break;
    }
  }
  return branches;
}

function placeOf(
  fn: CapturedFunction,
  present: ReadonlySet<Bdf>,
  buses: BusMap,
  branch: number | undefined,
): Omit<TreePlace, 'physfn'> {
  if (fn.parent.state === 'absent') return { parent: undefined, placement: CERTAIN };
  if (fn.parent.state === 'known') {
    const parent = fn.parent.value;
    if (present.has(parent)) return { parent, placement: CERTAIN };
    const why = `the bridge above, ${formatBdf(parent)}, is not in this input`;
    return { parent: undefined, placement: { certain: false, why } };
  }
  const byBus = buses.above(fn.bdf);
  if (byBus.placement.certain || branch === undefined) return byBus;
  const parent = byBus.parent ?? fn.below?.bridge;
  const { why, bounds = { rootBus: undefined, alone: false } } = byBus.placement;
  return {
    parent: parent !== undefined && present.has(parent) ? parent : undefined,
    placement: {
      certain: false,
      why: fn.parent.state === 'unreadable' ? fn.parent.why : why,
      bounds: { ...bounds, branch },
    },
  };
}

interface BusRange {
  readonly bridge: Bdf;
  readonly buses: BridgeBuses;
}

/** Which bridge leads to which bus, in every domain. */
class BusMap {
  readonly #bridgeOf = new Map<number, Bdf>();
  /** By domain. */
  readonly #ranges = new Map<number, BusRange[]>();
  /** By domain: functions that may be bridges whose bus numbers are not known, those that surely are first. */
  readonly #hidden = new Map<number, Bdf[]>();
  readonly #hiddenBridges = new Map<number, Bdf[]>();

  /** What the functions of a bus show of it. */
  readonly #evidence = new Map<number, BusEvidence>();
  readonly #bounds: BusBounds;

  constructor(
    functions: readonly CapturedFunction[],
    pcieType: (fn: CapturedFunction) => Fact<number>,
    findings: Finding[],
  ) {
    for (const fn of functions) {
      const key = busKey(fn.bdf, bdfBus(fn.bdf));
      this.#evidence.set(key, strongest(this.#evidence.get(key), busEvidence(fn, pcieType(fn))));
      const buses = readBridgeBuses(fn);
      if (buses === undefined) this.#noteHidden(fn);
      else this.#add(fn.bdf, buses, findings);
    }
    this.#bounds = new BusBounds(functions, capturedClass, (domain, bus) => this.#isRootBus(domain, bus));
  }

  #isRootBus(domain: number, bus: number): boolean {
    const key = makeBdf(domain, bus, 0);
    const evidence = this.#evidence.get(key);
    if (evidence === undefined || this.#bridgeOf.has(key)) return false;
    return bus === 0 || (evidence === 'root-bus' && this.#innermostAround(domain, bus) === undefined);
  }

  #noteHidden(fn: CapturedFunction): void {
    const header = fn.config.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK);
    const baseAndSub = capturedClass(fn);
    const surelyNot = header === PCI_HEADER_TYPE_NORMAL || (baseAndSub !== undefined && baseAndSub >> 8 !== 0x06);
    if (surelyNot || NO_BUS_BEHIND.has(baseAndSub)) return;
    const list = baseAndSub === undefined ? this.#hidden : this.#hiddenBridges;
    const domain = bdfDomain(fn.bdf);
    const others = list.get(domain);
    if (others === undefined) list.set(domain, [fn.bdf]);
    else others.push(fn.bdf);
  }

  #add(bdf: Bdf, buses: BridgeBuses, findings: Finding[]): void {
    // Firmware leaves unused bridges at 0; a bridge whose bus is not above its own would make the tree a loop.
    if (buses.secondary === 0) return;
    const where = formatBdf(bdf);
    if (buses.secondary <= bdfBus(bdf)) {
      const text = `the bridge says its secondary bus is ${buses.secondary}, which is not above its own bus; ignored`;
      findings.push({ code: 'bridge-bus-backwards', severity: 'damaged', where, text });
      return;
    }
    const key = busKey(bdf, buses.secondary);
    const other = this.#bridgeOf.get(key);
    if (other !== undefined) {
      const text = `the bridge says it leads to bus ${buses.secondary}, which ${formatBdf(other)} leads to already; ignored`;
      findings.push({ code: 'bridge-bus-twice', severity: 'damaged', where, text });
      return;
    }
    this.#bridgeOf.set(key, bdf);
    const ranges = this.#ranges.get(bdfDomain(bdf));
    if (ranges === undefined) this.#ranges.set(bdfDomain(bdf), [{ bridge: bdf, buses }]);
    else ranges.push({ bridge: bdf, buses });
  }

  above(bdf: Bdf): Omit<TreePlace, 'physfn'> {
    const bus = bdfBus(bdf);
    const parent = this.#bridgeOf.get(busKey(bdf, bus));
    if (parent !== undefined) return { parent, placement: CERTAIN };
    if (bus === 0) return { parent: undefined, placement: CERTAIN };
    const around = this.#innermostAround(bdfDomain(bdf), bus);
    if (around !== undefined) {
      const why = `no bridge leads to its bus; it lies behind ${formatBdf(around)}, perhaps as a virtual function whose physical function is not known`;
      return { parent: around, placement: { certain: false, why, bounds: this.#inside(bdf) } };
    }
    const evidence = this.#evidence.get(busKey(bdf, bus));
    if (evidence === 'root-bus') return { parent: undefined, placement: CERTAIN };
    const bounds = this.#bounds.of(bdfDomain(bdf), bus);
    return { parent: undefined, placement: { certain: false, why: this.#whyUnknown(bdf), bounds } };
  }

  /** Behind a bridge that others may be behind as well. */
  #inside(bdf: Bdf): PlaceBounds {
    return { ...this.#bounds.of(bdfDomain(bdf), bdfBus(bdf)), alone: false };
  }

  #whyUnknown(bdf: Bdf): string {
    const domain = bdfDomain(bdf);
    const bridges = (this.#hiddenBridges.get(domain) ?? []).filter((bridge) => bdfBus(bridge) < bdfBus(bdf));
    const others = (this.#hidden.get(domain) ?? []).filter((bridge) => bdfBus(bridge) < bdfBus(bdf));
    const candidates = bridges.length > 0 ? bridges : others;
    const [first, ...rest] = candidates;
    if (first === undefined)
      return 'the bridge that leads to its bus is not in this input, which shows only some devices';
    if (rest.length === 0) return `the bus numbers of ${formatBdf(first)} are not in this input`;
    return `the bus numbers of bridges are not in this input: of ${formatBdf(first)} and ${rest.length} more`;
  }

  #innermostAround(domain: number, bus: number): Bdf | undefined {
    let best: BusRange | undefined;
    for (const range of this.#ranges.get(domain) ?? []) {
      const { secondary, subordinate } = range.buses;
      if (bus < secondary || bus > subordinate) continue;
      if (best === undefined || secondary > best.buses.secondary) best = range;
    }
    return best?.bridge;
  }
}

/** Bridges to what is not PCI: host, ISA, EISA, MicroChannel. */
const NO_BUS_BEHIND: ReadonlySet<number | undefined> = new Set([0x0600, 0x0601, 0x0602, 0x0603]);

/** `root-bus` and `below-a-port` follow from what stands on a bus; conventional functions stand anywhere. */
type BusEvidence = 'root-bus' | 'below-a-port' | 'unknown' | 'conventional';

const EVIDENCE_ORDER: readonly BusEvidence[] = ['root-bus', 'below-a-port', 'unknown', 'conventional'];
const ROOT_TYPES: readonly number[] = [PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_RC_END, PCI_EXP_TYPE_RC_EC];
const LINK_TYPES: readonly number[] = [
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_UPSTREAM,
  // Below a port of its own switch.
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_PCI_BRIDGE,
];

function busEvidence(fn: CapturedFunction, type: Fact<number>): BusEvidence {
  if (capturedClass(fn) === 0x0600 || isMemoryMap(fn)) return 'root-bus';
  if (type.state === 'unreadable') return isNamedRootPort(fn) && !mayStandBelow(fn) ? 'root-bus' : 'unknown';
  if (type.state === 'absent') return 'conventional';
  if (ROOT_TYPES.includes(type.value)) return mayStandBelow(fn) ? 'unknown' : 'root-bus';
  return LINK_TYPES.includes(type.value) ? 'below-a-port' : 'conventional';
}

/** The first function of every root bus of Intel's servers since Ice Lake. pci.ids: "Memory Map/VT-d". */
function isMemoryMap(fn: CapturedFunction): boolean {
  return factValue(fn.vendor) === INTEL && factValue(fn.device) === INTEL_09A2;
}

/** By its printed name, where no register tells the type of the port. */
function isNamedRootPort(fn: CapturedFunction): boolean {
  return capturedClass(fn) === 0x0604 && /\bRoot Port\b/i.test(unshown(factValue(fn.printedName)) ?? '');
}

/**
 * Root ports of QEMU may be plugged in anywhere, below bridges too, and those of Loongson's chipset stand below one. Those
 * without a known vendor may be among them.
 */
function mayStandBelow(fn: CapturedFunction): boolean {
  const vendor = factValue(fn.vendor) ?? fn.config.read16(PCI_VENDOR_ID);
  const device = factValue(fn.device) ?? fn.config.read16(PCI_DEVICE_ID);
  if (vendor === undefined || vendor === RED_HAT || vendor === LOONGSON) return true;
  return vendor === INTEL && (device === undefined ? fn.namedDevices?.length !== 0 : device === INTEL_3420);
}

const RED_HAT = 0x1b36;
const LOONGSON = 0x0014;
const INTEL = 0x8086;
const INTEL_3420 = 0x3420;
const INTEL_09A2 = 0x09a2;

function strongest(a: BusEvidence | undefined, b: BusEvidence): BusEvidence {
  return a !== undefined && EVIDENCE_ORDER.indexOf(a) < EVIDENCE_ORDER.indexOf(b) ? a : b;
}

function busKey(bdf: Bdf, bus: number): number {
  return makeBdf(bdfDomain(bdf), bus, 0);
}

/** Physical function of each virtual one: from links, else from the SR-IOV capabilities. PCIe Base Spec, "VF Routing IDs". */
function findPhysfns(
  functions: readonly CapturedFunction[],
  present: ReadonlySet<Bdf>,
  extended: (fn: CapturedFunction) => CapabilityList,
): Map<Bdf, Bdf> {
  const physfns = new Map<Bdf, Bdf>();
  for (const fn of functions) {
    if (fn.physfn.state === 'known' && present.has(fn.physfn.value)) physfns.set(fn.bdf, fn.physfn.value);
  }
  for (const fn of functions) {
    const sriov = factValue(decodeCapability(extended(fn), PCI_EXT_CAP_ID_SRIOV, fn.config, decodeSriov));
    if (sriov === undefined || !sriov.enabled) continue;
    for (let n = 0; n < sriov.numVfs; n++) {
      const vf = (fn.bdf + sriov.firstOffset + n * sriov.stride) as Bdf;
      if (vf !== fn.bdf && present.has(vf) && !physfns.has(vf)) physfns.set(vf, fn.bdf);
    }
  }
  return physfns;
}
