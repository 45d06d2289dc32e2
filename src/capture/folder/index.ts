export { type FolderContent, type FolderSource, folderParts } from './folder-parts.ts';
