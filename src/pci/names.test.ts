import { describe, expect, test } from 'vitest';
import { compactPciIds, PciNames, pciIdsDate } from './index.ts';

const TEXT = `#
#	Version: 2026.10.24
#	Date:    2026-10-24 03:15:02
#	Copyright notice
#

# Vendors

0010  First Vendor
# a comment inside
	8139  First Device
		1234 5678  A subsystem
10de  NVIDIA Corporation
	2330  GH100 [H100 SXM5 80GB]
C 01  Mass storage controller
	08  Non-Volatile memory controller
		02  NVM Express
`;

describe.each([
  ['as published', TEXT],
  ['compacted', compactPciIds(TEXT)],
])('pci.ids %s', (_, text) => {
  const names = new PciNames(text);
  const cases: [string, string | undefined, string | undefined][] = [
    ['a vendor', names.vendor(0x10de), 'NVIDIA Corporation'],
    ['the first vendor', names.vendor(0x10), 'First Vendor'],
    ['a vendor not listed', names.vendor(0x8139), undefined],
    ['a device', names.device(0x10de, 0x2330), 'GH100 [H100 SXM5 80GB]'],
    ['a device below a comment', names.device(0x10, 0x8139), 'First Device'],
    ['a device of another vendor', names.device(0x10, 0x2330), undefined],
    ['a subsystem is no device', names.device(0x10, 0x1234), undefined],
    ['a sub class', names.className(0x010802), 'Non-Volatile memory controller'],
    ['the base class where the sub class is not listed', names.className(0x01ff00), 'Mass storage controller'],
    ['a class not listed', names.className(0x990000), undefined],
  ];
  test.each(cases)('%s', (__, found, expected) => {
    expect(found).toBe(expected);
  });

  test('keeps date and notice', () => {
    expect(pciIdsDate(text)).toBe('20261024');
    expect(text).toContain('Copyright notice');
  });
});
