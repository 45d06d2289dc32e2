/** The modelled hardware under the settings of a situation. */
import type { Situation } from '../diagnose/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { type IommuStage, Router } from '../route/index.ts';

/**
 * A router whose registers are those of a situation. A driver that maps has switched memory decode and bus mastering on,
 * whatever the capture caught.
 * @param iommu what the IOMMU does with a function of the machine; left out: as the capture tells
 */
export function situationRouter({ machine }: Situation, iommu?: (fn: PciFunction) => IommuStage): Router {
  const stage = iommu === undefined ? {} : { iommu };
  return new Router(machine.topology, { ...stage, acs: machine.acs, commandRegister: 'assume-enabled' });
}
