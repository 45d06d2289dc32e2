import { describe, expect, it } from 'vitest';
import { functionAt, smallTopology } from '../../../test/support/small-machine.ts';
import { matchDeviceSpec, readDeviceSpec } from './device-spec.ts';

/** Root port 00:04.0, switch 01:00.0 with ports 02:00.0 and 02:02.0, endpoint 03:00.0 with a virtual function. */
const machine = smallTopology([
  { bdf: '0000:00:04.0', type: 4, secondary: 1 },
  { bdf: '0000:01:00.0', type: 5, secondary: 2 },
  { bdf: '0000:02:00.0', type: 6, secondary: 3, vendor: 0x10b5, device: 0x8796 },
  { bdf: '0000:02:02.0', type: 6, secondary: 4 },
  { bdf: '0000:03:00.0', type: 0 },
  { bdf: '0000:03:00.4', type: 0, physfn: '0000:03:00.0' },
  { bdf: '10000:00:04.0', type: 4 },
]);

describe('matchDeviceSpec', () => {
  it.each([
    ['02:00.0', '02:00.0', 'match'],
    ['0000:02:00.0', '02:00.0', 'match'],
    ['0:2:0.0', '02:00.0', 'match'],
    ['0x0:0x2:0.0', '02:00.0', 'invalid'],
    ['0000:02:00.0', '02:02.0', 'no-match'],
    ['0001:02:00.0', '02:00.0', 'no-match'],
    ['10000:00:04.0', '10000:00:04.0', 'match'],
    ['00:04.0', '10000:00:04.0', 'no-match'],
    // A path ends at the device and starts at the topmost function it names, which need not be on the root bus.
    ['0000:00:04.0/00.0/00.0', '02:00.0', 'match'],
    ['0000:00:04.0/00.0/02.0', '02:02.0', 'match'],
    ['0000:00:04.0/00.0/02.0', '02:00.0', 'no-match'],
    ['01:00.0/0.0', '02:00.0', 'match'],
    ['00:05.0/00.0/00.0', '02:00.0', 'no-match'],
    ['00:04.0/00.0/00.0/00.0/00.0', '02:00.0', 'no-match'],
    ['00:04.0/04.0', '00:04.0', 'no-match'],
    // The bridge above a virtual function is that of its physical function.
    ['02:00.0/00.4', '03:00.4', 'match'],
    // Broken text is noticed only by devices that match the pieces after it.
    ['nonsense', '02:00.0', 'invalid'],
    ['nonsense/00.0', '02:00.0', 'invalid'],
    ['nonsense/01.0', '02:00.0', 'no-match'],
    ['00:04.0/zz/00.0', '02:00.0', 'invalid'],
    ['00:04.0/zz/01.0', '02:00.0', 'no-match'],
    ['02:00', '02:00.0', 'invalid'],
    ['02:00.0 ', '02:00.0', 'invalid'],
    ['pci:10b5:8796', '02:00.0', 'match'],
    ['pci:10B5:8796', '02:00.0', 'match'],
    ['pci:10b5:0', '02:00.0', 'match'],
    ['pci:0:0', '02:00.0', 'match'],
    ['pci:10b5:8796:0:0', '02:00.0', 'match'],
    ['pci:1b36:10:1:0', '03:00.0', 'no-match'],
    // Subsystem ids of a bridge are not in its header.
    ['pci:10b5:8796:1:0', '02:00.0', 'unknown'],
    ['pci:10b5:8797:1:0', '02:00.0', 'no-match'],
    ['pci:10b5:8797', '02:00.0', 'no-match'],
    ['pci:10b5', '02:00.0', 'invalid'],
  ])('%j names %s: %s', (text, bdf, expected) => {
    expect(matchDeviceSpec(functionAt(machine, bdf), readDeviceSpec(text).spec)).toBe(expected);
  });
});

describe('readDeviceSpec', () => {
  it.each([
    ['0000:02:00.0;0000:02:01.0', 12],
    ['pci:8086:1901;x', 13],
    ['pci:8086:1901:1:2;x', 17],
    // Ids end where they end; what follows is left for the list to stumble over.
    ['pci:8086:1901:1;x', 13],
    ['00:04.0/00.0,x', 14],
  ])('takes of %j %i characters', (text, length) => {
    expect(readDeviceSpec(text).length).toBe(length);
  });
});
