/** Views that draw machines, as a script of its own (`pictures.js`): the first view needs none of them. */
import type { Tab } from './tab.ts';
import { LabMain } from './views/lab/lab-view.tsx';
import { PrintedTree } from './views/tree/printed-tree.tsx';
import { TreeView } from './views/tree/tree-view.tsx';

/** What the script brings. */
export const PICTURES = { TreeView, PrintedTree, LabMain };

/** A view of a tab. */
export interface PictureProps {
  readonly tab: Tab;
}

globalThis.peerpathPictures = PICTURES;
