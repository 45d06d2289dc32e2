import { describe, expect, it } from 'vitest';
import { Prng, unshown } from '../../base/index.ts';
import { buildTopology, type PciFunction } from '../../pci/index.ts';
import { Router } from '../../route/index.ts';
import { randomMachine } from '../index.ts';
import { type Landing, packetsOf, sendRequests } from './transfer.ts';

const PAGE = 0x1000n;
const ALL_ANSWER = () => true;

/** Where one request of its own comes to rest, in words. */
function landingText({ end }: Landing, ahead: bigint): string {
  if (end.kind === 'function') return `${end.fn.index}/${end.bar}/${end.offset + ahead}`;
  if (end.kind === 'memory') return `${unshown(end.name)}/${end.phys + ahead}`;
  return end.kind === 'stopped' ? end.why : end.kind;
}

describe('sendRequests', () => {
  it('decides for runs of requests as it does for each of them', () => {
    let compared = 0;
    const kinds = new Set<string>();
    for (let seed = 1; seed <= 25; seed++) {
      const prng = new Prng(seed);
      const topology = buildTopology(randomMachine(prng, { functions: 20, iommu: 'none' }));
      const router = new Router(topology, { commandRegister: 'assume-enabled', functionToFunction: 'all' });
      const bars = topology.functions.flatMap((fn) => fn.resources.slice(0, 6).filter((bar) => bar !== undefined));
      for (let i = 0; i < 12; i++) {
        const [requester, bar] = [prng.pick(topology.functions) as PciFunction, prng.pick(bars)];
        if (bar === undefined) continue;
        // Around the start or the end of a BAR: there decisions change.
        const border = prng.oneIn(2) ? bar.bus.start : bar.bus.end;
        const back = BigInt(prng.below(0x6000));
        const address = border > back ? border - back : border;
        const length = BigInt(1 + prng.below(0xa000));
        const request = { requester, kind: 'write', address, length } as const;
        let next = address;
        for (const landing of sendRequests(router, ALL_ANSWER, request)) {
          expect(landing.address).toBe(next);
          for (let at = landing.address; at < landing.address + landing.length; at = at - (at % PAGE) + PAGE) {
            const end = landing.address + landing.length;
            const size = end - at < PAGE - (at % PAGE) ? end - at : PAGE - (at % PAGE);
            const [alone] = sendRequests(router, ALL_ANSWER, { ...request, address: at, length: size });
            expect(alone && landingText(alone, 0n)).toBe(landingText(landing, at - landing.address));
            compared++;
          }
          kinds.add(landing.end.kind);
          next += landing.length;
        }
        expect(next).toBe(address + length);
      }
    }
    expect(compared).toBeGreaterThan(1000);
    expect([...kinds]).toEqual(expect.arrayContaining(['function', 'stopped']));
  });

  it('does not run over the end of 64 bits', () => {
    const topology = buildTopology(randomMachine(new Prng(3), { functions: 10, iommu: 'none' }));
    const requester = topology.functions[0] as PciFunction;
    const request = { requester, kind: 'write', address: (1n << 64n) - PAGE, length: 2n * PAGE } as const;
    expect([...sendRequests(new Router(topology), ALL_ANSWER, request)].at(-1)).toMatchObject({
      length: PAGE,
      end: { reason: 'malformed' },
    });
  });
});

describe('packetsOf', () => {
  it.each([
    [0n, 0n, 0n],
    [0n, 1n, 1n],
    [0xfffn, 2n, 2n],
    [0x1000n, 0x1000n, 1n],
    [0x1001n, 0x1000n, 2n],
    [0n, 1n << 30n, 262144n],
  ])('from %i, %i bytes: %i', (address, length, packets) => {
    expect(packetsOf(address, length)).toBe(packets);
  });
});
