import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assert, Prng } from '../../base/index.ts';
import { type KernelAnswers, type MachineCapture, MemoryFile, MemoryTree, readSysfsTree } from '../../capture/index.ts';
import { captureTree, cascade, randomMachine, readMachineDescription } from './index.ts';

/** Writes a capture out and reads it back. */
function roundTrip(capture: MachineCapture): MachineCapture {
  const tree = new MemoryTree();
  for (const entry of captureTree(capture)) {
    const slash = entry.path.lastIndexOf('/');
    const directory = tree.makeDirectory(entry.path.slice(0, Math.max(0, slash)));
    const name = entry.path.slice(slash + 1);
    if ('link' in entry) expect(directory.put(name, entry.link)).toBe(true);
    else {
      const bytes = typeof entry.content === 'string' ? new TextEncoder().encode(entry.content) : entry.content;
      expect(directory.put(name, new MemoryFile(bytes, 0, bytes.length))).toBe(true);
    }
  }
  return readSysfsTree(tree, { name: capture.source.name });
}

/** Two captures of one machine differ in where they come from, and in the words for what is unknown. */
function facts(capture: MachineCapture): unknown {
  const words = (_: string, value: unknown) => {
    if (value instanceof Map) return [...value];
    if (typeof value === 'bigint') return `0x${value.toString(16)}`;
    if (value instanceof Uint8Array) return [...value].join(' ');
    return value;
  };
  return JSON.parse(JSON.stringify({ ...capture, source: undefined, parts: undefined }, words)) as unknown;
}

describe('a capture written out as files and read back', () => {
  const examples = readdirSync('examples/machines').filter((file) => file.endsWith('.yaml'));

  it.each(examples)('is the same for %s', (file) => {
    const read = readMachineDescription(readFileSync(`examples/machines/${file}`, 'utf8'), file);
    assert(read.ok, 'an example');
    expect(facts(roundTrip(read.value))).toEqual(facts(read.value));
  });

  it.each(Array.from({ length: 12 }, (_, i) => i + 1))('is the same for random machine %i', (seed) => {
    const capture = randomMachine(new Prng(seed), { functions: 60 });
    expect(facts(roundTrip(capture))).toEqual(facts(capture));
  });

  it('is the same for a cascade', () => {
    const capture = cascade(3, 150);
    expect(facts(roundTrip(capture))).toEqual(facts(capture));
  });

  it("keeps the kernel's own answers", () => {
    const capture = cascade(2, 6);
    const [a, b] = capture.functions.map(({ bdf }) => bdf);
    assert(a !== undefined && b !== undefined, 'two functions');
    const answers: KernelAnswers = {
      release: '7.3.4',
      pairs: [
        { provider: a, client: b, distance: 2, mapType: 'bus' },
        { provider: a, client: a, distance: 0, mapType: undefined },
        { provider: b, client: a, distance: -1, mapType: 'no' },
      ],
      functions: [
        {
          bdf: a,
          dmaMask: 0xffff_ffffn,
          group: 3,
          domain: { pageSizes: 0x4020_1000n, apertureEnd: 0xffff_ffff_ffffn },
        },
        { bdf: b, dmaMask: 0xffn, group: undefined, domain: undefined },
      ],
      windows: [{ domain: 0, bus: 0, start: 0x8000_0000n, last: 0xbfff_ffffn, offset: 0n }],
    };
    const origin = { source: 'module', passage: 'sysfs' as const, line: undefined };
    const back = roundTrip({ ...capture, parts: [{ origin, findings: [], answers }] });
    expect(back.parts.flatMap((each) => each.answers ?? [])).toEqual([answers]);
  });

  it('never tells more than it did: what was unknown stays unknown', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const capture = randomMachine(new Prng(seed), { functions: 40, missing: true });
      const back = roundTrip(capture);
      for (const key of ['cpu', 'iomem', 'iommuGroups', 'iommus', 'ivhdEfr'] as const) {
        if (capture[key].state === 'unreadable') expect(back[key].state, `${key}, seed ${seed}`).toBe('unreadable');
      }
      for (const [i, fn] of capture.functions.entries()) {
        const other = back.functions[i];
        expect(other?.bdf).toBe(fn.bdf);
        for (const key of ['resources', 'iommuGroup', 'rootBus', 'parent'] as const) {
          if (fn[key].state === 'unreadable') expect(other?.[key].state, `${key}, seed ${seed}`).toBe('unreadable');
        }
        expect(other?.config.bytes.length ?? 0).toBeLessThanOrEqual(fn.config.bytes.length);
      }
    }
  });
});
