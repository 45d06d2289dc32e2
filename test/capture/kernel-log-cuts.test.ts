import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assert, Prng } from '../../src/base/index.ts';
import {
  factValue,
  joinParts,
  type MachineCapture,
  NOT_IN_INPUT,
  readText,
  resourceAt,
} from '../../src/capture/index.ts';
import { buildTopology } from '../../src/pci/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import { LOG_FORMS, LOG_LOSSES } from './log-cuts.ts';
import { cutText } from './text-cuts.ts';
import { contradictions, type Told, toldByMachine } from './told-facts.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/kernel-log');
const BOOTS = ['switch-5.10', 'pxb-6.1', 'sriov-6.1', 'rescan-7.3', 'conv-5.10'];
const LOGS = BOOTS.map((boot) => readFileSync(join(FIXTURES, boot, 'dmesg.txt'), 'utf8').split('\n'));

function read(lines: readonly string[]): MachineCapture {
  const machine = joinParts(readText(new TextEncoder().encode(lines.join('\n')), 'log').parts);
  assert(machine.ok, 'lines of one log are of one machine');
  return machine.value;
}

/** What a log says for sure, as lines that must all stand in what the whole log says. */
function surely(capture: MachineCapture): string[] {
  const topology = buildTopology(capture);
  const groups = factValue(capture.iommuGroups);
  return [
    ...(groups?.length === 0 ? ['no IOMMU'] : []),
    ...topology.functions.flatMap((fn) => {
      const name = formatBdf(fn.bdf);
      const { vendor, device, classCode } = fn.ids;
      const group = fn.captured.iommuGroup;
      const told: readonly (readonly [string, unknown])[] = [
        ['vendor', factValue(vendor)],
        ['device', factValue(device)],
        ['class', factValue(classCode)],
        ['header', factValue(fn.headerType)],
        ['express', fn.pcie.state === 'absent' ? 'none' : factValue(fn.pcie)?.type],
        ['buses', factValue(fn.buses)?.secondary],
        ['group', group.state === 'absent' ? 'none' : factValue(group)],
        ['above', fn.placement.certain ? (fn.parent === undefined ? 'root' : formatBdf(fn.parent.bdf)) : undefined],
      ];
      return told.flatMap(([what, value]) => (value === undefined ? [] : `${name} ${what} ${value}`));
    }),
  ];
}

describe('a kernel log with lines missing', () => {
  const whole = LOGS.map((lines) => new Set(surely(read(lines))));

  it('never says for sure what the whole log contradicts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: LOGS.length - 1 }),
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 400 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (which, from, count, keep, chance) => {
          const lines = (LOGS[which] ?? []).filter((_, i) => i < from || i >= from + count);
          const rest = lines.filter(() => (chance.next().value ?? 0) <= keep);
          for (const said of surely(read(rest))) {
            // The ports below the switch of this machine call themselves root ports: no hardware does.
            if (/^0000:02:0[01]\.0 above root$/.test(said) && BOOTS[which] === 'rescan-7.3') continue;
            expect(whole[which], said).toContain(said);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is read whatever bytes stand in it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: LOGS.length - 1 }),
        fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: 0, max: 255 })), { maxLength: 200 }),
        (which, damage) => {
          const bytes = new TextEncoder().encode((LOGS[which] ?? []).join('\n'));
          for (const [at, byte] of damage) bytes[at % bytes.length] = byte;
          const machine = joinParts(readText(bytes, 'log').parts);
          if (machine.ok) buildTopology(machine.value);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** `CUTS=100000` makes as many, `SEED=2` others. */
const CUTS = Number(process.env['CUTS'] ?? 100);
const SEED = Number(process.env['SEED'] ?? 1);

describe.each(LOGS.map((lines, n) => [BOOTS[n] ?? '', lines] as const))('the kernel log of %s, torn', (boot, lines) => {
  const whole = read(lines);
  /** As the whole log is read where nothing says which kernel it was: the newest is assumed then, and it is said. */
  const assumed = toldByMachine({ ...whole, kernel: { ...whole.kernel, release: NOT_IN_INPUT } });
  const stated = toldByMachine(whole);

  it('tells nothing that the whole log contradicts', () => {
    const random = new Prng(boot.length * 1000 + SEED * 7919);
    const wrong: string[] = [];
    for (let n = 0; n < CUTS / BOOTS.length; n++) {
      const cut = cutText(lines, random, LOG_LOSSES, LOG_FORMS);
      const machine = joinParts(readText(new TextEncoder().encode(cut.lines.join('\n')), 'log').parts);
      if (!machine.ok) continue;
      const truth = machine.value.kernel.release.state === 'known' ? stated : assumed;
      const found = contradictions(toldByMachine(machine.value), withWords(truth, machine.value, lines));
      if (found.length > 0) wrong.push(`cut ${n} (${cut.changes}): ${found.slice(0, 2).join('; ')}`);
    }
    expect(wrong).toEqual([]);
  }, 3_600_000);
});

/** Where a BAR was moved later on, a log that ends before tells of then: any place that the whole log prints is true. */
function withWords(truth: Told, cut: MachineCapture, lines: readonly string[]): Told {
  const facts = new Map(truth.facts);
  for (const { bdf, resources } of cut.functions) {
    for (let bar = 0; bar < 6; bar++) {
      const range = resourceAt(resources, bar)?.range;
      if (range === undefined) continue;
      const printed = `0x${hex8(range.start)}-0x${hex8(range.end - 1n)}`;
      if (lines.some((line) => line.includes(`${formatBdf(bdf)}: BAR ${bar}`) && line.includes(printed))) {
        facts.delete(`region ${bar} of ${formatBdf(bdf)}`);
      }
    }
  }
  return { ...truth, facts };
}

function hex8(value: bigint): string {
  return value.toString(16).padStart(8, '0');
}
