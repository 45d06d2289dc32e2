export { distributionOption } from './distribution-kernels.ts';
export { DISTRIBUTION_OPTIONS, DISTRIBUTION_RULES, type P2pOption } from './distribution-table.ts';
export {
  assumedKernel,
  chosenVersion,
  type KernelChoice,
  type KernelWarning,
  kernelChoice,
  NEWEST_KERNEL,
} from './kernel-choice.ts';
