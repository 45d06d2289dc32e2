/**
 * peerpath as a library: the core, which does no I/O and runs in browsers and on Node alike. Reading files and this
 * machine is in `peerpath/node`.
 */
export { type Analysis, analyze, answerAllPairs, answerPair, type PairAnswer } from './analyze.ts';
export {
  answerMapping,
  answerPeerTrace,
  answerTrace,
  type BarMemory,
  type BarRange,
  barMemory,
  type MapAnswer,
  type MapQuestion,
  type TraceAnswer,
} from './answers/index.ts';
export { hex, type Result } from './base/index.ts';
export {
  type Fact,
  type Finding,
  factValue,
  looksLikeLspci,
  type MachineCapture,
  readLspci,
} from './capture/index.ts';
export {
  type ComparedPair,
  imagine,
  KNOWN_DIFFERENCES,
  type PairChange,
  pairChanges,
  parseAcsEdit,
  presentSituation,
  type RedirectFix,
  redirectFix,
  type Situation,
  type WhatIf,
} from './diagnose/index.ts';
export { buildDmaWorld, DmaDevice, DmaWorld, type DmaWorldOptions, dmaBitMask } from './dma/index.ts';
export {
  DMA_BUF_DEFECTS,
  type DmaBufDefect,
  type DmaBufKernel,
  DmaResv,
  dmaBufKernel,
  entryOrigins,
  freeSgt,
  type PhysVecToSgtOutcome,
  physVecToSgt,
  type SgtMapping,
} from './dma-buf/index.ts';
export { DMA_DEFECTS, type GroupDiff, groupDiff, type IommuGroup, predictGroups } from './iommu/index.ts';
export {
  eventJson,
  eventText,
  type LabEvent,
  looksLikeMachineDescription,
  openScenario,
  readMachineDescription,
  readScenario,
  runScenario,
  type Scenario,
  type ScenarioProblem,
  type ScenarioResult,
  ScenarioRun,
  type Step,
  scenarioJson,
  scenarioText,
} from './lab/index.ts';
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
  type P2pdmaProvider,
  p2pdmaMachine,
  pcimP2pdmaProvider,
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
  lintTopology,
  pageTableTranslation,
  proveTable,
  Router,
  routeBandwidth,
  type TableProof,
} from './route/index.ts';
export { type PhysVec, PhysVecArray, type SgEntry, SgTable } from './scatterlist/index.ts';
export {
  type Bdf,
  formatBdf,
  formatKernelVersion,
  type KernelVersion,
  type MapType,
  parseBdf,
  parseKernelRelease,
} from './uapi/index.ts';
