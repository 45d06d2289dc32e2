/** A memory region over a GPU's BAR: the page size and blocks that an RDMA adapter gets. The model of kernel code. */
import { fileURLToPath } from 'node:url';
import { analyze, answerMapping, barMemory, deviceNames, hex, selectFunction } from 'peerpath';
import { type IbUmem, ibUmemFindBestPgsz, ibUmemNumDmaBlocks, rdmaUmemDmaBlocks } from 'peerpath/kernel';
import { readMachine } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/hgx-8gpu.yaml', import.meta.url));
const capture = await readMachine(file);
if (!capture.ok) throw new Error(capture.error.text);
const { topology, situation } = analyze(capture.value);
const names = deviceNames(topology, undefined);
const [gpu, nic] = ['gpu0', 'nic0'].map((label) => selectFunction(topology, names, label));
if (gpu?.ok !== true || nic?.ok !== true) throw new Error('the machine has a gpu0 and a nic0');

const length = 8n << 20n;
const memory = barMemory(gpu.value, 0, [{ offset: 0n, length }]);
if (!memory.ok) throw new Error(memory.error.text);
const { result } = answerMapping(situation, {
  memory: memory.value,
  importer: nic.value,
  variant: 'release',
  maskBits: 64,
});
if (result.state !== 'answered' || result.outcome.outcome !== 'mapped') throw new Error('there is no table');
const { table } = result.outcome.mapping;

const umem: IbUmem = { address: 0n, length, iova: 0n, pageShift: 12, table, first: 0, nents: table.nents };
const pageSize = ibUmemFindBestPgsz(umem, 0xffff_f000n, 0n);
console.log(`page size ${hex(pageSize)}, ${ibUmemNumDmaBlocks(umem, pageSize)} blocks`);
for (const block of rdmaUmemDmaBlocks(umem, pageSize)) console.log(`  ${hex(block)}`);
