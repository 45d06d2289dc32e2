import { describe, expect, test } from 'vitest';
import { type KernelVersion, kernelVersion } from '../uapi/index.ts';
import { type DmaBehaviour, dmaBehaviourOf } from './dma-behaviour.ts';

describe('what changes with a release', () => {
  const borders: readonly [keyof DmaBehaviour, KernelVersion, KernelVersion, unknown, unknown][] = [
    ['iovaDestroy', kernelVersion(6, 15), kernelVersion(6, 16), 'whole', 'linked'],
    ['iovaDestroy', kernelVersion(7, 2, 99), kernelVersion(7, 3), 'linked', 'whole'],
    ['genericMapDirect', kernelVersion(6, 19), kernelVersion(7, 0), false, true],
    ['directTranslatesMmio', kernelVersion(7, 2, 99), kernelVersion(7, 3), false, true],
    ['guestForcesSwiotlb', kernelVersion(7, 2, 99), kernelVersion(7, 3), true, false],
    ['directWarnFile', kernelVersion(7, 2, 99), kernelVersion(7, 3), 'kernel/dma/direct.h', 'kernel/dma/direct.c'],
  ];
  test.each(borders)('%s: %o is the last of before, %o the first', (name, last, first, before, after) => {
    expect([dmaBehaviourOf(last)[name], dmaBehaviourOf(first)[name]]).toEqual([before, after]);
  });

  test.each(['blockReplacesTable', 'outputWraps', 'virtioOverlaps'] as const)(
    '%s is a defect of all releases',
    (name) => {
      const releases = [kernelVersion(6, 19), kernelVersion(7, 3)];
      expect(releases.map((version) => dmaBehaviourOf(version)[name])).toEqual([true, true]);
      expect(releases.map((version) => dmaBehaviourOf(version, true)[name])).toEqual([false, false]);
    },
  );
});
