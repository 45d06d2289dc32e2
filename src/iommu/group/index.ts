export type { GroupMember, GroupReason, IommuGroup } from './device-group.ts';
export type { DmaAlias } from './dma-alias.ts';
export { type GroupEvidence, groupEvidence, groupsUnder } from './group-evidence.ts';
export { capturedGrouping, type GroupDiff, type Grouping, groupDiff, listedGrouping, refines } from './grouping.ts';
export {
  type GroupInference,
  type GroupPrediction,
  groupMembers,
  type MissingForGroups,
  NO_GROUPS,
  predictGroups,
} from './predict-groups.ts';
export { FIRST_VMD_DOMAIN, type ProbeOrder, probeOrder } from './probe-order.ts';
