import { describe, expect, test } from 'vitest';
import {
  compareKernelVersion,
  formatKernelVersion,
  hasKernelFix,
  inKernelRange,
  kernelVersion,
  parseKernelRelease,
} from './index.ts';

describe('kernel versions', () => {
  const releases: [string, string | undefined][] = [
    ['7.2.6+deb13-amd64', '7.2.6'],
    ['6.19.14+deb13-amd64', '6.19.14'],
    ['6.8.0-45-generic', '6.8'],
    ['7.3-rc7+deb13', '7.3'],
    ['7.3', '7.3'],
    ['v6.12', '6.12'],
    ['7', undefined],
    ['7.3.4.5', undefined],
    ['next-20260101', undefined],
    ['', undefined],
  ];
  test.each(releases)('%j names %s', (text, expected) => {
    const version = parseKernelRelease(text);
    expect(version === undefined ? undefined : formatKernelVersion(version)).toBe(expected);
  });

  const order: [string, string, number][] = [
    ['6.19.14', '7.0', -1],
    ['7.2.12', '7.2.9', 1],
    ['7.10', '7.9', 1],
    ['7.3', '7.3.0', 0],
  ];
  test.each(order)('%s against %s is %i', (a, b, sign) => {
    const [left, right] = [parseKernelRelease(a), parseKernelRelease(b)];
    if (left === undefined || right === undefined) throw new Error('unreadable row');
    expect(Math.sign(compareKernelVersion(left, right))).toBe(sign);
  });

  test('a range holds its start and not its end', () => {
    const range = { from: kernelVersion(6, 19), before: kernelVersion(7, 2, 8) };
    expect(inKernelRange(kernelVersion(6, 19), range)).toBe(true);
    expect(inKernelRange(kernelVersion(7, 2, 7), range)).toBe(true);
    expect(inKernelRange(kernelVersion(7, 2, 8), range)).toBe(false);
    expect(inKernelRange(kernelVersion(6, 18, 99), range)).toBe(false);
    expect(inKernelRange(kernelVersion(9, 0), { from: kernelVersion(7, 3) })).toBe(true);
  });

  const fixes: [string, boolean][] = [
    ['7.0.12', false],
    ['7.0.13', true],
    ['7.1.99', false],
    ['7.2.7', false],
    ['7.2.8', true],
    ['7.3', true],
  ];
  test.each(fixes)('a fix of 7.0.13 and 7.2.8 is in %s: %s', (text, expected) => {
    const version = parseKernelRelease(text);
    if (version === undefined) throw new Error('unreadable row');
    expect(hasKernelFix(version, [kernelVersion(7, 0, 13), kernelVersion(7, 2, 8)])).toBe(expected);
  });
});
