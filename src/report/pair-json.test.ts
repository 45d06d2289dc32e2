import { describe, expect, test } from 'vitest';
import { capturedFunction, capturedMachine, configBytes } from '../../test/captured/captured-function.ts';
import { hideAcs } from '../../test/support/hide-acs.ts';
import { type Analysis, analyze, answerPair } from '../analyze.ts';
import { answerMapping, barMemory } from '../answers/index.ts';
import { assert, defined } from '../base/index.ts';
import { imagine, type WhatIf } from '../diagnose/index.ts';
import { readMachineDescription } from '../lab/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { deviceNames, explainJson, mapJson, type Subject } from './index.ts';

const INTEL = '{vendor: GenuineIntel, family: 6, model: Xeon}';
const ZEN = '{vendor: AuthenticAMD, family: 25, model: AMD EPYC}';

/** A GPU and a NIC below a switch whose ports have these ACS bits set, and a NIC below another root port. */
function machineOf(cpu: string, acs: string, kernel = '7.3.4'): Analysis {
  const read = readMachineDescription(
    `peerpath-machine: 1
kernel: ${kernel}
cpu: ${cpu}
memory: 16G
host-bridges:
  - numa: 0
    devices:
      - kind: root-port
        slot: 1
        below: {kind: switch, acs: ${acs}, below: [{kind: gpu, bars: {0: 16M}}, {kind: nic}]}
      - {kind: root-port, slot: 2, below: {kind: nic}}
`,
    'x.yaml',
  );
  assert(read.ok, read.ok ? '' : read.error.text);
  return analyze(read.value);
}

function subjectOf(analysis: Analysis): Subject {
  return { analysis, names: deviceNames(analysis.topology, undefined), whatIf: undefined };
}

function named({ topology }: Analysis, label: string): PciFunction {
  const names = deviceNames(topology, undefined);
  return defined(
    topology.functions.find((fn) => names.labelOf(fn) === label),
    label,
  );
}

function explained(analysis: Analysis, provider: PciFunction, client: PciFunction): object {
  return explainJson(subjectOf(analysis), answerPair(analysis, provider, client));
}

/** `map --json` of BAR 0 of the GPU. */
function mapped(analysis: Analysis, importer: string, whatIf: WhatIf, maskBits?: number): object {
  const memory = barMemory(named(analysis, 'gpu0'), 0, []);
  assert(memory.ok, 'the BAR is memory');
  const question = { memory: memory.value, importer: named(analysis, importer), variant: 'release', maskBits } as const;
  return mapJson(subjectOf(analysis), answerMapping(imagine(analysis.machine, whatIf), question));
}

describe('the document of a pair', () => {
  test('has the fix with the commands that do it and those that give each port back what it had', () => {
    const analysis = machineOf(INTEL, 'SV RR');
    expect(explained(analysis, named(analysis, 'gpu0'), named(analysis, 'nic0'))).toMatchObject({
      commonUpstream: '0000:01:00.0',
      hostBridges: [{ vendor: '0x8086', deviceId: '0x352a', entry: null }],
      packets: { verdict: 'agree' },
      verdict: {
        reasons: [
          { code: 'common-upstream-bridge', devices: ['0000:01:00.0'] },
          { code: 'acs-redirect', devices: ['0000:02:00.0', '0000:02:01.0'] },
          { code: 'host-bridge-not-listed', devices: ['0000:00:01.0'] },
        ],
      },
      fixes: [
        {
          ports: ['0000:02:00.0', '0000:02:01.0'],
          replaces: null,
          setpci: ['setpci -s 0000:02:00.0 ECAP_ACS+6.w=0:2c', 'setpci -s 0000:02:01.0 ECAP_ACS+6.w=0:2c'],
          undo: ['setpci -s 0000:02:00.0 ECAP_ACS+6.w=4:2c', 'setpci -s 0000:02:01.0 ECAP_ACS+6.w=4:2c'],
          becomes: 'PCI_P2PDMA_MAP_BUS_ADDR',
        },
      ],
    });
  });

  test('names the device whose register is missing, and how it is', () => {
    const { machine, ...rest } = machineOf(INTEL, 'SV RR');
    const analysis = { ...rest, machine: { ...machine, acs: hideAcs(machine.acs, new Set(rest.topology.functions)) } };
    expect(explained(analysis, named(analysis, 'gpu0'), named(analysis, 'nic0'))).toMatchObject({
      verdict: {
        mapType: 'unknown',
        distance: null,
        missing: [
          { fact: 'ACS control of 0000:02:00.0', device: '0000:02:00.0', how: 'hidden by a test' },
          { fact: 'ACS control of 0000:02:01.0', device: '0000:02:01.0', how: 'hidden by a test' },
        ],
      },
      fixes: [],
    });
  });

  test('names the root complex that shows the processor, and none where the processor itself was read', () => {
    const root = configBytes(256, [0, 0x22, 0x10, 0x80, 0x14], [0x0a, 0, 6]);
    const endpoints = ['00:02.0', '00:03.0'].map((address) => capturedFunction(address, configBytes(256)));
    const shown = analyze(capturedMachine([capturedFunction('00:00.0', root), ...endpoints]));
    const [, provider, client] = shown.topology.functions;
    assert(provider !== undefined && client !== undefined, 'three functions');
    const read = machineOf(ZEN, 'off');
    expect([
      explained(shown, provider, client),
      explained(read, named(read, 'gpu0'), named(read, 'nic1')),
    ]).toMatchObject([
      { verdict: { reasons: [{}, { code: 'cpu-zen', devices: ['0000:00:00.0'] }] }, commonUpstream: null },
      { verdict: { reasons: [{}, { code: 'cpu-zen', devices: [] }] }, commonUpstream: null },
    ]);
  });
});

describe('the document of a table', () => {
  test('through an IOMMU: the domain, the mask, what was supposed, and the way of the first request', () => {
    expect(mapped(machineOf(ZEN, 'off'), 'nic1', { iommu: 'dma' }, 40)).toMatchObject({
      state: 'answered',
      why: null,
      flow: 'iova',
      domain: 'DMA',
      dmaMask: '0xffffffffff',
      busOffset: '0x0',
      crash: null,
      route: [
        { at: '0000:05:00.0', side: 'sends', rule: 'sends', register: null },
        { at: '0000:00:02.0', side: 'from-below', rule: 'forward-up', register: null },
        { at: 'host bridge 0000:00', side: 'inside', rule: 'iommu-translated' },
        { rule: 'host-bridge-window' },
        { rule: 'root-complex-p2p' },
        { at: '0000:00:01.0', side: 'from-above', register: 'Memory window of 0000:00:01.0 [+0x20]' },
        { at: '0000:01:00.0' },
        { at: '0000:02:00.0' },
        { at: '0000:03:00.0', rule: 'bar', register: 'BAR0 of 0000:03:00.0 [+0x10]' },
      ],
      supposed: expect.arrayContaining(['an IOMMU of the kind amd']),
    });
  });

  test('below a mask that the routine does not look at: the table, and the defect by its name', () => {
    expect(mapped(machineOf(ZEN, 'off'), 'nic0', {}, 24)).toMatchObject({
      flow: 'bus-addr',
      domain: null,
      dmaMask: '0xffffff',
      defects: ['sg-list-never-freed', 'bus-addr-ignores-dma-mask'],
      supposed: [],
    });
  });

  test('that is refused: the error, the step and its flow, what the kernel prints, and no entry', () => {
    expect(mapped(machineOf(ZEN, 'RR'), 'nic0', { iommu: 'pt' }, 24)).toMatchObject({
      state: 'answered',
      flow: 'direct',
      errno: 'ENOMEM',
      step: expect.stringContaining('dma_direct_map_phys'),
      warns: [{ file: 'kernel/dma/direct.c', text: 'dma_direct_map_phys: DMA addr overflow' }],
      nents: 0,
      sg: [],
      origin: [],
      route: [],
      proof: null,
    });
  });

  test('that is not known: why not, and nothing in its place', () => {
    expect(mapped(machineOf(ZEN, 'RR'), 'nic0', {})).toMatchObject({
      state: 'unknown',
      why: 'not in this input; say with --iommu whether and how an IOMMU translates',
      ...{ flow: null, errno: null, step: null, crash: null, dmaMask: null, domain: null, proof: null },
    });
  });
});
