/**
 * peerpath as a library: the core, which does no I/O and runs in browsers and on Node alike. Reading files and this
 * machine is in `peerpath/node`.
 */
export { type Analysis, analyze, answerAllPairs, answerPair, type PairAnswer } from './analyze.ts';
export { hex, type Result } from './base/index.ts';
export { type Fact, type Finding, factValue, type MachineCapture } from './capture/index.ts';
export { type RedirectFix, redirectFix } from './diagnose/index.ts';
export {
  calcMapTypeAndDist,
  cellDistance,
  cellMapType,
  HOST_BRIDGE_WHITELIST,
  type MachineChoices,
  type MapTypeMatrix,
  type MissingFact,
  mapTypeMatrix,
  mapTypeRows,
  matrixCell,
  type P2pdmaMachine,
  p2pdmaMachine,
  type Reason,
  type Verdict,
} from './p2pdma/index.ts';
export {
  buildTopology,
  type DeviceKind,
  deviceKind,
  type HostBridge,
  type PciFunction,
  PciNames,
  type PciTopology,
} from './pci/index.ts';
export { type DeviceNames, deviceNames, selectFunction, selectFunctions } from './report/index.ts';
export {
  type Bdf,
  formatBdf,
  formatKernelVersion,
  type KernelVersion,
  type MapType,
  parseBdf,
  parseKernelRelease,
} from './uapi/index.ts';
