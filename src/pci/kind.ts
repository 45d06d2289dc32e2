/** What a function is good for, in one word people use. */
import { type Fact, factValue } from '../capture/index.ts';
import { PCI_EXP_TYPE_DOWNSTREAM, PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_UPSTREAM } from '../uapi/index.ts';
import type { PciFunction } from './pci-function.ts';

/** Kinds of functions. Everything but the last six is an endpoint that peer-to-peer questions are asked about. */
export type DeviceKind =
  | 'gpu'
  | 'accelerator'
  | 'nic'
  | 'nvme'
  | 'storage'
  | 'usb'
  | 'audio'
  | 'other'
  | 'host-bridge'
  | 'root-port'
  | 'switch-upstream'
  | 'switch-downstream'
  | 'bridge'
  | 'system';

const BRIDGE_KINDS: ReadonlySet<DeviceKind> = new Set(['root-port', 'switch-upstream', 'switch-downstream', 'bridge']);
const PLATFORM_KINDS: ReadonlySet<DeviceKind> = new Set(['host-bridge', 'system']);

/** ASPEED, Matrox, HiSilicon: consoles of management controllers, nobody's GPU. */
const BMC_DISPLAYS: ReadonlySet<number> = new Set([0x1a03, 0x102b, 0x19e5]);

/** By PCI class (pci.ids, "List of known device classes"), bridges by their PCI Express type. */
export function deviceKind(fn: PciFunction): DeviceKind {
  const baseAndSub = factValue(fn.ids.baseAndSubClass);
  if (baseAndSub === undefined)
    return fn.headerType.state === 'known' && fn.headerType.value === 1 ? bridgeKind(fn) : 'other';
  switch (baseAndSub) {
    case 0x0108:
      return 'nvme';
    case 0x0600:
      return 'host-bridge';
    case 0x0604:
    case 0x0609:
      return bridgeKind(fn);
    case 0x0403:
      return 'audio';
    case 0x0c03:
      return 'usb';
    case 0x0300:
      return BMC_DISPLAYS.has(factValue(fn.ids.vendor) ?? 0) ? 'other' : 'gpu';
    case 0x0b40:
      return 'accelerator';
  }
  return KIND_OF_BASE_CLASS[baseAndSub >> 8] ?? 'other';
}

const KIND_OF_BASE_CLASS: Readonly<Record<number, DeviceKind>> = {
  1: 'storage',
  2: 'nic',
  3: 'gpu',
  4: 'audio',
  6: 'bridge',
  8: 'system',
  12: 'system',
  17: 'system',
  18: 'accelerator',
};

/** Bridges and ports: functions with something behind them. */
export function isBridgeKind(kind: DeviceKind): boolean {
  return BRIDGE_KINDS.has(kind);
}

/** Endpoints that peer-to-peer questions are asked about by default: no bridges and no parts of the platform. */
export function isEndpointKind(kind: DeviceKind): boolean {
  return !BRIDGE_KINDS.has(kind) && !PLATFORM_KINDS.has(kind);
}

function bridgeKind(fn: PciFunction): DeviceKind {
  const type: Fact<number> = fn.pcie.state === 'known' ? { state: 'known', value: fn.pcie.value.type } : fn.pcie;
  switch (factValue(type)) {
    case PCI_EXP_TYPE_ROOT_PORT:
      return 'root-port';
    case PCI_EXP_TYPE_UPSTREAM:
      return 'switch-upstream';
    case PCI_EXP_TYPE_DOWNSTREAM:
      return 'switch-downstream';
    default:
      return 'bridge';
  }
}
