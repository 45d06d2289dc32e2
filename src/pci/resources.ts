/** The resources of one function: sizes and CPU addresses from the capture, bus addresses from config space. */
import type { AddrRange } from '../base/index.ts';
import type { CapturedFunction, CapturedResource } from '../capture/index.ts';
import { PCI_CAP_ID_EA, PCI_HEADER_TYPE_BRIDGE, PCI_SRIOV_BAR } from '../uapi/index.ts';
import { barCount, readBars, readBridgeWindows } from './bars.ts';
import type { CapabilityList } from './capabilities.ts';
import { readEnhancedAllocation } from './enhanced-allocation.ts';
import type { PciResource, UnsizedBar } from './pci-function.ts';

/** What `readResources` needs to know of a function. */
export interface ResourceSource {
  readonly captured: CapturedFunction;
  readonly headerType: number | undefined;
  readonly capabilities: CapabilityList;
  /** Offset of the SR-IOV capability. */
  readonly sriovAt: number | undefined;
  /** CPU minus bus address of the bridge window around a range; undefined where no such window is known. */
  readonly offsetAbove: (cpu: AddrRange) => bigint | undefined;
  /** May CPU and bus address differ where the input shows only the former? */
  readonly mayTranslate: boolean;
}

/** The result of `readResources`. */
export interface FunctionResources {
  readonly resources: readonly (PciResource | undefined)[];
  readonly unsizedBars: readonly UnsizedBar[];
}

const FIRST_VF_BAR = 7;

/**
 * Joins what the capture says of resources with the registers. Where the capture has no resource list, windows and
 * Enhanced Allocation come from config space (bus addresses taken as CPU addresses); BARs then have no size.
 */
export function readResources(source: ResourceSource): FunctionResources {
  const { captured } = source;
  const busStarts = registerAddresses(source);
  if (captured.resources.state === 'known') {
    const resources = captured.resources.value.map((resource, index) =>
      resource === undefined || resource === 'unknown'
        ? undefined
        : placeOnBus(index, resource, busStarts.get(index), source),
    );
    return { resources: withWindows(resources, source), unsizedBars: unsized(source, resources) };
  }
  const resources = withWindows([], source);
  const ea = source.capabilities.offsets.get(PCI_CAP_ID_EA);
  if (ea !== undefined) for (const r of readEnhancedAllocation(captured.config, ea)) resources[r.index] = r;
  return { resources, unsizedBars: unsized(source, resources) };
}

/** Bus address by resource index, as far as registers hold it. */
function registerAddresses(source: ResourceSource): Map<number, bigint> {
  const { captured, headerType, sriovAt } = source;
  const starts = new Map<number, bigint>();
  if (headerType !== undefined) {
    for (const bar of readBars(captured.config, undefined, barCount(headerType))) starts.set(bar.index, bar.busAddress);
  }
  if (headerType === PCI_HEADER_TYPE_BRIDGE) {
    for (const window of readBridgeWindows(captured.config)) starts.set(window.index, window.bus.start);
  }
  if (sriovAt !== undefined) {
    for (const bar of readBars(captured.config, sriovAt + PCI_SRIOV_BAR)) {
      starts.set(FIRST_VF_BAR + bar.index, bar.busAddress);
    }
  }
  return starts;
}

function placeOnBus(
  index: number,
  resource: CapturedResource,
  busStart: bigint | undefined,
  source: ResourceSource,
): PciResource {
  const { start, end } = resource.range;
  const offset = source.offsetAbove(resource.range);
  // The window above comes first: a BAR register reads 0 after a reset, and virtual functions have none.
  const shown = offset === undefined ? busStart : start - offset;
  const at = shown ?? start;
  const placed = { index, cpu: resource.range, bus: { start: at, end: at + (end - start) }, flags: resource.flags };
  return shown === undefined && source.mayTranslate ? { ...placed, busAssumed: true } : placed;
}

/** Adds the windows that only config space shows (text dumps list no bridge windows as resources). */
function withWindows(resources: (PciResource | undefined)[], source: ResourceSource): (PciResource | undefined)[] {
  if (source.headerType !== PCI_HEADER_TYPE_BRIDGE) return resources;
  // A sysfs list has places for the windows: one that is empty there is closed for the kernel, whatever registers say.
  if (resources.length > 13) return resources;
  for (const { index, bus, flags } of readBridgeWindows(source.captured.config)) {
    resources[index] = { index, cpu: bus, bus, flags };
  }
  return Array.from(resources);
}

function unsized(source: ResourceSource, resources: readonly (PciResource | undefined)[]): UnsizedBar[] {
  const { captured, headerType } = source;
  if (captured.resources.state === 'known' || headerType === undefined) return [];
  return readBars(captured.config, undefined, barCount(headerType)).filter((bar) => resources[bar.index] === undefined);
}
