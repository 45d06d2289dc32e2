/** Questions to a kernel about a machine that it has shown: everything once, then mappings at random from a seed. */
import { Prng } from '../../src/base/index.ts';
import { factValue } from '../../src/capture/index.ts';
import {
  deviceKind,
  isBridgeKind,
  PCI_CLASS_SYSTEM_IOMMU,
  type PciFunction,
  type PciTopology,
} from '../../src/pci/index.ts';
import { bdfBus, bdfDevice, formatBdf, IORESOURCE_MEM, IORESOURCE_UNSET } from '../../src/uapi/index.ts';

const MOST_PAIRS = 2500;
const MOST_WHOLE_BARS = 80;
const RANDOM_MAPPINGS = 120;
/** Ids of host bridges: one that the allowlist has, one that it has not. */
const LISTED = '8086:2030';
const UNLISTED = '8086:1234';
const PAGES = [1, 1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 33, 64, 100, 256, 511, 512, 513, 1024, 4096];

/** One BAR of memory. */
interface Memory {
  readonly fn: PciFunction;
  readonly bar: number;
  readonly size: number;
}

/** The requests, in order. Same topology and seed, same requests. */
export function makeRequests(topology: PciTopology, seed: number): readonly string[] {
  const random = new Prng(seed);
  const all = topology.functions;
  const real = all.filter(isAsked);
  const memory = real.flatMap(memoryOf);
  const name = ({ bdf }: PciFunction): string => formatBdf(bdf);
  const pairs = all.flatMap((a) => all.map((b) => [a, b] as const));
  const asked = pairs.length <= MOST_PAIRS ? pairs : pairs.filter(([a, b]) => isAsked(a) && isAsked(b));
  return [
    'groups',
    ...all.map((fn) => `acs ${name(fn)}`),
    ...real.map((fn) => `resv ${name(fn)}`),
    ...real.flatMap((fn) => [0, 1, 2, 3, 4, 5].map((bar) => `provider ${name(fn)} ${bar}`)),
    ...asked.map(([a, b]) => `dist ${name(a)} ${name(b)} -`),
    ...real.flatMap((a) => real.flatMap((b) => [LISTED, UNLISTED].map((ids) => `dist ${name(a)} ${name(b)} ${ids}`))),
    ...real.map((fn) => `mask ${name(fn)} 64`),
    ...wholeBars(memory, real, random),
    ...atRandom(memory, real, random),
  ];
}

/** Endpoints, but for what the chipset brings. */
function isAsked(fn: PciFunction): boolean {
  const isIommu = factValue(fn.ids.baseAndSubClass) === PCI_CLASS_SYSTEM_IOMMU;
  const ofChipset = bdfBus(fn.bdf) === 0 && [0, 0x1f].includes(bdfDevice(fn.bdf));
  return !isIommu && !ofChipset && !isBridgeKind(deviceKind(fn));
}

function memoryOf(fn: PciFunction): Memory[] {
  return fn.resources.slice(0, 6).flatMap((resource, bar) => {
    if (resource === undefined || (resource.flags & IORESOURCE_MEM) === 0 || (resource.flags & IORESOURCE_UNSET) !== 0)
      return [];
    return [{ fn, bar, size: Number(resource.cpu.end - resource.cpu.start) }];
  });
}

function wholeBars(memory: readonly Memory[], importers: readonly PciFunction[], random: Prng): string[] {
  const all = memory.flatMap((each) => importers.map((importer) => ({ each, importer })));
  const chosen = all.length <= MOST_WHOLE_BARS ? all : all.filter(() => random.below(all.length) < MOST_WHOLE_BARS);
  return chosen.flatMap(({ each, importer }) => {
    const whole = each.size >= 4096 ? each.size : 4096;
    return [
      mapping(each, importer, '-', '-', [`+0:${whole.toString(16)}`]),
      mapping(each, importer, LISTED, '-', ['+0:1000']),
    ];
  });
}

function mapping(
  { fn, bar }: Memory,
  importer: PciFunction,
  ids: string,
  options: string,
  ranges: readonly string[],
  direction = 0,
): string {
  return `map ${formatBdf(fn.bdf)} ${bar} ${formatBdf(importer.bdf)} 0 ${ids} ${direction} ${options} ${ranges.join(' ')}`.trim();
}

/** One to six ranges, some of them kept alive for a while. */
function atRandom(memory: readonly Memory[], importers: readonly PciFunction[], random: Prng): string[] {
  const requests: string[] = [];
  const kept: number[] = [];
  for (let n = 0; n < RANDOM_MAPPINGS && memory.length > 0; n++) {
    const each = random.pick(memory) as Memory;
    const importer = random.pick(importers) as PciFunction;
    const count = random.oneIn(3) ? 2 + random.below(5) : 1;
    const ranges = Array.from({ length: count }, () => rangeOf(each, random));
    const slot = [...Array(100).keys()].find((free) => !kept.includes(free));
    const keeps = random.oneIn(3) && slot !== undefined;
    if (keeps) kept.push(slot);
    const ids = random.oneIn(3) ? '-' : LISTED;
    requests.push(mapping(each, importer, ids, keeps ? `keep=${slot}` : '-', ranges, random.below(3)));
    if (kept.length > 0 && random.oneIn(4)) requests.push(`free ${kept.splice(random.below(kept.length), 1)[0]}`);
  }
  return [...requests, ...kept.map((slot) => `free ${slot}`)];
}

function rangeOf({ size }: Memory, random: Prng): string {
  const most = Math.max(1, Math.floor(size / 4096));
  const pages = random.pick(PAGES.filter((count) => count <= most)) ?? 1;
  const offset = random.below(Math.max(1, most - pages + 1)) * 4096;
  return `+${offset.toString(16)}:${(pages * 4096).toString(16)}`;
}
