export { loadPciNames } from './pci-names.ts';
