/** Proofs of scatter-gather tables: right ones hold, every kind of damage is found and named. */
import { describe, expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import { cascade } from '../../src/lab/index.ts';
import { buildTopology } from '../../src/pci/index.ts';
import { type AddressRun, type IoTranslation, type ProofRequest, proveTable, Router } from '../../src/route/index.ts';
import { PhysVecArray } from '../../src/scatterlist/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import { describeEnd } from './describe-route.ts';
import { at, type HandFunction, handTopology } from './hand-machine.ts';

const FUNCTIONS: readonly HandFunction[] = [
  { bdf: '0000:00:01.0', type: 4, buses: [0, 1, 4], memory: [0x8000_0000n, 0x83ff_ffffn], acs: [0x5f, 0x1d] },
  { bdf: '0000:01:00.0', type: 5, buses: [1, 2, 4], memory: [0x8000_0000n, 0x83ff_ffffn], parent: '0000:00:01.0' },
  { bdf: '0000:02:00.0', type: 6, buses: [2, 3, 3], memory: [0x8000_0000n, 0x80ff_ffffn], parent: '0000:01:00.0' },
  { bdf: '0000:02:01.0', type: 6, buses: [2, 4, 4], memory: [0x8100_0000n, 0x82ff_ffffn], parent: '0000:01:00.0' },
  { bdf: '0000:03:00.0', type: 0, bars: [[0x8000_0000n, 0x10_0000n]], parent: '0000:02:00.0' },
  {
    bdf: '0000:04:00.0',
    type: 0,
    bars: [
      [0x8100_0000n, 0x10_0000n],
      [0x8110_0000n, 0x10_0000n],
    ],
    parent: '0000:02:01.0',
  },
  { bdf: '0000:04:00.1', type: 0, bars: [[0x8200_0000n, 0x1000n]], parent: '0000:02:01.0' },
];
const topology = handTopology(FUNCTIONS);
const requester = at(topology, '0000:03:00.0');
const owner = at(topology, '0000:04:00.0');
const RANGES: readonly AddressRun[] = [
  [0x8100_0000n, 0x4000n],
  [0x8101_0000n, 0x1000n],
  [0x810f_f000n, 0x2000n],
];

function prove(
  table: readonly AddressRun[],
  changes: Partial<ProofRequest> = {},
  router: Router = new Router(topology),
): string {
  const proof = proveTable(router, { requester, kind: 'read', owner, table, ranges: RANGES, ...changes });
  if (proof.proved) return `${proof.bytes} bytes in ${proof.runs} runs, ${proof.routes.length} BARs`;
  const [first] = proof.counterexamples;
  if (first === undefined) return 'nothing';
  const reached = first.reached === undefined ? 'nothing' : describeEnd(first.reached);
  return `${first.problem} at entry ${first.entry}, ${first.address.toString(16)}: ${first.expected?.toString(16)}, ${reached}`;
}

describe('a table of bus addresses', () => {
  test.each([
    ['entry by range', RANGES, '28672 bytes in 4 runs, 2 BARs'],
    [
      'entries cut anywhere, and one across a range border',
      [
        [0x8100_0000n, 0x1n],
        [0x8100_0001n, 0x3fffn],
        [0x8101_0000n, 0x1000n],
        [0x810f_f000n, 0x1800n],
        [0n, 0n],
        [0x8110_0800n, 0x800n],
      ],
      '28672 bytes in 6 runs, 2 BARs',
    ],
    [
      'a wrong address',
      [RANGES[0], [0x8101_1000n, 0x1000n], RANGES[2]],
      'elsewhere at entry 1, 81011000: 81010000, 0000:04:00.0 BAR0 +0x11000',
    ],
    [
      'entries in the wrong order',
      [RANGES[0], RANGES[2], RANGES[1]],
      'elsewhere at entry 1, 810ff000: 81010000, 0000:04:00.0 BAR0 +0xff000',
    ],
    ['an entry too few', [RANGES[0], RANGES[1]], 'table-too-short at entry 2, 0: 810ff000, nothing'],
    ['a byte too many', [...RANGES, [0x8111_0000n, 1n]], 'table-too-long at entry 3, 81110000: undefined, nothing'],
    [
      'a hole in the windows',
      [[0x83ff_0000n, 0x4000n], RANGES[1], RANGES[2]],
      'stopped at entry 0, 83ff0000: 81000000, unsupported-request at 0000:01:00.0',
    ],
    [
      'an address past 64 bits',
      [RANGES[0], [0xffff_ffff_ffff_f800n, 0x1000n]],
      'stopped at entry 1, fffffffffffff800: 81010000, master-abort at 0000:00',
    ],
  ] as const)('%s', (_, table, outcome) => {
    expect(prove(table as readonly AddressRun[])).toBe(outcome);
  });

  test('a range of another function is not the owner’s', () => {
    const ranges = [[0x8200_0000n, 0x1000n]] as const;
    expect(prove(ranges, { ranges })).toBe('not-owner at entry 0, 82000000: 82000000, 0000:04:00.1 BAR0 +0x0');
    expect(proveTable(new Router(topology), { requester, kind: 'read', table: ranges, ranges }).proved).toBe(true);
  });

  test('a table that wraps around 2^64 is refuted there', () => {
    const mapped: IoTranslation = {
      translate: (iova) => ({
        ok: true,
        phys: iova - 0xffff_ffff_ffff_f000n + 0x8100_0000n,
        contiguousBytes: (1n << 64n) - iova,
      }),
    };
    const router = new Router(topology, { iommu: () => ({ mode: 'translated', table: mapped }) });
    expect(prove([[0xffff_ffff_ffff_f000n, 0x4000n]], {}, router)).toBe(
      'address-overflow at entry 0, 10000000000000000: 81001000, nothing',
    );
  });

  test('reads are of no use when their completions are stopped', () => {
    const changed = FUNCTIONS.map((fn): HandFunction => {
      if (fn.bdf === '0000:02:01.0') return { ...fn, acs: [0x5f, 0x08] };
      return fn.bdf === '0000:00:01.0' ? { ...fn, acs: [0x5f, 0] } : fn;
    });
    const machine = handTopology(changed);
    const request = { requester: at(machine, '0000:03:00.0'), table: RANGES, ranges: RANGES } as const;
    const read = proveTable(new Router(machine), { ...request, kind: 'read' });
    expect(read.proved ? undefined : read.counterexamples[0]?.problem).toBe('completion-lost');
    expect(proveTable(new Router(machine), { ...request, kind: 'write' }).proved).toBe(true);
  });

  test('as many counterexamples are given as were asked for', () => {
    const table = Array.from({ length: 20 }, (): AddressRun => [0x1000n, 0x10n]);
    const proof = proveTable(new Router(topology), {
      requester,
      kind: 'write',
      table,
      ranges: RANGES,
      maxCounterexamples: 3,
    });
    expect(proof.proved ? [] : proof.counterexamples.map(({ entry }) => entry)).toEqual([0, 1, 2]);
  });
});

describe('a table of I/O addresses', () => {
  /** 4 KiB leaves from 10000000 on, in the order of the ranges. */
  const pages: readonly (bigint | undefined)[] = RANGES.flatMap(([start, length]) =>
    Array.from({ length: Number(length / 0x1000n) }, (_, i) => start + BigInt(i) * 0x1000n),
  );
  const tableOf = (leaves: readonly (bigint | undefined)[], writable = true): IoTranslation => ({
    translate(iova, write) {
      const leaf = leaves[Number((iova - 0x1000_0000n) >> 12n)];
      const rest = 0x1000n - (iova & 0xfffn);
      if (leaf === undefined) return { ok: false, fault: 'not-mapped', contiguousBytes: rest };
      if (write && !writable) return { ok: false, fault: 'no-permission', contiguousBytes: rest };
      return { ok: true, phys: leaf + (iova & 0xfffn), contiguousBytes: rest };
    },
  });
  const routerOf = (table: IoTranslation): Router =>
    new Router(topology, { iommu: () => ({ mode: 'translated', table }) });
  const run: readonly AddressRun[] = [[0x1000_0000n, 0x7000n]];

  test('one run over many leaves and ranges', () => {
    expect(prove(run, {}, routerOf(tableOf(pages)))).toBe('28672 bytes in 7 runs, 2 BARs');
  });

  test.each([
    [pages.with(5, undefined), 'read', 'stopped at entry 0, 10005000: 810ff000, iommu-fault at 0000:00'],
    [pages.with(5, pages[4]), 'read', 'elsewhere at entry 0, 10005000: 810ff000, 0000:04:00.0 BAR0 +0x10000'],
    [pages.with(6, 0x1000n), 'read', 'elsewhere at entry 0, 10006000: 81100000, ram 0x1000'],
  ] as const)('a damaged leaf, case %#', (leaves, kind, outcome) => {
    expect(prove(run, { kind }, routerOf(tableOf(leaves)))).toBe(outcome);
  });

  test('a table that maps for reading proves no writes', () => {
    expect(prove(run, { kind: 'write' }, routerOf(tableOf(pages, false)))).toBe(
      'stopped at entry 0, 10000000: 81000000, iommu-fault at 0000:00',
    );
  });
});

describe('tables over generated machines', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('seed %d: the right one is proved, and one changed entry is found', (seed) => {
    const prng = new Prng(seed * 1009);
    const machine = buildTopology(cascade(3, 120));
    const router = new Router(machine, { iommu: () => ({ mode: 'off' }), functionToFunction: 'all' });
    const endpoints = machine.functions.filter((fn) => fn.resources[0] !== undefined);
    const provider = endpoints[prng.below(endpoints.length)];
    const client = endpoints.find(
      (fn) =>
        fn.hostBridge === provider?.hostBridge &&
        formatBdf(fn.bdf).slice(0, -2) !== formatBdf(provider?.bdf ?? fn.bdf).slice(0, -2),
    );
    const bar = provider?.resources[0];
    if (provider === undefined || client === undefined || bar === undefined) throw new Error('no pair');
    const table: AddressRun[] = [];
    const pairs: (readonly [bigint, bigint])[] = [];
    for (let i = 0; i < 50; i++) {
      const length = BigInt(1 + prng.below(0x2000));
      const offset = BigInt(prng.below(Number(bar.cpu.end - bar.cpu.start - length)));
      table.push([bar.bus.start + offset, length]);
      pairs.push([bar.cpu.start + offset, length]);
    }
    const request = { requester: client, owner: provider, kind: 'write', ranges: PhysVecArray.of(pairs) } as const;
    expect(proveTable(router, { ...request, table }).proved).toBe(true);
    const bad = prng.below(table.length);
    const [address, length] = table[bad] ?? [0n, 0n];
    const damaged = table.with(bad, [address ^ (1n << BigInt(prng.below(40))), length]);
    const proof = proveTable(router, { ...request, table: damaged });
    expect(proof.proved ? undefined : proof.counterexamples[0]?.entry).toBe(bad);
  });
});
