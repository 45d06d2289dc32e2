export { type AddressKind, addressKinds } from './address-kinds.ts';
export {
  answerImport,
  answerImports,
  COMPARED_IMPORTERS,
  type ComparedImporter,
  type ComparedKernel,
  type ImportAnswer,
  type ImportProof,
} from './import-answer.ts';
export { answerMapping, type MapAnswer, type MapQuestion, type MapResult, type MapVariant } from './map-answer.ts';
export { type BarMemory, type BarRange, barMemory } from './map-question.ts';
export {
  answerPeerTrace,
  answerTrace,
  type PeerTrace,
  sharedByPairs,
  type TraceAnswer,
  type TraceQuestion,
  tableTranslation,
} from './trace-answer.ts';
