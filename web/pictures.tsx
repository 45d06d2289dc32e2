/** Views that the first one needs nothing of, as a script of its own (`pictures.js`): trees, lab, reports, search. */
import { Help } from './views/help.tsx';
import { LabMain } from './views/lab/lab-view.tsx';
import { ReportsView } from './views/reports.tsx';
import { StartMore } from './views/start-more.tsx';
import { PrintedTree } from './views/tree/printed-tree.tsx';
import { TreeView } from './views/tree/tree-view.tsx';

/** What the script brings. */
export const PICTURES = { TreeView, PrintedTree, LabMain, ReportsView, Help, StartMore };

globalThis.peerpathPictures = PICTURES;
