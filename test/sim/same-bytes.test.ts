/**
 * What a table reaches and what a physical list reaches that iommufd maps are the same bytes in the same order, over random
 * machines, ranges and importers; or the difference is a defect by name.
 */
import { describe, expect, test } from 'vitest';
import {
  answerImports,
  type BarMemory,
  barMemory,
  type ImportAnswer,
  type MapVariant,
} from '../../src/answers/index.ts';
import { Prng } from '../../src/base/index.ts';
import { factValue } from '../../src/capture/index.ts';
import { imagine } from '../../src/diagnose/index.ts';
import { cascade, randomMachine } from '../../src/lab/index.ts';
import { chosenCpu, p2pdmaMachine } from '../../src/p2pdma/index.ts';
import { buildTopology, type PciFunction, type PciTopology } from '../../src/pci/index.ts';
import { kernelVersion } from '../../src/uapi/index.ts';

const PAGE = 0x1000n;
const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);
const PAIRS = 30;
/** Defects by which bytes go elsewhere; the intended kernel has none. */
const BEARS_ON_BYTES: readonly string[] = ['bus-addr-ignores-dma-mask', 'mapped-length-32-bit', 'unaligned-split'];

function endpoints({ functions }: PciTopology): readonly PciFunction[] {
  return functions.filter(({ headerType, parent }) => factValue(headerType) === 0 && parent !== undefined);
}

/** Up to four ranges of whole pages of some BAR, apart from each other, in any order. */
function someMemory(prng: Prng, topology: PciTopology): BarMemory | undefined {
  const owner = prng.pick(endpoints(topology));
  const bar = prng.pick([0, 0, 1, 2, 4]) ?? 0;
  const whole = owner === undefined ? undefined : barMemory(owner, bar, []);
  if (owner === undefined || whole?.ok !== true) return undefined;
  const pages = Number((whole.value.ranges[0]?.length ?? 0n) / PAGE);
  const count = Math.min(1 + prng.below(4), pages);
  const stretch = Math.floor(pages / count);
  const ranges = Array.from({ length: count }, (_, index) => {
    const skip = prng.below(Math.min(stretch, 1000));
    const length = 1 + prng.below(Math.min(stretch - skip, 100));
    return { offset: BigInt(index * stretch + skip) * PAGE, length: BigInt(length) * PAGE };
  });
  if (prng.oneIn(2)) ranges.reverse();
  const memory = barMemory(owner, bar, ranges);
  return memory.ok ? memory.value : undefined;
}

function someClient(prng: Prng, topology: PciTopology, owner: PciFunction): PciFunction | undefined {
  const client = prng.pick(endpoints(topology));
  return client === owner ? undefined : client;
}

function got(answers: readonly ImportAnswer[], importer: ImportAnswer['importer']): ImportAnswer | undefined {
  return answers.find((answer) => answer.importer === importer);
}

/** How often table and list were both there, for a variant. */
function compareAll(variant: MapVariant): { both: number; manyRanges: number; lists: number } {
  const seen = { both: 0, manyRanges: 0, lists: 0 };
  for (const seed of SEEDS) {
    const prng = new Prng(seed);
    const capture = seed % 4 === 0 ? cascade(3, 60) : randomMachine(prng, { functions: 60 });
    const topology = buildTopology(capture);
    const situation = imagine(p2pdmaMachine(topology), {
      kernel: kernelVersion(7, 3),
      iommu: 'dma',
      cpu: chosenCpu('zen'),
    });
    for (let pair = 0; pair < PAIRS; pair++) {
      const memory = someMemory(prng, situation.machine.topology);
      const client = memory && someClient(prng, situation.machine.topology, memory.provider.owner);
      if (memory === undefined || client === undefined) continue;
      const answers = answerImports({ name: variant, variant, situation }, memory, client);
      const [table, list] = [got(answers, 'dynamic'), got(answers, 'iommufd')];
      if (list?.state === 'list') seen.lists++;
      if (table?.state !== 'table' || list?.state !== 'list') continue;
      if (table.proof === 'open' || list.proof === 'open') continue;
      seen.both++;
      if (memory.ranges.length > 1) seen.manyRanges++;
      const { defects } = table;
      const same = table.proof === 'proved' && list.proof === 'proved';
      const named = [...defects, ...list.defects].some((name) => BEARS_ON_BYTES.includes(name));
      expect({ seed, pair, table, list, explained: same || named }).toMatchObject({ explained: true });
    }
  }
  return seen;
}

describe('the same bytes', () => {
  test.each(['mapping-types-rfc1', 'mapping-types-rfc1-intended'] as const)('%s', { timeout: 600_000 }, (variant) => {
    const seen = compareAll(variant);
    expect(seen.both).toBeGreaterThan(20);
    expect(seen.manyRanges).toBeGreaterThan(variant.endsWith('intended') ? 10 : 0);
    expect(seen.lists).toBeGreaterThan(seen.both);
  });
});
