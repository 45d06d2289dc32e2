import { describe, expect, it } from 'vitest';
import { ACS_QUIRKS, BROKEN_SOURCE_VALIDATION, quirkIsFor } from './acs-quirk-table.ts';

const ROOT_PORT = 4;
const DOWNSTREAM = 6;
const ENDPOINT = 0;
const INTEGRATED = 9;
const TYPES = [ENDPOINT, ROOT_PORT, DOWNSTREAM, INTEGRATED];

/** Typed off the kernel's list a second time: which rule, which bits (SV 1, TB 2, RR 4, CR 8, UF 10, DT 40), for whom. */
const TABLE: [vendor: number, rule: string, flags: number, types: readonly number[], ids: string][] = [
  [0x1002, 'amd-southbridge', 0x0c, TYPES, '4383 4384 4385 4399 439c 439d'],
  [0x1022, 'amd-southbridge', 0x0c, TYPES, '7809 780f'],
  [0x1924, 'provides', 0x5f, TYPES, '0903 0923 0a03'],
  [
    0x8086,
    'provides',
    0x5f,
    TYPES,
    '105e 105f 1060 10a7 10a9 10c6 10c9 10d6 10d9 10db 10dd 10e1 10e6 10e7 10e8 10f1 10f7 10f8 10f9 10fa 10fb 10fc ' +
      '1507 1509 150a 150d 150e 150f 1510 1511 1514 1516 1518 151c 1521 1522 1523 1524 1526 1527 1529 152a 154d 154f ' +
      '1551 1558 15b7 15b8',
  ],
  [0x17cb, 'provides', 0x1d, TYPES, '0111 0115 0120 0400 0401'],
  [0x1dbf, 'provides', 0x1d, TYPES, '0401'],
  [
    0x8086,
    'intel-pch',
    0x1d,
    [ROOT_PORT],
    '1c10-1c1f 1d10 1d12 1d14 1d16 1d18 1d1a 1d1c 1d1e 1e10-1e1f 3b42-3b51 8c10-8c1f 8c90 8c92 8c94 8c96 8c98 8c9a ' +
      '8c9c 8c9e 8d10-8d1e 9c10-9c1b 9c90-9c9b',
  ],
  [0x8086, 'intel-spt', 0, [ROOT_PORT], '9d10-9d1b a110-a11f a167-a16a a290-a29f a2e7-a2ee'],
  [0x19a2, 'provides', 0x5f, TYPES, '0710'],
  [0x10df, 'provides', 0x5f, TYPES, '0720'],
  [0x177d, 'provides', 0x1d, [ROOT_PORT], 'a000-a7ff af84 b884'],
  [0x177d, 'provides', 0x5f, [ENDPOINT, DOWNSTREAM, INTEGRATED], 'a026 a059 a060'],
  [0x10e8, 'provides', 0x1d, TYPES, 'e004'],
  [0x1def, 'provides', 0x1d, TYPES, 'e005-e00c'],
  [0x14e4, 'provides', 0x5f, TYPES, '16d7 1750 1751 1752 1760 1761 1762 1763'],
  [0x14e4, 'provides', 0x1d, TYPES, 'd714'],
  [0x0014, 'provides', 0x1d, TYPES, '3c09 3c19 3c29 7a09 7a19 7a29 7a39 7a49 7a59 7a69'],
  [0x1c36, 'provides', 0x1d, [ROOT_PORT], '0031'],
  [0x1d17, 'provides', 0x5f, TYPES, '3038 3104 9083'],
  [0x1d17, 'provides', 0x1d, [ROOT_PORT, DOWNSTREAM], '0710-071e 0721 0723-0752'],
  [
    0x1957,
    'provides',
    0x1d,
    TYPES,
    '8d80 8d81 8d82 8d83 8d88 8d89 8d8a 8d8b 8d90 8d91 8d92 8d93 8d98 8d99 8d9a 8d9b 8da0 8da1 8da8 8da9 8db0 8db1 ' +
      '8db8 8db9',
  ],
  [0x8088, 'provides', 0x1d, TYPES, '0100-010f 1001 2001 5010 5025 5040 5110 5125 5140'],
];

function expand(ids: string): number[] {
  return ids.split(' ').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map((id) => Number.parseInt(id, 16));
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The rule for each device and type, where there is one. */
function asTyped(vendor: number, type: number): Map<number, string> {
  const rules = new Map<number, string>();
  for (const [of, rule, flags, types, ids] of TABLE) {
    if (of !== vendor || !types.includes(type)) continue;
    for (const id of expand(ids)) if (!rules.has(id)) rules.set(id, `${rule} ${flags.toString(16)}`);
  }
  return rules;
}

function asFound(vendor: number, type: number): Map<number, string> {
  const rules = new Map<number, string>();
  const rows = ACS_QUIRKS.filter((row) => row.vendor === vendor);
  for (let id = 0; id <= 0xffff; id++) {
    const row = rows.find((each) => quirkIsFor(each, vendor, id, type));
    if (row !== undefined) rules.set(id, `${row.rule} ${row.flags.toString(16)}`);
  }
  return rules;
}

describe('the devices that Linux knows to isolate', () => {
  const vendors = [...new Set(TABLE.map(([vendor]) => vendor))];
  const each = vendors.flatMap((vendor) => TYPES.map((type): [number, number] => [vendor, type]));
  it.each(each)('of vendor %i, of type %i, are exactly those of the list', (vendor, type) => {
    const found = asFound(vendor, type);
    if (vendor === 0x8086 && type === INTEGRATED) {
      // Any integrated endpoint of Intel, after the list.
      expect(found.size).toBe(0x1_0000);
      const typed = asTyped(vendor, type);
      expect([...found].filter(([id, rule]) => rule !== (typed.get(id) ?? 'provides 1d'))).toEqual([]);
    } else {
      expect(new Map([...found].sort())).toEqual(new Map([...asTyped(vendor, type)].sort()));
    }
  });

  it('are of these vendors only', () => {
    expect(new Set(ACS_QUIRKS.map(({ vendor }) => vendor))).toEqual(new Set(vendors));
  });

  it('do not hold two switches of IDT, whose source validation is broken', () => {
    expect(BROKEN_SOURCE_VALIDATION).toEqual([
      { vendor: 0x111d, device: 0x80b5 },
      { vendor: 0x111d, device: 0x8090 },
    ]);
  });
});
