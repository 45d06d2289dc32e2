/** `verify` on recorded machines: it finds nothing wrong with them, and everything that is changed in them. */
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { defined, rawText, unshown } from '../src/base/index.ts';
import {
  type CapturedFunction,
  ConfigSpace,
  factValue,
  type KernelPairAnswer,
  known,
  type MachineCapture,
  resourceAt,
} from '../src/capture/index.ts';
import { verifyMachine } from '../src/diagnose/index.ts';
import { p2pdmaMachine } from '../src/p2pdma/index.ts';
import { buildTopology } from '../src/pci/index.ts';
import { IORESOURCE_MEM, parseBdf } from '../src/uapi/index.ts';
import { loadCapture } from './load-capture.ts';
import { findScenarios, readRecording } from './recording.ts';
import { RECORDINGS } from './recordings-folder.ts';

const verify = (capture: MachineCapture) => verifyMachine(p2pdmaMachine(buildTopology(capture), {}));

/** One of each kind of machine. */
const MACHINES = [
  ...['acsswitch-intel', 'n03', 'n04', 's01', 'switch-amd', 'switch-intel-pt', 'whatif-b-on'],
  ...['bigbar-none', 'arm-domains-smmu', 'arm-split-smmu'],
];

describe('recorded machines are as predicted', () => {
  const folders = findScenarios(RECORDINGS).filter((_, index) => index % 4 === 0);
  test.each(folders.map((folder) => [folder.slice(RECORDINGS.length + 1), folder]))('%s', async (_, folder) => {
    const { facts, unexplained } = verify(await loadCapture(folder, 'archive'));
    expect(unexplained).toEqual([]);
    expect(facts.length).toBeGreaterThan(50);
  });

  test.each([
    ['acsswitch-intel-setpci0', 'changed-after-boot', 5],
    ['acsswitch-none-setpci', 'firmware', 1],
  ])('%s: registers written by hand are explained as %s', async (name, cause, count) => {
    const { differences } = verify(await loadCapture(join(RECORDINGS, name), 'archive'));
    expect(differences.map((fact) => [fact.kind, fact.cause])).toEqual(Array(count).fill(['acs-control', cause]));
  });
});

describe("a kernel's own answers", () => {
  test.each(['acsswitch-intel', 'n03', 'n04', 'switch-none@6.19.14', 'whatif-b-on'])(
    '%s: all as predicted',
    async (name) => {
      const { capture, pairs } = await withAnswers(name);
      const { facts, differences } = verify(capture);
      expect(differences).toEqual([]);
      expect(facts.filter(({ kind }) => kind === 'kernel-answer').length).toBeGreaterThan(pairs.length - 1);
    },
  );

  test('of the module itself, in a capture', async () => {
    const { facts, differences } = verify(await loadCapture(join(RECORDINGS, 'oracle-acsswitch-amd'), 'archive'));
    expect(differences).toEqual([]);
    expect(facts.filter(({ kind }) => kind === 'kernel-answer').length).toBe(240);
  });

  test('one that differs is found, and nothing explains it', async () => {
    const { capture } = await withAnswers('acsswitch-intel', (pair) => ({ ...pair, distance: pair.distance + 1 }));
    const { unexplained } = verify(capture);
    expect(unexplained).toHaveLength(1);
    expect(unexplained[0]).toMatchObject({ kind: 'kernel-answer' });
  });
});

/** The capture of a recording with the answers of its kernel beside it; `change` is done to the first of them. */
async function withAnswers(
  name: string,
  change: (pair: KernelPairAnswer) => KernelPairAnswer = (pair) => pair,
): Promise<{ readonly capture: MachineCapture; readonly pairs: readonly KernelPairAnswer[] }> {
  const folder = join(RECORDINGS, name);
  const capture = await loadCapture(folder, 'archive');
  const { answers } = readRecording(folder);
  const types = { 2: 'no', 3: 'bus', 4: 'through' } as const;
  const pairs = answers.flatMap((answer): KernelPairAnswer[] => {
    const provider = parseBdf(String(answer['provider']));
    const client = parseBdf(String(answer['client'] ?? answer['importer']));
    const undisguised = answer['host_id'] === '-' && answer['distance'] !== undefined;
    if (!undisguised || provider === undefined || client === undefined) return [];
    return [
      { provider, client, distance: Number(answer['distance']), mapType: types[Number(answer['map_type']) as 2] },
    ];
  });
  const [first, ...others] = pairs;
  const changed = [change(defined(first, 'a pair')), ...others];
  const [part, ...rest] = capture.parts;
  const told = {
    ...defined(part, 'a part'),
    answers: { release: undefined, pairs: changed, functions: [], windows: [] },
  };
  return { capture: { ...capture, parts: [told, ...rest] }, pairs };
}

/** A change of one thing; undefined where the machine has none of the kind. `at` picks which, 0 ... 1. */
type Tampering = (capture: MachineCapture, at: number) => MachineCapture | undefined;

function pick<T>(all: readonly T[], at: number): T | undefined {
  return all[Math.floor(at * all.length)];
}

function changeFunction(
  capture: MachineCapture,
  at: number,
  may: (fn: CapturedFunction) => boolean,
  change: (fn: CapturedFunction) => CapturedFunction,
): MachineCapture | undefined {
  const chosen = pick(capture.functions.filter(may), at);
  if (chosen === undefined) return undefined;
  return { ...capture, functions: capture.functions.map((fn) => (fn === chosen ? change(fn) : fn)) };
}

const isPhysical = ({ physfn }: CapturedFunction): boolean => physfn.state !== 'known';
const isBridge = ({ config }: CapturedFunction): boolean => ((config.read8(0x0e) ?? 0) & 0x7f) === 1;

function withByte(fn: CapturedFunction, offset: number, change: (byte: number) => number): CapturedFunction {
  const bytes = fn.config.bytes.slice();
  bytes[offset] = change(bytes[offset] ?? 0) & 0xff;
  return { ...fn, config: new ConfigSpace(bytes, { whyUnknown: fn.config.whyUnknown, size: fn.config.size }) };
}

/** Offset of the ACS capability, 0 without. */
function acsAt({ config }: CapturedFunction): number {
  for (let at = 0x100; at >= 0x100; ) {
    const header = config.read32(at) ?? 0;
    if ((header & 0xffff) === 0x0d) return at;
    at = header >>> 20;
  }
  return 0;
}

const TAMPERINGS: Readonly<Record<string, Tampering>> = {
  'a bit of ACS Control': (capture, at) =>
    changeFunction(
      capture,
      at,
      (fn) => acsAt(fn) !== 0,
      (fn) => withByte(fn, acsAt(fn) + 6, (byte) => byte ^ (pick([1, 4, 8, 0x10], (at * 997) % 1) ?? 1)),
    ),
  'a BAR register': (capture, at) =>
    changeFunction(
      capture,
      at,
      (fn) => isPhysical(fn) && !isBridge(fn) && (fn.config.read32(0x10) ?? 0) > 0x1_0000,
      (fn) => withByte(fn, 0x12, (byte) => byte ^ 0x10),
    ),
  'the memory base of a bridge': (capture, at) =>
    changeFunction(
      capture,
      at,
      (fn) => isBridge(fn) && (resourceAt(fn.resources, 14)?.flags ?? 0) !== 0,
      (fn) => withByte(fn, 0x21, (byte) => byte ^ 0x01),
    ),
  'a secondary bus': (capture, at) =>
    changeFunction(capture, at, isBridge, (fn) => withByte(fn, 0x19, (byte) => byte ^ 0x40)),
  'a vendor': (capture, at) => changeFunction(capture, at, isPhysical, (fn) => withByte(fn, 0, (byte) => byte ^ 0x01)),
  'a class': (capture, at) =>
    changeFunction(capture, at, isPhysical, (fn) => withByte(fn, 0x0b, (byte) => byte ^ 0x02)),
  'a resource of the kernel': (capture, at) =>
    changeFunction(
      capture,
      at,
      (fn) => isPhysical(fn) && ((resourceAt(fn.resources, 0)?.flags ?? 0) & IORESOURCE_MEM) !== 0,
      (fn) => {
        const [, ...others] = defined(factValue(fn.resources), 'resources');
        const { range, flags } = defined(resourceAt(fn.resources, 0), 'BAR 0');
        const moved = { start: range.start ^ 0x10_0000n, end: (range.start ^ 0x10_0000n) + (range.end - range.start) };
        return { ...fn, resources: known([{ range: moved, flags }, ...others]) };
      },
    ),
  'the bridge above': (capture, at) =>
    changeFunction(
      capture,
      at,
      (fn) => isPhysical(fn) && fn.parent.state === 'known',
      (fn) => {
        const other = capture.functions.find((each) => isBridge(each) && each.bdf !== factValue(fn.parent));
        return { ...fn, parent: known(defined(other, 'another bridge').bdf) };
      },
    ),
  "a function's group": (capture, at) =>
    changeFunction(
      capture,
      at,
      (fn) => fn.iommuGroup.state === 'known',
      (fn) => ({ ...fn, iommuGroup: known((factValue(fn.iommuGroup) ?? 0) + 1) }),
    ),
  'a function moved to another group, link and list': (capture, at) => {
    const groups = factValue(capture.iommuGroups) ?? [];
    const from = pick(groups, at);
    const to = groups.find(({ id }) => id !== from?.id);
    const bdf = from?.devices[0];
    if (from === undefined || to === undefined || bdf === undefined) return undefined;
    const devices = new Map([
      [from.id, from.devices.filter((each) => each !== bdf)],
      [to.id, [...to.devices, bdf]],
    ]);
    return {
      ...capture,
      iommuGroups: known(groups.map((group) => ({ ...group, devices: devices.get(group.id) ?? group.devices }))),
      functions: capture.functions.map((fn) => (fn.bdf === bdf ? { ...fn, iommuGroup: known(to.id) } : fn)),
    };
  },
  'the type of a group': (capture, at) =>
    changeGroup(capture, at, ({ type }) => ({
      type: known(rawText(unshown(factValue(type)) === 'identity' ? 'DMA' : 'identity')),
    })),
  'the regions of a group': (capture, at) => changeGroup(capture, at, () => ({ reservedRegions: known([]) })),
};

type CapturedGroup = NonNullable<ReturnType<typeof groupsOf>[number]>;

function changeGroup(
  capture: MachineCapture,
  at: number,
  change: (group: CapturedGroup) => Partial<CapturedGroup>,
): MachineCapture | undefined {
  // Nothing is predicted of an SMMU's regions: what firmware reserves is in no register.
  if (factValue(capture.iommus)?.[0]?.kind === 'smmuv3') return undefined;
  const chosen = pick(groupsOf(capture), at);
  if (chosen === undefined) return undefined;
  const groups = groupsOf(capture).map((group) => (group === chosen ? { ...group, ...change(group) } : group));
  return { ...capture, iommuGroups: known(groups) };
}

function groupsOf(capture: MachineCapture) {
  return factValue(capture.iommuGroups) ?? [];
}

describe('one changed register or group is found', () => {
  const captures = new Map<string, MachineCapture>();
  beforeAll(async () => {
    for (const name of MACHINES) captures.set(name, await loadCapture(join(RECORDINGS, name), 'archive'));
  });

  test('in 120 tampered inputs', () => {
    const arbitrary = fc.record({
      name: fc.constantFrom(...MACHINES),
      what: fc.constantFrom(...Object.keys(TAMPERINGS)),
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    let tampered = 0;
    fc.assert(
      fc.property(arbitrary, ({ name, what, at }) => {
        const capture = defined(captures.get(name), name);
        const changed = TAMPERINGS[what]?.(capture, at);
        fc.pre(changed !== undefined);
        tampered++;
        const before = verify(capture).differences.length;
        expect(verify(defined(changed, what)).differences.length, `${what} of ${name}`).toBeGreaterThan(before);
      }),
      { numRuns: 120, seed: 14 },
    );
    expect(tampered).toBeGreaterThanOrEqual(120);
  });
});
