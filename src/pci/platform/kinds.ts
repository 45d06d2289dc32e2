/** What machines can be. */

/** Instruction set of the kernel; `x86` is 32 and 64 bits; `other`: no x86, and which is not known. */
export type Architecture =
  | 'x86'
  | 'arm64'
  | 'arm'
  | 'riscv'
  | 'ppc64'
  | 'loongarch'
  | 's390'
  | 'mips'
  | 'sparc64'
  | 'other';

/** Maker of the processor; `other`: none of these. */
export type CpuMaker = 'intel' | 'amd' | 'hygon' | 'zhaoxin' | 'other';

/** The kinds of IOMMU that the model knows. */
export type MachineIommu = 'intel' | 'amd' | 'smmuv3' | 'virtio';
