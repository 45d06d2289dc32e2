/** The port type of a printed PCI Express capability. */
import {
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_PCI_BRIDGE,
  PCI_EXP_TYPE_PCIE_BRIDGE,
  PCI_EXP_TYPE_RC_EC,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
} from '../../uapi/index.ts';

const TYPES: readonly (readonly [start: string, type: number])[] = [
  ['Endpoint', PCI_EXP_TYPE_ENDPOINT],
  ['Legacy Endpoint', PCI_EXP_TYPE_LEG_END],
  ['Root Port', PCI_EXP_TYPE_ROOT_PORT],
  ['Upstream Port', PCI_EXP_TYPE_UPSTREAM],
  ['Downstream Port', PCI_EXP_TYPE_DOWNSTREAM],
  ['PCI-Express to PCI/PCI-X Bridge', PCI_EXP_TYPE_PCI_BRIDGE],
  ['PCI/PCI-X to PCI-Express Bridge', PCI_EXP_TYPE_PCIE_BRIDGE],
  ['Root Complex Integrated Endpoint', PCI_EXP_TYPE_RC_END],
  ['Root Complex Event Collector', PCI_EXP_TYPE_RC_EC],
];

/** PCI_EXP_TYPE_* of `Express (v2) Root Port (Slot+), MSI 00` or `Express Root Port (Slot+), IntMsgNum 0`. */
export function expressType(title: string): number | undefined {
  const words = title.replace(/^Express (?:\(v\d+\) )?/, '');
  const unknown = /^Unknown type (\d+)/.exec(words)?.[1];
  return unknown === undefined ? TYPES.find(([start]) => words.startsWith(start))?.[1] : Number(unknown) & 0xf;
}
