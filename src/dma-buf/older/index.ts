export { mangleSgTable, mapResourceTable, type TwoSidedEntry, unmapResourceTable } from './map-resource-table.ts';
