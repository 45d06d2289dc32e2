/** The least change that makes all GPUs and adapters direct, its price, and how to undo it. As `peerpath fix` does. */
import { fileURLToPath } from 'node:url';
import {
  analyze,
  deviceNames,
  exposureTexts,
  groupGaps,
  makePlan,
  PLAIN,
  planJson,
  planSheet,
  selectFunctions,
  sheetText,
  wantPairs,
} from 'peerpath';
import { loadPciNames, readMachine } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/hgx-8gpu.yaml', import.meta.url));
const capture = await readMachine(file);
if (!capture.ok) throw new Error(capture.error.text);

const analysis = analyze(capture.value);
const names = deviceNames(analysis.topology, loadPciNames());
const [gpus, adapters] = ['gpu', 'nic'].map((kind) => selectFunctions(analysis.topology, names, kind));

const plan = makePlan(analysis.situation, {
  wants: wantPairs(gpus ?? [], adapters ?? [], true),
  goal: 'direct',
  keepIsolated: [],
});
const subject = { analysis, names, whatIf: undefined };
console.log(sheetText(planSheet(subject, plan), PLAIN));
console.log(`${plan.gained.length} pairs gained, ${plan.impossible.length} impossible`);

// Where groups promise more isolation than switches keep, before any change:
for (const gap of exposureTexts(groupGaps(analysis.situation), names)) console.log(gap);
console.log(Object.keys(planJson(subject, plan)).join(' '));
