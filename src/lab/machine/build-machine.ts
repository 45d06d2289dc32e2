/** From a described machine to the capture that a reader would give of it. */
import { err, ok, type Result } from '../../base/index.ts';
import {
  ABSENT,
  type CapturedIommu,
  type CapturedKernel,
  type CapturedRootBus,
  type Fact,
  known,
  type MachineCapture,
  NOT_IN_INPUT,
} from '../../capture/index.ts';
import { addGroups, NO_GROUP_TOLD } from './add-groups.ts';
import { captureFunctions } from './capture-functions.ts';
import { describeIomem } from './iomem.ts';
import type { MachineSpec, MissingFact } from './machine-spec.ts';
import { placeAddresses } from './place-addresses.ts';
import { placeBuses } from './place-buses.ts';
import type { PlacedRoot, PlacementError } from './placed.ts';

/** Gives out bus numbers and addresses, writes config space, and gives the capture. Same spec, same capture. */
export function buildMachine(machine: MachineSpec): Result<MachineCapture, PlacementError> {
  const roots = placeBuses(machine.hostBridges);
  if (!roots.ok) return err(roots.error);
  const addresses = placeAddresses(machine, roots.value);
  if (!addresses.ok) return err(addresses.error);
  const unlessMissing = <T>(fact: MissingFact, value: () => T): Fact<T> =>
    machine.missing.has(fact) ? NOT_IN_INPUT : known(value());
  const capture: MachineCapture = {
    source: { kind: 'generated', name: machine.name },
    parts: [],
    functions: captureFunctions(machine, roots.value),
    rootBuses: unlessMissing('root-buses', () => rootBuses(roots.value)),
    kernel: kernelFacts(machine),
    cpu: unlessMissing('cpu', () => ({
      vendorId: factOf(machine.cpu.vendorId),
      family: factOf(machine.cpu.family),
      modelName: factOf(machine.cpu.modelName),
    })),
    iomem: unlessMissing('iomem', () => describeIomem(machine, roots.value, addresses.value.lowRamEnd)),
    iommuGroups:
      machine.iommu === undefined || machine.missing.has('iommu') ? unlessMissing('iommu', () => []) : NO_GROUP_TOLD,
    iommus: unlessMissing('iommu', () => iommus(machine)),
    ivhdEfr: ivhdEfr(machine),
    findings: [],
  };
  const grouped = machine.iommu !== undefined && !machine.missing.has('iommu');
  return ok(grouped ? addGroups(capture, machine.iommu) : capture);
}

function factOf<T>(value: T | undefined): Fact<T> {
  return value === undefined ? ABSENT : known(value);
}

/** In the order of their directories; the firmware instance counts host bridges of the firmware in scan order. */
function rootBuses(roots: readonly PlacedRoot[]): CapturedRootBus[] {
  let instance = 0;
  const buses = roots.map(({ spec, bus }): CapturedRootBus => {
    const ofFirmware = spec.platform === undefined && spec.behind === undefined;
    return {
      domain: spec.domain,
      bus,
      firmwareInstance: ofFirmware ? known(instance++) : ABSENT,
      platformNode: factOf(spec.platform?.directory),
    };
  });
  return buses.sort((a, b) => a.domain - b.domain || a.bus - b.bus);
}

function kernelFacts({ kernel, missing }: MachineSpec): CapturedKernel {
  if (missing.has('kernel')) {
    return { release: NOT_IN_INPUT, cmdline: NOT_IN_INPUT, config: NOT_IN_INPUT, modules: NOT_IN_INPUT };
  }
  return {
    release: known(kernel.release),
    cmdline: known(kernel.cmdline),
    config: known(kernel.config),
    modules: known(kernel.modules),
  };
}

/** Where no IOMMU is in use the files of a machine do not tell. */
function ivhdEfr({ iommu, missing }: MachineSpec): Fact<bigint> {
  if (iommu === undefined || missing.has('iommu')) return NOT_IN_INPUT;
  return iommu.kind === 'amd' ? known(AMD_FEATURES) : ABSENT;
}

/** Features of an AMD IOMMU, as its register and as its firmware gives them: 64 address bits, no CPU page tables. */
const AMD_FEATURES = 0x29d3n;

/** Register values of one IOMMU of each kind: 48-bit addresses, 4 KiB, 2 MiB and 1 GiB pages. */
function iommus({ iommu }: MachineSpec): CapturedIommu[] {
  if (iommu === undefined) return [];
  const none = { cap: ABSENT, ecap: ABSENT, features: ABSENT };
  switch (iommu.kind) {
    case 'intel':
      return [{ ...none, name: 'dmar0', kind: 'intel', cap: known('d2008c222f0606'), ecap: known('f00f4a') }];
    case 'amd':
      return [
        { ...none, name: 'ivhd0', kind: 'amd', cap: known('40f'), features: known(`${AMD_FEATURES.toString(16)}:0`) },
      ];
    case 'smmuv3':
      return [{ ...none, name: 'smmu3.0x0000000009050000', kind: 'smmuv3' }];
  }
}
