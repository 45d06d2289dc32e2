export { classCodeOf } from './class-names.ts';
export { cleanLine } from './clean-line.ts';
export { sizedConfigSpace } from './config-size.ts';
export { parseDeviceName } from './function-title.ts';
export { isLspci, looksLikeLspci } from './looks-like-lspci.ts';
export { LSPCI_FORM } from './lspci-form.ts';
export { MaskedBytes } from './masked-bytes.ts';
export { lspciParts, readLspci } from './read-lspci.ts';
export type { NumberedText } from './scanned-function.ts';
