export { type AcsEdit, parseAcsEdit } from './acs-edit.ts';
export { IOMMU_MODE_PARAMETERS, type IommuBoot, type IommuMode } from './iommu-boot.ts';
export { type PairChange, pairChanges } from './pair-changes.ts';
export { pathSpec, type RedirectFix, redirectFix } from './redirect-fix.ts';
export {
  type ComparedPair,
  comparePair,
  explainPair,
  KNOWN_DIFFERENCES,
  type KnownDifference,
  type PairRouters,
  pairRouters,
  peerBar,
  type Way,
} from './verdict-vs-route/index.ts';
export { type Assumption, imagine, presentSituation, type Situation, type WhatIf } from './what-if.ts';
