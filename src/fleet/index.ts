export { answerFacts, readAnswerFacts } from './answer-facts.ts';
export {
  type CheckedFleet,
  type CheckedMachine,
  fleetCheckJson,
  fleetCheckPrometheus,
  fleetCheckSheet,
  fleetState,
} from './check-sheet.ts';
export { compareFleets } from './compare.ts';
export { fleetDiffJson, fleetDiffSheet } from './compare-sheet.ts';
export { fleetAnswers } from './fleet-answers.ts';
export { DEFAULT_SHARE, findOutliers } from './outliers.ts';
export { outliersJson, outliersPrometheus, outliersSheet } from './outliers-sheet.ts';
export { queryCsv, queryJson, querySheet, tablesJson, tablesSheet } from './query-sheet.ts';
export type { Ask } from './question.ts';
export { summarizeFleet } from './summary.ts';
export { summaryJson, summaryPrometheus, summarySheet } from './summary-sheet.ts';
export { type Cell, type Column, columnNames, type Row, type Table } from './table.ts';
export {
  ANSWER_TABLES,
  type AnswerTableName,
  type FailedRow,
  type FleetAnswers,
  type InputRow,
  SUMMARY_NAMES,
  TABLES,
  type TableName,
} from './tables.ts';
