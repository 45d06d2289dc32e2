export {
  ACS_REDIRECT_BITS,
  type AcsControl,
  acsControl,
  BASIC_ACS_BITS,
  hasAllBits,
} from './acs-control.ts';
export {
  type AcsRule,
  type AcsVerdict,
  pciAcsEnabled,
  pciAcsPathEnabled,
} from './acs-enabled.ts';
export type { AcsListError } from './acs-list.ts';
export { REQ_ACS_FLAGS } from './acs-quirk-table.ts';
export {
  type AcsRequestFacts,
  acsRequested,
  anyIommuRequestsAcs,
  capturedAcsFacts,
  isDeviceTree,
  runningAcsRequested,
} from './acs-request.ts';
export {
  type AcsEdit,
  type AcsFacts,
  type AcsRegisters,
  type AcsView,
  acsBits,
  acsOf,
  capturedAcsView,
  editedAcsView,
} from './acs-view.ts';
export { type DeviceSpec, matchDeviceSpec, readDeviceSpec, type SpecMatch } from './device-spec.ts';
export type { AcsOutcome, AcsSetup, AcsStep } from './enable-acs.ts';
export {
  type AcsNote,
  type AcsPrediction,
  firmwareAcs,
  predictAcs,
  predictedAcsView,
} from './predict-acs.ts';
