export { acsBitNames } from './acs-words.ts';
export { sharedLinksText } from './bandwidth-text.ts';
export { checkJson, checkJunit, checkPrometheus, checkText } from './check-report.ts';
export { type FunctionJson, functionJson } from './devices-json.ts';
export { devicesText, linkText } from './devices-text.ts';
export { ailmentDevices, ailmentText, doctorJson, doctorSheet, LAYER_WORDS } from './doctor-sheet.ts';

export {
  type AnswerSentence,
  answerSentence,
  type ExplainedWhatIf,
  explainText,
  otherHelp,
  type PacketSentence,
  packetSentence,
  quoteAdvice,
} from './explain-text.ts';

export { groupsJson, groupsKnown, groupsSheet } from './groups-sheet.ts';
export { kernelLine } from './kernel-text.ts';
export { mapJson } from './map-json.ts';
export { mapText, proofCondition } from './map-text.ts';
export { MAP_TYPE_WORDS } from './map-type-words.ts';
export { countPairs, matrixText } from './matrix-text.ts';
export { matrixWhatIfLines } from './matrix-what-if.ts';
export { type DeviceNames, deviceNames } from './names.ts';
export { type Paint, PLAIN } from './paint.ts';
export { planJson, planSheet } from './plan-sheet.ts';
export { priceLines } from './price-text.ts';
export { missingText, reasonText } from './reason-text.ts';
export { type FileRedactor, fileRedactor, redactCapture, redactText } from './redact.ts';
export { endText, hopPlace } from './route-text.ts';
export { selectFunction, selectFunctions } from './select.ts';
export type { Block, Section, Sheet } from './sheet.ts';
export { sheetHtml } from './sheet-html.ts';
export { sheetMarkdown } from './sheet-markdown.ts';
export { sheetText } from './sheet-text.ts';
export { textSheet } from './text-sheet.ts';
export { devicesJson, explainJson, findingsJson, kernelJson, type MatrixWhatIf, matrixJson } from './to-json.ts';
export { traceJson } from './trace-json.ts';
export { peerTraceText, traceText } from './trace-text.ts';
export { treeText } from './tree-text.ts';
export { assumptionText, noteText, type WhatIfReport, whatIfLines } from './what-if-text.ts';
