/** Which pairs of a captured machine may do peer-to-peer DMA? Run it with: npx tsx examples/verdict.ts */
import { analyze, answerPair, deviceNames, formatBdf, selectFunctions } from '../src/index.ts';
import { readMachine } from '../src/node/index.ts';

const capture = await readMachine('test/machines/nvme-none/capture.tar.gz');
if (!capture.ok) throw new Error(capture.error.text);

const analysis = analyze(capture.value);
const names = deviceNames(analysis.topology, undefined);
const drives = selectFunctions(analysis.topology, names, 'nvme');

for (const provider of drives) {
  for (const client of drives) {
    if (provider === client) continue;
    const { verdict, fix } = answerPair(analysis, provider, client);
    const reasons = verdict.reasons.map(({ code }) => code).join(', ');
    console.log(`${formatBdf(client.bdf)} -> ${formatBdf(provider.bdf)}: ${verdict.mapType} (${reasons})`);
    if (fix?.parameter !== undefined) console.log(`  would be direct with ${fix.parameter.text}`);
  }
}
