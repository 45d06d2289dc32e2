/** What a goal needs, in words: the requirement, what settles it, and who says that it is needed. */
import type { GoalCheck, GoalName } from '../diagnose/index.ts';

/** One kind of requirement. */
export interface CheckWords {
  readonly layer: string;
  /** What has to hold. */
  readonly needs: string;
  /** A command that shows whether it does. */
  readonly settle: string;
}

const CONFIG = (name: string): CheckWords => ({
  layer: 'kernel',
  needs: `${name}=y`,
  settle: `grep ${name} /boot/config-$(uname -r)`,
});

/** By check. */
export const CHECK_WORDS: Readonly<Record<GoalCheck, CheckWords>> = {
  devices: { layer: 'devices', needs: 'those that it takes', settle: 'peerpath devices' },
  'kernel-release': { layer: 'kernel', needs: 'release', settle: 'uname -r' },
  CONFIG_PCI_P2PDMA: CONFIG('CONFIG_PCI_P2PDMA'),
  CONFIG_DMABUF_MOVE_NOTIFY: CONFIG('CONFIG_DMABUF_MOVE_NOTIFY'),
  CONFIG_HSA_AMD_P2P: CONFIG('CONFIG_HSA_AMD_P2P'),
  CONFIG_VFIO_PCI_DMABUF: CONFIG('CONFIG_VFIO_PCI_DMABUF'),
  'iommu-in-use': { layer: 'IOMMU', needs: 'in use', settle: 'ls /sys/kernel/iommu_groups' },
  'iommu-not-translating': {
    layer: 'IOMMU',
    needs: 'off or in pass-through',
    settle: 'cat /sys/kernel/iommu_groups/*/type | sort | uniq -c',
  },
  groups: { layer: 'IOMMU', needs: 'a group of its own that ports keep', settle: 'peerpath groups' },
  acs: { layer: 'ACS', needs: 'no redirect below one switch', settle: 'sudo lspci -D -vvv' },
  pairs: { layer: 'Linux', needs: 'a pair that is allowed, for each provider', settle: 'sudo peerpath matrix' },
  'peer-memory': {
    layer: 'driver',
    needs: 'a disk that publishes memory (CMB)',
    settle: 'cat /sys/bus/pci/devices/*/p2pmem/size',
  },
  bar: { layer: 'BAR', needs: 'as large as it can be', settle: 'sudo lspci -vvv | grep -A3 "Resizable BAR"' },
  driver: { layer: 'driver', needs: 'bound, and not to vfio-pci', settle: 'lspci -k' },
  links: { layer: 'links', needs: 'at what both ends can do', settle: 'sudo lspci -vvv | grep -E "^[0-9a-f]|LnkSta:"' },
  'known-faults': { layer: 'hardware', needs: 'no known fault', settle: 'peerpath doctor' },
};

/** Public documents that say what the goals need; docs/goals.md tells which says what. */
export const GOAL_SOURCES: Readonly<Record<GoalName, readonly string[]>> = {
  'gpudirect-rdma': [
    'https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/gpu-operator-rdma.html',
    'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html',
  ],
  'gpudirect-storage': [
    'https://docs.nvidia.com/gpudirect-storage/troubleshooting-guide/nvme-p2pdma-troubleshooting.html',
    'https://docs.nvidia.com/gpudirect-storage/best-practices-guide/software-settings.html',
  ],
  'nvme-p2p': ['https://docs.kernel.org/driver-api/pci/p2pdma.html'],
  'dma-buf': ['https://docs.kernel.org/driver-api/dma-buf.html', 'https://docs.kernel.org/driver-api/pci/p2pdma.html'],
  passthrough: ['https://docs.kernel.org/driver-api/vfio.html'],
  'rocm-p2p': [
    'https://git.kernel.org/linus/6fbfc3a23c98bdcda679161c4f4e31368008af8a',
    'https://rocm.docs.amd.com/en/latest/conceptual/iommu.html',
  ],
};
