export { buildMachine } from './build-machine.ts';
export { captureTree, type TreeEntry } from './capture-tree.ts';
export { cascade } from './cascade.ts';
export type * from './machine-spec.ts';
export type { PlacementError } from './placed.ts';
export { type RandomMachineOptions, randomMachine, randomMachineSpec } from './random-machine.ts';
export {
  type DescriptionProblem,
  looksLikeMachineDescription,
  readMachineDescription,
} from './read-machine-description.ts';
