/** A kernel log tells what it prints: of lines that may have been lost it tells nothing. */
import { describe, expect, it } from 'vitest';
import { assert } from '../../base/index.ts';
import { factValue, joinParts, type MachineCapture, readText } from '../index.ts';

function read(log: string): MachineCapture['functions'] {
  const machine = joinParts(readText(new TextEncoder().encode(log), 'log').parts);
  assert(machine.ok, 'one machine');
  return machine.value.functions;
}

const FOUND = `[    1.1] pci 0000:41:00.0: [1000:00b2] type 00 class 0x010700
[    1.2] pci 0000:41:00.0: BAR 0 [mem 0x90000000-0x900fffff 64bit pref]
[    1.3] pci 0000:41:00.0: BAR 4 [mem 0xa0000000-0xa00fffff]
`;

describe('of a kernel log', () => {
  it('a BAR without a line is unknown, the upper half of another is none', () => {
    const bars = factValue(read(FOUND)[0]?.resources ?? { state: 'absent' })?.slice(0, 6);
    expect(bars?.map((bar) => (typeof bar === 'object' ? 'BAR' : bar))).toEqual([
      ...['BAR', undefined, 'unknown', 'unknown', 'BAR', 'unknown'],
    ]);
  });

  it('the number of a group is unknown where the lines are cut behind it', () => {
    const joined = '[    1.400000] pci 0000:41:00.0: Adding to iommu group 12';
    const other = '[    1.500000] pci 0000:41:00.0: PME# supported from D0 D3hot D3cold';
    const group = (log: string) => factValue(read(log)[0]?.iommuGroup ?? { state: 'absent' });
    const cut = (width: number) => `${joined.slice(0, width)}\n${`${other.slice(0, width)}\n`.repeat(3)}`;
    expect(group(`${joined}\n${other}\n`)).toBe(12);
    expect(group(`${joined}\n`)).toBe(12);
    expect(group(cut(joined.length - 1))).toBeUndefined();
    expect(group(`${joined.slice(0, -1)}>\n`)).toBeUndefined();
  });

  it('names of drivers are unknown where the first letters of lines are', () => {
    const driver = (log: string) => read(log)[0]?.driver.state;
    const log = `${FOUND}[    1.6] mpt3sas 0000:41:00.0: enabling device (0140 -> 0142)\n`.replace(
      /^\[ *[\d.]+\] /gm,
      '',
    );
    expect(driver(log)).toBe('known');
    expect(driver(log.replace(/^./gm, ''))).not.toBe('known');
  });
});
