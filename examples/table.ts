/** The table that a NIC gets for 5 GiB of a GPU's memory, and the proof that it leads there. As `peerpath map` shows it. */
import { fileURLToPath } from 'node:url';
import { analyze, answerMapping, barMemory, factValue, hex, presentSituation, unshown } from 'peerpath';
import { readMachine } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/vm-passthrough.yaml', import.meta.url));
const capture = await readMachine(file);
if (!capture.ok) throw new Error(capture.error.text);

const { machine, topology } = analyze(capture.value);
const byLabel = (label: string) => {
  const found = topology.functions.find((fn) => unshown(factValue(fn.captured.label)) === label);
  if (found === undefined) throw new Error(`no device is called ${label}`);
  return found;
};

const memory = barMemory(byLabel('GPU0'), 1, [{ offset: 0n, length: 5n << 30n }]);
if (!memory.ok) throw new Error(memory.error.text);
const question = { memory: memory.value, importer: byLabel('NIC0'), variant: 'release', maskBits: 64 } as const;
const { verdict, result } = answerMapping(presentSituation(machine), question);
console.log(verdict.mapType);

if (result.state === 'unknown') console.log(`not known: ${result.why}`);
else if (result.outcome.outcome !== 'mapped') console.log(`no table: ${result.outcome.at}`);
else {
  const { table, flow } = result.outcome.mapping;
  console.log(`flow ${flow}, ${table.nents} entries of ${table.space} addresses`);
  for (let index = 0; index < table.nents; index++) {
    const { dmaAddress, dmaLength } = table.at(index);
    console.log(`  ${hex(dmaAddress.addr)} + ${hex(dmaLength)}`);
  }
  console.log(result.proof?.write.proved === true ? 'every byte is proved to arrive' : 'some bytes go astray');
  console.log(`defects: ${result.outcome.defects.join(', ')}`);
}
