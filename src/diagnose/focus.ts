/** Which devices a question is about where nobody says. */
import { type DeviceKind, deviceKind, isFocusKind, KIND_ORDER, kindLabel, type PciFunction } from '../pci/index.ts';
import { isEndpoint } from './exposure.ts';

/** Devices that people do peer-to-peer DMA with, and what was left out. */
export interface Focus {
  readonly devices: readonly PciFunction[];
  /** How many endpoints of each kind are not among them, in the order of kinds. */
  readonly left: ReadonlyMap<DeviceKind, number>;
}

/**
 * GPUs, accelerators, NVSwitches, network adapters and NVMe disks, in the order given. Where there are not two of them,
 * all endpoints: there is nothing else to ask about.
 */
export function focusOf(functions: readonly PciFunction[]): Focus {
  const endpoints = functions.filter(isEndpoint);
  const wanted = endpoints.filter((fn) => isFocusKind(deviceKind(fn)));
  if (wanted.length < 2) return { devices: endpoints, left: new Map() };
  const counts = new Map<DeviceKind, number>();
  for (const fn of endpoints) {
    const kind = deviceKind(fn);
    if (!isFocusKind(kind)) counts.set(kindLabel(kind), (counts.get(kindLabel(kind)) ?? 0) + 1);
  }
  return { devices: wanted, left: new Map(KIND_ORDER.flatMap((kind) => pairOf(kind, counts.get(kind)))) };
}

function pairOf(kind: DeviceKind, count: number | undefined): (readonly [DeviceKind, number])[] {
  return count === undefined ? [] : [[kind, count]];
}
