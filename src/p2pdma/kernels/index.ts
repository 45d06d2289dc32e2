export { distributionOption } from './distribution-kernels.ts';
export type { P2pOption } from './distribution-table.ts';
export { assumedKernel, chosenVersion, type KernelChoice, type KernelWarning, kernelChoice } from './kernel-choice.ts';
