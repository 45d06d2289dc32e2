/** What answers of several kinds say of a function. */
import { unshown } from '../src/base/index.ts';
import { factValue } from '../src/capture/index.ts';
import type { PciFunction } from '../src/pci/index.ts';
import { hexText } from './hex.ts';
import type { ModelledMachine } from './modelled-machine.ts';
import type { Answer } from './recording.ts';

/** `iommu_domain.type` of the kernel. */
const DOMAIN_TYPES: Readonly<Record<string, number>> = { DMA: 3, 'DMA-FQ': 11, identity: 4, blocked: 0, unmanaged: 1 };

/** Group number (-1: none), predicted where the capture tells enough, and domain type (-1: none) of a function. */
export function groupAndDomain(machine: ModelledMachine, fn: PciFunction): { group: number; domain: number } {
  const group = factValue(fn.captured.iommuGroup);
  if (group === undefined) return { group: -1, domain: -1 };
  const captured = factValue(machine.topology.capture.iommuGroups)?.find(({ id }) => id === group);
  const type = captured === undefined ? undefined : factValue(captured.type);
  const predicted = machine.groups === undefined ? group : (machine.groups.of(fn)?.number ?? -1);
  return { group: predicted, domain: DOMAIN_TYPES[unshown(type) ?? ''] ?? -1 };
}

/** Start, length and flags of a BAR, zero where there is none. */
export function barFields(fn: PciFunction, bar: number): Answer {
  const resource = fn.resources[bar];
  const { start, end } = resource?.cpu ?? { start: 0n, end: 0n };
  return { bar_start: hexText(start), bar_len: hexText(end - start), bar_flags: hexText(resource?.flags ?? 0) };
}
