/** The adapter that each GPU should take, as lines for NCCL, and as labels of Kubernetes. As `peerpath near` does. */
import { fileURLToPath } from 'node:url';
import { analyze, deviceNames, nearestDevices, nearNccl, nearNfd } from 'peerpath';
import { readMachine } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/hgx-8gpu.yaml', import.meta.url));
const capture = await readMachine(file);
if (!capture.ok) throw new Error(capture.error.text);

const analysis = analyze(capture.value);
const names = deviceNames(analysis.topology, undefined);
const near = nearestDevices(analysis.machine);
for (const { gpu, nics } of near.gpus)
  console.log(names.labelOf(gpu), nics.map(({ device, nearness }) => `${names.labelOf(device)} ${nearness}`)[0]);
console.log(nearNccl(near, names));
console.log(nearNfd(near, names));
