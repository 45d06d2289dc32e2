/** Whatever a capture can be in memory, its archive says the same: no answer changes, and nothing becomes certain. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze, answerAllPairs } from '../../src/analyze.ts';
import { readInput } from '../../src/archive/index.ts';
import { Prng, rawText } from '../../src/base/index.ts';
import {
  ABSENT,
  type CapturedFunction,
  ConfigSpace,
  known,
  type MachineCapture,
  MemoryFile,
  MemoryTree,
  NOT_IN_INPUT,
  readSysfsTree,
  type SystemName,
  unreadable,
} from '../../src/capture/index.ts';
import { captureTree, randomMachine } from '../../src/lab/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';

function writtenAndRead(capture: MachineCapture): MachineCapture {
  const tree = new MemoryTree();
  for (const entry of captureTree(capture)) {
    const slash = entry.path.lastIndexOf('/');
    const directory = tree.makeDirectory(entry.path.slice(0, Math.max(0, slash)));
    const name = entry.path.slice(slash + 1);
    if ('link' in entry) expect(directory.put(name, entry.link)).toBe(true);
    else {
      const bytes = typeof entry.content === 'string' ? new TextEncoder().encode(entry.content) : entry.content;
      expect(directory.put(name, new MemoryFile(bytes, 0, bytes.length)), entry.path).toBe(true);
    }
  }
  return readSysfsTree(tree, { name: capture.source.name });
}

/** Everything that reports rest on: places, ids, ACS, platform, and all pairs. */
function answers(capture: MachineCapture): unknown {
  const analysis = analyze(capture);
  const { topology } = analysis;
  const { platform } = topology;
  return {
    functions: topology.functions.map((fn) => [
      formatBdf(fn.bdf),
      fn.parent?.bdf ?? null,
      fn.placement.certain,
      [fn.ids.vendor, fn.ids.device, fn.ids.classCode].map((fact) =>
        fact.state === 'known' ? fact.value : fact.state,
      ),
      fn.acs.state === 'known' ? fn.acs.value.ctrl : fn.acs.state,
      fn.pcie.state === 'known' ? fn.pcie.value.type : fn.pcie.state,
    ]),
    platform: [platform.architecture, platform.cpuMaker, platform.zen, platform.iommu, platform.iommuInUse].map(
      (fact) => (fact.state === 'known' ? fact.value : fact.state),
    ),
    groups: analysis.situation.groups?.state ?? null,
    cells: [...answerAllPairs(analysis).cells],
  };
}

const same = (capture: MachineCapture): void => expect(answers(writtenAndRead(capture))).toEqual(answers(capture));

/** Damages one function in one of the ways that inputs are damaged. */
function damaged(prng: Prng, fn: CapturedFunction): CapturedFunction {
  const why = 'cut for the test';
  const { bytes } = fn.config;
  const cut = (length: number): CapturedFunction => ({
    ...fn,
    config: new ConfigSpace(bytes.slice(0, Math.min(length, bytes.length)), { whyUnknown: why }),
  });
  switch (prng.below(9)) {
    case 0:
      return cut(256);
    case 1:
      return cut(64);
    case 2:
      return cut(4 * (16 + prng.below(40)));
    case 3: {
      const mask = Uint8Array.from(bytes, () => (prng.below(4) === 0 ? 0 : 0xff));
      return { ...fn, config: new ConfigSpace(bytes, { mask, whyUnknown: why, size: fn.config.size }) };
    }
    case 4:
      return { ...fn, parent: unreadable(why) };
    case 5:
      return { ...fn, parent: unreadable(why), rootBus: unreadable(why) };
    case 6:
      return {
        ...fn,
        vendor: NOT_IN_INPUT,
        device: NOT_IN_INPUT,
        config: new ConfigSpace(new Uint8Array(0), { whyUnknown: why }),
      };
    case 7:
      return { ...fn, config: new ConfigSpace(new Uint8Array(0), { whyUnknown: why }), expressType: known(4) };
    default:
      return { ...fn, iommuGroup: unreadable(why), driver: unreadable(why) };
  }
}

describe('an archive says what the capture said', () => {
  it.each(Array.from({ length: 24 }, (_, at) => at + 1))('of random, cut and damaged machine %i', (seed) => {
    const prng = new Prng(seed);
    const plain = randomMachine(prng, { functions: 24, missing: seed % 2 === 0 });
    const functions = plain.functions
      .filter(() => seed % 3 !== 0 || prng.below(10) > 0)
      .map((fn) => (prng.below(3) === 0 ? damaged(prng, fn) : fn));
    // A group that lists a function tells its group.
    const ungrouped = new Set(functions.filter((fn) => fn.iommuGroup.state !== 'known').map(({ bdf }) => bdf));
    const groups = plain.iommuGroups;
    const iommuGroups =
      groups.state === 'known'
        ? known(
            groups.value.map((group) => ({ ...group, devices: group.devices.filter((bdf) => !ungrouped.has(bdf)) })),
          )
        : groups;
    same({ ...plain, functions, iommuGroups });
    same({
      ...plain,
      functions,
      iommuGroups,
      source: { kind: 'lspci-text', name: 'lspci.txt' },
      rootBuses: NOT_IN_INPUT,
    });
  });

  it('of functions with names of the system and of tools', () => {
    const plain = randomMachine(new Prng(3), { functions: 8, missing: false });
    const named: readonly SystemName[] = [
      { kind: 'netdev', name: rawText('eth0') },
      { kind: 'nvidia', name: rawText('GPU3') },
    ];
    const functions = plain.functions.map((fn, at) => (at === 2 ? { ...fn, systemNames: named } : fn));
    const again = writtenAndRead({ ...plain, functions });
    expect(again.functions.map(({ systemNames }) => systemNames)).toEqual(
      functions.map(({ systemNames }) => systemNames),
    );
  });

  const LSPCI = 'test/fixtures/lspci';
  const texts = readdirSync(LSPCI, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.txt'));
  it.each(texts.map((name) => join(LSPCI, name)).filter((path) => statSync(path).size < 400_000))(
    'of %s',
    async (path) => {
      const input = await readInput(readFileSync(path), path);
      if (input.ok) same(input.value);
    },
  );

  it('of a processor of which only the name is known', () => {
    const plain = randomMachine(new Prng(5), { functions: 6, missing: false });
    const cpu = known({ vendorId: NOT_IN_INPUT, family: NOT_IN_INPUT, modelName: known('AMD EPYC 9654') });
    same({ ...plain, cpu });
    same({ ...plain, cpu: known({ vendorId: ABSENT, family: NOT_IN_INPUT, modelName: NOT_IN_INPUT }) });
  });
});

describe('a config file of 256 bytes', () => {
  const plain = randomMachine(new Prng(9), { functions: 16, missing: false });

  it('of a PCI Express function does not mean that it has no ACS', () => {
    const functions = plain.functions.map((fn) =>
      fn.config.bytes.length === 4096
        ? { ...fn, config: new ConfigSpace(fn.config.bytes.slice(0, 256), { size: 256, whyUnknown: 'cut' }) }
        : fn,
    );
    const { topology } = analyze({ ...plain, functions });
    const express = topology.functions.filter(({ pcie }) => pcie.state === 'known');
    expect(express.length).toBeGreaterThan(0);
    expect(new Set(express.map(({ acs }) => acs.state))).toEqual(new Set(['unreadable']));
  });
});
