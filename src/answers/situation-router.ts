/** The modelled hardware under the settings of a situation. */
import { imaginedTopology, type Situation } from '../diagnose/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { type IommuStage, Router } from '../route/index.ts';

/** A router whose registers are those of a situation, and the functions as it knows them. */
export interface SituationRouter {
  readonly router: Router;
  /** The router's own value for a function of the machine. */
  readonly there: (fn: PciFunction) => PciFunction;
}

/**
 * Makes the router. A driver that maps has switched memory decode and bus mastering on, whatever the capture caught.
 * @param iommu what the IOMMU does with a function of the machine; left out: as the capture tells
 */
export function situationRouter(situation: Situation, iommu?: (fn: PciFunction) => IommuStage): SituationRouter {
  const { byBdf } = situation.machine.topology;
  const topology = imaginedTopology(situation);
  const stage = iommu === undefined ? {} : { iommu: (fn: PciFunction) => iommu(byBdf.get(fn.bdf) ?? fn) };
  return {
    router: new Router(topology, { ...stage, commandRegister: 'assume-enabled' }),
    there: (fn) => topology.byBdf.get(fn.bdf) ?? fn,
  };
}
