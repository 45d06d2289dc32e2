/** The shape of the domains that a machine's IOMMU makes. iommu-dma, section 2; kernel 6.19 and newer. */
import { type CapturedIommu, type Fact, factValue } from '../capture/index.ts';
import { type KernelCmdline, type KernelVersion, kernelAtLeast, kernelVersion } from '../uapi/index.ts';
import type { DomainGeometry } from './geometry.ts';

/** Which hardware translates. */
export type IommuKind = 'intel' | 'amd' | 'smmuv3' | 'virtio';

/** The boot that makes the domains. */
export interface GeometryBoot {
  readonly kernel: KernelVersion;
  readonly cmdline: KernelCmdline;
  /** Features of AMD IOMMUs by firmware, see `MachineCapture.ivhdEfr`. */
  readonly ivhdEfr: Fact<bigint>;
}

/** What no input holds; each has a stated default. */
export interface GeometryChoices {
  /** Physical address bits of an SMMUv3. Default 48. */
  readonly smmuOutputBits?: number;
  /** log2 of the CPU's page size on arm64. Default 12. */
  readonly cpuPageShift?: number;
}

/** Something that was supposed because the input does not tell. */
export interface DmaInference {
  /** Stable name for programs, for example `amd-efr`. */
  readonly code: string;
  /** What was supposed, one clause. */
  readonly text: string;
}

/** A geometry and what was supposed to get it. */
export interface InferredGeometry {
  readonly geometry: DomainGeometry;
  readonly inferred: readonly DmaInference[];
}

const OUTPUT_BITS = 52;
const PAGE_4K = 12;
const PAGE_2M = 21;
const PAGE_1G = 30;
/** The one power of two that AMD page tables cannot hold. */
const AMD_NO_PAGE = 39;
const AMD_LARGEST_PAGE = 51;

/** The geometry of the domains behind `iommu`. */
export function machineGeometry(
  iommu: CapturedIommu | IommuKind,
  boot: GeometryBoot,
  choices: GeometryChoices = {},
): InferredGeometry {
  const captured = typeof iommu === 'string' ? undefined : iommu;
  const kind = typeof iommu === 'string' ? iommu : iommu.kind;
  if (kind === 'intel') return intelGeometry(captured, boot.cmdline);
  if (kind === 'virtio') return virtioGeometry();
  return kind === 'amd' ? amdGeometry(captured, boot) : smmuGeometry(choices);
}

/** A register of the capture; undefined when it is not there. */
export function iommuRegister(iommu: CapturedIommu | undefined, name: 'cap' | 'ecap' | 'features'): bigint | undefined {
  const text = iommu === undefined ? undefined : factValue(iommu[name]);
  const digits = /^[0-9a-f]+/i.exec(text ?? '')?.[0];
  return digits === undefined ? undefined : BigInt(`0x${digits}`);
}

/** Is bit `index` of `register` set? */
export function registerBit(register: bigint, index: number): boolean {
  return ((register >> BigInt(index)) & 1n) === 1n;
}

function field(register: bigint, high: number, low: number): number {
  return Number(BigInt.asUintN(high - low + 1, register >> BigInt(low)));
}

/** VT-d specification, Capability and Extended Capability Registers. */
function intelGeometry(iommu: CapturedIommu | undefined, cmdline: KernelCmdline): InferredGeometry {
  const cap = iommuRegister(iommu, 'cap');
  const ecap = iommuRegister(iommu, 'ecap');
  if (cap === undefined || ecap === undefined) {
    return {
      geometry: genericGeometry(48, [PAGE_4K, PAGE_2M, PAGE_1G]),
      inferred: [{ code: 'intel-registers', text: 'VT-d with 48 address bits and pages of 4K, 2M and 1G' }],
    };
  }
  const mgaw = field(cap, 21, 16) + 1;
  const scalable = registerBit(ecap, 43) && cmdline.intel.scalableMode !== false;
  if (scalable && registerBit(ecap, 47)) {
    const width = mgaw > 48 && registerBit(cap, 60) ? Math.min(57, mgaw) : Math.min(48, mgaw);
    const sizes = registerBit(cap, 56) ? [PAGE_4K, PAGE_2M, PAGE_1G] : [PAGE_4K, PAGE_2M];
    // First-stage addresses are sign extended: the upper half is of no use.
    return { geometry: genericGeometry(width - 1, sizes), inferred: [] };
  }
  const sizes = [PAGE_4K];
  if (registerBit(cap, 34) && !cmdline.intel.superPagesOff) sizes.push(PAGE_2M);
  if (registerBit(cap, 35) && !cmdline.intel.superPagesOff) sizes.push(PAGE_1G);
  return { geometry: genericGeometry(secondStageWidth(field(cap, 12, 8), mgaw), sizes), inferred: [] };
}

/** Second-stage tables come in three depths (SAGAW), cut to the address bits there are (MGAW). */
function secondStageWidth(sagaw: number, mgaw: number): number {
  if ((sagaw & 8) !== 0 && mgaw > 48) return Math.min(57, mgaw);
  if ((sagaw & 4) !== 0 && mgaw > 39) return Math.min(48, mgaw);
  return Math.min(39, mgaw);
}

/** Bits of the Extended Feature Register of AMD IOMMUs. */
const EFR_GT = 4;
const EFR_GIOSUP = 48;

/** AMD IOMMU specification, Extended Feature Register; of those, the one that firmware gives. */
function amdGeometry(iommu: CapturedIommu | undefined, { kernel, cmdline, ivhdEfr }: GeometryBoot): InferredGeometry {
  const { efr, inferred } = efrInForce(iommu, ivhdEfr);
  const few = cmdline.amd.noHugePages ? [PAGE_4K] : [PAGE_4K, PAGE_2M, PAGE_1G];
  // Asking for CPU page tables is a wish: without these two features Linux falls back to its own.
  if (cmdline.amd.pageTable === 'v2' && registerBit(efr, EFR_GT) && registerBit(efr, EFR_GIOSUP)) {
    const fiveLevels = field(efr, 13, 12) === 1;
    const cpu = { code: 'la57', text: 'a CPU with page tables of five levels' };
    return {
      geometry: genericGeometry(fiveLevels ? 56 : 47, few),
      inferred: [...inferred, ...(fiveLevels ? [cpu] : [])],
    };
  }
  const bits = Math.min(64, 9 * (field(efr, 11, 10) + 3) + 21);
  const sizes = cmdline.amd.v2PageSizesOnly || cmdline.amd.noHugePages ? few : amdPageShifts(bits, kernel);
  return { geometry: genericGeometry(bits, sizes), inferred };
}

/** The firmware's register; the hardware's where no input tells it, which real firmware repeats. */
function efrInForce(
  iommu: CapturedIommu | undefined,
  ivhdEfr: Fact<bigint>,
): { readonly efr: bigint; readonly inferred: readonly DmaInference[] } {
  const told = factValue(ivhdEfr);
  if (told !== undefined) return { efr: told, inferred: [] };
  const features = iommuRegister(iommu, 'features');
  const text =
    features === undefined
      ? 'an AMD IOMMU with 64 address bits and no CPU page tables: its features were not read'
      : 'firmware that gives the features of the AMD IOMMU as the hardware does: the ACPI table IVRS was not read';
  return { efr: features ?? EFR_OF_MOST, inferred: [{ code: 'amd-efr', text }] };
}

/** HATS 2: page tables of six levels. */
const EFR_OF_MOST = 0x800n;

/** Every power of two that the format holds, up to the aperture (before 7.2) or half of it. */
function amdPageShifts(bits: number, kernel: KernelVersion): readonly number[] {
  const largest = kernelAtLeast(kernel, kernelVersion(7, 2)) ? bits - 2 : bits - 1;
  const shifts: number[] = [];
  for (let shift = PAGE_4K; shift <= Math.min(AMD_LARGEST_PAGE, largest); shift++) {
    if (shift !== AMD_NO_PAGE) shifts.push(shift);
  }
  return shifts;
}

function genericGeometry(bits: number, pageShifts: readonly number[]): DomainGeometry {
  const apertureEnd = (1n << BigInt(bits)) - 1n;
  return { kind: 'generic-pt', granuleShift: PAGE_4K, pageShifts, apertureEnd, outputBits: OUTPUT_BITS };
}

/** virtio specification, IOMMU device, `input_range` and `page_size_mask`; as QEMU's has them. */
function virtioGeometry(): InferredGeometry {
  const pageShifts = Array.from({ length: 64 - PAGE_4K }, (_, index) => PAGE_4K + index);
  const text = 'a virtio-iommu with 64 address bits and pages of every size from 4K: its configuration is in no input';
  const geometry: DomainGeometry = { ...genericGeometry(64, pageShifts), kind: 'virtio-iommu' };
  return { geometry, inferred: [{ code: 'virtio-iommu-config', text }] };
}

/** Page sizes of the arm64 stage-1 format by granule. */
const ARM_PAGE_SHIFTS: Readonly<Record<number, readonly number[]>> = {
  12: [12, 21, 30],
  14: [14, 25],
  16: [16, 29],
};

function smmuGeometry(choices: GeometryChoices): InferredGeometry {
  const granuleShift = choices.cpuPageShift ?? 12;
  const outputBits = choices.smmuOutputBits ?? 48;
  const inferred: DmaInference[] = [];
  if (choices.cpuPageShift === undefined) inferred.push({ code: 'cpu-page-size', text: 'CPU pages of 4 KiB' });
  if (choices.smmuOutputBits === undefined) {
    inferred.push({ code: 'smmu-output-bits', text: 'an SMMUv3 that puts out 48 address bits' });
  }
  const pageShifts = ARM_PAGE_SHIFTS[granuleShift] ?? [granuleShift];
  return {
    geometry: { kind: 'io-pgtable-arm', granuleShift, pageShifts, apertureEnd: (1n << 48n) - 1n, outputBits },
    inferred,
  };
}
