export { CAPTURE_FORMAT } from './capture-log.ts';
export { FACTS_FILE, functionFactsText, machineFactsText } from './facts-file.ts';
export {
  baseName,
  type Directory,
  type FileTree,
  LINK_NOT_FOLLOWED,
  MAX_FILE_BYTES,
  namesIn,
  resolveLink,
  tooLarge,
} from './file-tree.ts';
export type { Gunzip } from './kernel-files.ts';
export { findMachineRoot, findRoot, isCaptureTree } from './machine-root.ts';
export { type MemoryDirectory, type MemoryEntry, MemoryFile, MemoryTree } from './memory-tree.ts';
export { ORACLE_FILES, ORACLE_FOLDER } from './oracle-files.ts';
export { readSysfsTree, sysfsPart, type TreeSource } from './read-sysfs-tree.ts';
export { systemFilesPart } from './system-files.ts';
export { NAMED_CLASSES } from './system-names.ts';
