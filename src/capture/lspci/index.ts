export { isLspci, looksLikeLspci } from './looks-like-lspci.ts';
export { readLspci } from './read-lspci.ts';
