import { describe, expect, it } from 'vitest';
import { smallTopology } from '../../../test/support/small-machine.ts';
import { bdfDevfn, formatBdf } from '../../uapi/index.ts';
import { formGroups } from './device-group.ts';
import { dmaAliases } from './dma-alias.ts';

/** Functions of one bus; `aliases` lists further devfns by devfn, `isolated` the devfns that keep their peers apart. */
function groups(bdfs: string[], aliases: Record<number, number[]>, isolated: number[] = []): string[] {
  const { functions } = smallTopology(bdfs.map((bdf) => ({ bdf, type: 0, multi: true })));
  const formed = formGroups(functions, {
    isolated: (fn) => isolated.includes(bdfDevfn(fn.bdf)),
    pathIsolated: () => true,
    realDmaDevice: (fn) => fn,
    aliasDevfns: (fn) => aliases[bdfDevfn(fn.bdf)] ?? [],
  });
  return formed.map(({ members }) => members.map(({ fn }) => formatBdf(fn.bdf).slice(8)).join(' '));
}

describe('formGroups, aliases on one bus', () => {
  it.each([
    ['none: slots stand apart', ['00:01.0', '00:02.0'], {}, [], ['01.0', '02.0']],
    ['the later is taken for the earlier', ['00:01.0', '00:02.0'], { 16: [0x08] }, [], ['01.0 02.0']],
    ['the earlier is taken for the later', ['00:01.0', '00:02.0'], { 8: [0x10] }, [], ['01.0 02.0']],
    [
      'an alias joins although its functions isolate',
      ['00:01.0', '00:01.1'],
      { 9: [0x08] },
      [0x08, 0x09],
      ['01.0 01.1'],
    ],
    [
      'through a third that has no group yet',
      ['00:01.0', '00:02.0', '00:03.0'],
      { 24: [0x08, 0x10] },
      [],
      ['01.0 02.0 03.0'],
    ],
    [
      'through the slot of the aliased function',
      ['00:01.0', '00:01.1', '00:02.0'],
      { 16: [0x09] },
      [],
      ['01.0 01.1 02.0'],
    ],
  ])('%s', (_what, bdfs, aliases, isolated, expected) => {
    expect(groups(bdfs, aliases, isolated)).toEqual(expected);
  });
});

describe('dmaAliases', () => {
  it('adds what bridges to conventional PCI put in place of the requester id', () => {
    const { functions } = smallTopology([
      { bdf: '00:05.0', type: 4, secondary: 1 },
      { bdf: '01:00.0', type: 7, secondary: 2 },
      { bdf: '02:03.0', secondary: 3 },
      { bdf: '03:04.0' },
    ]);
    const ids = functions.map((fn) => dmaAliases(fn).map(({ requesterId }) => requesterId.toString(16)));
    expect(ids).toEqual([['28'], ['100'], ['218', '200'], ['320', '218', '200']]);
  });
});
