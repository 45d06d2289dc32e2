/** ACS registers and IOMMU groups against what real kernels answered; recordings in test/fixtures/recordings. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readInput } from '../../src/archive/index.ts';
import { factValue } from '../../src/capture/index.ts';
import { capturedGrouping, type GroupPrediction, groupDiff, NO_GROUPS, predictGroups } from '../../src/iommu/index.ts';
import {
  type AcsSetup,
  acsControl,
  acsRequested,
  buildTopology,
  capturedAcsView,
  firmwareAcs,
  isDeviceTree,
  type MachineIommu,
  type PciTopology,
  predictAcs,
  predictedAcsView,
  runningAcsRequested,
} from '../../src/pci/index.ts';
import {
  formatBdf,
  type KernelCmdline,
  type KernelVersion,
  parseKernelCmdline,
  parseKernelRelease,
} from '../../src/uapi/index.ts';

/** What a recorded machine is, besides its capture; `uses` is false where the command line turns the IOMMU off. */
const MACHINES = {
  'whatif-a-on': { iommu: 'intel', uses: true },
  'whatif-a-off': { iommu: 'intel', uses: false },
  'whatif-a-config3': { iommu: 'intel', uses: true },
  'whatif-a-redirpath': { iommu: 'intel', uses: true },
  'whatif-b-on': { iommu: 'amd', uses: true },
  'whatif-b-off': { iommu: 'amd', uses: false },
  'whatif-b-configredir': { iommu: 'amd', uses: true },
  'convpci-intel': { iommu: 'intel', uses: true },
  'multifn-intel': { iommu: 'intel', uses: true },
  'arm-domains-smmu': { iommu: 'smmuv3', uses: true },
  'arm-pxb-efi-smmu': { iommu: 'smmuv3', uses: true },
  'arm-switch-none': { iommu: 'none', uses: false },
} as const satisfies Record<string, { iommu: MachineIommu | 'none'; uses: boolean }>;
type Name = keyof typeof MACHINES;
const NAMES = Object.keys(MACHINES) as Name[];

interface Recording {
  readonly topology: PciTopology;
  readonly kernel: KernelVersion;
  readonly cmdline: KernelCmdline;
  /** Recorded ACS Control by address, of functions that have it. */
  readonly control: ReadonlyMap<string, number>;
  /** Recorded group by address; -1 none. */
  readonly group: ReadonlyMap<string, number>;
}

const recordings = new Map<Name, Recording>();

beforeAll(async () => {
  for (const name of NAMES) recordings.set(name, await readRecording(name));
});

async function readRecording(name: Name): Promise<Recording> {
  const folder = new URL(`../fixtures/recordings/${name}/`, import.meta.url);
  const capture = await readInput(readFileSync(new URL('capture.tar.gz', folder)), name);
  if (!capture.ok) throw new Error(capture.error.text);
  const topology = buildTopology(capture.value);
  const control = new Map<string, number>();
  const group = new Map<string, number>();
  for (const line of readFileSync(new URL('answers-acs-groups.jsonl', folder), 'utf8').trim().split('\n')) {
    const answer = JSON.parse(line);
    if (answer.op === 'acs' && answer.acs_pos !== '0') control.set(answer.dev, Number.parseInt(answer.acs_ctrl, 16));
    if (answer.op === 'groups') for (const device of answer.devices) group.set(device.dev, device.group);
  }
  const { release, cmdline } = topology.capture.kernel;
  const kernel = parseKernelRelease(factValue(release) ?? '');
  if (kernel === undefined) throw new Error('no kernel release');
  const arch = name.startsWith('arm') ? 'other' : 'x86';
  return { topology, kernel, cmdline: parseKernelCmdline(factValue(cmdline) ?? '', arch), control, group };
}

function recording(name: Name): Recording {
  const found = recordings.get(name);
  if (found === undefined) throw new Error(`no recording ${name}`);
  return found;
}

function setupOf(name: Name): AcsSetup {
  const { topology, kernel, cmdline } = recording(name);
  const config = factValue(topology.capture.kernel.config);
  const facts = { iommu: MACHINES[name].iommu, kernel, cmdline, config, deviceTree: isDeviceTree(topology) };
  return { kernel, cmdline, requested: acsRequested(facts) };
}

/** Group number by address, -1 for none, as recorded. */
function numbers(prediction: GroupPrediction, topology: PciTopology): Map<string, number> {
  if (prediction.state !== 'known') throw new Error('groups are not known');
  return new Map(topology.functions.map((fn) => [formatBdf(fn.bdf), prediction.groups.of(fn)?.number ?? -1]));
}

describe('a recorded machine', () => {
  it.each(NAMES)('%s has the recorded groups, from its captured ACS registers', (name) => {
    const { topology, group } = recording(name);
    const view = capturedAcsView(topology, {
      amdIommu: MACHINES[name].iommu === 'amd',
      requested: setupOf(name).requested,
    });
    const prediction = MACHINES[name].uses ? predictGroups(topology, view) : NO_GROUPS;
    expect(numbers(prediction, topology)).toEqual(group);
    expect(capturedGrouping(topology)?.groups.map(({ members }) => members.map(({ fn }) => fn))).toEqual(
      prediction.state === 'known' ? prediction.groups.groups.map(inAddressOrder) : [],
    );
  });

  it.each(NAMES)('%s shows whether its kernel turned ACS on', (name) => {
    const { topology, kernel, cmdline } = recording(name);
    expect(runningAcsRequested(topology, kernel, cmdline)).toBe(setupOf(name).requested);
  });

  it.each([
    ['whatif-a-on', 'intel'],
    ['whatif-b-off', 'amd'],
    ['arm-domains-smmu', 'smmuv3'],
    ['whatif-a-off', undefined],
  ] as const)('%s shows the IOMMU %s', (name, iommu) => {
    expect(factValue(recording(name).topology.platform.iommu)).toBe(iommu);
  });
});

function inAddressOrder({ members }: { members: readonly { fn: PciTopology['functions'][number] }[] }) {
  return members.map(({ fn }) => fn).sort((a, b) => a.bdf - b.bdf);
}

const A = ['whatif-a-on', 'whatif-a-off', 'whatif-a-config3', 'whatif-a-redirpath'] as const;
const B = ['whatif-b-on', 'whatif-b-off', 'whatif-b-configredir'] as const;
const PAIRS = [A, B].flatMap((set) => set.flatMap((from) => set.map((to): [Name, Name] => [from, to])));

describe('one boot of a machine predicted from another', () => {
  it.each(PAIRS)('from %s: ACS and groups of %s', (from, to) => {
    const { topology } = recording(from);
    const prediction = predictAcs(topology, setupOf(to), () => acsControl(0));
    const control = [...prediction.outcomes].map(([fn, outcome]) => [formatBdf(fn.bdf), outcome.control] as const);
    expect(new Map(control)).toEqual(new Map([...recording(to).control].map(([dev, ctrl]) => [dev, acsControl(ctrl)])));
    const view = predictedAcsView(topology, prediction, MACHINES[to].iommu === 'amd');
    const groups = MACHINES[to].uses ? predictGroups(topology, view) : NO_GROUPS;
    expect(numbers(groups, topology)).toEqual(recording(to).group);
  });

  it.each(PAIRS)('from %s, without supposing what firmware left: nothing wrong about %s', (from, to) => {
    const { topology, kernel, cmdline } = recording(from);
    const running = { requested: runningAcsRequested(topology, kernel, cmdline), cmdline };
    for (const [fn, { control }] of predictAcs(topology, setupOf(to), firmwareAcs(running)).outcomes) {
      const recorded = recording(to).control.get(formatBdf(fn.bdf)) ?? 0;
      expect(recorded & control.known).toBe(control.value);
    }
  });

  it('predicts the message of the kernel', () => {
    const { outcomes } = predictAcs(recording('whatif-a-on').topology, setupOf('whatif-a-config3'), () =>
      acsControl(0),
    );
    const log = [...outcomes].flatMap(([fn, outcome]) =>
      outcome.log.map((line) => `pci ${formatBdf(fn.bdf)}: ${line}`),
    );
    expect(log).toEqual([
      'pci 0000:00:05.0: Configured ACS to 0x0040',
      'pci 0000:02:00.0: Configured ACS to 0x0010',
      'pci 0000:06:00.0: Configured ACS to 0x000d',
    ]);
  });

  it('tells who loses isolation from whom when redirect goes off at one port', () => {
    const { topology } = recording('whatif-a-on');
    const groupsOf = (name: Name) => {
      const prediction = predictAcs(topology, setupOf(name), () => acsControl(0));
      const groups = predictGroups(topology, predictedAcsView(topology, prediction, false));
      if (groups.state !== 'known') throw new Error('groups are not known');
      return groups.groups;
    };
    const { merged, split } = groupDiff(groupsOf('whatif-a-on'), groupsOf('whatif-a-redirpath'));
    expect(merged.map(({ parts }) => parts.map((part) => part.map((fn) => formatBdf(fn.bdf))))).toEqual([
      [['0000:06:01.0'], ['0000:08:00.0']],
    ]);
    expect(split).toEqual([]);
  });
});
