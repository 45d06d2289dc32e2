import { describe, expect, test } from 'vitest';
import { type KernelVersion, kernelVersion } from '../uapi/index.ts';
import { findWhitelistEntry, HOST_BRIDGE_WHITELIST, type P2pdmaRules, p2pdmaRules } from './index.ts';

type Release = readonly [major: number, minor: number, patch?: number];

const version = ([major, minor, patch = 0]: Release): KernelVersion => kernelVersion(major, minor, patch);

describe('a rule holds from its release on, and not in the one before', () => {
  const borders: [keyof P2pdmaRules, Release, Release, boolean][] = [
    ['exists', [4, 19], [4, 20], true],
    ['hostBridgeList', [5, 1], [5, 2], true],
    ['iommuExcludes', [5, 1], [5, 2], true],
    ['iommuExcludes', [5, 3], [5, 4], false],
    ['redirectAsksHostBridge', [5, 3], [5, 4], true],
    ['zenRule', [5, 8], [5, 9], true],
    ['rootPortStandsForHostBridge', [5, 18], [5, 19], true],
  ];
  test.each(borders)('%s: %j, %j', (rule, before, since, then) => {
    expect(p2pdmaRules(version(before))[rule]).toBe(!then);
    expect(p2pdmaRules(version(since))[rule]).toBe(then);
  });
});

describe('the allowlist has a device from its release on, and not in the one before', () => {
  const INTEL = 0x8086;
  const SAPPHIRE = [0x0b25, 0x0cfe, 0x11fb, 0x1212, 0x1216, 0x4940, 0x4942, 0x4944, 0x4946, 0x4948];
  const rows: [vendor: number, devices: readonly number[], before: Release, since: Release][] = [
    [0x1022, [0x1450], [5, 1], [5, 2]],
    [0x1022, [0x15d0, 0x1630], [5, 7], [5, 8]],
    [INTEL, [0x3c00, 0x3c01, 0x2f00, 0x2f01], [5, 3], [5, 4]],
    [INTEL, [0x2030, 0x2020], [5, 5], [5, 6]],
    [INTEL, [0x2031, 0x2032, 0x2033], [5, 6], [5, 7]],
    [INTEL, [0x09a2], [5, 17], [5, 18]],
    [INTEL, SAPPHIRE, [7, 1, 2], [7, 1, 3]],
    [INTEL, SAPPHIRE, [7, 0, 99], [7, 2]],
    [0x1ae0, [0x0000, 0xffff], [7, 0], [7, 1]],
    [0x10de, [0x2f95, 0x2f96, 0x2f97, 0x2f98], [7, 2], [7, 3]],
  ];
  test.each(rows)('%i %j: %j, %j', (vendor, devices, before, since) => {
    for (const device of devices) {
      expect(findWhitelistEntry(version(before), vendor, device)).toBeUndefined();
      expect(findWhitelistEntry(version(since), vendor, device)).toMatchObject({ vendor });
    }
  });

  test('and every device that Linux ever listed is in this table', () => {
    const tested = new Set(rows.flatMap(([vendor, devices]) => devices.map((device) => `${vendor} ${device}`)));
    const listed = HOST_BRIDGE_WHITELIST.map(({ vendor, device = 0 }) => `${vendor} ${device}`);
    expect(listed.filter((key) => !tested.has(key))).toEqual([]);
  });

  test.each([0x1450, 0x15d0, 0x1630])('AMD %i leaves it in 5.9, when the processor rule comes', (device) => {
    expect(findWhitelistEntry(kernelVersion(5, 8, 99), 0x1022, device)).toBeDefined();
    expect(findWhitelistEntry(kernelVersion(5, 9), 0x1022, device)).toBeUndefined();
  });

  test('only Sandy Bridge-E and Haswell-E are for pairs below one host bridge', () => {
    const same = HOST_BRIDGE_WHITELIST.filter((entry) => entry.sameHostBridge).map(({ device }) => device);
    expect(same).toEqual([0x3c00, 0x3c01, 0x2f00, 0x2f01]);
  });
});
