import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assert } from '../../src/base/index.ts';
import { factValue, joinParts, type MachineCapture, readText } from '../../src/capture/index.ts';
import { buildTopology } from '../../src/pci/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';

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
