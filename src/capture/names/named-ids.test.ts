/** Names that lspci prints, and the ids they stand for. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ACS_QUIRKS } from '../../pci/acs/acs-quirk-table.ts';
import { PciNames } from '../../pci/index.ts';
import { namedIds } from './index.ts';

describe('a printed name', () => {
  test.each([
    ['one device', 'Intel Corporation Sky Lake-E DMI3 Registers', 0x8086, [0x2020]],
    ['one device, by a name of earlier years', 'Intel Corporation Haswell-E DMI2', 0x8086, undefined],
    ['one device of AMD', 'Advanced Micro Devices, Inc. [AMD] Starship/Matisse Root Complex', 0x1022, [0x1480]],
    ['a device that no rule names', 'Intel Corporation Xeon E7 v4/Xeon E5 v4/Xeon E3 v4/Xeon D DMI2', 0x8086, []],
    ['a name cut at its end', 'Intel Corporation Sky Lake-E DMI3 Regi', 0x8086, undefined],
    ['a name that lost a letter', 'Intel Corporation Sky Lke-E DMI3 Registers', 0x8086, undefined],
    ['a vendor with other devices', 'Huawei Technologies Co., Ltd. HiSilicon PCIe Root Port', 0x19e5, undefined],
  ])('%s', (_what, name, vendor, devices) => {
    expect(namedIds(name)).toEqual({ vendor, devices });
  });

  test('of several devices gives all of them', () => {
    const { devices = [] } = namedIds('Intel Corporation C610/X99 series chipset PCI Express Root Port #1') ?? {};
    expect(devices).toEqual(expect.arrayContaining([0x8d10]));
    expect(devices.length).toBeGreaterThan(1);
  });

  test.each(['QEMU Something', 'Intel', ''])('without a vendor known by it tells nothing: "%s"', (name) => {
    expect(namedIds(name)?.devices).toBeUndefined();
  });
});

describe('every device that rules name is found by its name of today', () => {
  const names = new PciNames(readFileSync(new URL('../../../assets/pci.ids', import.meta.url), 'utf8'));
  const rows = ACS_QUIRKS.flatMap(({ vendor, devices = [] }) =>
    devices.flatMap((ids) => {
      const [first, last, step = 1] = typeof ids === 'number' ? [ids, ids] : ids;
      return Array.from(
        { length: Math.floor((last - first) / step) + 1 },
        (_, i) => [vendor, first + i * step] as const,
      );
    }),
  );

  test('rows of ACS quirks', () => {
    const missing = rows.filter(([vendor, device]) => {
      const [maker, name] = [names.vendor(vendor), names.device(vendor, device)];
      if (maker === undefined || name === undefined || namedIds(maker)?.vendor !== vendor) return false;
      return namedIds(`${maker} ${name}`)?.devices?.includes(device) !== true;
    });
    expect(missing).toEqual([]);
  });
});
