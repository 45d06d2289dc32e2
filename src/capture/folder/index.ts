export { captureTreePart } from './capture-tree.ts';
export { type FolderContent, folderParts } from './folder-parts.ts';
export type { FolderSource } from './folder-source.ts';
