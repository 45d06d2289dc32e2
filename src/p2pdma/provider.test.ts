import { expect, test } from 'vitest';
import { type AddrRange, type PhysAddr, u64 } from '../base/index.ts';
import type { PciFunction, PciResource } from '../pci/index.ts';
import { IORESOURCE_IO, IORESOURCE_MEM } from '../uapi/index.ts';
import { pcimP2pdmaProvider, pciP2pdmaBusAddrMap } from './index.ts';

const range = (start: bigint): AddrRange => ({ start, end: start + 0x1000n });

function bar(index: number, flags: number, cpu: bigint, bus: bigint): PciResource {
  return { index, flags, cpu: range(cpu), bus: range(bus) } as unknown as PciResource;
}

/** A memory BAR 0 whose bus address is lower, I/O ports in BAR 1, nothing in BAR 2, memory in BAR 5, a ROM at 6. */
const owner = {
  resources: [
    bar(0, IORESOURCE_MEM, 0x40_8000_0000n, 0x8000_0000n),
    bar(1, IORESOURCE_IO, 0x1000n, 0x1000n),
    undefined,
    undefined,
    undefined,
    bar(5, IORESOURCE_MEM, 0x9000_0000n, 0x9000_0000n),
    bar(6, IORESOURCE_MEM, 0xa000_0000n, 0xa000_0000n),
  ],
} as unknown as PciFunction;

test.each([
  [0, true],
  [1, false],
  [2, false],
  [5, true],
  [6, false],
  [-1, false],
])('BAR %i is a provider: %s', (index, isProvider) => {
  expect(pcimP2pdmaProvider(owner, index) !== undefined).toBe(isProvider);
});

test('a bus address is the CPU address moved by the offset of the BAR, modulo 2^64', () => {
  const provider = pcimP2pdmaProvider(owner, 0);
  expect(provider).toMatchObject({ owner, bar: 0, busOffset: u64(-0x40_0000_0000n) });
  expect(provider && pciP2pdmaBusAddrMap(provider, 0x40_8000_0123n as PhysAddr)).toBe(0x8000_0123n);
});
