/** What-if against what real kernels answered: one boot of a machine imagined from the capture of another. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Analysis, answerAllPairs, answerPair } from '../../src/analyze.ts';
import { factValue } from '../../src/capture/index.ts';
import { imagine, pairChanges, peerBar, presentSituation, type Situation } from '../../src/diagnose/index.ts';
import { mapTypeMatrix } from '../../src/p2pdma/index.ts';
import { acsBits } from '../../src/pci/index.ts';
import { countPairs, deviceNames, devicesJson } from '../../src/report/index.ts';
import { formatBdf, kernelVersion } from '../../src/uapi/index.ts';
import { type RecordedMachine, readRecordedMachine } from './recordings.ts';

const A = ['whatif-a-on', 'whatif-a-off', 'whatif-a-config3', 'whatif-a-redirpath'];
const B = ['whatif-b-on', 'whatif-b-off', 'whatif-b-configredir'];
const PAIRS = [A, B].flatMap((set) => set.flatMap((from) => set.map((to): [string, string] => [from, to])));
const recordings = new Map<string, RecordedMachine>();

beforeAll(async () => {
  for (const name of [...A, ...B]) recordings.set(name, await readRecordedMachine(name));
});

function recording(name: string): RecordedMachine {
  const found = recordings.get(name);
  if (found === undefined) throw new Error(`no recording ${name}`);
  return found;
}

/** Control registers by address, of functions that have them. */
function controls({ machine }: Situation): Map<string, number | undefined> {
  return new Map(
    machine.topology.functions
      .filter((fn) => fn.acs.state === 'known')
      .map((fn) => [formatBdf(fn.bdf), factValue(acsBits(machine.acs, fn, 0xffff))]),
  );
}

function groupNumbers({ groups, machine }: Situation): Map<string, number> | undefined {
  if (groups?.state !== 'known') return undefined;
  return new Map(machine.topology.functions.map((fn) => [formatBdf(fn.bdf), groups.groups.of(fn)?.number ?? -1]));
}

describe('a boot with another command line', () => {
  it.each(PAIRS)('from %s: registers, groups and all pairs of %s', (from, to) => {
    const { analysis } = recording(from);
    const there = recording(to);
    const imagined = imagine(analysis.machine, { cmdline: there.cmdline });
    expect(controls(imagined)).toEqual(there.control);
    expect(groupNumbers(imagined)).toEqual(there.group);
    const recorded = answerAllPairs(there.analysis);
    expect(mapTypeMatrix(imagined.machine).cells).toEqual(recorded.cells);
  });

  it.each(PAIRS)('from %s: the way of packets of %s', (from, to) => {
    const { analysis } = recording(from);
    const there = recording(to);
    const situation = imagine(analysis.machine, { cmdline: there.cmdline });
    expect(ways({ ...analysis, machine: situation.machine, situation })).toEqual(ways(there.analysis));
  });
});

describe('devices --json of a what-if', () => {
  it.each(PAIRS)('from %s: has the registers and groups of %s, and each change as it becomes', (from, to) => {
    const { analysis } = recording(from);
    const there = recording(to);
    const report = {
      asked: '--cmdline',
      before: analysis.situation,
      after: imagine(analysis.machine, { cmdline: there.cmdline }),
    };
    const names = deviceNames(analysis.topology, undefined);
    const asked = { ...analysis, machine: report.after.machine, situation: report.after };
    const json = devicesJson({ analysis: asked, names, whatIf: report }) as DevicesJson;
    const hexOf = (bdf: string) => `0x${there.control.get(bdf)?.toString(16)}`;
    for (const { bdf, acs, iommuGroup } of json.functions) {
      expect(acs.ctrl, bdf).toBe(acs.state === 'known' ? hexOf(bdf) : null);
      const group = there.group?.get(bdf) ?? -1;
      expect(iommuGroup, bdf).toBe(group < 0 ? null : group);
    }
    const changed = [...there.control].filter(([bdf, ctrl]) => recording(from).control.get(bdf) !== ctrl);
    expect(json.changes.map(({ device, ctrl }) => [device, ctrl])).toEqual(changed.map(([bdf]) => [bdf, hexOf(bdf)]));
  });
});

interface DevicesJson {
  readonly functions: readonly {
    readonly bdf: string;
    readonly acs: { readonly state: string; readonly ctrl: string | null };
    readonly iommuGroup: number | null;
  }[];
  readonly changes: readonly { readonly device: string; readonly ctrl: string | null }[];
}

/** The way of packets between functions with memory and the next two of them, by their addresses. */
function ways(analysis: Analysis): Map<string, readonly string[]> {
  const ends = analysis.topology.functions.filter((fn) => factValue(fn.headerType) === 0 && peerBar(fn) !== undefined);
  const pairs = ends.flatMap((provider, n) => ends.slice(n + 1, n + 3).map((client) => [provider, client] as const));
  return new Map(
    pairs.map(([provider, client]) => {
      const { packets } = answerPair(analysis, provider, client);
      return [`${formatBdf(client.bdf)} to ${formatBdf(provider.bdf)}`, [...(packets?.hardware ?? ['none'])]];
    }),
  );
}

describe('the IOMMU switched on or off', () => {
  it.each([
    ['whatif-a-off', 'dma', 'whatif-a-on'],
    ['whatif-a-off', 'pt', 'whatif-a-on'],
    ['whatif-a-on', 'off', 'whatif-a-off'],
    ['whatif-b-on', 'off', 'whatif-b-off'],
  ] as const)('%s with --iommu %s is %s', (from, iommu, to) => {
    const imagined = imagine(recording(from).analysis.machine, { iommu });
    expect(controls(imagined)).toEqual(recording(to).control);
    expect(groupNumbers(imagined)).toEqual(recording(to).group);
  });

  it('counts for Linux 5.3, which refuses host bridges while an IOMMU is in use', () => {
    const { machine, topology } = recording('whatif-a-on').analysis;
    const hostBridgeIds = () => ({ vendor: 0x1022, device: 0x1450 });
    const pairs = (iommu: 'dma' | 'off') => {
      const cpu = { zen: false } as const;
      const kernel = kernelVersion(5, 3);
      const imagined = imagine(machine, { iommu, kernel, cpu, hostBridgeIds }).machine;
      return countPairs(mapTypeMatrix(imagined), topology.functions).PCI_P2PDMA_MAP_THRU_HOST_BRIDGE;
    };
    expect(pairs('dma')).toBe(0);
    expect(pairs('off')).toBeGreaterThan(0);
  });

  it('says that it supposes an IOMMU where the input shows none', () => {
    const { assumptions } = imagine(recording('whatif-a-off').analysis.machine, { iommu: 'dma' });
    expect(assumptions.map(({ code }) => code)).toContain('iommu-present');
  });
});

describe('a question that changes nothing', () => {
  it('changes no pair', () => {
    const { analysis } = recording('whatif-a-on');
    const before = answerAllPairs(analysis);
    const after = mapTypeMatrix(imagine(analysis.machine, {}).machine);
    expect(pairChanges(before, after, analysis.topology.functions)).toEqual([]);
    expect(presentSituation(analysis.machine).groups).toMatchObject({ state: 'known' });
  });
});
