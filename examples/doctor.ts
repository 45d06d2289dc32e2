/** What stands in the way on a machine, and what GPUDirect RDMA needs there. As `peerpath doctor` and `groups` do. */
import { fileURLToPath } from 'node:url';
import {
  analyze,
  deviceNames,
  doctorJson,
  doctorSheet,
  examine,
  GOALS,
  goalSheet,
  groupsSheet,
  judgeGoal,
  type Subject,
  sheetMarkdown,
} from 'peerpath';
import { loadPciNames, readMachine } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/desktop-2gpu.yaml', import.meta.url));
const capture = await readMachine(file);
if (!capture.ok) throw new Error(capture.error.text);

const analysis = analyze(capture.value);
const subject: Subject = { analysis, names: deviceNames(analysis.topology, loadPciNames()), whatIf: undefined };

const ailments = examine(analysis.situation);
console.log(sheetMarkdown(doctorSheet(subject, ailments)));
console.log(JSON.stringify(doctorJson(subject, ailments)).length, 'characters as JSON');

const goal = GOALS.find(({ name }) => name === 'gpudirect-rdma');
if (goal === undefined) throw new Error('there is no such goal');
const judgement = judgeGoal(analysis.situation, goal);
for (const { check, state } of judgement.items) console.log(`${state}: ${check}`);
console.log(sheetMarkdown(goalSheet(subject, judgement)).split('\n')[0]);
console.log(sheetMarkdown(groupsSheet(subject)).split('\n')[0]);
