export { acsRedirectBits } from './acs-redirect.ts';
export { surelyBelow } from './apart.ts';
export { calcMapTypeAndDist } from './calc-map-type-and-dist.ts';
export { type HostBridgeLookup, type HostBridgeVerdict, hostBridgeRule } from './host-bridge-rule.ts';
export { findWhitelistEntry, HOST_BRIDGE_WHITELIST, type WhitelistEntry } from './host-bridge-whitelist.ts';
export { FIRST_P2PDMA_KERNEL, type P2pdmaRules, p2pdmaRules } from './kernel-rules.ts';
export { type KernelChoice, type KernelWarning, kernelChoice, type P2pOption } from './kernels/index.ts';
export {
  cellDistance,
  cellMapType,
  type MapTypeMatrix,
  type MapTypeRows,
  mapTypeMatrix,
  mapTypeRows,
  matrixCell,
} from './map-type-matrix.ts';
export {
  type CpuRule,
  chosenCpu,
  type HostBridgeIds,
  kernelOf,
  kernelOption,
  type MachineChoices,
  type P2pdmaMachine,
  p2pdmaMachine,
} from './p2pdma-machine.ts';
export { type P2pdmaProvider, pcimP2pdmaProvider, pciP2pdmaBusAddrMap } from './provider.ts';
export {
  type HostBridgeReasonCode,
  isPlaced,
  type KernelAnswer,
  type MissingFact,
  type Reason,
  type RedirectingPort,
  type Verdict,
} from './verdict.ts';
