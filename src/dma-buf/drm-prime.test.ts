import { describe, expect, test } from 'vitest';
import { domainState } from '../../test/support/domain-state.ts';
import { BAR4, finished, value, vfioMachine } from '../../test/support/vfio-machine.ts';
import type { Iova } from '../base/index.ts';
import { vfioDeviceReset, vfioWriteCommand } from '../vfio/index.ts';
import { type DmaBuf, drmGemPrimeImport, drmPrimeGemDestroy, drmValidate } from './index.ts';

const PAGE = 0x1000n;

/** The buffer of `length` bytes of BAR 4. */
function barBuffer(machine: ReturnType<typeof vfioMachine>, length: bigint): DmaBuf {
  value(machine.feature({ regionIndex: 4, ranges: [{ offset: 0n, length }] }));
  const buffer = machine.device.dmabufs[0]?.dmabuf;
  if (buffer === undefined) throw new Error('nothing exported');
  return buffer;
}

describe('a plain DRM importer', () => {
  test('that cannot follow is refused by vfio', () => {
    const machine = vfioMachine();
    const dmabuf = barBuffer(machine, PAGE);
    expect(drmGemPrimeImport(machine.kernel, dmabuf, machine.importer, 'static')).toMatchObject({
      errno: 'EOPNOTSUPP',
    });
  });

  test('keeps the address of every page, each leading to its page of the BAR', () => {
    const machine = vfioMachine();
    const imported = value(
      drmGemPrimeImport(machine.kernel, barBuffer(machine, 3n * PAGE), machine.importer, 'dynamic'),
    );
    expect(imported.pages?.map((page) => machine.domain?.iovaToPhys(page as Iova))).toEqual([
      BAR4,
      BAR4 + PAGE,
      BAR4 + 2n * PAGE,
    ]);
    drmPrimeGemDestroy(imported);
    expect(domainState(machine.domain).mapped).toEqual([]);
    expect(imported.attach.dmabuf.attachments).toEqual([]);
  });

  test.each([
    ['7.2.6', 2, 'loses the 4 GiB of an entry of 2^32-1 bytes'],
    ['7.3', 0x10_0001, 'has them all'],
  ])('%s: of 4 GiB and a page by bus address it gets %i pages and %s', (kernel, pages) => {
    const machine = vfioMachine({ kernel, mapType: 'PCI_P2PDMA_MAP_BUS_ADDR' });
    const dmabuf = barBuffer(machine, (1n << 32n) + PAGE);
    const imported = value(drmGemPrimeImport(machine.kernel, dmabuf, machine.importer, 'dynamic'));
    expect(imported.pages?.length).toBe(pages);
  });

  test('loses its pages when the memory is taken away, and gets them again before the next use', () => {
    const machine = vfioMachine();
    const dmabuf = barBuffer(machine, PAGE);
    const imported = value(drmGemPrimeImport(machine.kernel, dmabuf, machine.importer, 'dynamic'));
    finished(vfioWriteCommand(machine.device, 0));
    expect([imported.pages, imported.mapping]).toEqual([undefined, undefined]);
    expect(drmValidate(imported)).toMatchObject({ errno: 'ENODEV' });
    finished(vfioWriteCommand(machine.device, 2));
    expect(drmValidate(imported).ok).toBe(true);
    expect(imported.pages).toHaveLength(1);
    finished(vfioDeviceReset(machine.device));
    expect(imported.pages).toBeUndefined();
  });

  test('that cannot map leaves no attachment', () => {
    const machine = vfioMachine({ mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED' });
    const dmabuf = barBuffer(machine, PAGE);
    expect(drmGemPrimeImport(machine.kernel, dmabuf, machine.importer, 'dynamic')).toMatchObject({ errno: 'EINVAL' });
    expect(dmabuf.attachments).toEqual([]);
  });
});
