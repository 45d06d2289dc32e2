/** Text and dump of one machine give the same tree. */
import { describe, expect, test } from 'vitest';
import { buildTopology, type PciFunction, type PciTopology } from '../../src/pci/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import { fixtureText, plain, read, withoutHex } from './lspci-fixture.ts';

const recorded = fixtureText('q35-recorded-xxxx.txt');
const dump = buildTopology(read(recorded));

function functionIn(topology: PciTopology, address: string): PciFunction {
  const fn = topology.functions.find(({ bdf }) => formatBdf(bdf) === address);
  if (fn === undefined) throw new Error(`${address} is not in the topology`);
  return fn;
}

/** What peer-to-peer DMA needs of a function, in a form that can be compared. */
function essentials(fn: PciFunction): unknown {
  const { acs, pcie } = fn;
  return plain({
    parent: fn.parent === undefined ? null : formatBdf(fn.parent.bdf),
    type: pcie.state === 'known' ? pcie.value.type : pcie.state,
    // Text prints seven bits of each ACS register.
    acs: acs.state === 'known' ? [acs.value.offset, acs.value.cap & 0x7f, acs.value.ctrl & 0x7f] : acs.state,
    buses: fn.buses,
    command: fn.command,
    msi: fn.msiEnabled,
    resources: fn.resources.map((resource) => resource?.cpu),
  });
}

describe('text without dump gives the same tree, ports, ACS and resources', () => {
  const text = buildTopology(read(withoutHex(recorded)));
  test.each(dump.functions.map((fn) => formatBdf(fn.bdf)))('%s', (address) => {
    expect(essentials(functionIn(text, address))).toEqual(essentials(functionIn(dump, address)));
  });
});

test('lspci -v tells that there is an ACS capability, but not what it is set to', () => {
  const topology = buildTopology(read(fixtureText('q35-pciutils-3.14-nnv.txt')));
  expect(functionIn(topology, '0000:00:04.0').acs.state).toBe('unreadable');
  expect(functionIn(topology, '0000:01:00.0').acs.state).toBe('absent');
  expect(functionIn(topology, '0000:01:00.0').pcie.state).toBe('known');
});

test.each([
  { what: 'a list', file: 'q35-list.txt' },
  { what: 'text of a user without root', file: 'q35-pciutils-3.9-nnvvv-x-user.txt' },
])('$what leaves ACS unknown', ({ file }) => {
  const topology = buildTopology(read(withoutHex(fixtureText(file))));
  expect(topology.functions).toHaveLength(dump.functions.length);
  expect(functionIn(topology, '0000:00:04.0').acs.state).toBe('unreadable');
});

test('bus addresses of a dump and CPU addresses of its text together tell what a host bridge translates', () => {
  const topology = buildTopology(read(fixtureText('translated-recorded-x.txt')));
  const bar = functionIn(topology, '0001:43:00.0').resources[0];
  expect(plain([bar?.cpu.start, bar?.bus.start])).toEqual(['0x20000000', '0x80000000']);
});
