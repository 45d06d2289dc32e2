/** The shape of the domains that a machine's IOMMU makes. iommu-dma, section 2; kernel 6.19 and newer. */
import { type CapturedIommu, factValue } from '../capture/index.ts';
import type { KernelCmdline } from '../uapi/index.ts';
import type { DomainGeometry } from './geometry.ts';

/** Which hardware translates. */
export type IommuKind = 'intel' | 'amd' | 'smmuv3';

/** What no input holds; each has a stated default. */
export interface GeometryChoices {
  /** Address bits that the AMD firmware table (IVINFO) allows. Default 48, as recorded. */
  readonly amdVaBits?: number;
  /** Physical address bits of an SMMUv3. Default 48. */
  readonly smmuOutputBits?: number;
  /** log2 of the CPU's page size on arm64. Default 12. */
  readonly cpuPageShift?: number;
}

/** Something that was supposed because the input does not tell. */
export interface DmaInference {
  /** Stable name for programs, for example `amd-va-bits`. */
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
  cmdline: KernelCmdline,
  choices: GeometryChoices = {},
): InferredGeometry {
  const captured = typeof iommu === 'string' ? undefined : iommu;
  const kind = typeof iommu === 'string' ? iommu : iommu.kind;
  if (kind === 'intel') return intelGeometry(captured, cmdline);
  return kind === 'amd' ? amdGeometry(captured, cmdline, choices) : smmuGeometry(choices);
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

/** AMD IOMMU specification, Extended Feature Register. */
function amdGeometry(
  iommu: CapturedIommu | undefined,
  cmdline: KernelCmdline,
  choices: GeometryChoices,
): InferredGeometry {
  const features = iommuRegister(iommu, 'features');
  const v2 = cmdline.amd.pageTable === 'v2';
  const fewSizes = cmdline.amd.noHugePages ? [PAGE_4K] : [PAGE_4K, PAGE_2M, PAGE_1G];
  if (v2) {
    const fiveLevels = features !== undefined && field(features, 13, 12) === 1;
    return { geometry: genericGeometry(fiveLevels ? 56 : 47, fewSizes), inferred: [] };
  }
  const bits = Math.min(choices.amdVaBits ?? 48, 64, 9 * (field(features ?? 0x800n, 11, 10) + 3) + 21);
  const sizes: number[] = [];
  for (let shift = PAGE_4K; shift <= Math.min(AMD_LARGEST_PAGE, bits - 2); shift++) {
    if (shift !== AMD_NO_PAGE) sizes.push(shift);
  }
  const few = cmdline.amd.v2PageSizesOnly || cmdline.amd.noHugePages;
  const text = `AMD IOMMU with ${bits} address bits: what its firmware table allows is in no input`;
  return {
    geometry: genericGeometry(bits, few ? fewSizes : sizes),
    inferred: choices.amdVaBits === undefined ? [{ code: 'amd-va-bits', text }] : [],
  };
}

function genericGeometry(bits: number, pageShifts: readonly number[]): DomainGeometry {
  const apertureEnd = (1n << BigInt(bits)) - 1n;
  return { kind: 'generic-pt', granuleShift: PAGE_4K, pageShifts, apertureEnd, outputBits: OUTPUT_BITS };
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
