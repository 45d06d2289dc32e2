export type { IommuStage, IoTranslation, RouteOptions, TranslatedAddress, TranslationFault } from './options.ts';
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
  StoppedEnd,
  StopReason,
  Tlp,
  UnknownEnd,
} from './route-value.ts';
export { type RouteMapEntry, Router, type Sender } from './router.ts';
export { ROUTE_RULES, type RouteRule } from './rules.ts';
