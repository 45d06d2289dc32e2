export {
  type LinkUse,
  linksAlong,
  type RouteBandwidth,
  routeBandwidth,
  type SharedLink,
  sharedLinks,
} from './bandwidth.ts';
export { linkRate, type PacketHeader, packetEfficiency } from './link-rate.ts';
export { lintTopology } from './lint-topology.ts';
export type { IommuStage, IoTranslation, RouteOptions, TranslatedAddress, TranslationFault } from './options.ts';
export { pageTableTranslation } from './page-table-translation.ts';
export {
  type AddressRun,
  type Counterexample,
  type CounterexampleProblem,
  type ProofRequest,
  proveTable,
  type TableProof,
} from './prove.ts';
export type {
  AddressType,
  Assumption,
  CompletionRoute,
  Hop,
  HopPlace,
  MissingFact,
  ReachedFunction,
  RequestKind,
  Route,
  RouteEnd,
  StopCause,
  StoppedEnd,
  StopReason,
  Tlp,
  UnknownEnd,
} from './route-value.ts';
export { Router } from './router.ts';
export { ACS_TURNS, ROUTE_RULES, type RouteRule } from './rules.ts';
export type { RouteMapEntry, Sender } from './sender-routes.ts';
