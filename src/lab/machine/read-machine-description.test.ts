import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assert, defined, unshown } from '../../base/index.ts';
import { factValue, type MachineCapture, resourceAt } from '../../capture/index.ts';
import { buildTopology, type PciFunction, type PciTopology } from '../../pci/index.ts';
import { formatBdf, IORESOURCE_UNSET, PCI_ACS_CR, PCI_ACS_RR, PCI_ACS_SV, PCI_ACS_UF } from '../../uapi/index.ts';
import { looksLikeMachineDescription, readMachineDescription } from './index.ts';

const EXAMPLES = 'examples/machines';

function read(text: string): MachineCapture {
  const result = readMachineDescription(text, 'x.yaml');
  assert(result.ok, result.ok ? '' : result.error.text);
  return result.value;
}

/** A machine of one host bridge on bus 0 with these devices. */
function topologyOf(devices: string, rest = ''): PciTopology {
  return buildTopology(read(`peerpath-machine: 1\n${rest}\nhost-bridges:\n  - devices: ${devices}\n`));
}

function at(topology: PciTopology, bdf: string): PciFunction {
  return defined(
    topology.functions.find((fn) => formatBdf(fn.bdf) === bdf),
    bdf,
  );
}

function example(name: string): PciTopology {
  return buildTopology(read(readFileSync(`${EXAMPLES}/${name}.yaml`, 'utf8')));
}

describe('an example machine', () => {
  it.each([
    { name: 'hgx-8gpu', functions: 84, hostBridges: 7, endpoints: /^(GPU|NIC|NVME)/, labelled: 32 },
    { name: 'dual-socket-allowlisted', functions: 12, hostBridges: 4, endpoints: /^(GPU|NIC)/, labelled: 4 },
    { name: 'dual-socket-unlisted', functions: 12, hostBridges: 4, endpoints: /^(GPU|NIC)/, labelled: 4 },
    { name: 'desktop-2gpu', functions: 19, hostBridges: 1, endpoints: /^GPU/, labelled: 2 },
    { name: 'desktop-2gpu-intel-client', functions: 16, hostBridges: 1, endpoints: /^GPU/, labelled: 2 },
    { name: 'bus-offset', functions: 14, hostBridges: 2, endpoints: /^(GPU|NIC|NVME)/, labelled: 4 },
    { name: 'sriov', functions: 14, hostBridges: 1, endpoints: /^PORT/, labelled: 2 },
    { name: 'vm-passthrough', functions: 9, hostBridges: 2, endpoints: /^(GPU|NIC)/, labelled: 2 },
    { name: 'vmd', functions: 9, hostBridges: 3, endpoints: /^(NIC|NVME)/, labelled: 3 },
  ])('$name has $functions functions and nothing odd', ({ name, functions, hostBridges, endpoints, labelled }) => {
    const topology = example(name);
    expect(topology.findings).toEqual([]);
    expect(topology.functions).toHaveLength(functions);
    expect(topology.hostBridges).toHaveLength(hostBridges);
    const labels = topology.functions.flatMap((fn) => factValue(fn.captured.label) ?? []);
    expect(labels.filter((label) => endpoints.test(unshown(label)))).toHaveLength(labelled);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('is tested for each file there', () => {
    expect(readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'))).toHaveLength(9);
  });

  it('bus-offset has bus addresses that differ from CPU addresses behind the second bridge only', () => {
    const topology = example('bus-offset');
    const gpus = topology.functions.filter((fn) => /^GPU/.test(unshown(factValue(fn.captured.label)) ?? ''));
    const offsets = gpus.map((fn) => fn.resources.flatMap((r) => (r === undefined ? [] : [r.cpu.start - r.bus.start])));
    expect(offsets).toEqual([
      [0n, 0n],
      [0x4ff0000000n, 0x2000000000n],
    ]);
    expect(topology.hostBridges.map((h) => factValue(h.windows)?.map((w) => w.offset))).toEqual([
      [0n, 0n],
      [0x4ff0000000n, 0x2000000000n],
    ]);
  });

  it('sriov has the virtual functions of two ports interleaved, each with its slice of the BAR', () => {
    const topology = example('sriov');
    const vfs = topology.functions.filter((fn) => fn.physfn !== undefined);
    expect(vfs.map((fn) => [formatBdf(fn.bdf), formatBdf(defined(fn.physfn, 'physfn').bdf)])).toEqual([
      ['0000:43:02.0', '0000:43:00.0'],
      ['0000:43:02.1', '0000:43:00.1'],
      ['0000:43:02.2', '0000:43:00.0'],
      ['0000:43:02.3', '0000:43:00.1'],
      ['0000:43:02.4', '0000:43:00.0'],
      ['0000:43:02.6', '0000:43:00.0'],
    ]);
    const pf = at(topology, '0000:43:00.0').resources[7]?.cpu.start ?? 0n;
    const third = at(topology, '0000:43:02.4').resources[0]?.cpu;
    expect(third).toEqual({ start: pf + 0x400000n, end: pf + 0x600000n });
  });

  it('vmd has its drives in domain 10000, inside a BAR of the VMD endpoint', () => {
    const topology = example('vmd');
    const drive = at(topology, '10000:e1:00.0').resources[0]?.cpu.start ?? 0n;
    const window = defined(at(topology, '0000:00:0e.0').resources[2], 'MEMBAR1').cpu;
    expect(drive >= window.start && drive < window.end).toBe(true);
  });
});

describe('IOMMU groups', () => {
  const groups = (name: string) => factValue(example(name).capture.iommuGroups)?.map((g) => g.devices.map(formatBdf));

  it('follow ACS: one for each function where it isolates, one for all below a port where it does not', () => {
    expect(groups('vm-passthrough')).toContainEqual(['0000:4e:00.0']);
    expect(groups('bus-offset')).toContainEqual(['0000:02:00.0', '0000:03:00.0']);
  });

  it('hold the drives behind VMD together with the VMD endpoint', () => {
    expect(groups('vmd')).toContainEqual(expect.arrayContaining(['0000:00:0e.0', '10000:e1:00.0', '10000:e2:00.0']));
  });

  it('are none without an IOMMU, and leave out the function of an AMD IOMMU', () => {
    expect(groups('desktop-2gpu-intel-client')).toEqual([]);
    expect(groups('desktop-2gpu')?.flat()).not.toContain('0000:00:00.2');
  });
});

describe('ACS control', () => {
  const ctrl = (acs: string, iommu: string) => {
    const topology = topologyOf(`[{kind: root-port${acs === '' ? '' : `, acs: ${acs}`}}]`, `iommu: ${iommu}`);
    return factValue(at(topology, '0000:00:00.0').acs)?.ctrl;
  };
  const ALL = PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF;

  it.each([
    { acs: '', iommu: 'none', expected: 0, why: 'Linux leaves it alone without an IOMMU' },
    { acs: '', iommu: 'intel', expected: ALL, why: 'Linux turns on what the port has' },
    { acs: '{cap: SV RR}', iommu: 'intel', expected: PCI_ACS_SV | PCI_ACS_RR, why: 'only what the port has' },
    { acs: 'off', iommu: 'intel', expected: 0, why: 'it was cleared after boot' },
    { acs: 'RR CR', iommu: 'none', expected: PCI_ACS_RR | PCI_ACS_CR, why: 'firmware or setpci set it' },
    { acs: 'none', iommu: 'intel', expected: undefined, why: 'there is no capability' },
  ])('$acs with IOMMU $iommu: $why', ({ acs, iommu, expected }) => {
    expect(ctrl(acs, iommu)).toBe(expected);
  });
});

describe('a description', () => {
  it('repeats a device with count, and numbers its label', () => {
    const topology = topologyOf('[{kind: root-port, count: 3, below: {kind: gpu, label: GPU#}}]');
    expect(topology.functions.flatMap((fn) => factValue(fn.captured.label) ?? [])).toEqual(['GPU0', 'GPU1', 'GPU2']);
  });

  it('pads a switch with empty ports, and passes its id and ACS to them', () => {
    const topology = topologyOf(
      '[{kind: root-port, below: {kind: switch, id: "11f8:4036", acs: RR, ports: 3, below: [nic]}}]',
    );
    const ports = topology.functions.filter((fn) => formatBdf(fn.bdf).startsWith('0000:02:'));
    expect(ports.map((fn) => [factValue(fn.ids.vendor), factValue(fn.acs)?.ctrl])).toEqual([
      [0x11f8, PCI_ACS_RR],
      [0x11f8, PCI_ACS_RR],
      [0x11f8, PCI_ACS_RR],
    ]);
  });

  it('lets a port of a switch differ from the others', () => {
    const below = '[{kind: downstream-port, acs: CR, below: nvme}, nvme]';
    const topology = topologyOf(`[{kind: root-port, below: {kind: switch, acs: RR, below: ${below}}}]`);
    expect(factValue(at(topology, '0000:02:00.0').acs)?.ctrl).toBe(PCI_ACS_CR);
    expect(factValue(at(topology, '0000:02:01.0').acs)?.ctrl).toBe(PCI_ACS_RR);
    expect(at(topology, '0000:03:00.0').parent?.bdf).toBe(at(topology, '0000:02:00.0').bdf);
  });

  it('describes links, payload sizes, serial number, ATS, ReBAR and a cut config space', () => {
    const gpu =
      '{kind: gpu, link: gen3 x8 of gen5 x16, payload: 128, read-request: 4096, serial: 0x1122334455667788, ats: on,' +
      ' bars: {0: 256M 64 pref}, rebar: {0: [256M, 1G]}}';
    const topology = topologyOf(
      `[{kind: root-port, below: ${gpu}}, {kind: root-port, below: {kind: nic, config-bytes: 64}}]`,
    );
    const fn = at(topology, '0000:01:00.0');
    expect(factValue(fn.link)).toEqual({ speed: v(8), width: v(8), maxSpeed: v(32), maxWidth: v(16) });
    expect(factValue(fn.pcie)).toMatchObject({ maxPayload: v(128), maxReadRequest: v(4096) });
    expect(factValue(fn.serial)).toBe(0x1122334455667788n);
    expect(factValue(fn.ats)?.enabled).toBe(true);
    expect(factValue(fn.rebar)).toEqual([{ bar: 0, size: 0x10000000n, supported: [0x10000000n, 0x40000000n] }]);
    expect(at(topology, '0000:02:00.0').acs.state).toBe('unreadable');
  });

  it('leaves an unassigned BAR at 0 and says so', () => {
    const topology = topologyOf('[{kind: root-port, below: {kind: gpu, bars: {0: 64G 64 pref unassigned}}}]');
    const captured = resourceAt(at(topology, '0000:01:00.0').captured.resources, 0);
    expect(captured?.range).toEqual({ start: 0n, end: 0x1000000000n });
    expect((captured?.flags ?? 0) & IORESOURCE_UNSET).toBe(IORESOURCE_UNSET);
  });

  it('keeps spare buses and windows for hot-plug', () => {
    const topology = topologyOf(
      '[{kind: root-port, hotplug: on, reserve: {buses: 4, memory: 16M, prefetchable: 1G}}, {kind: root-port}]',
    );
    expect(factValue(at(topology, '0000:00:00.0').buses)).toEqual({ primary: 0, secondary: 1, subordinate: 5 });
    expect(factValue(at(topology, '0000:00:01.0').buses)?.secondary).toBe(6);
    const sizes = at(topology, '0000:00:00.0').resources.flatMap((r) =>
      r === undefined ? [] : [r.cpu.end - r.cpu.start],
    );
    expect(sizes).toEqual([0x1000000n, 0x40000000n]);
  });

  it('names as unknown what it does not tell, or is told to leave out', () => {
    const silent = read('peerpath-machine: 1\nhost-bridges: [{devices: [nic]}]');
    expect(silent.cpu.state).toBe('unreadable');
    expect(silent.kernel.release.state).toBe('unreadable');
    expect(silent.iommuGroups.state).toBe('unreadable');
    expect(silent.iomem.state).toBe('known');
    const told = read(
      'peerpath-machine: 1\nmissing: [iomem, resources]\niommu: none\nhost-bridges: [{devices: [nic]}]',
    );
    expect(told.iomem.state).toBe('unreadable');
    expect(told.functions[0]?.resources.state).toBe('unreadable');
    expect(told.iommuGroups).toEqual({ state: 'known', value: [] });
  });
});

function v<T>(value: T) {
  return { state: 'known', value };
}

describe('a description that makes no machine', () => {
  const HEAD = 'peerpath-machine: 1\nhost-bridges:\n  - devices:\n';
  const DEEP = `${'{kind: root-port, below: '.repeat(250)}nic${'}'.repeat(250)}`;

  it.each([
    { text: 'a: [', sentence: /^x\.yaml:1: not YAML: / },
    { text: '['.repeat(1e5), sentence: 'x.yaml:1: the description is nested too deeply' },
    { text: `a: 1\n${'- '.repeat(1e5)}`, sentence: 'x.yaml:2: the description is nested too deeply' },
    { text: '', sentence: 'x.yaml:1: the description should be a mapping' },
    { text: 'kernel: 7\n', sentence: 'x.yaml:1: begins without peerpath-machine: 1' },
    { text: 'peerpath-machine: 2\n', sentence: 'x.yaml:1: peerpath-machine is "2", which is none of 1' },
    { text: 'peerpath-machine: 1\n', sentence: 'x.yaml:1: has no host-bridges' },
    { text: 'peerpath-machine: 1\nram: 1G\n', sentence: /^x\.yaml:2: ram is not known here \(known: / },
    {
      text: `${HEAD}    - gpuu\n`,
      sentence: /^x\.yaml:4: host-bridges\[0\]\.devices\[0\] is "gpuu", which is no kind/,
    },
    {
      text: `${HEAD}    - {kind: gpu, bars: {0: 3M}}\n`,
      sentence: 'x.yaml:4: host-bridges[0].devices[0].bars.0 is "3M", not a BAR size (a power of two)',
    },
    {
      text: `${HEAD}    - {kind: gpu, bars: {0: 1G 64, 1: 4K}}\n`,
      sentence: /bars\.1 takes a register that the BAR before it has$/,
    },
    {
      text: `${HEAD}    - {kind: gpu, bars: {5: 1G 64}}\n`,
      sentence: /bars\.5 needs more registers than the header has \(6\)$/,
    },
    { text: `${HEAD}    - {kind: gpu, link: fast}\n`, sentence: /\.link is "fast", not a link such as gen5 x16/ },
    {
      text: `${HEAD}    - {kind: root-port, acs: RR XX}\n`,
      sentence: /\.acs has the word "XX", which is none of SV TB RR/,
    },
    {
      text: `${HEAD}    - {kind: root-port, below: [gpu, nic]}\n`,
      sentence: /\.below has 2 devices, and a PCI Express link leads to one/,
    },
    { text: `${HEAD}    - {kind: gpu, below: nic}\n`, sentence: /\.below is not for a gpu$/ },
    {
      text: `${HEAD}    - {kind: nic, count: 40}\n`,
      sentence: 'x.yaml:3: host-bridges[0] bus 0 has more than 32 devices',
    },
    {
      text: `${HEAD}    - {kind: nic, slot: 3}\n    - {kind: nic, slot: 3}\n`,
      sentence: 'x.yaml:3: host-bridges[0] has two functions at 0000:00:03.0',
    },
    {
      text: `${HEAD}    - {kind: gpu, bars: {0: 512T 64 pref}}\n    - {kind: gpu, count: 9, bars: {0: 512T 64 pref}}\n`,
      sentence: /needs more than 1 PiB of addresses$/,
    },
    {
      text: `${HEAD}    - {kind: gpu, count: 2, bars: {0: 2G}}\n`,
      sentence: /its 32-bit BARs and bridge windows need 4096 MiB below 4 GiB/,
    },
    { text: `${HEAD}    - {functions: [null, nic]}\n`, sentence: /functions needs a function 0$/ },
    {
      text: `${HEAD}    - {kind: nic, count: 70000}\n`,
      sentence: /count is "70000", not a whole number from 0 to 65536$/,
    },
    {
      text: `${HEAD}    - {kind: root-port, count: 300, below: {kind: switch, below: [{kind: nic, count: 300}]}}\n`,
      sentence: /makes more than 65536 functions$/,
    },
    { text: `${HEAD}    - ${DEEP}\n`, sentence: 'x.yaml:4: the description is nested too deeply' },
    {
      text: `peerpath-machine: 1\nkinds: {a: {kind: b}, b: {kind: a}}\nhost-bridges: [{devices: [a]}]\n`,
      sentence: /is "a", a kind that leads back to itself$/,
    },
    {
      text: `peerpath-machine: 1\nhost-bridges: [{bus: 4}, {bus: 4}]\n`,
      sentence: /has the root bus number 4, which another host bridge has too$/,
    },
    {
      text: `peerpath-machine: 1\nhost-bridges: [{bus: 4, devices: [root-port, root-port]}, {bus: 6}]\n`,
      sentence: /\[0\] needs bus numbers up to 6, and has them up to 5$/,
    },
    {
      text: `peerpath-machine: 1\nhost-bridges: [{memory-window: 0x100000-0x8fffff}]\n`,
      sentence: /has its window at 0x100000 where RAM is$/,
    },
    {
      text: `peerpath-machine: 1\nhost-bridges: [{behind: VMD}]\n`,
      sentence: /no endpoint before it is labelled "VMD"/,
    },
    {
      text: `${HEAD}    - {kind: switch, below: &a [{kind: switch, below: *a}]}\n`,
      sentence: /is nested too deeply$/,
    },
  ])('is refused in one sentence with its place: $sentence', ({ text, sentence }) => {
    const result = readMachineDescription(text, 'x.yaml');
    assert(!result.ok, 'refused');
    if (typeof sentence === 'string') expect(result.error.text).toBe(sentence);
    else expect(result.error.text).toMatch(sentence);
  });
});

describe('looksLikeMachineDescription', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  it.each([
    { text: 'peerpath-machine: 1\n', expected: true },
    { text: '\ufeff# a comment\n---\n\npeerpath-machine: 1\n', expected: true },
    { text: 'kernel: 7\npeerpath-machine: 1\n', expected: false },
    { text: '00:00.0 Host bridge: Intel\n', expected: false },
    { text: '', expected: false },
  ])('is $expected for $text', ({ text, expected }) => {
    expect(looksLikeMachineDescription(bytes(text))).toBe(expected);
  });
});
