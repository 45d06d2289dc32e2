/** `peerpath/archive`: a machine from the bytes of any input, told apart by its bytes; archives are unpacked within a bound. Browsers and Node. */
export { type CaptureKey, CaptureKeys, type KeyRules } from './capture-key.ts';
export { type CollectedCapture, collectedCaptures } from './collected-captures.ts';
export type { Decompress, DecompressFailure, ReportProgress } from './decompress.ts';
export { detectContainer } from './detect.ts';
export { type InputError, type InputErrorCode, inputError } from './input-error.ts';
export { joinSources, machinesOf } from './join-sources.ts';
export { type CaptureOrOther, readCaptureArchive } from './read-capture-archive.ts';
export { readInput } from './read-input.ts';
export { type ReadInputOptions, readParts, type SourceParts } from './read-parts.ts';
export { unpack } from './unpack.ts';
export { memberUnpacker } from './unpack-member.ts';
export { MAX_UNPACKED_BYTES } from './unpack-with.ts';
