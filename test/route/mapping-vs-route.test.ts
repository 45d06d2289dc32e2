/** Tables that the modelled kernel makes, proved byte by byte by the modelled hardware. */
import { expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import { comparePair, explainPair as explain, pairRouters, peerBar } from '../../src/diagnose/index.ts';
import { buildDmaWorld, type DmaDevice, type DmaWorld } from '../../src/dma/index.ts';
import { DmaResv, dmaBufKernel, type MapFlow, physVecToSgt } from '../../src/dma-buf/index.ts';
import { predictGroups } from '../../src/iommu/index.ts';
import { randomMachine } from '../../src/lab/index.ts';
import { calcMapTypeAndDist, p2pdmaMachine, pcimP2pdmaProvider } from '../../src/p2pdma/index.ts';
import { buildTopology, capturedAcsView, type PciFunction, type PciTopology } from '../../src/pci/index.ts';
import { type IommuStage, pageTableTranslation, proveTable, Router, type TableProof } from '../../src/route/index.ts';
import { PhysVecArray } from '../../src/scatterlist/index.ts';
import { DMA_BIDIRECTIONAL, kernelVersion, parseKernelCmdline } from '../../src/uapi/index.ts';

const KERNEL = kernelVersion(7, 3);

interface Pair {
  readonly topology: PciTopology;
  readonly provider: PciFunction;
  readonly client: PciFunction;
  readonly world: DmaWorld;
}

/** DMA as a boot with or without an IOMMU sees it. */
function worldOf(topology: PciTopology, withIommu: boolean): DmaWorld {
  const view = capturedAcsView(topology, { amdIommu: false, requested: true });
  const prediction = predictGroups(topology, view);
  const groups = prediction.state === 'known' ? prediction.groups : prediction.coarsest;
  const grouping = withIommu ? groups : undefined;
  return buildDmaWorld(topology, {
    kernel: KERNEL,
    whatIf: { cmdline: parseKernelCmdline('iommu.strict=1'), grouping },
    assumedMaskBits: 64,
  });
}

function device({ world }: Pair, fn: PciFunction): DmaDevice {
  const found = world.device(fn);
  if (found.state !== 'known') throw new Error('the device is known in a generated machine');
  // A bound driver has set its mask.
  found.value.dmaMask = (1n << 64n) - 1n;
  return found.value;
}

function stageOf(pair: Pair, fn: PciFunction): IommuStage {
  const { domain } = device(pair, fn);
  return domain === undefined ? { mode: 'off' } : { mode: 'translated', table: pageTableTranslation(domain) };
}

/** Maps one range of the provider's first BAR and proves the table; undefined where the kernel refuses. */
function mapAndProve(pair: Pair, prng: Prng): { readonly flow: MapFlow; readonly proof: TableProof } | undefined {
  const { topology, provider, client } = pair;
  const bar = peerBar(provider);
  const peer = bar && pcimP2pdmaProvider(provider, bar.index);
  if (bar === undefined || peer === undefined) return undefined;
  const machine = p2pdmaMachine(topology, { kernel: KERNEL, cpu: 'zen' });
  const verdict = calcMapTypeAndDist(machine, provider, client);
  const { mapType } = verdict;
  if (mapType === 'unknown') return undefined;
  const kernel = dmaBufKernel({ version: KERNEL, mapType: () => mapType });
  const pages = Number(bar.size / 0x1000n);
  const first = prng.below(pages);
  const length = BigInt(1 + prng.below(pages - first)) * 0x1000n;
  const start = peer.resource.cpu.start + BigInt(first) * 0x1000n;
  const ranges = PhysVecArray.of([[start, length]]);
  const resv = new DmaResv();
  resv.lock();
  const dev = device(pair, client);
  const mapped = physVecToSgt(kernel, { dmabuf: { resv }, dev }, peer, ranges, length, DMA_BIDIRECTIONAL);
  if (mapped.outcome !== 'mapped') return undefined;
  const router = new Router(topology, {
    iommu: (fn) => stageOf(pair, fn),
    commandRegister: 'assume-enabled',
    functionToFunction: 'all',
  });
  const { table, flow } = mapped.mapping;
  const request = { requester: client, owner: provider, table, ranges } as const;
  const write = proveTable(router, { ...request, kind: 'write' });
  return { flow, proof: write.proved ? proveTable(router, { ...request, kind: 'read' }) : write };
}

test.each([
  ['without an IOMMU', false],
  ['behind an IOMMU', true],
])('every table of a pair on which verdict and route agree is proved, %s', (_, withIommu) => {
  const proved = new Map<MapFlow, number>();
  const failed: string[] = [];
  for (let seed = 1; seed <= 60; seed++) {
    const prng = new Prng(seed);
    // Generated machines have any processor with any IOMMU; SMMUs do not keep the interrupt window of x86 free.
    const iommu = withIommu ? (prng.pick(['intel', 'amd'] as const) ?? 'intel') : 'none';
    const topology = buildTopology(randomMachine(prng, { functions: 10 + prng.below(30), iommu }));
    const world = worldOf(topology, withIommu);
    const machine = p2pdmaMachine(topology, { kernel: KERNEL, cpu: 'zen' });
    const routers = pairRouters(machine);
    const endpoints = topology.functions.filter((fn) => fn.headerType.state === 'known' && fn.headerType.value === 0);
    for (let i = 0; i < 25; i++) {
      const [provider, client] = [prng.pick(endpoints), prng.pick(endpoints)];
      if (provider === undefined || client === undefined || provider === client) continue;
      const compared = comparePair(machine, routers, provider, client);
      if (compared === undefined || explain(compared) !== 'agree' || compared.hardware.size > 1) continue;
      const result = mapAndProve({ topology, provider, client, world }, prng);
      if (result?.proof.proved === false) {
        failed.push(`seed ${seed}, ${result.flow}: ${result.proof.counterexamples[0]?.problem}`);
      }
      if (result?.proof.proved) proved.set(result.flow, (proved.get(result.flow) ?? 0) + 1);
    }
  }
  expect(failed).toEqual([]);
  expect(proved.get('bus-addr')).toBeGreaterThan(100);
  expect(proved.get(withIommu ? 'iova' : 'direct')).toBeGreaterThan(300);
});
