/** Kinds of devices as a picture counts them: short, one and several. */
import type { DeviceKind } from '../../src/pci/index.ts';

/** What is counted beside devices. */
export type Counted = DeviceKind | 'root bus';

const WORDS: Readonly<Record<Counted, readonly [one: string, several: string]>> = {
  gpu: ['GPU', 'GPUs'],
  accelerator: ['accelerator', 'accelerators'],
  nvswitch: ['NVSwitch', 'NVSwitches'],
  nic: ['NIC', 'NICs'],
  ib: ['IB NIC', 'IB NICs'],
  dpu: ['DPU', 'DPUs'],
  nvme: ['NVMe', 'NVMe'],
  storage: ['storage', 'storage'],
  display: ['display', 'displays'],
  wireless: ['wireless', 'wireless'],
  video: ['video', 'video'],
  memory: ['memory', 'memory'],
  usb: ['USB', 'USB'],
  audio: ['audio', 'audio'],
  other: ['device', 'devices'],
  'host-bridge': ['host bridge', 'host bridges'],
  'root-port': ['root port', 'root ports'],
  'switch-upstream': ['switch', 'switches'],
  'switch-downstream': ['port', 'ports'],
  bridge: ['bridge', 'bridges'],
  companion: ['GPU function', 'GPU functions'],
  'switch-management': ['switch management', 'switch management'],
  dummy: ['placeholder', 'placeholders'],
  system: ['platform', 'platform'],
  'root bus': ['root bus', 'root buses'],
};

/** The word for so many of a kind. */
export function kindCount(kind: Counted, count: number): string {
  return WORDS[kind][count === 1 ? 0 : 1];
}
