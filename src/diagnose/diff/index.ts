export {
  type DifferentPair,
  diffMachines,
  type FactDifference,
  type FunctionDifference,
  type LinkWidth,
  type MachineDiff,
} from './diff-machines.ts';
export type { MatchedFunctions } from './match-functions.ts';
