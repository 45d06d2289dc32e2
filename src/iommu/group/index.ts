export type { GroupMember, GroupReason, IommuGroup } from './device-group.ts';
export type { DmaAlias } from './dma-alias.ts';
export { capturedGrouping, type GroupDiff, type Grouping, groupDiff } from './grouping.ts';
export {
  type GroupInference,
  type GroupPrediction,
  type MissingForGroups,
  NO_GROUPS,
  predictGroups,
} from './predict-groups.ts';
export { type ProbeOrder, probeOrder } from './probe-order.ts';
