import { describe, expect, it } from 'vitest';
import { type Analysis, analyze } from '../../analyze.ts';
import { assert, defined } from '../../base/index.ts';
import { readMachineDescription } from '../../lab/index.ts';
import { calcMapTypeAndDist } from '../../p2pdma/index.ts';
import { deviceKind, type PciFunction } from '../../pci/index.ts';
import { faultsOfPair, HARDWARE_FAULTS, machineFaults } from './index.ts';

function described(
  devices: string,
  rest = 'cpu: {vendor: AuthenticAMD, family: 26, model: AMD EPYC}',
  bridge = '1022:153a',
): Analysis {
  const read = readMachineDescription(
    `peerpath-machine: 1
kernel: 6.17.0
memory: 16G
${rest}
host-bridges:
  - devices:
      - {kind: host-bridge, slot: 0, id: "${bridge}"}
${devices}
`,
    'x.yaml',
  );
  assert(read.ok, read.ok ? '' : read.error.text);
  return analyze(read.value);
}

function switchOf(id: string, options: string, ...below: readonly string[]): string {
  return `      - {kind: root-port, below: {kind: switch, id: "${id}", ${options}, below: [${below.join(', ')}]}}`;
}

const GPU = '{kind: gpu}';

function names(analysis: Analysis): string[] {
  return machineFaults(analysis.machine).map(({ fault }) => fault.name);
}

function gpus({ topology }: Analysis): PciFunction[] {
  return topology.functions.filter((fn) => deviceKind(fn) === 'gpu');
}

describe('the table', () => {
  it.each(HARDWARE_FAULTS.map((fault) => [fault.name, fault] as const))(
    '%s says where it is written, and when',
    (_, fault) => {
      expect(fault.sources.length).toBeGreaterThan(0);
      for (const { url, date } of fault.sources) {
        expect(url).toMatch(/^https:\/\/[^ ]+$/);
        expect(date).toMatch(/^20\d\d(?:-\d\d-\d\d)?$/);
      }
      expect(fault.part.length).toBeGreaterThan(0);
    },
  );

  it('has at least 15 rows, each with a name of its own', () => {
    expect(new Set(HARDWARE_FAULTS.map(({ name }) => name)).size).toBe(HARDWARE_FAULTS.length);
    expect(HARDWARE_FAULTS.length).toBeGreaterThanOrEqual(15);
  });
});

describe('writes through one uplink to two root ports', () => {
  const pex = '1000:c030';
  it.each([
    ['two writers, two other root ports with GPUs', [2, 1, 1], ['pex890xx-posted-writes']],
    ['one writer a switch', [1, 1, 1], []],
    ['two writers, one other root port', [2, 1], []],
  ])('%s', (_, counts, expected) => {
    const switches = counts.map((count) => switchOf(pex, 'acs: off', ...Array.from({ length: count }, () => GPU)));
    const analysis = withRevision(described(switches.join('\n')), 0xb0);
    expect(names(analysis)).toEqual(expected);
  });

  it('not of another revision', () => {
    const switches = [2, 1, 1].map((count) => switchOf(pex, 'acs: off', ...Array.from({ length: count }, () => GPU)));
    expect(names(withRevision(described(switches.join('\n')), 0xa0))).toEqual([]);
  });
});

/** The machine with one revision in all its functions. */
function withRevision(analysis: Analysis, value: number): Analysis {
  for (const fn of analysis.topology.functions) Object.assign(fn.ids, { revision: { state: 'known', value } });
  return analysis;
}

describe('a switch that redirects', () => {
  it.each([
    ['redirect on', 'acs: SV RR CR UF', ['plx-redirect']],
    ['redirect off', 'acs: off', []],
    ['source validation alone', 'acs: SV', []],
  ])('%s', (_, acs, expected) => {
    const analysis = described(switchOf('10b5:8747', acs, GPU, GPU));
    expect(names(analysis)).toEqual(expected);
    const [a, b] = gpus(analysis);
    const verdict = calcMapTypeAndDist(analysis.machine, defined(a, 'a GPU'), defined(b, 'another'));
    expect(faultsOfPair(analysis.machine, verdict).map(({ fault }) => fault.name)).toEqual(expected);
  });

  it('not to a pair that does not meet below it', () => {
    const analysis = described(
      [switchOf('10b5:8747', 'acs: SV RR CR UF', GPU), `      - {kind: root-port, below: ${GPU}}`].join('\n'),
    );
    expect(names(analysis)).toEqual([]);
  });
});

describe('a root complex', () => {
  const intel = 'cpu: {vendor: GenuineIntel, family: 6, model: Core}';
  const apart = [`      - {kind: root-port, below: ${GPU}}`, `      - {kind: root-port, below: ${GPU}}`].join('\n');
  it('matters to a pair that turns in it, also where drivers do not ask Linux', () => {
    expect(names(described(apart, intel, '8086:7d1b'))).toEqual(['arrow-lake-reads']);
  });
  it('is told of a refused pair only where somebody asks for the pair', () => {
    const analysis = described(apart, intel, '8086:4c43');
    expect(names(analysis)).toEqual([]);
    const [a, b] = gpus(analysis);
    const verdict = calcMapTypeAndDist(analysis.machine, defined(a, 'a GPU'), defined(b, 'another'));
    expect(faultsOfPair(analysis.machine, verdict).map(({ fault }) => fault.name)).toEqual([
      'rocket-lake-root-complex',
    ]);
  });
  it('does not matter to a pair below one switch', () => {
    expect(names(described(switchOf('1b21:1806', 'acs: off', GPU, GPU), intel, '8086:7d1b'))).toEqual([]);
  });
});

describe('chipset switches without ACS', () => {
  const chipset = (acs: string): Analysis =>
    described(switchOf('1022:43f5', `acs: ${acs}`, '{kind: nvme}', '{kind: nic}'));
  it('are found where their downstream ports have none, and not where they have', () => {
    const [found, ...others] = machineFaults(chipset('none').machine);
    expect(others).toEqual([]);
    expect(defined(found, 'a fault').fault).toMatchObject({ name: 'amd-chipset-without-acs', harm: 'isolation' });
    expect(found?.parts.map(deviceKind)).toEqual(['switch-downstream', 'switch-downstream']);
    expect(names(chipset('off'))).toEqual([]);
  });
});
