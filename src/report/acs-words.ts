/** ACS bits by the names lspci prints. */
import { PCI_ACS_CR, PCI_ACS_DT, PCI_ACS_EC, PCI_ACS_RR, PCI_ACS_SV, PCI_ACS_TB, PCI_ACS_UF } from '../uapi/index.ts';

const BITS: readonly (readonly [number, string])[] = [
  [PCI_ACS_SV, 'SrcValid'],
  [PCI_ACS_TB, 'TransBlk'],
  [PCI_ACS_RR, 'ReqRedir'],
  [PCI_ACS_CR, 'CmpltRedir'],
  [PCI_ACS_UF, 'UpstreamFwd'],
  [PCI_ACS_EC, 'EgressCtrl'],
  [PCI_ACS_DT, 'DirectTrans'],
];

/** The bits that are set, as lspci writes them: `ReqRedir+ CmpltRedir+`; '' when there are none. */
export function acsBitNames(bits: number): string {
  return BITS.filter(([bit]) => (bits & bit) !== 0)
    .map(([, name]) => `${name}+`)
    .join(' ');
}
