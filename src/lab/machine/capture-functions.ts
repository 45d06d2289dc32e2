/** Captured functions of a placed machine, virtual functions included, ascending by address. */
import { rawText } from '../../base/index.ts';
import {
  ABSENT,
  type CapturedFunction,
  type CapturedLink,
  type CapturedResource,
  ConfigSpace,
  type Fact,
  known,
  mapFact,
  NOT_IN_INPUT,
} from '../../capture/index.ts';
import { type Bdf, linkSpeedOf, PCI_CFG_SPACE_EXP_SIZE, PCI_CFG_SPACE_SIZE } from '../../uapi/index.ts';
import { NO_GROUP_TOLD } from './add-groups.ts';
import type { FunctionSpec, LinkSpec, MachineSpec } from './machine-spec.ts';
import type { PlacedFunction, PlacedResource, PlacedRoot } from './placed.ts';
import { writeConfig, writeVfConfig } from './write-config.ts';

/** All functions of the machine as a reader with full privilege would give them, but for what the spec withholds. */
export function captureFunctions(machine: MachineSpec, roots: readonly PlacedRoot[]): CapturedFunction[] {
  const captured: CapturedFunction[] = [];
  const pending = roots.flatMap((root) => root.functions);
  for (let fn = pending.pop(); fn !== undefined; fn = pending.pop()) {
    captured.push(captureOne(fn, machine));
    for (let n = 0; n < (fn.spec.sriov?.numVfs ?? 0); n++) captured.push(captureVf(fn, n, machine));
    pending.push(...fn.children);
  }
  return captured.sort((a, b) => a.bdf - b.bdf);
}

/** Address of the n-th virtual function, from 0. PCIe Base Spec, "First VF Offset", "VF Stride". */
export function vfBdf(fn: PlacedFunction, n: number): Bdf {
  return (fn.bdf + (fn.vfRouting?.firstOffset ?? 0) + n * (fn.vfRouting?.stride ?? 0)) as Bdf;
}

function captureOne(fn: PlacedFunction, machine: MachineSpec): CapturedFunction {
  const { spec } = fn;
  return capturedFunction(fn, machine, {
    bdf: fn.bdf,
    config: shown(writeConfig(fn, machine), spec),
    device: spec.device,
    resources: resourceList(fn),
    physfn: ABSENT,
    driver: spec.driver,
    link: spec.pcie?.link === undefined ? NO_LINK : linkFacts(spec.pcie.link),
    label: spec.label,
    p2pmemSize: spec.p2pmemSize,
  });
}

function captureVf(fn: PlacedFunction, n: number, machine: MachineSpec): CapturedFunction {
  const { spec } = fn;
  return capturedFunction(fn, machine, {
    bdf: vfBdf(fn, n),
    config: shown(writeVfConfig(fn), spec),
    device: spec.sriov?.vfDevice ?? spec.device,
    resources: Array.from({ length: 13 }, (_, index) => vfSlice(fn, index, n)),
    physfn: known(fn.bdf),
    driver: spec.sriov?.vfDriver,
    link: NO_LINK,
    label: undefined,
    p2pmemSize: undefined,
  });
}

/** What a virtual function does not share with its physical function. */
interface Own {
  readonly bdf: Bdf;
  readonly config: ConfigSpace;
  readonly device: number;
  readonly resources: readonly (CapturedResource | undefined)[];
  readonly physfn: Fact<Bdf>;
  readonly driver: string | undefined;
  readonly link: CapturedLink;
  readonly label: string | undefined;
  readonly p2pmemSize: number | undefined;
}

function capturedFunction({ spec, root, parent }: PlacedFunction, machine: MachineSpec, own: Own): CapturedFunction {
  const { missing } = machine;
  const noPath = missing.has('root-buses');
  return {
    bdf: own.bdf,
    config: own.config,
    vendor: known(spec.vendor),
    device: known(own.device),
    subsystemVendor: known(spec.subsystemVendor),
    subsystemDevice: known(spec.subsystemDevice),
    classCode: known(spec.classCode),
    revision: known(spec.revision),
    printedName: NOT_IN_INPUT,
    resources: missing.has('resources') ? NOT_IN_INPUT : known(own.resources),
    parent: noPath ? NOT_IN_INPUT : factOf(parent?.bdf),
    rootBus: noPath ? NOT_IN_INPUT : known({ domain: root.spec.domain, bus: root.bus }),
    physfn: own.physfn,
    driver: mapFact(factOf(own.driver), rawText),
    numaNode: factOf(spec.numaNode ?? root.spec.numaNode),
    iommuGroup: groupFact(machine),
    dmaMaskBits: known(spec.dmaMaskBits),
    consistentDmaMaskBits: known(spec.dmaMaskBits),
    link: own.link,
    label: mapFact(factOf(own.label), rawText),
    powerState: known(spec.powerState),
    p2pmemSize: own.p2pmemSize === undefined ? ABSENT : known(BigInt(own.p2pmemSize)),
  };
}

/** Groups are formed when the whole machine stands. */
function groupFact(machine: MachineSpec): CapturedFunction['iommuGroup'] {
  if (machine.missing.has('iommu')) return NOT_IN_INPUT;
  return machine.iommu === undefined ? ABSENT : NO_GROUP_TOLD;
}

function factOf<T>(value: T | undefined): Fact<T> {
  return value === undefined ? ABSENT : known(value);
}

/** Config space, cut where the spec says the reader was stopped. */
function shown(bytes: Uint8Array, spec: FunctionSpec): ConfigSpace {
  const size = spec.pcie === undefined ? PCI_CFG_SPACE_SIZE : PCI_CFG_SPACE_EXP_SIZE;
  const length = spec.configBytes ?? size;
  if (length >= size) return new ConfigSpace(bytes, { whyUnknown: `config space has ${size} bytes`, size });
  const why = length === 64 ? ': not read as root' : '';
  const whyUnknown = length === 0 ? 'config space was not read' : `config space is cut at ${length} bytes${why}`;
  return new ConfigSpace(bytes.subarray(0, length), { whyUnknown });
}

const NO_LINK: CapturedLink = { speed: ABSENT, width: ABSENT, maxSpeed: ABSENT, maxWidth: ABSENT };

function linkFacts(link: LinkSpec): CapturedLink {
  return {
    speed: known(linkSpeedOf(link.speed) ?? 0),
    width: known(link.width),
    maxSpeed: known(linkSpeedOf(link.maxSpeed) ?? 0),
    maxWidth: known(link.maxWidth),
  };
}

/** As many lines as sysfs `resource` has: 17 for bridges, 13 for others. */
function resourceList(fn: PlacedFunction): (CapturedResource | undefined)[] {
  const lines = fn.spec.bridge === undefined ? 13 : 17;
  return Array.from({ length: lines }, (_, index) => {
    const placed = fn.resources[index];
    return placed && capturedResource(placed, placed.start, placed.size);
  });
}

/** Slice n of a VF BAR is the BAR of virtual function n. */
function vfSlice(fn: PlacedFunction, index: number, n: number): CapturedResource | undefined {
  const placed = index < 6 ? fn.resources[7 + index] : undefined;
  const size = fn.spec.sriov?.bars[index]?.size;
  return (placed && size && capturedResource(placed, placed.start + n * size, size)) || undefined;
}

function capturedResource(placed: PlacedResource, start: number, size: number): CapturedResource {
  return { range: { start: BigInt(start), end: BigInt(start + size) }, flags: placed.flags };
}
