export type {
  ArchitectureHint,
  BetweenDevices,
  CapturePart,
  KernelAnswers,
  KernelFunctionAnswer,
  KernelPairAnswer,
  KernelPeerMessage,
  KernelWindowAnswer,
  MachineCapture,
  PartFunction,
  PartOrigin,
  PassageKind,
  SystemLabel,
  TextCount,
  ToolWords,
  TopologyClass,
} from './capture-part.ts';
export { ConfigSpace } from './config-space.ts';
export {
  ABSENT,
  type AbsentFact,
  type Fact,
  type FactOrigin,
  factValue,
  type KnownFact,
  known,
  mapFact,
  NOT_IN_INPUT,
  type UnreadableFact,
  unreadable,
} from './fact.ts';
export type { Finding } from './finding.ts';
export { captureTreePart, type FolderSource, folderParts } from './folder/index.ts';
export { ivhdEfrOfLogLine } from './ivhd-efr.ts';
export {
  Evidence,
  type FactName,
  type JoinRefusal,
  joinParts,
  type SplitMachines,
  splitMachines,
  type Told,
} from './join/index.ts';
export { resourceAt } from './listed-resource.ts';
export { isLspci, looksLikeLspci, readLspci } from './lspci/index.ts';
export type {
  CapturedAperture,
  CapturedCpu,
  CapturedFunction,
  CapturedIommu,
  CapturedIommuGroup,
  CapturedKernel,
  CapturedLink,
  CapturedResource,
  CapturedRootBus,
  IomemEntry,
  ListedResource,
  PrintedAcs,
  ReservedRegion,
  SourceKind,
  SystemName,
  SystemNameKind,
} from './machine-capture.ts';
export type { NamedIds } from './names/index.ts';
export { partOfCapture } from './part-of-capture.ts';
export { PassageSplitter, readText, type SplitText } from './passage/index.ts';
export {
  CAPTURE_FORMAT,
  type Directory,
  FACTS_FILE,
  type FileTree,
  findMachineRoot,
  functionFactsText,
  type Gunzip,
  LINK_NOT_FOLLOWED,
  MAX_FILE_BYTES,
  type MemoryDirectory,
  type MemoryEntry,
  MemoryFile,
  MemoryTree,
  machineFactsText,
  NAMED_CLASSES,
  ORACLE_FILES,
  ORACLE_FOLDER,
  readSysfsTree,
  resolveLink,
  sysfsPart,
  type TreeSource,
  tooLarge,
} from './sysfs/index.ts';
