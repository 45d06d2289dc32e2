/** What the DMA layers need to know of a machine as a whole, read from its capture. */
import { unshown } from '../base/index.ts';
import { type CapturedIommu, factValue, type MachineCapture } from '../capture/index.ts';
import {
  type DmaInference,
  type DomainGeometry,
  type GeometryChoices,
  type IommuKind,
  machineGeometry,
} from '../iommu/index.ts';
import { capturedCmdline, iommuOfMaker, machineCmdline, type PciTopology, type Platform } from '../pci/index.ts';
import type { KernelCmdline, KernelVersion } from '../uapi/index.ts';
import { type DirectDma, PLAIN_DIRECT_DMA } from './dma-device.ts';

/** The IOMMU that translates, the command line in force, and what dma-direct asks. */
export interface DmaHardware {
  readonly kind: IommuKind;
  /** The unit whose registers count; undefined where the capture shows none. */
  readonly unit: CapturedIommu | undefined;
  readonly cmdline: KernelCmdline;
  readonly geometry: DomainGeometry;
  readonly direct: DirectDma;
  readonly inferred: readonly DmaInference[];
}

/** Reads the machine. `cmdline` stands in for the captured one. Functions are not told which of several units is theirs. */
export function dmaHardware(
  topology: PciTopology,
  kernel: KernelVersion,
  cmdline: KernelCmdline | undefined,
  choices: GeometryChoices,
): DmaHardware {
  const { capture } = topology;
  const units = (factValue(capture.iommus) ?? []).filter((unit) => unit.kind !== 'other');
  const inferred: DmaInference[] = [];
  const kind = kindOf(topology.platform, inferred);
  const line = cmdline ?? capturedCmdline(topology) ?? machineCmdline(topology, '');
  const candidates = units.filter((unit) => unit.kind === kind);
  if (new Set(candidates.map(registersOf)).size > 1) {
    inferred.push({ code: 'iommu-unit', text: 'the IOMMU with the fewest address bits, of several that differ' });
  }
  const made = (candidates.length === 0 ? [undefined] : candidates).map((unit) => ({
    unit,
    ...machineGeometry(unit ?? kind, { kernel, cmdline: line, ivhdEfr: capture.ivhdEfr }, choices),
  }));
  const narrowest = made.reduce((best, next) => (next.geometry.apertureEnd < best.geometry.apertureEnd ? next : best));
  return {
    kind,
    unit: narrowest.unit,
    cmdline: line,
    geometry: narrowest.geometry,
    direct: directDma(capture, kind),
    inferred: [...inferred, ...narrowest.inferred],
  };
}

function registersOf({ cap, ecap, features }: CapturedIommu): string {
  return [cap, ecap, features].map((register) => factValue(register) ?? '').join(' ');
}

/** Which IOMMU the machine has; where it leaves no trace, which its processor could have. */
function kindOf({ iommu, cpuMaker, architecture }: Platform, inferred: DmaInference[]): IommuKind {
  if (iommu.state === 'known') return iommu.value;
  const x86 = architecture.state !== 'known' || architecture.value === 'x86';
  const kind = iommuOfMaker(factValue(cpuMaker)) ?? (x86 ? 'intel' : 'smmuv3');
  inferred.push({ code: 'iommu-kind', text: `an IOMMU of the kind ${kind}` });
  return kind;
}

const ZONE_DMA_END_X86 = 0x100_0000n;
const ZONE_DMA_END_ARM64 = 0x1_0000_0000n;
const PAGE = 0x1000n;

/** dma-direct must reach all of the lowest memory zone, or all memory where that is less. Encryption is in no input. */
function directDma(capture: MachineCapture, kind: IommuKind): DirectDma {
  const zoneEnd = kind === 'smmuv3' ? ZONE_DMA_END_ARM64 : ZONE_DMA_END_X86;
  const ram = (factValue(capture.iomem) ?? []).filter(({ name }) => unshown(name) === 'System RAM');
  const ramEnd = ram.reduce((end, { range }) => (range.end > end ? range.end : end), 0n);
  const minimalMask = ramEnd === 0n || ramEnd > zoneEnd ? zoneEnd - 1n : ramEnd - PAGE;
  return { ...PLAIN_DIRECT_DMA, minimalMask };
}
