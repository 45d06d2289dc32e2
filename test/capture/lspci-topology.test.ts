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

describe('CPU addresses without registers', () => {
  const translated = withoutHex(fixtureText('translated-recorded-x.txt'));
  const codes = (text: string) => buildTopology(read(text)).findings.map(({ code }) => code);

  test('leave bus addresses unknown where host bridges may translate', () => {
    const topology = buildTopology(read(translated));
    expect(functionIn(topology, '0001:43:00.0').resources[0]?.busAssumed).toBe(true);
    // Below a bridge window whose own bus addresses are as little known.
    expect(functionIn(topology, '0001:40:00.0').resources[14]?.busAssumed).toBe(true);
    expect(codes(translated)).toContain('bus-addresses-unknown');
    expect(codes(fixtureText('translated-recorded-x.txt'))).not.toContain('bus-addresses-unknown');
  });

  test.each<[string, string]>([
    ['a host bridge of Intel', '0000:00:00.0 Host bridge [0600]: Intel Corporation Device [8086:3c00]'],
    ['an ISA bridge of AMD', '0000:00:14.3 ISA bridge [0601]: Advanced Micro Devices, Inc. [AMD] Device [1022:790e]'],
  ])('are bus addresses where %s shows that this is x86', (_name, lines) => {
    expect(codes(`${translated}\n${lines}\n`)).not.toContain('bus-addresses-unknown');
  });

  test('are bus addresses where a root port of AMD shows that this is x86', () => {
    const amd = translated.replace('Device [1b36:000c]', 'Device [1022:1453]');
    expect(amd).toMatch(/^.*1022:1453(?:.*\n)*?.*Root Port/);
    expect(codes(amd)).not.toContain('bus-addresses-unknown');
  });

  test.each<[string, string]>([
    ['a network card of Intel', '0001:45:00.0 Ethernet controller [0200]: Intel Corporation Device [8086:1593]'],
    [
      'a switch of Intel',
      '0001:45:00.0 PCI bridge [0604]: Intel Corporation Device [8086:15ea]\n\tCapabilities: [58] Express (v2) Upstream Port, MSI 00',
    ],
  ])('stay CPU addresses with %s, which stands in every machine', (_name, lines) => {
    expect(codes(`${translated}\n${lines}\n`)).toContain('bus-addresses-unknown');
  });
});
