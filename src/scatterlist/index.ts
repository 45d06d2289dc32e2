export { endsWithin, type PhysVec, PhysVecArray, type PhysVecExtent, physVecExtent } from './phys-vec.ts';
export {
  cpuEntries,
  type DmaSpace,
  dmaEntries,
  dmaPages,
  dmaPagesOf,
  type SgEntry,
  type SgLanes,
  SgMemory,
  SgTable,
  sgAllocTable,
  sgFreeTable,
} from './sg-table.ts';
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
