import { expect, it } from 'vitest';
import { factValue, joinParts, readText } from '../index.ts';

const PAIR = `===== 0000:43:00.0 -> 0000:63:00.0 =====
provider: 0000:43:00.0 -> 0000:43:00.0
client:   0000:63:00.0 -> 0000:63:00.0

PCIe path:
  (no common upstream bridge -- path crosses the root complex)
  provider side:
    0000:43:00.0 (8086:e223)
    0000:42:01.0 (8086:e2f0)  [ACS redirect ON: blocks direct P2P]
    0000:40:01.1 (1022:153e)
  client side:
    0000:63:00.0 (8086:e223)
    0000:60:01.1 (1022:153e)

map_type = PCI_P2PDMA_MAP_THRU_HOST_BRIDGE
distance = 5  (as returned by pci_p2pdma_distance_many)
`;

function read(text: string) {
  const joined = joinParts(readText(new TextEncoder().encode(text), 'p2p.txt').parts);
  if (!joined.ok) throw new Error('not joined');
  return joined.value;
}

it('p2p-distance tells ids and every bridge up to the root bus, and what it answers is quoted', () => {
  const { functions, parts } = read(PAIR);
  expect(functions.map(({ bdf, device, parent }) => [bdf, factValue(device), parent.state, factValue(parent)])).toEqual(
    [
      [0x4300, 0xe223, 'known', 0x4208],
      [0x4208, 0xe2f0, 'known', 0x4009],
      [0x4009, 0x153e, 'absent', undefined],
      [0x6300, 0xe223, 'known', 0x6009],
      [0x6009, 0x153e, 'absent', undefined],
    ],
  );
  expect(parts[0]?.toolWords?.map(({ devices, line }) => [...devices, line])).toEqual([
    ['0000:43:00.0', '0000:63:00.0', 15],
    ['0000:43:00.0', '0000:63:00.0', 16],
  ]);
});

it('with a common bridge, what is above it is not told', () => {
  const text = PAIR.replace('  (no common upstream bridge -- path crosses the root complex)\n', '');
  expect(read(text).functions.find(({ bdf }) => bdf === 0x4009)?.parent.state).toBe('unreadable');
});
