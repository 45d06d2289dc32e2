import { describe, expect, test } from 'vitest';
import { domainState } from '../../test/support/domain-state.ts';
import { BAR0, BAR4, finished, type VfioMachine, value, vfioMachine } from '../../test/support/vfio-machine.ts';
import { defined, type Iova } from '../base/index.ts';
import {
  type DmaBuf,
  type DmaBufOps,
  dmaBufExport,
  dmaBufFd,
  dmaBufInvalidateMappings,
  freeSgt,
  physVecToSgt,
  type SgtMapping,
} from '../dma-buf/index.ts';
import { PhysVecArray } from '../scatterlist/index.ts';
import { type KernelResult, kernelOk, parseKernelRelease } from '../uapi/index.ts';
import { vfioCloseDevice, vfioDeviceReset, vfioWriteCommand } from '../vfio/index.ts';
import { type MemoryRegion, type MemoryRegionRequest, regUserMrDmabuf, type UmemMode, umemModeOf } from './index.ts';

const PAGE = 0x1000n;
const VIRT = 0x7f00_0020_0000n;
const SIZES = PAGE | (1n << 16n) | (1n << 21n) | (1n << 30n);
const BUS = { mapType: 'PCI_P2PDMA_MAP_BUS_ADDR' } as const;

function descriptor(machine: VfioMachine, regionIndex: number, ...parts: (readonly [bigint, bigint])[]): number {
  return value(machine.feature({ regionIndex, ranges: parts.map(([offset, length]) => ({ offset, length })) }));
}

function register(
  machine: VfioMachine,
  fd: number,
  request: Partial<MemoryRegionRequest> & Pick<MemoryRegionRequest, 'size'>,
): KernelResult<MemoryRegion> {
  return regUserMrDmabuf(machine.kernel, {
    files: machine.files,
    fd,
    offset: 0n,
    dmaDevice: machine.importer,
    mode: 'dynamic',
    virtAddr: VIRT,
    pageSizes: SIZES,
    ...request,
  });
}

function bufferOf(machine: VfioMachine, fd: number): DmaBuf {
  const file = machine.files.file(fd);
  if (typeof file !== 'object') throw new Error('not a dma-buf');
  return file;
}

describe('registering', () => {
  const rows: [string, string, number, Partial<MemoryRegionRequest>, boolean][] = [
    ['offset and size overflow', 'EINVAL', 7, { offset: (1n << 64n) - 1n, size: 1n }, false],
    ['no such descriptor', 'EBADF', 7, { size: 0n }, false],
    ['another file', 'EINVAL', 1, { size: 0n }, false],
    ['beyond the buffer', 'EINVAL', 0, { offset: 1n, size: 2n * PAGE }, true],
    ['no memory', 'ENOMEM', 0, { size: 0n, fault: () => true }, true],
    ['no pages', 'EINVAL', 0, { offset: PAGE, size: 0n }, true],
    ['revoked', 'ENODEV', 0, { size: PAGE }, true],
    ['not revocable, and revoked', 'ENODEV', 0, { size: PAGE, mode: 'pinned' }, true],
    ['not revocable', 'EOPNOTSUPP', 0, { size: PAGE, mode: 'pinned' }, false],
    ['no page size fits', 'EOPNOTSUPP', 0, { size: PAGE, virtAddr: VIRT + 1n }, false],
    ['all of it', 'ok', 0, { size: 2n * PAGE }, false],
    ['one byte of the last page', 'ok', 0, { offset: 2n * PAGE - 1n, size: 1n, virtAddr: VIRT + PAGE - 1n }, false],
  ];
  test.each(rows)('%s: %s', (_, expected, fd, request, revoked) => {
    const machine = vfioMachine(BUS);
    const buffer = bufferOf(machine, descriptor(machine, 0, [0n, PAGE], [4n * PAGE, PAGE]));
    machine.files.install('other file');
    if (revoked) finished(vfioWriteCommand(machine.device, 0));
    const region = register(machine, fd, { size: PAGE, ...request });
    expect(region.ok ? 'ok' : region.errno).toBe(expected);
    if (region.ok) region.value.deregister();
    expect([buffer.references, buffer.attachments.length]).toEqual([1, 0]);
    expect(machine.device.dmabufs[0]?.mappings).toBe(0);
  });

  const importers: [string, string, string][] = [
    ['mlx5', '7.3', 'ok'],
    ['irdma', '7.3', 'ok'],
    ['mlx5-data-direct', '7.3', 'EOPNOTSUPP'],
    ['mlx5-devx', '7.3', 'EOPNOTSUPP'],
    ['efa', '7.3', 'EOPNOTSUPP'],
    ['mana', '7.1', 'EOPNOTSUPP'],
    ['bnxt_re', '7.1', 'EOPNOTSUPP'],
    ['ionic', '7.3', 'EOPNOTSUPP'],
    ['efa', '7.0', 'ok'],
    ['irdma', '7.0', 'ok'],
    ['bnxt_re', '6.19', 'ok'],
  ];
  test.each(importers)('%s with a BAR exported by vfio, %s: %s', (driver, kernel, expected) => {
    const machine = vfioMachine({ kernel });
    const version = parseKernelRelease(kernel);
    const mode = version && umemModeOf(driver, version);
    if (mode === undefined) throw new Error('unknown driver');
    const region = register(machine, descriptor(machine, 0, [0n, PAGE]), { size: PAGE, mode });
    expect(region.ok ? 'ok' : region.errno).toBe(expected);
  });

  test('a driver that is not known has no mode', () => {
    expect(umemModeOf('rxe', { major: 7, minor: 3, patch: 0 })).toBeUndefined();
  });

  const steps = [
    'dma_buf_dynamic_attach: attachment',
    'dma_buf_phys_vec_to_sgt: handle',
    'dma_buf_phys_vec_to_sgt: iova state',
    'sg_alloc_table',
    'iotlb_sync_map',
  ];
  test.each(steps)('failing at %s leaves nothing behind', (failing) => {
    const machine = vfioMachine({ intended: true, fault: (step) => step === failing });
    const buffer = bufferOf(machine, descriptor(machine, 0, [0n, PAGE]));
    const before = domainState(machine.domain);
    expect(register(machine, 0, { size: PAGE }).ok).toBe(false);
    expect([buffer.references, buffer.attachments.length]).toEqual([1, 0]);
    expect(domainState(machine.domain)).toEqual(before);
  });
});

describe('what the adapter is given', () => {
  test('by bus address: every byte of the region at its place in the BAR, in the largest pages that fit', () => {
    const machine = vfioMachine(BUS);
    const fd = descriptor(machine, 0, [0x1_0000n, 0x2_0000n], [0x6_0000n, 0x1_0000n]);
    const region = value(register(machine, fd, { offset: 0x800n, size: 0x2_8800n, virtAddr: VIRT + 0x800n }));
    expect(region.translation).toMatchObject({ pageSize: 0x1_0000n, space: 'bus' });
    const base = BAR0 + 0x1_0000n;
    expect(region.translation?.blocks).toEqual([base, base + 0x1_0000n, base + 0x5_0000n]);
    const at = (offset: bigint) => region.translate(VIRT + 0x800n + offset);
    expect([at(0n), at(0x1_f7ffn), at(0x1_f800n)]).toEqual([base + 0x800n, base + 0x1_ffffn, base + 0x5_0000n]);
    expect([at(-1n), at(0x2_8800n)]).toEqual([undefined, undefined]);
  });

  test('through the IOMMU: addresses that lead to the bytes of the BAR', () => {
    const machine = vfioMachine();
    const region = value(register(machine, descriptor(machine, 4, [0n, 6n << 30n]), { size: 6n << 30n }));
    expect(region.translation?.space).toBe('iova');
    for (const offset of [0n, 0xffff_f000n, 5n << 30n, (6n << 30n) - 1n]) {
      const iova = region.translate(VIRT + offset);
      expect(machine.domain?.iovaToPhys((iova ?? 0n) as Iova)).toBe(BAR4 + offset);
    }
  });

  test('7.2.6 registers 8 GiB of which the adapter cannot reach a byte', () => {
    const reach = (kernel: string): unknown => {
      const machine = vfioMachine({ kernel });
      const region = value(register(machine, descriptor(machine, 4, [0n, 8n << 30n]), { size: 8n << 30n }));
      return region.translate(VIRT) !== undefined;
    };
    expect([reach('7.2.6'), reach('7.2.8')]).toEqual([false, true]);
  });
});

describe('a pinned region of memory that can move', () => {
  function pinned(mode: UmemMode): { machine: VfioMachine; region: MemoryRegion; pins: () => number } {
    const machine = vfioMachine({ kernel: '7.3' });
    let pins = 0;
    const ranges = PhysVecArray.of([[BAR0, PAGE]]);
    const { provider } = machine.exported([0n, PAGE]);
    const ops: DmaBufOps = {
      pin: () => {
        pins++;
        return kernelOk(undefined);
      },
      unpin: () => {
        pins--;
      },
      map: (attach, dir) => physVecToSgt(machine.kernel, attach, provider, ranges, PAGE, dir),
      unmap: (attach, mapping) => freeSgt(machine.kernel, attach, mapping),
      release: () => undefined,
    };
    const fd = value(dmaBufFd(machine.files, value(dmaBufExport(machine.kernel, { ops, size: PAGE }))));
    return { machine, region: value(register(machine, fd, { size: PAGE, mode })), pins: () => pins };
  }

  test.each<[UmemMode, number]>([
    ['dynamic', 0],
    ['pinned', 1],
    ['pinned-revocable', 1],
  ])('%s: pins %i times while it is registered', (mode, expected) => {
    const { region, pins } = pinned(mode);
    expect(pins()).toBe(expected);
    region.deregister();
    expect(pins()).toBe(0);
  });

  test('unpins once when it is revoked', () => {
    const { machine, region, pins } = pinned('pinned-revocable');
    const { dmabuf } = region.umem;
    dmabuf.resv.lock();
    dmaBufInvalidateMappings(machine.kernel, dmabuf);
    dmaBufInvalidateMappings(machine.kernel, dmabuf);
    dmabuf.resv.unlock();
    expect([pins(), region.translation]).toEqual([0, undefined]);
    region.deregister();
    expect(pins()).toBe(0);
  });
});

describe('when the exporter takes the memory away', () => {
  function registered(mode: UmemMode, kernel = '7.3'): { machine: VfioMachine; region: MemoryRegion } {
    const machine = vfioMachine({ kernel });
    const region = value(register(machine, descriptor(machine, 0, [0x3000n, 2n * PAGE]), { size: 2n * PAGE, mode }));
    return { machine, region };
  }

  test('a dynamic region loses its translation, faults in vain meanwhile, and is mapped again afterwards', () => {
    const { machine, region } = registered('dynamic');
    finished(vfioWriteCommand(machine.device, 0));
    expect([region.translation, region.umem.mapped]).toEqual([undefined, false]);
    expect(region.load()).toMatchObject({ errno: 'ENODEV' });
    finished(vfioWriteCommand(machine.device, 2));
    expect(region.load().ok).toBe(true);
    expect(machine.domain?.iovaToPhys((region.translate(VIRT + PAGE) ?? 0n) as Iova)).toBe(BAR0 + 0x4000n);
    region.deregister();
    expect(domainState(machine.domain).mapped).toEqual([]);
  });

  test('a pinned region that can be revoked is lost for good', () => {
    const { machine, region } = registered('pinned-revocable');
    expect(region.umem.pinned).toBe(true);
    finished(vfioDeviceReset(machine.device));
    expect([region.translation, region.umem.revoked, region.umem.pinned]).toEqual([undefined, true, false]);
    expect(region.load()).toMatchObject({ errno: 'EINVAL' });
    region.deregister();
    expect(machine.device.dmabufs[0]?.dmabuf.attachments).toEqual([]);
  });

  test('before 7.1 a pinned region only warns and keeps reaching the device', () => {
    const { machine, region } = registered('pinned', '7.0');
    finished(vfioDeviceReset(machine.device));
    expect(machine.log.warns.map((warn) => warn.file)).toEqual(['drivers/infiniband/core/umem_dmabuf.c']);
    expect(machine.domain?.iovaToPhys((region.translate(VIRT) ?? 0n) as Iova)).toBe(BAR0 + 0x3000n);
  });

  test('closing the device ends a dynamic region for good', () => {
    const { machine, region } = registered('dynamic');
    finished(vfioCloseDevice(machine.device));
    expect(region.load()).toMatchObject({ errno: 'ENODEV' });
    region.deregister();
  });

  test('the exporter gets its table back as it made it', () => {
    const machine = vfioMachine(BUS);
    const fd = descriptor(machine, 0, [0n, 4n * PAGE]);
    const region = value(register(machine, fd, { offset: PAGE, size: PAGE }));
    const entry = ({ table }: Pick<SgtMapping, 'table'>) => [table.dmaAddressBits(0), table.dmaLen[0]];
    expect(entry(defined(region.umem.umem(), 'mapped region'))).toEqual([BAR0 + PAGE, 0x1000]);
    const buffer = defined(machine.device.dmabufs[0], 'exported buffer');
    const unmap = buffer.unmap.bind(buffer);
    let given: unknown;
    buffer.unmap = (attach, mapping, dir) => {
      given = entry(mapping);
      unmap(attach, mapping, dir);
    };
    region.deregister();
    expect(given).toEqual([BAR0, 0x4000]);
  });
});
