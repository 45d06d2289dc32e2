/** `peerpath/node`: what needs Node: files, this machine and captures of it, device names, the served page. */
export {
  type CaptureArchive,
  type CaptureOptions,
  captureMachine,
  captureScript,
  machineArchive,
  writeCaptureArchive,
  writeMachineArchive,
} from './capture.ts';
export { nodeGunzip } from './gunzip.ts';
export { loadPciNames } from './pci-names.ts';
export { type ReadMachineOptions, readBytesParts, readMachine, readMachines, readSource } from './read-machine.ts';
export { isLoopback, type ServedPage, type ServeOptions, servePage } from './serve.ts';
export { type ServedSource, servedSource, servedSources } from './served-source.ts';
export { type WriteOptions, writeWhole } from './write-file.ts';
