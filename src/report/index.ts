export { addressChangeWords } from './address-words.ts';
export { ailmentText } from './ailment-words.ts';
export { checkJson, checkJunit, checkNfd, checkPrometheus, checkSheet, judgementText } from './check-sheet.ts';
export { type ComparedAnswers, compareJson, compareSheet, importSheet } from './compare-sheet.ts';
export { acsJson, type FunctionJson, functionJson } from './devices-json.ts';
export { devicesJson, devicesSheet, findingsJson } from './devices-sheet.ts';
export { type DiffSubjects, diffJson, diffSheet } from './diff-sheet.ts';
export { ailmentDevices, ailmentPastes, ailmentSection, doctorJson, doctorSheet } from './doctor-sheet.ts';
export { evidenceJson, evidenceSheet, settlingCommand } from './evidence-sheet.ts';
export {
  type AnswerSentence,
  answerSentence,
  explainJson,
  explainSheet,
  fixSections,
  whySections,
} from './explain-sheet.ts';
export { goalJson, goalSheet } from './goal-sheet.ts';
export { GOAL_SOURCES } from './goal-words.ts';
export { groupsJson, groupsKnown, groupsSheet } from './groups-sheet.ts';
export { kernelLine, kernelName } from './kernel-words.ts';
export { lengthWords } from './length-words.ts';
export { mapJson, mapOutcomeSheet, mapSheet } from './map-sheet.ts';
export { countPairs, type MatrixAnswer, type MatrixForm, matrixJson, matrixSheet } from './matrix-sheet.ts';
export { type DeviceNames, deviceNames } from './names.ts';
export { nearNccl, nearNfd } from './near-files.ts';
export { nearDeviceSheet, nearJson, nearSheet } from './near-sheet.ts';
export { leftText, pairsSentence } from './pairs-sentence.ts';
export { planJson, planSheet } from './plan-sheet.ts';
export { exposureTexts, wholePrice } from './price-text.ts';
export { type MissingText, missingText, reasonTexts } from './reason-text.ts';
export { type FileRedactor, fileRedactor, keepsLink, redactCapture, redactText, serialPlace } from './redact.ts';
export { ceilingText, endSentence, endText } from './route-words.ts';
export { scenarioSheet } from './scenario-sheet.ts';
export { noDevice, selectFunction, selectFunctions } from './select.ts';
export { type SelectedList, type SelectedPairs, selectList, selectPairs } from './select-pairs.ts';
export {
  type Bar,
  type Block,
  code,
  type Emphasis,
  foldedList,
  type Line,
  list,
  type MatrixBlock,
  type Paint,
  PLAIN,
  plainLine,
  type Section,
  type Sheet,
  sheetHtml,
  sheetMarkdown,
  sheetText,
  strong,
  type TextForm,
  type Tone,
  text,
  toned,
} from './sheet/index.ts';
export { contextLines, type Subject, situationNotes, type WhatIfReport } from './subject.ts';
export { isLabelsAlone, topologyJson, topologySheet } from './topology-sheet.ts';
export { peerTraceSheet, traceJson, traceSheet } from './trace-sheet.ts';
export { treeSheet } from './tree-sheet.ts';
export { verifyJson, verifySheet } from './verify-sheet.ts';
export { counted, linkText, MAP_TYPE_WORDS } from './words.ts';
