export { parseAcsEdit } from './acs-edit.ts';
export { type BootChange, bootChange } from './boot-change.ts';
export type { CmdlineFit } from './boot-length.ts';
export type { BootWords } from './boot-words.ts';
export { type AcsOption, type CmdlineMistake, cmdlineMistakes } from './cmdline-mistakes/index.ts';
export {
  type DifferentPair,
  diffMachines,
  type FactDifference,
  type FunctionDifference,
  type LinkWidth,
  type MachineDiff,
  type MatchedFunctions,
} from './diff/index.ts';
export {
  type Ailment,
  examine,
  isResting,
  type Layer,
  layerOf,
  slowLink,
  type Weight,
  weightOf,
} from './doctor/index.ts';
export { type Exposure, exposures, isEndpoint } from './exposure.ts';
export { type Focus, focusOf } from './focus.ts';
export {
  GOALS,
  type Goal,
  type GoalCheck,
  type GoalItem,
  type GoalJudgement,
  type GoalName,
  type GoalState,
  judgeGoal,
} from './goal/index.ts';
export {
  type FaultHarm,
  type FaultPlace,
  type FaultSource,
  type FoundFault,
  faultsOfPair,
  HARDWARE_FAULTS,
  type HardwareFault,
  machineFaults,
} from './hardware-faults/index.ts';
export { IOMMU_MODE_PARAMETERS, type IommuBoot, type IommuMode, iommuModeOf } from './iommu-boot.ts';
export {
  brokenGroups,
  coarsest,
  groupGaps,
  type IsolationChange,
  isolationChange,
  isolationCost,
  isWithoutGroups,
  type Loss,
  lostPairs,
} from './isolation.ts';
export {
  type Agreement,
  agreement,
  kernelDisagreements,
  kernelWords,
  type PairWords,
  wordsOfPair,
} from './kernel-words/index.ts';
export {
  type Assigned,
  type Assignment,
  type GpuNeighbours,
  gpusNear,
  type Near,
  type Nearness,
  type Neighbour,
  nearestDevices,
  pairCeilings,
  type SharedUplink,
} from './near/index.ts';
export {
  type FactSource,
  type OpenFact,
  type OpenPairs,
  openAmong,
  openPairs,
  type SettlingCommand,
} from './open-pairs.ts';
export { type PairChange, pairChanges } from './pair-changes.ts';
export {
  type PairException,
  type PairSummary,
  pciClass,
  type Scope,
  type ScopeAnswer,
  standingOf,
  summarizePairs,
} from './pair-scopes.ts';
export {
  allDirect,
  type Blocked,
  type BootParameter,
  bootParameter,
  defaultWants,
  makePlan,
  type Plan,
  type PlanRequest,
  type PlanSteps,
  type Want,
  WISHES,
  type Wish,
  wantPairs,
  wishPairs,
} from './planner/index.ts';
export { clearRedirect, type RedirectFix, redirectFix } from './redirect-fix.ts';
export { type Judgement, judge, parseRequirement, type Requirement } from './requirement.ts';
export { type PairToolWords, toolWordsOfPair } from './tool-words/index.ts';
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
export {
  type Cause,
  type FactKind,
  type RecordedFact,
  type Verification,
  verifyMachine,
} from './verify/index.ts';
export { type Assumption, imagine, presentSituation, type Situation, type WhatIf, withAcsEdits } from './what-if.ts';
