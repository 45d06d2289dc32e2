/** What people want a machine to do, and what each of it needs. */
import { unshown } from '../../base/index.ts';
import { factValue } from '../../capture/index.ts';
import { type DeviceKind, deviceKind, kindLabel, type PciFunction } from '../../pci/index.ts';
import { type KernelVersion, kernelVersion } from '../../uapi/index.ts';

/** A goal by the name people call it. */
export type GoalName = 'gpudirect-rdma' | 'gpudirect-storage' | 'nvme-p2p' | 'dma-buf' | 'passthrough' | 'rocm-p2p';

/** What is looked at, in the order of layers from the kernel down to the links. */
export type GoalCheck =
  | 'devices'
  | 'kernel-release'
  | 'CONFIG_PCI_P2PDMA'
  | 'CONFIG_DMABUF_MOVE_NOTIFY'
  | 'CONFIG_HSA_AMD_P2P'
  | 'CONFIG_VFIO_PCI_DMABUF'
  | 'iommu-in-use'
  | 'iommu-not-translating'
  | 'groups'
  | 'acs'
  | 'pairs'
  | 'peer-memory'
  | 'bar'
  | 'driver'
  | 'links'
  | 'known-faults';

/** A goal: whose memory is used, by whom, and what has to hold. */
export interface Goal {
  readonly name: GoalName;
  readonly isProvider: (fn: PciFunction) => boolean;
  readonly isClient: (fn: PciFunction) => boolean;
  readonly checks: readonly GoalCheck[];
  /** First release that has what it takes; undefined where every one does. */
  readonly kernel: KernelVersion | undefined;
}

function ofKinds(...kinds: readonly DeviceKind[]): (fn: PciFunction) => boolean {
  return (fn) => kinds.includes(kindLabel(deviceKind(fn)));
}

const COMPUTES = ofKinds('gpu', 'accelerator');
const PEERS = ofKinds('gpu', 'accelerator', 'nic', 'nvme');

const AMD_GRAPHICS = 0x1002;
const IS_GPU = ofKinds('gpu');

/** By vendor id; by name where the input has those alone. */
function isAmdGpu(fn: PciFunction): boolean {
  const vendor = factValue(fn.ids.vendor);
  const isAmd =
    vendor === undefined
      ? (unshown(factValue(fn.captured.printedName)) ?? '').includes('AMD')
      : vendor === AMD_GRAPHICS;
  return isAmd && IS_GPU(fn);
}

/** Sources of what each needs: docs/goals.md. */
export const GOALS: readonly Goal[] = [
  {
    name: 'gpudirect-rdma',
    isProvider: COMPUTES,
    isClient: ofKinds('nic'),
    checks: [
      'devices',
      'kernel-release',
      'CONFIG_DMABUF_MOVE_NOTIFY',
      'iommu-not-translating',
      'acs',
      'pairs',
      'driver',
      'links',
      'known-faults',
    ],
    kernel: kernelVersion(5, 12),
  },
  {
    name: 'gpudirect-storage',
    isProvider: COMPUTES,
    isClient: ofKinds('nvme'),
    checks: [
      'devices',
      'kernel-release',
      'CONFIG_PCI_P2PDMA',
      'iommu-not-translating',
      'acs',
      'pairs',
      'driver',
      'links',
      'known-faults',
    ],
    kernel: kernelVersion(6, 2),
  },
  {
    name: 'nvme-p2p',
    isProvider: ofKinds('nvme'),
    isClient: ofKinds('nvme', 'nic'),
    checks: [
      'devices',
      'kernel-release',
      'CONFIG_PCI_P2PDMA',
      'acs',
      'pairs',
      'peer-memory',
      'driver',
      'links',
      'known-faults',
    ],
    kernel: kernelVersion(4, 20),
  },
  {
    name: 'dma-buf',
    isProvider: PEERS,
    isClient: PEERS,
    checks: [
      'devices',
      'kernel-release',
      'CONFIG_PCI_P2PDMA',
      'CONFIG_DMABUF_MOVE_NOTIFY',
      'CONFIG_VFIO_PCI_DMABUF',
      'pairs',
      'known-faults',
    ],
    kernel: kernelVersion(6, 19),
  },
  {
    name: 'passthrough',
    isProvider: PEERS,
    isClient: PEERS,
    checks: ['devices', 'iommu-in-use', 'groups'],
    kernel: undefined,
  },
  {
    name: 'rocm-p2p',
    isProvider: isAmdGpu,
    isClient: isAmdGpu,
    checks: [
      'devices',
      'kernel-release',
      'CONFIG_PCI_P2PDMA',
      'CONFIG_DMABUF_MOVE_NOTIFY',
      'CONFIG_HSA_AMD_P2P',
      'acs',
      'pairs',
      'bar',
      'driver',
      'links',
      'known-faults',
    ],
    kernel: kernelVersion(6, 0),
  },
];
