export { type FolderSource, folderParts } from './folder-parts.ts';
