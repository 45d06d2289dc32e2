/** What a real kernel said of the machine: the answers of peerpath-oracle, and its own messages in the log. */
import { hex } from '../../base/index.ts';
import { factValue, type KernelAnswers, type KernelPeerMessage } from '../../capture/index.ts';
import { buildDmaWorld } from '../../dma/index.ts';
import { pageSizeBitmap } from '../../iommu/index.ts';
import { calcMapTypeAndDist, type P2pdmaMachine } from '../../p2pdma/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import { kernelAtLeast, kernelVersion, type MapType } from '../../uapi/index.ts';
import { compared, type RecordedFact } from './recorded-fact.ts';

/** Names of the map types in answers of the module. */
const MODULE_WORDS: Partial<Record<MapType, 'no' | 'bus' | 'through'>> = {
  PCI_P2PDMA_MAP_NOT_SUPPORTED: 'no',
  PCI_P2PDMA_MAP_BUS_ADDR: 'bus',
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: 'through',
};

/** Distance and map type of every pair that the module answered for. Pairs that the input leaves open are left out. */
export function verifyKernelPairs(machine: P2pdmaMachine): RecordedFact[] {
  return answersOf(machine).flatMap(({ pairs }) =>
    pairs.flatMap((answer) => {
      const provider = machine.topology.byBdf.get(answer.provider);
      const client = machine.topology.byBdf.get(answer.client);
      if (provider === undefined || client === undefined) return [];
      const verdict = calcMapTypeAndDist(machine, provider, client);
      const word = MODULE_WORDS[verdict.mapType as MapType];
      if (word === undefined) return [];
      const type = answer.mapType ?? word;
      const distance = word === 'no' ? -1 : verdict.hops;
      const fact = { kind: 'kernel-answer' as const, functions: [provider, client], part: 'as provider and client' };
      return [
        compared({
          ...fact,
          recorded: `${answer.distance} ${type}`,
          predicted: `${distance ?? answer.distance} ${word}`,
        }),
      ];
    }),
  );
}

/** The first kernel whose page tables are modelled. */
const MODELLED_PAGE_TABLES = kernelVersion(6, 19);

/** Aperture and page sizes of the domains, and the windows of host bridges. */
export function verifyKernelDomains(machine: P2pdmaMachine): RecordedFact[] {
  const { topology, kernel } = machine;
  return answersOf(machine).flatMap(({ functions, windows }) => {
    const world = buildDmaWorld(topology, { kernel, assumedMaskBits: 64 });
    const domains = functions.flatMap(({ bdf, domain }) => {
      const fn = topology.byBdf.get(bdf);
      if (fn === undefined || domain === undefined || !kernelAtLeast(kernel, MODELLED_PAGE_TABLES)) return [];
      const geometry = factValue(world.device(fn))?.domain?.geometry;
      if (geometry === undefined || geometry.kind !== 'generic-pt') return [];
      const fact = { kind: 'kernel-answer' as const, functions: [fn], part: 'aperture and page sizes' };
      const recorded = `${hex(domain.apertureEnd)} ${hex(domain.pageSizes)}`;
      return [
        compared({ ...fact, recorded, predicted: `${hex(geometry.apertureEnd)} ${hex(pageSizeBitmap(geometry))}` }),
      ];
    });
    return [...domains, ...verifyWindows(machine, windows)];
  });
}

function verifyWindows({ topology }: P2pdmaMachine, windows: KernelAnswers['windows']): RecordedFact[] {
  return topology.hostBridges.flatMap((bridge) => {
    const [first] = bridge.rootFunctions;
    const foreseen = factValue(bridge.windows);
    const own = windows.filter(({ domain, bus }) => domain === bridge.domain && bus === bridge.bus);
    if (first === undefined || foreseen === undefined || own.length === 0) return [];
    const show = (start: bigint, last: bigint, offset: bigint): string =>
      `${hex(start)}-${hex(last)} less ${hex(offset)}`;
    const recorded = own.map(({ start, last, offset }) => show(start, last, offset)).sort();
    const predicted = foreseen.map(({ cpu, offset }) => show(cpu.start, cpu.end - 1n, offset)).sort();
    const fact = { kind: 'kernel-answer' as const, functions: [first], part: 'windows of its host bridge' };
    return [compared({ ...fact, recorded: recorded.join(', '), predicted: predicted.join(', ') })];
  });
}

/** Answers of another kernel than the input's are of another boot. */
function answersOf({ topology }: P2pdmaMachine): readonly KernelAnswers[] {
  const release = factValue(topology.capture.kernel.release);
  return topology.capture.parts
    .flatMap(({ answers }) => answers ?? [])
    .filter((answers) => answers.release === undefined || release === undefined || answers.release === release);
}

/** What the kernel's messages say of a pair: supported or not, and redirected. The last message of a pair counts. */
export function verifyKernelMessages(machine: P2pdmaMachine): RecordedFact[] {
  const last = new Map<string, KernelPeerMessage>();
  for (const message of machine.topology.capture.parts.flatMap(({ messages }) => messages ?? [])) {
    if (message.provider === undefined || message.client === undefined || message.says === 'hint') continue;
    last.set(`${message.provider} ${message.client} ${message.says === 'redirected'}`, message);
  }
  return [...last.values()].flatMap((message) => {
    const provider = at(machine, message.provider);
    const client = at(machine, message.client);
    if (provider === undefined || client === undefined) return [];
    const { mapType } = calcMapTypeAndDist(machine, provider, client);
    if (mapType === 'unknown') return [];
    const supported = mapType !== 'PCI_P2PDMA_MAP_NOT_SUPPORTED';
    const through = mapType === 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE' || !supported;
    const fact = { kind: 'kernel-message' as const, functions: [provider, client], part: 'as provider and client' };
    const words = { allowed: 'supported', 'not-allowed': 'not supported', redirected: 'redirected by ACS', hint: '' };
    const predicted =
      message.says === 'redirected'
        ? through
          ? words.redirected
          : 'not redirected'
        : supported
          ? words.allowed
          : words['not-allowed'];
    return [compared({ ...fact, recorded: words[message.says], predicted })];
  });
}

function at({ topology }: P2pdmaMachine, bdf: KernelPeerMessage['provider']): PciFunction | undefined {
  return bdf === undefined ? undefined : topology.byBdf.get(bdf);
}
