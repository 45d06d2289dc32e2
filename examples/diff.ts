/** What two kernels, or two machines, answer otherwise. As `peerpath diff` does. */
import { fileURLToPath } from 'node:url';
import { analyze, deviceNames, diffJson, diffMachines, diffSheet, PLAIN, sheetText } from 'peerpath';
import { readMachine } from 'peerpath/node';

const open = async (name: string) => {
  const capture = await readMachine(fileURLToPath(new URL(`machines/${name}.yaml`, import.meta.url)));
  if (!capture.ok) throw new Error(capture.error.text);
  const analysis = analyze(capture.value);
  return { analysis, names: deviceNames(analysis.topology, undefined), whatIf: undefined };
};

const subjects = { a: await open('dual-socket-allowlisted'), b: await open('dual-socket-unlisted') };
const diff = diffMachines(subjects.a.analysis.situation, subjects.b.analysis.situation);
console.log(sheetText(diffSheet(subjects, diff), PLAIN));
console.log(`${diff.pairs.length} pairs answer otherwise`);
console.log(Object.keys(diffJson(subjects, diff)).join(' '));
