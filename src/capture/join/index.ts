export type { FactName } from './join-functions.ts';
export { type JoinRefusal, joinParts } from './join-parts.ts';
export { type SplitMachines, splitMachines } from './split-machines.ts';
export { Evidence, type Told } from './told-by.ts';
