/** A physical address in the root complex: memory, a window of a host bridge, or nothing. */
import { type AddrRange, type RawText, rangeContains, unshown } from '../base/index.ts';
import type { HostBridge, HostBridgeWindow } from '../pci/index.ts';
import { rootBusName } from '../uapi/index.ts';
import type { Bus, BusTree } from './bus-tree.ts';
import { claimsOn } from './claims.ts';
import { descend } from './descend.ts';
import type { MissingFact } from './route-value.ts';
import type { Span } from './span.ts';
import { after, assumedHop, atHostBridge, fork, hop, reach, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** The windows of one host bridge. */
export interface HostAperture {
  readonly rootBus: Bus;
  readonly windows: readonly HostBridgeWindow[];
  /** The input has no windows; those of its devices stand in. What they do not hold is not known. */
  readonly inferred: boolean;
}

/** The windows of all host bridges; where they are not known, those of the bridges and BARs on the root bus. */
export function hostApertures(tree: BusTree): HostAperture[] {
  return [...tree.rootBuses].map(([hostBridge, rootBus]) =>
    hostBridge.windows.state === 'known'
      ? { rootBus, windows: hostBridge.windows.value, inferred: false }
      : { rootBus, windows: inferredWindows(rootBus), inferred: true },
  );
}

/** An address the kernel reaches a device at is one the host bridge forwards. */
function inferredWindows(rootBus: Bus): HostBridgeWindow[] {
  const ofBars = rootBus.bars.filter((bar) => bar.sized).map(({ range, cpuStart }) => window(cpuStart, range));
  const ofBridges = rootBus.bridges.flatMap(({ fn, windows }) =>
    (windows.state === 'known' ? windows.value : []).map(({ index, range }) =>
      window(fn.resources[index]?.cpu.start ?? range.start, range),
    ),
  );
  return [...ofBars, ...ofBridges];
}

function window(cpuStart: bigint, bus: AddrRange): HostBridgeWindow {
  const cpu = { start: cpuStart, end: cpuStart + (bus.end - bus.start) };
  return { cpu, offset: BigInt.asUintN(64, cpuStart - bus.start) };
}

/**
 * The way of a physical address, for requests that came in at `source`.
 * @param span at the physical address; narrowed by all decisions
 */
export function routePhysical(world: World, apertures: readonly HostAperture[], source: HostBridge, span: Span): Walk {
  const targets: Target[] = [];
  for (const aperture of apertures) {
    const found = aperture.windows.find(({ cpu }) => span.isIn(cpu));
    if (found !== undefined) targets.push({ ...aperture, ...found });
  }
  const [target, another] = targets;
  if (target === undefined) return outsidePci(world, apertures, source, span);
  if (another === undefined) return intoWindow(world, source, target, span);
  // Host bridges share legacy ranges: the one with a device there has it. A bus behind an endpoint (Intel VMD) has its
  // window inside that endpoint's BAR: the innermost window has it.
  const inner = targets.filter((each) => !targets.some((other) => isInside(other.cpu, each.cpu)));
  const taken = inner.filter((each) => hasDevice(world, each, span));
  const [taker, second] = taken;
  if (second !== undefined) {
    const { hostBridge } = second.rootBus;
    return stop(atHostBridge(hostBridge), 'inside', { reason: 'conflict', rule: 'two-claims' });
  }
  return intoWindow(world, source, taker ?? inner[0] ?? target, span);
}

function isInside(inner: AddrRange, outer: AddrRange): boolean {
  return rangeContains(outer, inner) && inner.end - inner.start < outer.end - outer.start;
}

interface Target extends HostAperture, HostBridgeWindow {}

function hasDevice(world: World, target: Target, span: Span): boolean {
  return span.keepAddress(() => {
    span.moveTo(BigInt.asUintN(64, span.address - target.offset));
    return claimsOn(world, target.rootBus, span).claims.length > 0;
  });
}

function intoWindow(world: World, source: HostBridge, target: Target, span: Span): Walk {
  const { hostBridge } = target.rootBus;
  const place = atHostBridge(hostBridge);
  const into = hop(place, 'inside', target.inferred ? 'host-bridge-inferred' : 'host-bridge-window');
  const allowed =
    world.rootComplexP2P === undefined ||
    world.rootComplexP2P === 'all' ||
    (world.rootComplexP2P === 'same-host-bridge' && hostBridge === source);
  const refused = { reason: 'root-complex', rule: 'root-complex-no-p2p' } as const;
  if (!allowed) return after([into], stop(atHostBridge(source), 'inside', refused));
  const peer =
    world.rootComplexP2P === undefined
      ? assumedHop(atHostBridge(source), 'inside', 'root-complex-p2p', 'root-complex-p2p')
      : hop(atHostBridge(source), 'inside', 'root-complex-p2p');
  return span.keepAddress(() => {
    span.moveTo(BigInt.asUintN(64, span.address - target.offset));
    return after([into, peer], descend(world, target.rootBus, span));
  });
}

/** No host bridge has it: memory, something the firmware names, or nothing. */
function outsidePci(world: World, apertures: readonly HostAperture[], source: HostBridge, span: Span): Walk {
  const place = atHostBridge(source);
  const phys = span.address;
  const { iomem } = world.tree.topology.capture;
  const abort = stop(place, 'inside', { reason: 'master-abort', rule: 'master-abort' });
  const ram = reach(hop(place, 'inside', 'ram'), { kind: 'ram', phys });
  if (iomem.state !== 'known') {
    const why = iomem.state === 'unreadable' ? iomem.why : 'not in this input';
    const missing: MissingFact[] = [{ fact: 'memory map (/proc/iomem)', device: 'machine', why }];
    for (const { rootBus, inferred } of apertures) if (inferred) missing.push(missingWindows(rootBus));
    return fork(place, 'inside', 'memory-map-unknown', missing, [ram, abort]);
  }
  let name: RawText | undefined;
  let depth = -1;
  for (const entry of iomem.value) {
    if (span.isIn(entry.range) && entry.depth > depth) {
      name = entry.name;
      depth = entry.depth;
    }
    if (unshown(name)?.startsWith('System RAM')) return ram;
  }
  if (name === undefined) return abort;
  return reach(hop(place, 'inside', 'reserved-range'), { kind: 'reserved', phys, name });
}

function missingWindows({ hostBridge }: Bus): MissingFact {
  const device = rootBusName(hostBridge);
  const why = hostBridge.windows.state === 'unreadable' ? hostBridge.windows.why : 'not in this input';
  return { fact: 'host bridge windows', device, why };
}
