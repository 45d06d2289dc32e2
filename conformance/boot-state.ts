/**
 * The DMA side of a recorded machine when the requests begin. What no capture file holds comes from the first `groups`
 * answer, or is known of the emulated machines, and is named in the output.
 */
import type { AddrRange, PhysAddr } from '../src/base/index.ts';
import { factValue } from '../src/capture/index.ts';
import { buildDmaWorld, type DmaWorld } from '../src/dma/index.ts';
import { reservedOfGroup } from '../src/iommu/index.ts';
import type { PciFunction, PciTopology } from '../src/pci/index.ts';
import { formatBdf, type KernelLog, type KernelVersion } from '../src/uapi/index.ts';
import { hexValue } from './hex.ts';
import type { Answer } from './recording.ts';

/** Physical addresses that QEMU's SMMUv3 puts out: 44 bits. Its register is in no file of a capture. */
const QEMU_SMMU_OUTPUT_BITS = 44;
/** Translation register page of the ITS of QEMU's machine virt. */
const QEMU_ITS_DOORBELL = 0x809_0000n as PhysAddr;

/** The functions' DMA devices, and where facts came from that the capture lacks. */
export interface BootState {
  readonly world: DmaWorld;
  /** Sentences for the replay's output. */
  readonly taken: readonly string[];
}

/** Builds the state at boot. */
export function bootState(
  topology: PciTopology,
  kernel: KernelVersion,
  log: KernelLog,
  answers: readonly Answer[],
): BootState {
  const first = answers.find((answer) => answer['op'] === 'groups');
  const recorded = (first?.['devices'] ?? []) as readonly Answer[];
  const taken: string[] = [];
  const limits = new Map(recorded.map((device) => [String(device['dev']), hexValue(device['bus_dma_limit'])]));
  if ([...limits.values()].some((limit) => limit !== 0n)) taken.push('bus limits (first groups answer)');
  const kind = factValue(topology.capture.iommus)?.[0]?.kind;
  if (kind === 'smmuv3') {
    taken.push(`SMMUv3 output of ${QEMU_SMMU_OUTPUT_BITS} bits and doorbell page (known of QEMU)`);
  }
  const world = buildDmaWorld(topology, {
    kernel,
    log,
    geometry: { smmuOutputBits: QEMU_SMMU_OUTPUT_BITS, cpuPageShift: 12 },
    msiDoorbell: QEMU_ITS_DOORBELL,
    busDmaLimit: (fn) => limits.get(formatBdf(fn.bdf)) ?? 0n,
  });
  return { world, taken };
}

/** Addresses that no mapping of the function's domain may touch. */
export function reservedOf(topology: PciTopology, fn: PciFunction): readonly AddrRange[] {
  const { capture } = topology;
  const group = factValue(capture.iommuGroups)?.find(({ id }) => id === factValue(fn.captured.iommuGroup));
  const regions = group === undefined ? [] : (factValue(group.reservedRegions) ?? []);
  const kind = factValue(capture.iommus)?.[0]?.kind;
  const windows = (factValue(fn.hostBridge.windows) ?? []).map(({ cpu, offset }) => ({
    start: cpu.start - offset,
    end: cpu.end - offset,
  }));
  return [...windows, ...reservedOfGroup(kind === 'smmuv3' ? kind : 'intel', regions).map(({ range }) => range)];
}
