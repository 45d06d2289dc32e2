/** Which drives of a machine may do peer-to-peer DMA with each other? As `peerpath matrix` and `explain` do. */
import { fileURLToPath } from 'node:url';
import { analyze, answerPair, deviceNames, formatBdf, reasonTexts, selectFunctions } from 'peerpath';
import { readMachine } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/vmd.yaml', import.meta.url));
const capture = await readMachine(file);
if (!capture.ok) throw new Error(capture.error.text);

const analysis = analyze(capture.value);
const names = deviceNames(analysis.topology, undefined);
const drives = selectFunctions(analysis.topology, names, 'nvme');

for (const provider of drives) {
  for (const client of drives) {
    if (provider === client) continue;
    const { verdict, fix } = answerPair(analysis, provider, client);
    console.log(`${formatBdf(client.bdf)} -> ${formatBdf(provider.bdf)}: ${verdict.mapType}`);
    for (const reason of reasonTexts(verdict, names)) console.log(`  ${reason}`);
    if (fix?.parameter !== undefined) console.log(`  would be direct with ${fix.parameter.text}`);
  }
}
