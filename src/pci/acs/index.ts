export {
  type AcsControl,
  acsControl,
} from './acs-control.ts';
export {
  type AcsRule,
  type AcsVerdict,
  type AcsView,
  pciAcsEnabled,
  pciAcsPathEnabled,
} from './acs-enabled.ts';
export type { AcsListError } from './acs-list.ts';
export { REQ_ACS_FLAGS } from './acs-quirk-table.ts';
export {
  type AcsRequestFacts,
  acsRequested,
  isDeviceTree,
  type MachineIommu,
  machineIommu,
  PCI_CLASS_SYSTEM_IOMMU,
  runningAcsRequested,
} from './acs-request.ts';
export type { DeviceSpec, SpecMatch } from './device-spec.ts';
export type { AcsOutcome, AcsSetup, AcsStep } from './enable-acs.ts';
export {
  type AcsNote,
  type AcsPrediction,
  capturedAcsView,
  firmwareAcs,
  predictAcs,
  predictedAcsView,
} from './predict-acs.ts';
