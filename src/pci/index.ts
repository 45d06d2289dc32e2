export * from './acs/index.ts';
export { barCount, PCI_BRIDGE_MEM_WINDOW, PCI_BRIDGE_PREF_MEM_WINDOW, readBars, readBridgeWindows } from './bars.ts';
export { buildTopology } from './build-topology.ts';
export { walkCapabilities } from './capabilities.ts';
export type { DeviceKind } from './device-kind.ts';
export { type DeviceLabels, deviceLabels } from './device-labels.ts';
export {
  deviceKind,
  isBridgeKind,
  isEndpointKind,
  isFocusKind,
  KIND_ORDER,
  kindLabel,
} from './kind.ts';
export { capturedCmdline, machineCmdline } from './machine-cmdline.ts';
export { possibleDevices } from './named-devices.ts';
export { compactPciIds, PciNames, pciIdsDate } from './names.ts';
export type {
  AcsCapability,
  AtsCapability,
  BridgeBuses,
  HostBridge,
  HostBridgeWindow,
  PasidCapability,
  PcieCapability,
  PcieLink,
  PciFunction,
  PciIds,
  PciResource,
  PlaceBounds,
  Placement,
  ResizableBar,
  SriovCapability,
  UnsizedBar,
} from './pci-function.ts';
export * from './platform/index.ts';
export { type PciTopology, upstreamBridge } from './topology.ts';
