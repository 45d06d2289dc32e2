export { isLspci, looksLikeLspci } from './looks-like-lspci.ts';
export { hasTree } from './machine-readable.ts';
export { readLspci } from './read-lspci.ts';
