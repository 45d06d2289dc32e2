/** Root buses and their windows. */
import { rangeContains, unshown } from '../base/index.ts';
import {
  type CapturedRootBus,
  type Fact,
  type Finding,
  factValue,
  type IomemEntry,
  known,
  type MachineCapture,
  unreadable,
} from '../capture/index.ts';
import { bdfBus, bdfDomain, IORESOURCE_MEM, rootBusName } from '../uapi/index.ts';
import type { HostBridge, HostBridgeWindow, PciFunction } from './pci-function.ts';
import type { PciTopology } from './topology.ts';

/** A function while its host bridge is not yet known. */
export type UnhostedFunction = Omit<PciFunction, 'hostBridge'> & { hostBridge?: HostBridge };

/** Gives every function its host bridge and completes the topology. Functions come in ascending order. */
export function addHostBridges(
  capture: MachineCapture,
  unhosted: UnhostedFunction[],
  findings: Finding[],
): Omit<PciTopology, 'platform'> {
  const groups = new Map<string, { domain: number; bus: number; functions: UnhostedFunction[] }>();
  for (const bus of factValue(capture.rootBuses) ?? []) {
    groups.set(`${bus.domain}:${bus.bus}`, { domain: bus.domain, bus: bus.bus, functions: [] });
  }
  for (const fn of unhosted) {
    const root = rootBusOf(fn);
    const key = `${root.domain}:${root.bus}`;
    const group = groups.get(key) ?? { ...root, functions: [] };
    groups.set(key, group);
    group.functions.push(fn);
  }
  const sorted = [...groups.values()].sort((a, b) => a.domain - b.domain || a.bus - b.bus);
  const hostBridges = sorted.map((group, index): HostBridge => {
    const members = group.functions as unknown as PciFunction[];
    const captured = capturedRootBus(capture, group.domain, group.bus);
    const hostBridge: HostBridge = {
      index,
      domain: group.domain,
      bus: group.bus,
      rootFunctions: members.filter((fn) => fn.parent === undefined && fn.physfn === undefined),
      functions: members,
      windows: hostBridgeWindows(capture, group, captured, members),
      firmwareInstance: captured?.firmwareInstance ?? unreadable('the order of host bridges is not in this input'),
    };
    for (const fn of group.functions) fn.hostBridge = hostBridge;
    return hostBridge;
  });
  const functions = unhosted as unknown as PciFunction[];
  return { capture, functions, byBdf: new Map(functions.map((fn) => [fn.bdf, fn])), hostBridges, findings };
}

function capturedRootBus(capture: MachineCapture, domain: number, bus: number): CapturedRootBus | undefined {
  return factValue(capture.rootBuses)?.find((root) => root.domain === domain && root.bus === bus);
}

/**
 * The `/proc/iomem` lines of a host bridge: named `PCI Bus DDDD:BB`; on device-tree machines named after a node, so
 * they are known by what they contain.
 */
function hostBridgeWindows(
  capture: MachineCapture,
  { domain, bus }: { domain: number; bus: number },
  captured: CapturedRootBus | undefined,
  members: readonly PciFunction[],
): Fact<readonly HostBridgeWindow[]> {
  if (capture.iomem.state !== 'known' && captured?.apertures !== undefined) {
    return known(captured.apertures.map(({ range, offset }) => ({ cpu: range, offset })));
  }
  if (capture.iomem.state !== 'known') {
    return capture.iomem.state === 'unreadable' ? capture.iomem : unreadable('/proc/iomem is not in this input');
  }
  const iomem = capture.iomem.value;
  const names = new Set([`PCI Bus ${rootBusName({ domain, bus })}`]);
  const resources = members.flatMap((fn) =>
    fn.resources.filter((r) => r !== undefined && (r.flags & IORESOURCE_MEM) !== 0),
  );
  if (captured?.platformNode.state === 'known') {
    for (const r of resources) {
      const outer = r === undefined ? undefined : iomem.find((e) => e.depth === 0 && rangeContains(e.range, r.cpu));
      if (outer !== undefined && /pci/i.test(unshown(outer.name))) names.add(unshown(outer.name));
    }
  }
  const windows = iomem.filter((entry: IomemEntry) => names.has(unshown(entry.name)));
  return known(
    windows.map(({ range }) => {
      const inside = resources.find((r) => r !== undefined && r.cpu.start !== r.cpu.end && rangeContains(range, r.cpu));
      // No resource inside shows the translation: ACPI machines have none.
      return { cpu: range, offset: inside === undefined ? 0n : inside.cpu.start - inside.bus.start };
    }),
  );
}

/** The domain and bus a function's chain of bridges starts on. */
function rootBusOf(fn: UnhostedFunction): { domain: number; bus: number } {
  if (fn.captured.rootBus.state === 'known') return fn.captured.rootBus.value;
  let top: UnhostedFunction | PciFunction = fn.physfn ?? fn;
  while (top.parent !== undefined) top = top.parent;
  return { domain: bdfDomain(top.bdf), bus: bdfBus(top.bdf) };
}
