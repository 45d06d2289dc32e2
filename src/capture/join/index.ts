export type { FactName } from './join-functions.ts';
export { type JoinRefusal, joinParts } from './join-parts.ts';
export { Evidence, type Told } from './told-by.ts';
