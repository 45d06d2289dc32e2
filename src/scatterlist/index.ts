export { cpuEntries, dmaEntries, dmaPages, dmaPagesOf } from './iterate.ts';
export { type PhysVec, PhysVecArray } from './phys-vec.ts';
export { endsWithin, type PhysVecExtent, physVecExtent } from './phys-vec-extent.ts';
export { SgMemory, sgAllocTable, sgFreeTable } from './sg-memory.ts';
export { type DmaSpace, type SgEntry, type SgLanes, SgTable } from './sg-table.ts';
export {
  calcRunNents,
  calcSgNents,
  fillBusAddresses,
  fillOneEntryEach,
  fillSgEntry,
  oneEntryEach,
  PAST_END,
  type SplitRules,
} from './split.ts';
