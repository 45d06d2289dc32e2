/**
 * Everything that the help of the command lists, from the public surface alone: `everything.js FOLDER MACHINE OTHER
 * SCENARIO` writes each report into FOLDER, as text, Markdown, HTML and JSON. The test beside holds them against what
 * the command prints.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  analyze,
  answerAllPairs,
  answerImports,
  answerMapping,
  answerPair,
  answerPeerTrace,
  answerTrace,
  type BarMemory,
  barMemory,
  checkJson,
  checkJunit,
  checkNfd,
  checkPrometheus,
  checkSheet,
  compareJson,
  compareSheet,
  defaultWants,
  deviceNames,
  devicesJson,
  devicesSheet,
  diffJson,
  diffMachines,
  diffSheet,
  doctorJson,
  doctorSheet,
  evidenceJson,
  evidenceSheet,
  examine,
  explainJson,
  explainSheet,
  type Failure,
  fileRedactor,
  focusOf,
  GOALS,
  goalJson,
  goalSheet,
  groupsJson,
  groupsKnown,
  groupsSheet,
  imagine,
  iommuModeOf,
  isLabelsAlone,
  judge,
  judgeGoal,
  keepsLink,
  kernelChoice,
  type MapQuestion,
  type MatrixAnswer,
  makePlan,
  mapJson,
  mapSheet,
  matrixJson,
  matrixSheet,
  nearDeviceSheet,
  nearestDevices,
  nearJson,
  nearNccl,
  nearNfd,
  nearSheet,
  openPairs,
  type PciFunction,
  PLAIN,
  pairChanges,
  parseAcsEdit,
  parseRequirement,
  peerTraceSheet,
  planJson,
  planSheet,
  presentSituation,
  type Result,
  redactCapture,
  type Sheet,
  type Subject,
  selectFunction,
  selectFunctions,
  selectList,
  selectPairs,
  sharedByPairs,
  sheetHtml,
  sheetMarkdown,
  sheetText,
  topologyJson,
  topologySheet,
  traceJson,
  traceSheet,
  treeSheet,
  verifyJson,
  verifyMachine,
  verifySheet,
} from 'peerpath';
import { readScenario, runScenario, scenarioJson, scenarioSentence, scenarioSheet } from 'peerpath/lab';
import {
  captureMachine,
  captureScript,
  loadPciNames,
  readMachine,
  servedSources,
  servePage,
  writeMachineArchive,
} from 'peerpath/node';

const [folder = '', file = '', otherFile = '', story = ''] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

function must<Value>(result: Result<Value, Failure>): Value {
  if (!result.ok) throw new Error(result.error.text);
  return result.value;
}

function write(name: string, text: string): void {
  writeFileSync(`${folder}/${name}`, `${text.trimEnd()}\n`);
}

/** As the command prints it with `--format text`, `md`, `html` and `json`. `whole`: what files hold, where that is more. */
function report(name: string, sheet: Sheet, json: object, whole: Sheet = sheet): void {
  write(`${name}.text`, sheetText(sheet, PLAIN));
  write(`${name}.md`, sheetMarkdown(whole));
  write(`${name}.html`, sheetHtml(whole));
  write(`${name}.json`, JSON.stringify(json, null, 1));
}

// capture: this machine where it shows PCI functions, and any input as an archive without what tells its owner.
const own = captureMachine({ redact: fileRedactor(), keepsLink });
write('capture.text', own.ok ? `${own.value.functionCount} functions` : own.error.text);
write('capture.script', captureScript());
must(
  writeMachineArchive(`${folder}/capture.tar.gz`, redactCapture(must(await readMachine(file))), {}, { force: true }),
);

async function open(path: string): Promise<Subject> {
  const analysis = analyze(must(await readMachine(path)));
  return { analysis, names: deviceNames(analysis.topology, loadPciNames()), whatIf: undefined };
}

const subject = await open(`${folder}/capture.tar.gz`);
const { analysis, names } = subject;
const { topology, machine, situation } = analysis;
const pick = (text: string): PciFunction => must(selectFunction(topology, names, text));
if (isLabelsAlone(topology.capture)) report('topology', topologySheet(subject), topologyJson(subject));

// devices, tree, groups
report('devices', devicesSheet(subject), devicesJson(subject), devicesSheet(subject, true));
report('tree', treeSheet(subject), devicesJson(subject), treeSheet(subject, true));
report('groups', groupsSheet(subject), groupsJson(subject));
write('groups.known', String(groupsKnown(situation)));

// matrix: what is asked about, what was chosen, and under a what-if
const { devices, left } = focusOf(topology.functions);
const all = answerAllPairs(analysis, devices);
const whole: MatrixAnswer = {
  functions: devices,
  matrix: all,
  before: undefined,
  open: openPairs(machine, devices),
  left,
};
report('matrix', matrixSheet(subject, whole, {}), matrixJson(subject, whole));
const edits = must(
  parseAcsEdit('clear:root-port', (text) => selectFunctions(topology, names, text), topology.functions),
);
const after = imagine(machine, { iommu: iommuModeOf('pt'), kernel: kernelChoice('7.0', 'chosen'), acs: edits });
const imagined: Subject = {
  analysis: { ...analysis, machine: after.machine, situation: after },
  names,
  whatIf: { asked: '--kernel 7.0 --iommu pt --acs clear:root-port', before: presentSituation(machine), after },
};
const chosen = must(selectList(topology, names, 'gpu*,nic*')).functions;
const [before, now] = [answerAllPairs(analysis, chosen), answerAllPairs(imagined.analysis, chosen)];
const changed: MatrixAnswer = {
  functions: chosen,
  matrix: now,
  before: { matrix: before, changes: pairChanges(before, now, chosen) },
  open: openPairs(after.machine, chosen),
  left: new Map(),
};
report('what-if', matrixSheet(imagined, changed, {}), matrixJson(imagined, changed));

// explain, map, trace
const pair = [pick('gpu0'), pick('nic0')] as const;
report(
  'explain',
  explainSheet(subject, answerPair(analysis, ...pair)),
  explainJson(subject, answerPair(analysis, ...pair)),
);
const memory: BarMemory = must(barMemory(pair[0], 2, [{ offset: 0n, length: 2n << 20n }]));
const question: MapQuestion = { memory, importer: pair[1], variant: 'release', maskBits: undefined };
const mapping = answerMapping(situation, question);
report('map', mapSheet(subject, mapping), mapJson(subject, mapping));
const compared = (['release', 'intended'] as const).map((variant) => {
  const kernel = { name: variant === 'release' ? '7.3.4' : variant, variant, situation };
  return { name: kernel.name, question: { ...question, variant }, imports: answerImports(kernel, memory, pair[1]) };
});
report('map-compared', compareSheet(subject, compared), compareJson(subject, compared));
const way = answerPeerTrace(situation, question);
const shared = sharedByPairs([way]);
const ways = way.traces === undefined ? [] : [way.traces.write, way.traces.read];
report('trace', peerTraceSheet(subject, way, shared), traceJson(subject, ways, shared));
const hop = answerTrace(situation, { requester: pair[1], address: 0x1000n, kind: 'write', stage: undefined });
report('trace-address', traceSheet(subject, hop), traceJson(subject, [hop]));

// fix, doctor, doctor for a goal, check
const plan = makePlan(situation, { wants: defaultWants(machine), goal: 'direct', keepIsolated: [] });
report('fix', planSheet(subject, plan), planJson(subject, plan));
const ailments = examine(situation);
report('doctor', doctorSheet(subject, ailments), doctorJson(subject, ailments));
for (const goal of GOALS) {
  const judgement = judgeGoal(situation, goal);
  report(`doctor-${goal.name}`, goalSheet(subject, judgement), goalJson(subject, judgement));
}
const requirement = must(parseRequirement('gpu*<->nic*:direct'));
const { wants } = must(selectPairs(topology, names, requirement.pairs));
const judgements = wants.map((want) => judge(machine, requirement, want));
report('check', checkSheet(subject, judgements), checkJson(subject, judgements));
write('check.junit', checkJunit(judgements, names));
write('check.prometheus', checkPrometheus(judgements));
write('check.nfd', checkNfd(judgements));

// near, evidence, verify, diff
const near = nearestDevices(machine);
report('near', nearSheet(subject, near), nearJson(subject, near));
write('near.nccl', nearNccl(near, names));
write('near.nfd', nearNfd(near, names));
const beside = nearestDevices(machine, pair[0]);
report('near-one', nearDeviceSheet(subject, beside, pair[0]), nearJson(subject, beside));
const opened = openPairs(machine);
report('evidence', evidenceSheet(subject, opened), evidenceJson(subject, opened));
const verification = verifyMachine(machine);
report('verify', verifySheet(subject, verification), verifyJson(subject, verification));
const sides = { a: subject, b: await open(otherFile) };
const diff = diffMachines(sides.a.analysis.situation, sides.b.analysis.situation);
report('diff', diffSheet(sides, diff), diffJson(sides, diff));

// lab
const scenario = must(readScenario(readFileSync(story, 'utf8'), story));
if (scenario.machine.kind !== 'described') throw new Error('the machine of the scenario is a file');
const played = runScenario(scenario.scenario, scenario.machine.capture);
if (!played.ok) throw new Error(scenarioSentence(story, played.error));
report('lab', scenarioSheet(played.value), scenarioJson(played.value));

// web
const page = await servePage(must(await servedSources([file], {})), { host: '127.0.0.1', port: 0 });
write('web.text', String((await fetch(page.url)).status));
await page.close();
