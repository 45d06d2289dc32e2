/** The way of one request, hop by hop, and what the links carry. As `peerpath trace` shows it. */
import { fileURLToPath } from 'node:url';
import {
  analyze,
  answerPeerTrace,
  barMemory,
  deviceNames,
  PLAIN,
  peerBar,
  peerTraceSheet,
  selectFunction,
  sheetText,
} from 'peerpath';
import { readMachine } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/hgx-8gpu.yaml', import.meta.url));
const capture = await readMachine(file);
if (!capture.ok) throw new Error(capture.error.text);

const analysis = analyze(capture.value);
const names = deviceNames(analysis.topology, undefined);
const device = (text: string) => {
  const found = selectFunction(analysis.topology, names, text);
  if (!found.ok) throw new Error(found.error.text);
  return found.value;
};
const memory = barMemory(device('gpu0'), peerBar(device('gpu0'))?.index ?? 0, [{ offset: 0n, length: 4096n }]);
if (!memory.ok) throw new Error(memory.error.text);
const question = { memory: memory.value, importer: device('nic0'), variant: 'release', maskBits: 64 } as const;
const trace = answerPeerTrace(analysis.situation, question);
const subject = { analysis, names, whatIf: undefined };
console.log(sheetText(peerTraceSheet(subject, trace, []), PLAIN));
const bandwidth = trace.traces?.write.bandwidth;
if (bandwidth?.ceiling.state === 'known') console.log(`${bandwidth.ceiling.value.toFixed(1)} GB/s of payload at most`);
