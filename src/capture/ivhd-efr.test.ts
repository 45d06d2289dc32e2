import { describe, expect, test } from 'vitest';
import { ivhdEfrOfLogLine, ivhdEfrOfTable } from './ivhd-efr.ts';

/** An IVRS table of blocks of a kind and, where they have one, a register. */
function ivrs(info: number, blocks: readonly (readonly [kind: number, efr: bigint])[]): Uint8Array {
  const lengths = blocks.map(([kind]) => (kind === 0x10 ? 28 : 40));
  const table = new Uint8Array(lengths.reduce((sum, length) => sum + length, 48));
  const view = new DataView(table.buffer);
  for (const [index, letter] of [...'IVRS'].entries()) view.setUint8(index, letter.charCodeAt(0));
  view.setUint32(36, info, true);
  let at = 48;
  for (const [index, [kind, efr]] of blocks.entries()) {
    const length = lengths[index] ?? 0;
    view.setUint8(at, kind);
    view.setUint16(at + 2, length, true);
    if (kind !== 0x10) view.setBigUint64(at + 24, efr, true);
    at += length;
  }
  return table;
}

describe('the register of the ACPI table', () => {
  test.each<[string, Uint8Array, bigint | undefined]>([
    [
      'of the newer block',
      ivrs(1, [
        [0x10, 0n],
        [0x11, 0x29d3n],
      ]),
      0x29d3n,
    ],
    [
      'of the newest kind of block',
      ivrs(1, [
        [0x11, 0x1n],
        [0x40, 0x2n],
      ]),
      2n,
    ],
    [
      'what all units have',
      ivrs(1, [
        [0x11, 0x29d3n],
        [0x11, 0x2801n],
      ]),
      0x2801n,
    ],
    ['none where the table says it holds none', ivrs(0, [[0x11, 0x29d3n]]), 0n],
    ['none in the older block', ivrs(1, [[0x10, 0n]]), 0n],
    ['not of another table', new TextEncoder().encode('DMAR'.padEnd(60, ' ')), undefined],
    ['not of a table that is cut', ivrs(1, [[0x11, 1n]]).subarray(0, 60), undefined],
  ])('%s', (_, table, efr) => {
    expect(ivhdEfrOfTable(table)).toBe(efr);
  });
});

test('the line of the kernel log', () => {
  expect(ivhdEfrOfLogLine('[    0.008000] AMD-Vi: Using global IVHD EFR:0x29d3, EFR2:0x0')).toBe(0x29d3n);
  expect(ivhdEfrOfLogLine('AMD-Vi: Extended features (0x29d3, 0x0): PreF PPR')).toBeUndefined();
});
