/** Required pairs, as a report for continuous integration. As `peerpath check --format junit` does. */
import { fileURLToPath } from 'node:url';
import { analyze, checkJunit, deviceNames, judge, parseRequirement, selectFunctions, wantPairs } from 'peerpath';
import { readMachine } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/hgx-8gpu.yaml', import.meta.url));
const capture = await readMachine(file);
if (!capture.ok) throw new Error(capture.error.text);

const analysis = analyze(capture.value);
const names = deviceNames(analysis.topology, undefined);
const requirement = parseRequirement('gpu0 <-> nic0: direct, distance <= 6');
if (!requirement.ok) throw new Error(requirement.error.text);

const [provider, client] = ['gpu0', 'nic0'].map((label) => selectFunctions(analysis.topology, names, label));
const pairs = wantPairs(provider ?? [], client ?? [], true);
const judgements = pairs.map((pair) => judge(analysis.machine, requirement.value, pair));
console.log(checkJunit(judgements, names));
console.log(judgements.every(({ state }) => state === 'holds') ? 'all hold' : 'some fail');
