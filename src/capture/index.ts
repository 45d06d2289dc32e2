export { ConfigSpace } from './config-space.ts';
export {
  ABSENT,
  type AbsentFact,
  type Fact,
  factValue,
  type KnownFact,
  known,
  mapFact,
  NOT_IN_INPUT,
  type UnreadableFact,
  unreadable,
} from './fact.ts';
export type { Finding } from './finding.ts';
export { ivhdEfrOfLogLine, ivhdEfrOfTable } from './ivhd-efr.ts';
export { hasTree, isLspci, looksLikeLspci, readLspci } from './lspci/index.ts';
export type {
  CapturedCpu,
  CapturedFunction,
  CapturedIommu,
  CapturedIommuGroup,
  CapturedKernel,
  CapturedLink,
  CapturedResource,
  CapturedRootBus,
  IomemEntry,
  MachineCapture,
  ReservedRegion,
  SourceKind,
} from './machine-capture.ts';
export {
  CAPTURE_FORMAT,
  type Directory,
  type FileTree,
  findMachineRoot,
  type Gunzip,
  MAX_FILE_BYTES,
  type MemoryDirectory,
  type MemoryEntry,
  MemoryFile,
  MemoryTree,
  readSosReport,
  readSysfsTree,
  resolveLink,
  type TreeSource,
} from './sysfs/index.ts';
