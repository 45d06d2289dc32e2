import { describe, expect, it } from 'vitest';
import { functionAt, smallTopology } from '../../../test/support/small-machine.ts';
import type { PciFunction } from '../../pci/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { capturedGrouping, type GroupDiff, type Grouping, groupDiff } from './grouping.ts';

const BDFS = ['0000:00:00.0', '0000:01:00.0', '0000:02:00.0', '0000:03:00.0'];

/** Two divisions of the same functions, each by group number (-1: none). */
function divisions(before: readonly number[], after: readonly number[]): [Grouping, Grouping] {
  const functions = smallTopology(BDFS.map((bdf) => ({ bdf }))).functions;
  const divide = (numbers: readonly number[]): Grouping => {
    const groups = [...new Set(numbers.filter((n) => n >= 0))].map((number) => ({
      number,
      members: functions.flatMap((fn, i) =>
        numbers[i] === number ? [{ fn, reason: { rule: 'first' } as const }] : [],
      ),
    }));
    return { groups, of: (fn) => groups.find(({ number }) => number === numbers[fn.index]) };
  };
  return [divide(before), divide(after)];
}

const names = (fns: readonly PciFunction[]): string => fns.map((fn) => formatBdf(fn.bdf).slice(5, 7)).join(' ');
const parts = (changes: GroupDiff['merged']): string[][] => changes.map((change) => change.parts.map(names));

describe('groupDiff', () => {
  it.each([
    ['the same groups under other numbers', [0, 1, 1, 2], [5, 3, 3, 0], [], []],
    ['two groups become one', [0, 1, 1, 2], [0, 0, 0, 2], [['00', '01 02']], []],
    ['one group becomes two', [0, 0, 0, 2], [0, 1, 1, 2], [], [['00', '01 02']]],
    ['a function changes sides', [0, 0, 1, 1], [0, 1, 1, 1], [['01', '02 03']], [['00', '01']]],
  ])('%s', (_what, before, after, merged, split) => {
    const diff = groupDiff(...divisions(before, after));
    expect([parts(diff.merged), parts(diff.split)]).toEqual([merged, split]);
    expect([diff.ungrouped, diff.grouped]).toEqual([[], []]);
  });

  it('tells functions that lose their group from functions that lose isolation', () => {
    const diff = groupDiff(...divisions([0, 1, 2, -1], [0, -1, -1, 1]));
    expect([names(diff.ungrouped), names(diff.grouped)]).toEqual(['01 02', '03']);
    expect([diff.merged, diff.split]).toEqual([[], []]);
  });
});

describe('capturedGrouping', () => {
  it('has the groups that the capture names, by number', () => {
    const topology = smallTopology([
      { bdf: '0000:00:00.0', group: 1 },
      { bdf: '0000:01:00.0', group: 0 },
      { bdf: '0000:02:00.0', group: 1 },
      { bdf: '0000:03:00.0' },
    ]);
    const captured = capturedGrouping(topology);
    expect(captured?.groups.map(({ number, members }) => [number, names(members.map(({ fn }) => fn))])).toEqual([
      [0, '01'],
      [1, '00 02'],
    ]);
    expect(captured?.of(functionAt(topology, '0000:03:00.0'))).toBeUndefined();
  });
});
