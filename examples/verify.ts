/** Holds a capture against the model, and says what the input told. As `peerpath verify` and `evidence` do. */
import { fileURLToPath } from 'node:url';
import {
  analyze,
  deviceNames,
  evidenceSheet,
  openPairs,
  PLAIN,
  redactCapture,
  sheetText,
  verifyMachine,
  verifySheet,
} from 'peerpath';
import { machineArchive, readMachine } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/sriov.yaml', import.meta.url));
const capture = await readMachine(file);
if (!capture.ok) throw new Error(capture.error.text);

const analysis = analyze(capture.value);
const subject = { analysis, names: deviceNames(analysis.topology, undefined), whatIf: undefined };

const verification = verifyMachine(analysis.machine);
console.log(sheetText(verifySheet(subject, verification), PLAIN));
console.log(`${verification.facts.length} facts, ${verification.unexplained.length} unexplained`);

const open = openPairs(analysis.machine);
console.log(sheetText(evidenceSheet(subject, open), PLAIN).split('\n')[0]);

// An archive without serial numbers and host names, as `peerpath capture --redact --machine` writes it:
console.log(machineArchive(redactCapture(capture.value)).length > 1000 ? 'an archive' : 'too short');
