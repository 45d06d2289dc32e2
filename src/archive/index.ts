export type { Decompress, DecompressFailure, ReportProgress } from './decompress.ts';
export { type InputError, type InputErrorCode, inputError } from './input-error.ts';
export { MAX_UNPACKED_BYTES, type ReadInputOptions, readInput, requireFunctions } from './read-input.ts';
