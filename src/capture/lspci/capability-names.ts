/**
 * The words that lspci (pciutils 3.2 ... 3.14) prints for a capability, and its id. A line starts with them.
 * Ids: PCI Code and ID Assignment Specification.
 */
import { PCI_EXT_CAP_START } from '../../uapi/index.ts';

type Names = readonly (readonly [start: string, id: number])[];

const STANDARD: Names = [
  ['Null', 0x00],
  ['Power Management', 0x01],
  ['AGP version', 0x02],
  ['Vital Product Data', 0x03],
  ['Slot ID', 0x04],
  ['MSI:', 0x05],
  ['CompactPCI hot-swap', 0x06],
  ['PCI-X ', 0x07],
  ['HyperTransport', 0x08],
  ['Vendor Specific Information', 0x09],
  ['Debug port', 0x0a],
  ['CompactPCI central resource control', 0x0b],
  ['Hot-plug capable', 0x0c],
  ['Subsystem:', 0x0d],
  ['AGP3', 0x0e],
  ['Secure device', 0x0f],
  ['Express ', 0x10],
  ['MSI-X:', 0x11],
  ['SATA HBA', 0x12],
  ['PCI Advanced Features', 0x13],
  ['Enhanced Allocation', 0x14],
  ['<chain broken>', 0xff],
];

const EXTENDED: Names = [
  ['Null', 0x00],
  ['Advanced Error Reporting', 0x01],
  // Id 9 is printed with the same words; it takes the place of 2 where a function has a Multi-Function Virtual Channel.
  ['Virtual Channel', 0x02],
  ['Device Serial Number', 0x03],
  ['Power Budgeting', 0x04],
  ['Root Complex Link', 0x05],
  ['Root Complex Internal Link', 0x06],
  ['Root Complex Event Collector', 0x07],
  ['Multi-Function Virtual Channel', 0x08],
  ['Root Bridge Control Block', 0x0a],
  ['Root Complex Register Block', 0x0a],
  ['Vendor Specific Information', 0x0b],
  ['Access Control Services', 0x0d],
  ['Alternative Routing-ID Interpretation', 0x0e],
  ['Address Translation Service', 0x0f],
  ['Single Root I/O Virtualization', 0x10],
  ['Multi-Root I/O Virtualization', 0x11],
  ['Multicast', 0x12],
  ['Page Request Interface', 0x13],
  ['Physical Resizable BAR', 0x15],
  ['Resizable BAR', 0x15],
  ['Dynamic Power Allocation', 0x16],
  ['Transaction Processing Hints', 0x17],
  ['Latency Tolerance Reporting', 0x18],
  ['Secondary PCI Express', 0x19],
  ['Protocol Multiplexing', 0x1a],
  ['Process Address Space ID', 0x1b],
  ['LN Requester', 0x1c],
  ['Downstream Port Containment', 0x1d],
  ['L1 PM Substates', 0x1e],
  ['Precision Time Measurement', 0x1f],
  ['PCI Express over M_PHY', 0x20],
  ['FRS Queueing', 0x21],
  ['Readiness Time Reporting', 0x22],
  ['Designated Vendor-Specific', 0x23],
  ['Virtual Resizable BAR', 0x24],
  ['VF Resizable BAR', 0x24],
  ['Data Link Feature', 0x25],
  ['Physical Layer 16.0 GT/s', 0x26],
  ['Lane Margining at the Receiver', 0x27],
  ['Hierarchy ID', 0x28],
  ['Native PCIe Enclosure Management', 0x29],
  ['Physical Layer 32.0 GT/s', 0x2a],
  ['Data Object Exchange', 0x2e],
  ['Device 3', 0x2f],
  ['Integrity & Data Encryption', 0x30],
  ['Physical Layer 64.0 GT/s', 0x31],
  ['Flit Logging', 0x32],
  ['Flit Error Injection', 0x34],
  ['MMIO Register Block Locator', 0x36],
];

/** The id of a printed capability; undefined for words that no known version of lspci prints. */
export function capabilityId(offset: number, title: string): number | undefined {
  // Ids that lspci has no words for: `Capability ID 0x15 [0000]`, `Extended Capability ID 0x2b`, `#2b` in earlier ones.
  const numeric = /^(?:(?:Extended )?Capability ID (?:0x)?|#)([0-9a-f]{1,4})\b/i.exec(title)?.[1];
  if (numeric !== undefined) return Number.parseInt(numeric, 16);
  const names = offset < PCI_EXT_CAP_START ? STANDARD : EXTENDED;
  return names.find(([start]) => title.startsWith(start))?.[1];
}
