/** Decisions kept by range against single walks, on generated machines. */
import { describe, expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import { randomMachine } from '../../src/lab/index.ts';
import { buildTopology, type PciFunction, type PciTopology } from '../../src/pci/index.ts';
import { type RouteMapEntry, type RouteOptions, Router } from '../../src/route/index.ts';
import { describeEnd, rulesOf } from './describe-route.ts';

const LAST = (1n << 64n) - 1n;

/** Addresses where decisions may change, and some between. */
function probes(prng: Prng, { range }: RouteMapEntry): bigint[] {
  const inside = BigInt(prng.next()) * BigInt(prng.next());
  return [range.start, range.end - 1n, range.start + (inside % (range.end - range.start))];
}

function topologyOf(seed: number, missing: boolean): PciTopology {
  const prng = new Prng(seed);
  return buildTopology(randomMachine(prng, { functions: 12 + prng.below(60), missing }));
}

function requesters(prng: Prng, topology: PciTopology): PciFunction[] {
  return [0, 1, 2].map(() => prng.pick(topology.functions)).filter((fn) => fn !== undefined);
}

const OPTIONS: readonly RouteOptions[] = [
  { iommu: () => ({ mode: 'off' }) },
  { iommu: () => ({ mode: 'passthrough' }), rootComplexP2P: 'same-host-bridge', functionToFunction: 'all' },
  { iommu: () => ({ mode: 'blocked' }), commandRegister: 'assume-enabled', rootComplexP2P: 'none' },
];

describe('the route map of a function', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('machine %d: agrees with a walk of each address', (seed) => {
    const prng = new Prng(seed * 77);
    const topology = topologyOf(seed, seed % 2 === 0);
    const options = OPTIONS[seed % OPTIONS.length] ?? {};
    const router = new Router(topology, options);
    for (const requester of requesters(prng, topology)) {
      const sender = { requester, kind: 'write', addressType: 'untranslated' } as const;
      const map = router.routeMap(sender);
      let next = 0n;
      for (const entry of map) {
        expect(entry.range.start).toBe(next);
        next = entry.range.end;
        for (const address of probes(prng, entry)) {
          // A router that knows nothing yet walks from this very address.
          const single = new Router(topology, options).route({ requester, kind: 'write', address });
          const whole = router.route({ requester, kind: 'write', address });
          expect(single.range).toEqual(entry.range);
          expect(rulesOf(single)).toEqual(rulesOf(entry));
          expect(describeEnd(whole.end)).toBe(describeEnd(single.end));
          if (entry.end.kind !== 'to-iommu' && address === entry.range.start) {
            expect(describeEnd(entry.end)).toBe(describeEnd(single.end));
          }
        }
      }
      expect(next).toBe(LAST + 1n);
    }
  });
});

describe('an end', () => {
  test.each([21, 22, 23, 24])(
    'machine %d: a byte that is reached is the byte of the BAR that stands at the address',
    (seed) => {
      const topology = topologyOf(seed, false);
      const options: RouteOptions = { iommu: () => ({ mode: 'off' }), commandRegister: 'assume-enabled' };
      const router = new Router(topology, options);
      let reached = 0;
      for (const requester of requesters(new Prng(seed), topology)) {
        for (const { range, end } of router.routeMap({ requester, kind: 'read', addressType: 'untranslated' })) {
          if (end.kind !== 'function') continue;
          const bar = end.fn.resources[end.bar];
          expect(bar && bar.bus.start + end.offset).toBe(range.start);
          expect(bar && bar.cpu.start + end.offset).toBe(end.phys);
          reached++;
        }
      }
      expect(reached).toBeGreaterThan(0);
    },
  );
});
