/** The machine of a scenario: what its kernel says, and what its hardware does. */

import { assert } from '../../base/index.ts';
import type { MachineCapture } from '../../capture/index.ts';
import { imagine, type Situation } from '../../diagnose/index.ts';
import { buildDmaWorld, type DmaDevice, type DmaWorld } from '../../dma/index.ts';
import type { DmaBufFaultStep } from '../../dma-buf/index.ts';
import { type DmaBufKernel, dmaBufKernel } from '../../dma-buf/index.ts';
import type { DmaDomain, FaultStep } from '../../iommu/index.ts';
import { calcMapTypeAndDist, p2pdmaMachine, type Verdict } from '../../p2pdma/index.ts';
import { buildTopology, type PciFunction, type PciResource, type PciTopology } from '../../pci/index.ts';
import { type IommuStage, pageTableTranslation, Router } from '../../route/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import type { Scenario } from './scenario.ts';

/** Which boot, and what is to fail. */
export interface LabMachineOptions
  extends Pick<Scenario, 'kernel' | 'iommu' | 'cmdline' | 'intended' | 'lockdep' | 'mappingTypes'> {
  /** True makes a step of the kernel fail for lack of memory. */
  readonly fault?: ((step: DmaBufFaultStep | FaultStep) => boolean) | undefined;
}

/** Kernel and hardware of one machine. */
export interface LabMachine {
  readonly topology: PciTopology;
  readonly situation: Situation;
  readonly kernel: DmaBufKernel;
  readonly world: DmaWorld;
  /** The hardware; another one after {@link assign}. */
  readonly router: Router;
  /** Functions that user space has, with the address space it gave them. */
  readonly assigned: ReadonlyMap<PciFunction, DmaDomain>;
  /** Gives functions to user space. */
  readonly assign: (functions: readonly PciFunction[], domain: DmaDomain) => void;
  readonly intended: boolean;
  readonly verdict: (provider: PciFunction, client: PciFunction) => Verdict;
}

/** Boots a machine; undefined where it is not known whether an IOMMU runs. */
export function bootLabMachine(capture: MachineCapture, options: LabMachineOptions): LabMachine | undefined {
  const { kernel: release, iommu, cmdline } = options;
  const situation = imagine(p2pdmaMachine(buildTopology(capture)), { kernel: release, iommu, cmdline });
  const { topology, acs, kernel: version } = situation.machine;
  const intended = options.intended === true;
  const world = buildWorld(situation, options);
  if (world === undefined) return undefined;
  const verdict = (provider: PciFunction, client: PciFunction): Verdict =>
    calcMapTypeAndDist(situation.machine, provider, client);
  const owners = new Map(topology.functions.flatMap((fn) => fn.resources.map((resource) => [resource, fn])));
  const byName = new Map(topology.functions.map((fn) => [formatBdf(fn.bdf), fn]));
  const ask = (resource: PciResource, importer: DmaDevice) => {
    const [provider, client] = [owners.get(resource), byName.get(importer.name)];
    assert(provider !== undefined && client !== undefined, 'buffers and importers are of this machine');
    const { mapType } = verdict(provider, client);
    assert(mapType !== 'unknown', 'unknown pairs do not map');
    return mapType;
  };
  const kernel = dmaBufKernel({
    version,
    intended,
    mappingTypes: options.mappingTypes === true ? 'complete' : 'none',
    lockdep: options.lockdep === true,
    log: world.log,
    mapType: ({ resource }, importer) => ask(resource, importer),
    fault: options.fault,
  });
  const assigned = new Map<PciFunction, DmaDomain>();
  const newRouter = (): Router =>
    new Router(topology, { acs, iommu: (fn) => iommuStage(world, assigned, fn), commandRegister: 'assume-enabled' });
  let router = newRouter();
  return {
    topology,
    situation,
    kernel,
    world,
    get router() {
      return router;
    },
    assigned,
    assign(functions, domain) {
      for (const fn of functions) assigned.set(fn, domain);
      router = newRouter();
    },
    intended,
    verdict,
  };
}

function buildWorld({ machine, boot, groups }: Situation, options: LabMachineOptions): DmaWorld | undefined {
  const { intended, fault } = options;
  const common = {
    kernel: machine.kernel,
    intended: intended === true,
    assumedMaskBits: 64,
    ...(fault === undefined ? {} : { fault }),
  };
  if (boot === undefined) return buildDmaWorld(machine.topology, common);
  if (groups === undefined || boot.runs === undefined) return undefined;
  const grouping = groups.state === 'known' ? groups.groups : groups.finest;
  return buildDmaWorld(machine.topology, {
    ...common,
    whatIf: { cmdline: boot.cmdline, grouping: boot.runs ? grouping : undefined },
  });
}

function iommuStage(world: DmaWorld, assigned: ReadonlyMap<PciFunction, DmaDomain>, fn: PciFunction): IommuStage {
  const own = assigned.get(fn);
  if (own !== undefined) return { mode: 'translated', table: pageTableTranslation(own) };
  const device = world.device(fn);
  if (device.state !== 'known') return { mode: 'unknown', why: 'whether an IOMMU translates for it is not known' };
  const { domain } = device.value;
  if (domain !== undefined) return { mode: 'translated', table: pageTableTranslation(domain) };
  return { mode: world.domainType(fn).state === 'known' ? 'passthrough' : 'off' };
}
