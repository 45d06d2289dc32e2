/** Device and bus numbers, given out as firmware does: depth first, a bridge's bus after all buses of those before it. */
import { err, ok, type Result } from '../../base/index.ts';
import { type Bdf, formatBdf, makeBdf } from '../../uapi/index.ts';
import type { DeviceSpec, HostBridgeSpec, SriovSpec } from './machine-spec.ts';
import type { PlacedFunction, PlacedRoot, PlacementError } from './placed.ts';

/** Gives every function its address. Fails where a host bridge runs out of bus or device numbers. */
export function placeBuses(hostBridges: readonly HostBridgeSpec[]): Result<readonly PlacedRoot[], PlacementError> {
  const roots: PlacedRoot[] = [];
  const nextBus = new Map<number, number>();
  const taken = new Set<number>();
  for (const [index, spec] of hostBridges.entries()) {
    const bus = spec.bus ?? nextBus.get(spec.domain) ?? 0;
    const root: PlacedRoot = { spec, bus, functions: [], io: undefined, memory: undefined, prefetchable: undefined };
    const walk: Walk = { root, taken, problem: bus > 255 ? 'no root bus number is left in the domain' : undefined };
    if (hostBridges.some((other) => other !== spec && other.domain === spec.domain && other.bus === bus)) {
      walk.problem = `has the root bus number ${bus}, which another host bridge has too`;
    }
    const last = placeBus(walk, spec.devices, undefined, bus, root.functions);
    const limit = spec.lastBus ?? nextRootBus(hostBridges, spec, bus) - 1;
    if (walk.problem !== undefined) return err({ hostBridge: index, text: walk.problem });
    if (last > limit) {
      return err({ hostBridge: index, text: `needs bus numbers up to ${last}, and has them up to ${limit}` });
    }
    nextBus.set(spec.domain, Math.max(nextBus.get(spec.domain) ?? 0, last + 1, (spec.lastBus ?? 0) + 1));
    roots.push(root);
  }
  return ok(roots);
}

interface Walk {
  readonly root: PlacedRoot;
  /** All addresses given out, those of virtual functions too. */
  readonly taken: Set<number>;
  problem: string | undefined;
}

/** The lowest described root bus above `bus` in the domain; 256 when there is none. */
function nextRootBus(hostBridges: readonly HostBridgeSpec[], spec: HostBridgeSpec, bus: number): number {
  let next = 256;
  for (const other of hostBridges) {
    if (other.domain === spec.domain && other.bus !== undefined && other.bus > bus) next = Math.min(next, other.bus);
  }
  return next;
}

/** Places the devices of one bus and all below; gives the highest bus number used. */
function placeBus(
  walk: Walk,
  devices: readonly DeviceSpec[],
  parent: PlacedFunction | undefined,
  bus: number,
  into: PlacedFunction[],
): number {
  const taken = new Set(devices.map((device) => device.slot));
  let free = 0;
  let last = bus;
  for (const device of devices) {
    while (device.slot === undefined && taken.has(free)) free++;
    const slot = device.slot ?? free++;
    if (slot > 31) walk.problem ??= `bus ${bus} has more than 32 devices`;
    last = Math.max(last, placeSlot(walk, device, parent, bus, slot, into));
  }
  into.sort((a, b) => a.bdf - b.bdf);
  for (const fn of into) {
    if (fn.buses === undefined || fn.spec.bridge === undefined) continue;
    const secondary = last + 1;
    if (secondary > 255) {
      walk.problem ??= 'needs more than 256 bus numbers';
      return last;
    }
    fn.buses.secondary = secondary;
    const used = placeBus(walk, fn.spec.bridge.devices, fn, secondary, fn.children);
    last = used + fn.spec.bridge.reserve.buses;
    fn.buses.subordinate = last;
  }
  return last;
}

/** Places the functions of one slot; gives the highest bus number their virtual functions reach. */
function placeSlot(
  walk: Walk,
  device: DeviceSpec,
  parent: PlacedFunction | undefined,
  bus: number,
  slot: number,
  into: PlacedFunction[],
): number {
  const physicalFunctions = device.functions.filter((fn) => fn?.sriov !== undefined).length;
  let last = bus;
  for (const [number, spec] of device.functions.entries()) {
    if (spec === undefined) continue;
    const bdf = makeBdf(walk.root.spec.domain, bus, slot * 8 + number);
    const vfRouting = spec.sriov && routing(spec.sriov, physicalFunctions);
    if (spec.sriov !== undefined && vfRouting !== undefined) {
      const lastVf = (bdf % 0x10000) + vfRouting.firstOffset + (spec.sriov.totalVfs - 1) * vfRouting.stride;
      last = Math.max(last, lastVf >> 8);
      for (let n = 0; n < spec.sriov.numVfs; n++) take(walk, bdf + vfRouting.firstOffset + n * vfRouting.stride);
    }
    take(walk, bdf);
    into.push({
      spec,
      bdf,
      root: walk.root,
      parent,
      multiFunction: device.functions.length > 1,
      buses: spec.bridge && { secondary: 0, subordinate: 0 },
      children: [],
      resources: [],
      vfRouting,
    });
  }
  return last;
}

function take(walk: Walk, bdf: number): void {
  if (walk.taken.has(bdf)) walk.problem ??= `has two functions at ${formatBdf(bdf as Bdf)}`;
  walk.taken.add(bdf);
}

/** Offset 16 keeps clear of the physical functions; a stride of their count keeps their virtual functions apart. */
function routing(sriov: SriovSpec, physicalFunctions: number): { firstOffset: number; stride: number } {
  return { firstOffset: sriov.firstOffset ?? 16, stride: sriov.stride ?? physicalFunctions };
}
