import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Analysis, analyze } from '../../src/analyze.ts';
import { assert, defined } from '../../src/base/index.ts';
import { GOALS, type GoalCheck, type GoalName, type GoalState, judgeGoal } from '../../src/diagnose/index.ts';
import { readMachineDescription } from '../../src/lab/index.ts';
import { deviceNames, GOAL_SOURCES, goalSheet, PLAIN, sheetText } from '../../src/report/index.ts';
import { randomServer } from './random-server.ts';

interface Options {
  readonly kernel?: string;
  readonly iommu?: string;
  readonly config?: string;
  readonly acs?: string;
  readonly gpu?: string;
  readonly nic?: string;
}

/** AMD Zen: a switch with a GPU, an adapter and a disk. */
function described(options: Options = {}): Analysis {
  const { kernel = '6.19.0', iommu = 'none', acs = 'off', gpu = 'driver: nvidia', nic = 'driver: mlx5_core' } = options;
  const {
    config = 'CONFIG_PCI_P2PDMA: y, CONFIG_DMABUF_MOVE_NOTIFY: y, CONFIG_HSA_AMD_P2P: y, CONFIG_VFIO_PCI_DMABUF: y',
  } = options;
  const read = readMachineDescription(
    `peerpath-machine: 1
kernel: ${kernel}
cpu: {vendor: AuthenticAMD, family: 25, model: AMD EPYC}
memory: 16G
iommu: ${iommu}
config: {${config}}
host-bridges:
  - devices:
      - {kind: host-bridge, slot: 0, id: "1022:14d8"}
      - kind: root-port
        below:
          kind: switch
          acs: ${acs}
          below: [{kind: gpu, ${gpu}}, {kind: nic, ${nic}}, {kind: nvme, driver: nvme}]
`,
    'x.yaml',
  );
  assert(read.ok, read.ok ? '' : read.error.text);
  return analyze(read.value);
}

function stateOf(analysis: Analysis, name: GoalName, check: GoalCheck): GoalState {
  const goal = defined(
    GOALS.find((each) => each.name === name),
    'a goal',
  );
  const item = judgeGoal(analysis.situation, goal).items.find((each) => each.check === check);
  return defined(item, 'a check of this goal').state;
}

describe('the kernel of a goal', () => {
  it.each<[GoalName, string, string]>([
    ['gpudirect-rdma', '5.11.0', '5.12.0'],
    ['gpudirect-storage', '6.1.0', '6.2.0'],
    ['nvme-p2p', '4.19.0', '4.20.0'],
    ['dma-buf', '6.18.0', '6.19.0'],
    ['rocm-p2p', '5.19.0', '6.0.0'],
  ])('%s: Linux %s is too old, %s is new enough', (goal, before, first) => {
    expect(stateOf(described({ kernel: before }), goal, 'kernel-release')).toBe('fails');
    expect(stateOf(described({ kernel: first }), goal, 'kernel-release')).toBe('holds');
  });
});

describe('faults that others met', () => {
  it('count where a pair of the goal meets them: those between GPUs are none of a disk with an adapter', () => {
    const cards = 'driver: nvidia, id: "10de:2330"';
    const two = described({ gpu: `${cards}}, {kind: gpu, ${cards}`, iommu: 'amd', acs: 'SV RR CR UF' });
    expect(stateOf(two, 'rocm-p2p', 'devices')).toBe('fails');
    expect(stateOf(two, 'dma-buf', 'known-faults')).toBe('fails');
    expect(stateOf(two, 'gpudirect-rdma', 'known-faults')).toBe('holds');
    expect(stateOf(two, 'nvme-p2p', 'known-faults')).toBe('holds');
  });
});

describe('a requirement', () => {
  it.each<[string, Options, GoalName, GoalCheck, GoalState]>([
    ['a kernel that is new enough', {}, 'gpudirect-rdma', 'kernel-release', 'holds'],
    ['a kernel that is too old', { kernel: '5.4.0' }, 'gpudirect-rdma', 'kernel-release', 'fails'],
    ['an option that is set', {}, 'gpudirect-storage', 'CONFIG_PCI_P2PDMA', 'holds'],
    ['an option that is not', { config: 'CONFIG_PCI_P2PDMA: n' }, 'gpudirect-storage', 'CONFIG_PCI_P2PDMA', 'fails'],
    [
      'an option that the input does not tell',
      { config: 'CONFIG_X: y' },
      'dma-buf',
      'CONFIG_VFIO_PCI_DMABUF',
      'unknown',
    ],
    ['no IOMMU', {}, 'gpudirect-rdma', 'iommu-not-translating', 'holds'],
    ['pass-through', { iommu: '{kind: amd, type: identity}' }, 'gpudirect-rdma', 'iommu-not-translating', 'holds'],
    ['a translating IOMMU', { iommu: 'amd' }, 'gpudirect-rdma', 'iommu-not-translating', 'fails'],
    ['an IOMMU for virtual machines', { iommu: 'amd' }, 'passthrough', 'iommu-in-use', 'holds'],
    ['none for virtual machines', {}, 'passthrough', 'iommu-in-use', 'fails'],
    ['no redirect', {}, 'gpudirect-rdma', 'acs', 'holds'],
    ['redirect', { acs: 'SV RR CR UF' }, 'gpudirect-rdma', 'acs', 'fails'],
    ['groups of one switch without ACS', { iommu: 'amd', acs: 'none' }, 'passthrough', 'groups', 'fails'],
    ['drivers that are bound', {}, 'gpudirect-rdma', 'driver', 'holds'],
    ['a GPU given to a virtual machine', { gpu: 'driver: vfio-pci' }, 'gpudirect-rdma', 'driver', 'fails'],
    ['an idle GPU', { gpu: 'driver: nvidia, link: gen1 x16 of gen4 x16' }, 'gpudirect-rdma', 'links', 'holds'],
    ['a slow adapter', { nic: 'driver: mlx5_core, link: gen1 x8 of gen3 x8' }, 'gpudirect-rdma', 'links', 'fails'],
    ['two devices', {}, 'gpudirect-rdma', 'devices', 'holds'],
    ['one GPU alone', { gpu: 'id: "1002:744c"' }, 'rocm-p2p', 'devices', 'fails'],
    ['two GPUs of AMD', { gpu: 'id: "1002:744c"}, {kind: gpu, id: "1002:744c"' }, 'rocm-p2p', 'devices', 'holds'],
    [
      'two GPUs of another maker',
      { gpu: 'id: "10de:2330"}, {kind: gpu, id: "10de:2330"' },
      'rocm-p2p',
      'devices',
      'fails',
    ],
    [
      'a BAR that could be larger',
      { gpu: 'id: "1002:744c", bars: {0: 256M 64 pref}, rebar: {0: [256M, 1G]}' },
      'rocm-p2p',
      'bar',
      'fails',
    ],
    ['disks without memory to share', {}, 'nvme-p2p', 'peer-memory', 'fails'],
  ])('%s', (_, options, goal, check, state) => {
    expect(stateOf(described(options), goal, check)).toBe(state);
  });
});

describe('every goal', () => {
  const document = readFileSync(fileURLToPath(new URL('../../docs/goals.md', import.meta.url)), 'utf8');
  it.each(GOALS.map(({ name }) => [name] as const))('%s: its sources stand in the document', (name) => {
    expect(GOAL_SOURCES[name].length).toBeGreaterThan(0);
    for (const url of GOAL_SOURCES[name]) expect(document).toContain(url);
  });

  it.each(GOALS.map((goal) => [goal.name, goal] as const))(
    '%s: a sheet that fits a screen, on machines of every shape',
    (_, goal) => {
      for (let seed = 1; seed <= 6; seed++) {
        const analysis = randomServer(seed, { functions: 120, missing: true });
        const subject = { analysis, names: deviceNames(analysis.topology, undefined), whatIf: undefined };
        const judgement = judgeGoal(analysis.situation, goal);
        expect(judgement.items.map(({ check }) => check)).toEqual(goal.checks);
        const lines = sheetText(goalSheet(subject, judgement), PLAIN).split('\n');
        const open = judgement.items.some(({ state }) => state !== 'holds');
        expect(lines.includes('What shows it on the machine')).toBe(open);
        expect(lines.length).toBeLessThanOrEqual(45);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
      }
    },
  );
});
