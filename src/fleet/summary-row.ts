/** What a machine is, in one row. */
import type { Analysis } from '../analyze.ts';
import { printable } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { deviceKind, kindLabel, type PciFunction } from '../pci/index.ts';
import type { DeviceNames } from '../report/index.ts';
import type { Row } from './table.ts';

/** What was counted of a machine's pairs. */
export interface Counted {
  readonly devices: readonly PciFunction[];
  /** By map type or `unknown`. */
  readonly counts: ReadonlyMap<string, number>;
  readonly findings: number;
}

/** The columns of `machines` that all hosts of a fingerprint share. */
export function summaryRow({ topology, machine }: Analysis, names: DeviceNames, counted: Counted): Row {
  const { capture, platform, functions } = topology;
  const { devices, counts, findings } = counted;
  const cpu = factValue(capture.cpu);
  const chassis = platformWords(topology.hostBridges[0]?.rootFunctions[0], cpu && factValue(cpu.modelName));
  const count = (kind: string): number => functions.filter((fn) => kindLabel(deviceKind(fn)) === kind).length;
  const types = new Set(factValue(capture.iommuGroups)?.flatMap(({ type }) => factValue(type) ?? []));
  return {
    model: [chassis, gpuWords(functions, names)].join('; '),
    platform: chassis,
    kernel: printable(machine.kernelChoice.release),
    kernel_source: machine.kernelSource,
    cmdline: textOf(factValue(capture.kernel.cmdline)),
    architecture: factValue(platform.architecture) ?? null,
    cpu: textOf(cpu && factValue(cpu.modelName)),
    iommu: factValue(platform.iommu) ?? null,
    iommu_in_use: factValue(platform.iommuInUse) ?? null,
    domain_types: types.size === 0 ? null : [...types].sort().join(' '),
    functions: functions.length,
    gpus: count('gpu'),
    nics: count('nic'),
    nvmes: count('nvme'),
    focus: devices.length,
    pairs: devices.length * Math.max(0, devices.length - 1),
    direct: counts.get('PCI_P2PDMA_MAP_BUS_ADDR') ?? 0,
    through: counts.get('PCI_P2PDMA_MAP_THRU_HOST_BRIDGE') ?? 0,
    refused: counts.get('PCI_P2PDMA_MAP_NOT_SUPPORTED') ?? 0,
    unknown: counts.get('unknown') ?? 0,
    findings,
  };
}

function textOf(text: string | undefined): string | null {
  return text === undefined ? null : printable(text);
}

/** Captures hold no name of a model: the processor, and the ids that the maker of the board gave its first function. */
function platformWords(first: PciFunction | undefined, cpu: string | undefined): string {
  const { vendor, device, subsystemVendor, subsystemDevice } = first?.ids ?? {};
  const known = [vendor, device, subsystemVendor, subsystemDevice].flatMap((id) => (id && factValue(id)) ?? []);
  // A board without ids of its own has zeros.
  const ids = known[2] === 0 && known[3] === 0 ? known.slice(0, 2) : known;
  const words = ids.map((id) => id.toString(16).padStart(4, '0')).join(':');
  return `${cpu === undefined ? 'processor not told' : printable(cpu).trim()} [${words}]`;
}

function gpuWords(functions: readonly PciFunction[], names: DeviceNames): string {
  const gpus = functions.filter((fn) => ['gpu', 'accelerator'].includes(deviceKind(fn)));
  const kinds = [...new Set(gpus.map((fn) => names.nameOf(fn)))].sort();
  return kinds.length === 0 ? 'no GPU' : kinds.join(' + ');
}
