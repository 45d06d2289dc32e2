/** Kinds of functions that a description names in one word: typical ids, BARs and capabilities, each changeable. */
import {
  PCI_ACS_CR,
  PCI_ACS_DT,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_ACS_TB,
  PCI_ACS_UF,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_PCI_BRIDGE,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
} from '../../uapi/index.ts';
import type { BarSpec, BridgeSpec, FunctionSpec, PcieSpec } from './machine-spec.ts';
import { GIB, KIB, MIB } from './place-addresses.ts';

/** A kind of function. */
export type DeviceKind =
  | 'root-port'
  | 'upstream-port'
  | 'downstream-port'
  | 'pcie-to-pci-bridge'
  | 'pci-bridge'
  | 'host-bridge'
  | 'isa-bridge'
  | 'amd-iommu'
  | 'gpu'
  | 'nic'
  | 'nvme'
  | 'accelerator'
  | 'vmd'
  | 'endpoint'
  | 'integrated'
  | 'pci-device';

/** ACS capability of a typical switch or root port: everything but egress control. */
export const PORT_ACS_CAP: number = PCI_ACS_SV | PCI_ACS_TB | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF | PCI_ACS_DT;

/** A function of a kind, with what is different about it. */
export function functionSpec(kind: DeviceKind, changes: Partial<FunctionSpec> = {}): FunctionSpec {
  const spec = { ...DEFAULTS, ...KINDS[kind], ...changes };
  return {
    ...spec,
    dmaMaskBits: changes.dmaMaskBits ?? (spec.driver !== undefined && spec.bridge === undefined ? 64 : 32),
  };
}

/** Is there a kind of this name? */
export function isDeviceKind(name: string): name is DeviceKind {
  return Object.hasOwn(KINDS, name);
}

/** All kinds, for messages. */
export function deviceKinds(): string[] {
  return Object.keys(KINDS);
}

/** A bridge with nothing behind it yet. */
export const EMPTY_BRIDGE: BridgeSpec = {
  devices: [],
  reserve: { buses: 0, memory: 0, prefetchable: 0 },
  slotNumber: undefined,
  hotplug: false,
};

/** A memory BAR: 32-bit, 64-bit, or 64-bit prefetchable. */
export function memoryBar(size: number, kind: '32' | '64' | '64-pref' = '32'): BarSpec {
  return { size, space: 'memory', wide: kind !== '32', prefetchable: kind === '64-pref', unassigned: false };
}

const DEFAULTS: FunctionSpec = {
  vendor: 0x1b36,
  device: 0x0010,
  subsystemVendor: 0,
  subsystemDevice: 0,
  classCode: 0x088000,
  revision: 0,
  pcie: undefined,
  bars: [],
  rom: 0,
  acs: undefined,
  ats: undefined,
  pasid: undefined,
  rebar: [],
  sriov: undefined,
  serial: undefined,
  msi: undefined,
  bridge: undefined,
  driver: undefined,
  numaNode: undefined,
  label: undefined,
  dmaMaskBits: 32,
  powerState: 'D0',
  p2pmemSize: undefined,
  memoryEnable: true,
  busMaster: true,
  configBytes: undefined,
};

function express(type: number, speed: number, width: number): PcieSpec {
  const link = { speed, width, maxSpeed: speed, maxWidth: width };
  return { type, link, maxPayloadSupported: 512, maxPayload: 256, maxReadRequest: 512 };
}

const INTEGRATED: PcieSpec = { ...express(PCI_EXP_TYPE_RC_END, 1, 1), link: undefined };

function port(type: number, vendor: number, device: number): Partial<FunctionSpec> {
  return {
    vendor,
    device,
    classCode: 0x060400,
    pcie: express(type, 5, 16),
    acs: type === PCI_EXP_TYPE_UPSTREAM ? undefined : { cap: PORT_ACS_CAP, ctrl: undefined, egressVector: [] },
    msi: 'msi',
    bridge: EMPTY_BRIDGE,
    driver: 'pcieport',
  };
}

const KINDS: Readonly<Record<DeviceKind, Partial<FunctionSpec>>> = {
  'root-port': port(PCI_EXP_TYPE_ROOT_PORT, 0x8086, 0x352a),
  'upstream-port': port(PCI_EXP_TYPE_UPSTREAM, 0x1000, 0xc030),
  'downstream-port': port(PCI_EXP_TYPE_DOWNSTREAM, 0x1000, 0xc030),
  'pcie-to-pci-bridge': {
    vendor: 0x104c,
    device: 0x8231,
    classCode: 0x060400,
    pcie: express(PCI_EXP_TYPE_PCI_BRIDGE, 1, 1),
    bridge: EMPTY_BRIDGE,
  },
  'pci-bridge': { vendor: 0x1b36, device: 0x0001, classCode: 0x060400, bridge: EMPTY_BRIDGE },
  'host-bridge': { vendor: 0x8086, device: 0x09a2, classCode: 0x060000, busMaster: false },
  'isa-bridge': { vendor: 0x8086, device: 0x1b81, classCode: 0x060100 },
  'amd-iommu': { vendor: 0x1022, device: 0x149f, classCode: 0x080600 },
  gpu: {
    vendor: 0x10de,
    device: 0x20b2,
    subsystemVendor: 0x10de,
    subsystemDevice: 0x1463,
    classCode: 0x030200,
    revision: 0xa1,
    pcie: express(PCI_EXP_TYPE_ENDPOINT, 4, 16),
    bars: [memoryBar(16 * MIB), memoryBar(64 * GIB, '64-pref'), undefined, memoryBar(32 * MIB, '64-pref')],
    rebar: [{ bar: 1, supported: [64 * MIB, GIB, 16 * GIB, 64 * GIB] }],
    msi: 'msix',
    driver: 'nvidia',
  },
  nic: {
    vendor: 0x15b3,
    device: 0x1021,
    subsystemVendor: 0x15b3,
    subsystemDevice: 0x0041,
    classCode: 0x020700,
    pcie: express(PCI_EXP_TYPE_ENDPOINT, 5, 16),
    bars: [memoryBar(32 * MIB, '64-pref')],
    rom: MIB,
    ats: false,
    msi: 'msix',
    driver: 'mlx5_core',
  },
  nvme: {
    vendor: 0x144d,
    device: 0xa80a,
    subsystemVendor: 0x144d,
    subsystemDevice: 0xa801,
    classCode: 0x010802,
    pcie: express(PCI_EXP_TYPE_ENDPOINT, 4, 4),
    bars: [memoryBar(16 * KIB, '64')],
    msi: 'msix',
    driver: 'nvme',
  },
  accelerator: {
    vendor: 0x8086,
    device: 0x0b25,
    pcie: INTEGRATED,
    bars: [memoryBar(64 * KIB, '64-pref'), undefined, memoryBar(128 * KIB, '64-pref')],
    ats: false,
    pasid: false,
    msi: 'msix',
    driver: 'idxd',
  },
  vmd: {
    vendor: 0x8086,
    device: 0x28c0,
    classCode: 0x010400,
    pcie: INTEGRATED,
    bars: [memoryBar(32 * MIB, '64-pref'), undefined, memoryBar(64 * MIB), undefined, memoryBar(GIB, '64-pref')],
    msi: 'msix',
    driver: 'vmd',
  },
  endpoint: { pcie: express(PCI_EXP_TYPE_ENDPOINT, 3, 4), bars: [memoryBar(MIB, '64-pref')] },
  integrated: { pcie: INTEGRATED, bars: [memoryBar(64 * KIB, '64-pref')] },
  'pci-device': { bars: [memoryBar(4 * KIB)] },
};
