export { isLspci, looksLikeLspci } from './looks-like-lspci.ts';
export { LSPCI_FORM } from './lspci-form.ts';
export { hasTree } from './machine-readable.ts';
export { lspciPart, readLspci } from './read-lspci.ts';
