/** What stays the same for all packets of one machine. */
import { unshown } from '../base/index.ts';
import { type Fact, type MachineCapture, mapFact } from '../capture/index.ts';
import { type AcsView, capturedAcsView, type PciFunction, type Platform } from '../pci/index.ts';
import type { BusTree } from './bus-tree.ts';
import type { IommuStage, RouteOptions } from './options.ts';

/** A machine and the choices made for it. */
export interface World {
  readonly tree: BusTree;
  readonly acs: AcsView;
  /** Take memory and bus master enable as set. */
  readonly assumeEnabled: boolean;
  readonly rootComplexP2P: RouteOptions['rootComplexP2P'];
  readonly functionToFunction: RouteOptions['functionToFunction'];
  /** x86 has its interrupt window at 0xfee00000. */
  readonly isX86: Fact<boolean>;
  readonly iommu: (requester: PciFunction) => IommuStage;
}

/** Joins a machine and options. */
export function makeWorld(tree: BusTree, options: RouteOptions): World {
  const stages = new Map<PciFunction, IommuStage>();
  const ask = options.iommu ?? ((fn: PciFunction) => capturedIommuStage(tree.topology.capture, fn));
  return {
    tree,
    acs: options.acs ?? capturedAcsView(tree.topology, { amdIommu: undefined, requested: undefined }),
    assumeEnabled: options.commandRegister === 'assume-enabled',
    rootComplexP2P: options.rootComplexP2P,
    functionToFunction: options.functionToFunction,
    isX86: isX86(tree.topology.platform),
    iommu: (fn) => {
      const stage = stages.get(fn) ?? ask(fn);
      stages.set(fn, stage);
      return stage;
    },
  };
}

/** What a capture tells of the IOMMU in front of a function: the type of its group. Page tables are in no capture. */
function capturedIommuStage(capture: MachineCapture, fn: PciFunction): IommuStage {
  const { iommuGroups } = capture;
  const { iommuGroup } = fn.captured;
  if (iommuGroups.state === 'known' && iommuGroups.value.length === 0) return { mode: 'off' };
  if (iommuGroup.state === 'absent') return { mode: 'off' };
  if (iommuGroup.state !== 'known') return { mode: 'unknown', why: iommuGroup.why };
  const groups = iommuGroups.state === 'known' ? iommuGroups.value : [];
  const type = groups.find((group) => group.id === iommuGroup.value)?.type;
  if (type?.state !== 'known')
    return { mode: 'unknown', why: `the type of group ${iommuGroup.value} is not in this input` };
  if (unshown(type.value) === 'identity') return { mode: 'passthrough' };
  if (unshown(type.value) === 'blocked') return { mode: 'blocked' };
  return { mode: 'unknown', why: `the I/O page table of group ${iommuGroup.value} is not in this input` };
}

function isX86({ architecture }: Platform): Fact<boolean> {
  return mapFact(architecture, (value) => value === 'x86');
}
