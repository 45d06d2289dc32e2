import { describe, expect, it } from 'vitest';
import { rawText } from '../../base/index.ts';
import { makeBdf } from '../../uapi/index.ts';
import {
  type CapturePart,
  ConfigSpace,
  Evidence,
  joinParts,
  known,
  type PartFunction,
  type PassageKind,
  splitMachines,
  unreadable,
} from '../index.ts';

const BDF = makeBdf(0, 1, 0);

function part(passage: PassageKind, facts: Partial<PartFunction>, more: Partial<CapturePart> = {}): CapturePart {
  const source = `${passage}.txt`;
  return { origin: { source, passage, line: 1 }, functions: [{ bdf: BDF, line: 7, ...facts }], findings: [], ...more };
}

function joined(...parts: readonly CapturePart[]) {
  const result = joinParts(parts);
  if (!result.ok) throw new Error(result.error.text);
  return result.value;
}

describe('joinParts', () => {
  it('takes what is known before what is not, whichever part comes first', () => {
    const names = part('lspci', { vendor: unreadable('printed by name only') });
    const ids = part('kernel-log', { vendor: known(0x10de) });
    for (const parts of [
      [names, ids],
      [ids, names],
    ]) {
      expect(joined(...parts).functions[0]?.vendor).toEqual(known(0x10de));
    }
  });

  it('a register stands above a line of the log, and a finding names both places, which counts, and why', () => {
    const { functions, findings } = joined(
      part('kernel-log', { iommuGroup: known(12, { line: 300 }) }),
      part('lspci', { iommuGroup: known(13) }),
    );
    expect(functions[0]?.iommuGroup).toMatchObject({ value: 13 });
    expect(findings).toEqual([
      {
        code: 'sources-disagree',
        severity: 'notice',
        where: '0000:01:00.0',
        text: 'IOMMU group: lspci.txt:7 says 13, kernel-log.txt:300 says 12; the first counts: a register stands above a line of the kernel log',
      },
    ]);
  });

  it('gathers the names of a function from all sources, each once, and from labels that stand beside its address', () => {
    const nic = { kind: 'rdma', name: rawText('mlx5_0') } as const;
    const labels = [
      { label: 'GPU3', bdf: BDF, kind: 'gpu', givenBy: 'nvidia' } as const,
      { label: 'GPU4', bdf: undefined, kind: 'gpu', givenBy: 'nvidia' } as const,
      { label: 'NIC0', bdf: BDF, kind: 'nic' } as const,
    ];
    const { functions } = joined(
      part('sysfs', { systemNames: [nic] }),
      part('nccl-log', { systemNames: [nic, { kind: 'netdev', name: rawText('eth0') }] }),
      part('gpu-topology', {}, { labels }),
    );
    expect(functions[0]?.systemNames).toEqual([
      nic,
      { kind: 'netdev', name: rawText('eth0') },
      { kind: 'nvidia', name: 'GPU3' },
    ]);
  });

  it('of two kernel logs the last counts', () => {
    const both = [1, 2].map((group) => part('kernel-log', { iommuGroup: known(group) }));
    expect(joined(...both).functions[0]?.iommuGroup).toMatchObject({ value: 2 });
  });

  it('what is stated stands above what is inferred, without a word of disagreement', () => {
    const { functions, findings } = joined(
      part('lspci', { vendor: known(1, { inferredFrom: 'its name' }) }),
      part('kernel-log', { vendor: known(2) }),
    );
    expect([functions[0]?.vendor, findings]).toEqual([known(2), []]);
  });

  it('adds up the bits of registers; the stronger part counts where both know one', () => {
    const bits = (bytes: number[], mask: number[]) =>
      new ConfigSpace(Uint8Array.from(bytes), { mask: Uint8Array.from(mask), whyUnknown: 'cut' });
    const { functions } = joined(
      part('kernel-log', { config: bits([0xff, 0xff, 0xaa], [0xf0, 0x0f, 0xff]) }),
      part('lspci', { config: bits([0x12, 0x34], [0xff, 0xf0]) }),
    );
    const config = functions[0]?.config;
    expect([config?.read8(0), config?.read8(1), config?.read8(2)]).toEqual([0x12, 0x3f, 0xaa]);
  });

  it('registers of two parts that make a whole one are whole; those that leave bits open are not', () => {
    const bits = (bytes: number[], mask: number[]) =>
      new ConfigSpace(Uint8Array.from(bytes), { mask: Uint8Array.from(mask), whyUnknown: 'cut' });
    const low = part('lspci', { config: bits([0x12, 0x34], [0xff, 0]) });
    const both = joined(low, part('kernel-log', { config: bits([0, 0x56], [0, 0xff]) })).functions[0]?.config;
    expect([both?.mask, both?.read16(0)]).toEqual([undefined, 0x5612]);
    const open = joined(low, part('kernel-log', { config: bits([0, 0x56], [0, 0xf0]) })).functions[0]?.config;
    expect([open?.mask, open?.read16(0)]).toEqual([Uint8Array.of(0xff, 0xf0), undefined]);
  });

  it('where capabilities lie is told by either part, and by the stronger where both tell', () => {
    const placed = (offset: number) =>
      new ConfigSpace(Uint8Array.of(1), {
        mask: Uint8Array.of(1),
        whyUnknown: 'cut',
        places: { standard: new Map([[offset, 0x10]]), extended: new Map([[0x0d, offset]]) } as never,
      });
    const bare = new ConfigSpace(Uint8Array.of(2), { mask: Uint8Array.of(2), whyUnknown: 'cut' });
    const extended = (...configs: readonly [PassageKind, ConfigSpace][]) =>
      joined(...configs.map(([passage, config]) => part(passage, { config }))).functions[0]?.config.places?.extended;
    expect(extended(['lspci', bare], ['kernel-log', placed(0x140)])).toEqual(new Map([[0x0d, 0x140]]));
    expect(extended(['lspci', placed(0x100)], ['kernel-log', bare])).toEqual(new Map([[0x0d, 0x100]]));
    expect(extended(['lspci', placed(0x100)], ['kernel-log', placed(0x140)])).toEqual(new Map([[0x0d, 0x100]]));
  });

  it('devices that a printed name can stand for are kept from whichever part tells them', () => {
    const { functions } = joined(part('lspci', {}), part('lspci-tree', { namedDevices: [0x1533, 0x1539] }));
    expect(functions[0]?.namedDevices).toEqual([0x1533, 0x1539]);
    expect(Object.keys(joined(part('lspci', {}), part('lspci-tree', {})).functions[0] ?? {})).not.toContain(
      'systemNames',
    );
  });

  it.each([
    ['a dump beside text is a dump', ['lspci-text', 'lspci-hex'], 'lspci-hex'],
    ['text alone is text', ['lspci-text'], 'lspci-text'],
    ['files of the kernel stay what they are', ['sysfs', 'lspci-hex'], 'sysfs'],
    ['text without lspci is a report', [], 'report'],
  ] as const)('%s', (_what, kinds, expected) => {
    const parts = kinds.map((sourceKind) => part('lspci', {}, { sourceKind }));
    expect(joined(...(parts.length > 0 ? parts : [part('kernel-log', {})])).source.kind).toBe(expected);
  });

  it.each([
    ['no group is listed', [], ['unreadable', 'unreadable']],
    ['the numbers are all there', [0, 1], ['absent', 'absent']],
    ['a number is missing', [0, 2], ['unreadable', 'absent']],
  ] as const)('the root complex of AMD and the IOMMU, where %s', (_what, groups, expected) => {
    const at = (device: number, facts: Partial<PartFunction>): PartFunction => ({
      bdf: makeBdf(0, 0, 8 * device),
      line: device,
      iommuGroup: unreadable('not listed'),
      vendor: known(0x1022),
      ...facts,
    });
    const { functions } = joined({
      ...part('lspci', {}),
      functions: [
        at(0, { classCode: known(0x060000) }),
        at(1, { classCode: known(0x080600) }),
        ...groups.map((group, index) => at(2 + index, { iommuGroup: known(group), classCode: known(0x020000) })),
        at(9, { classCode: known(0x020000) }),
      ],
    });
    expect(functions.slice(0, 2).map(({ iommuGroup }) => iommuGroup.state)).toEqual(expected);
    expect(functions.at(-1)?.iommuGroup.state).toBe('unreadable');
  });

  it('refuses other devices at one address, and names both places', () => {
    const result = joinParts([
      part('lspci', { vendor: known(0x10de), device: known(0x2330) }),
      part('kernel-log', { vendor: known(0x15b3), device: known(0x1021) }),
    ]);
    expect(result.ok ? '' : result.error.text).toBe(
      'at 0000:01:00.0 there is 10de:2330 in lspci.txt:7 and 15b3:1021 in kernel-log.txt:7: they are of two machines',
    );
  });

  it('a function that fell off the bus is no other device', () => {
    const gone = part('lspci', { vendor: known(0xffff), device: known(0xffff) });
    expect(joinParts([gone, part('kernel-log', { vendor: known(0x15b3), device: known(0x1021) })]).ok).toBe(true);
  });

  it.each([
    ['the strongest first', (parts: readonly PassageKind[]) => parts],
    ['the weakest first', (parts: readonly PassageKind[]) => parts.toReversed()],
  ])('passages count by how near they are to the running machine, equal ones as given: %s', (_order, arranged) => {
    const strengths: readonly (readonly PassageKind[])[] = [
      ['generated', 'sysfs'],
      ['lspci', 'cmdline', 'kernel-version', 'cpuinfo', 'iomem', 'kernel-config', 'rdma-topo'],
      ['acs-values', 'lspci-tree', 'iommu-groups'],
      ['kernel-log'],
      ['hwloc', 'topology-xml'],
      ['device-list', 'gpu-topology', 'nccl-log'],
      ['peer-distance'],
      ['boot-configuration'],
    ];
    const capture = joined(...arranged(strengths.flat()).map((passage) => part(passage, {})));
    const told = new Evidence(capture).mentionsOf(BDF).map(({ passage }) => passage);
    expect(told).toEqual(strengths.flatMap((equal) => arranged(equal)));
  });

  it('tells where a fact comes from', () => {
    const capture = joined(
      part('lspci', { numaNode: known(1) }),
      part('kernel-log', { numaNode: known(0), iommuGroup: known(3, { line: 99 }) }),
    );
    const evidence = new Evidence(capture);
    expect(evidence.ofFact(BDF, 'numaNode')).toMatchObject({ source: 'lspci.txt', line: 7 });
    expect(evidence.ofFact(BDF, 'iommuGroup')).toMatchObject({ source: 'kernel-log.txt', line: 99 });
    expect(evidence.ofFact(BDF, 'driver')).toBeUndefined();
  });
});

describe('splitMachines', () => {
  const gpu = { vendor: known(0x10de), device: known(0x2330) };
  const nic = { vendor: known(0x15b3), device: known(0x1021) };

  it('tells two listings with other devices at one address apart', () => {
    const parts = [part('lspci', gpu), part('lspci', nic)];
    expect(splitMachines(parts).machines).toEqual([[parts[0]], [parts[1]]]);
  });

  it('leaves out a log that contradicts registers, with a finding', () => {
    const parts = [part('kernel-log', nic), part('lspci', gpu)];
    const { machines, findings } = splitMachines(parts);
    expect(machines).toEqual([[parts[1]]]);
    expect(findings.map(({ code }) => code)).toEqual(['passage-left-out']);
  });

  it('never joins parts of two hosts', () => {
    const parts = ['alpha', 'beta'].map((host) => part('kernel-log', gpu, { host }));
    expect(splitMachines(parts).machines).toHaveLength(2);
  });

  it('gives what names no function to the machine of its host, or to the one in whose place it stands', () => {
    const release = (line: number, host?: string): CapturePart => ({
      origin: { source: 'mail', passage: 'kernel-version', line },
      kernel: { release: known('6.1') },
      findings: [],
      ...(host === undefined ? {} : { host }),
    });
    const at = (line: number, facts: Partial<PartFunction>, host?: string): CapturePart => ({
      ...part('lspci', facts, host === undefined ? {} : { host }),
      origin: { source: 'mail', passage: 'lspci', line },
    });
    const [alpha, beta, ofBeta] = [at(1, gpu, 'alpha'), at(5, nic, 'beta'), release(9, 'beta')];
    expect(splitMachines([alpha, beta, ofBeta])).toEqual({ machines: [[alpha], [beta, ofBeta]], findings: [] });
    // As many as machines: each is of the machine that comes in the same place, whatever order the parts are given in.
    const [first, second, one, other] = [at(2, gpu), at(12, nic), release(1), release(11)];
    const { machines, findings } = splitMachines([second, other, first, one]);
    expect([machines, findings]).toEqual([
      [
        [first, one],
        [second, other],
      ],
      [],
    ]);
  });

  it('gives a kernel release to no machine where it is not known to which', () => {
    const release: CapturePart = {
      origin: { source: 'mail', passage: 'kernel-version', line: 3 },
      kernel: { release: known('6.1') },
      findings: [],
    };
    const { machines, findings } = splitMachines([release, part('lspci', gpu), part('lspci', nic)]);
    expect(machines.flat()).not.toContain(release);
    expect(findings).toHaveLength(1);
  });
});
