import { describe, expect, test } from 'vitest';
import type { PhysAddr } from '../base/index.ts';
import { DmaDomain, type DomainGeometry, dmaBehaviourOf, type FaultHook } from '../iommu/index.ts';
import {
  DMA_ATTR_MMIO,
  DMA_BIDIRECTIONAL,
  DMA_FROM_DEVICE,
  DMA_TO_DEVICE,
  KernelLog,
  type KernelVersion,
  kernelVersion,
} from '../uapi/index.ts';
import {
  DmaDevice,
  dmaBitMask,
  dmaIovaDestroy,
  dmaIovaFree,
  dmaIovaLink,
  dmaIovaSync,
  dmaIovaTryAlloc,
  dmaIovaUnlink,
  dmaMapPhys,
  dmaMapResource,
  dmaUnmapPhys,
  dmaUseIova,
  newDmaIovaState,
  PLAIN_DIRECT_DMA,
} from './index.ts';

const GEOMETRY: DomainGeometry = {
  kind: 'generic-pt',
  granuleShift: 12,
  pageShifts: [12, 21, 30],
  apertureEnd: 2n ** 48n - 1n,
  outputBits: 52,
};

interface Setup {
  readonly version?: KernelVersion;
  readonly type?: 'DMA' | 'DMA-FQ';
  readonly fault?: FaultHook;
  readonly untrusted?: boolean;
  readonly mask?: bigint;
}

function setUp({ version = kernelVersion(7, 3, 4), type = 'DMA', fault, untrusted = false, mask }: Setup = {}) {
  const log = new KernelLog();
  const behaviour = dmaBehaviourOf(version);
  const domain = new DmaDomain({ type, geometry: GEOMETRY, behaviour, log, fault });
  const dev = new DmaDevice({
    name: '0000:01:00.0',
    domain,
    behaviour,
    log,
    dmaMask: mask ?? dmaBitMask(64),
    busDmaLimit: 0n,
    pci32bitWorkaround: true,
    untrusted,
    direct: PLAIN_DIRECT_DMA,
  });
  return { dev, domain, log };
}

const BAR = 0x38_0000_0000n as PhysAddr;
const ZERO = 0n as PhysAddr;
const PAGE = 0x1000n;

describe('dma_iova', () => {
  const sizes: [string, bigint, boolean, number][] = [
    ['0', 0n, false, 1],
    ['one byte', 1n, true, 0],
    ['2^63 - 1', 2n ** 63n - 1n, false, 0],
    ['2^63', 2n ** 63n, false, 1],
  ];
  test.each(sizes)('an allocation of %s bytes', (_, size, taken, warns) => {
    const { dev, log } = setUp();
    const state = newDmaIovaState();
    expect(dmaIovaTryAlloc(dev, state, ZERO, size)).toBe(taken);
    expect(dmaUseIova(state)).toBe(taken);
    expect(log.warns).toHaveLength(warns);
  });

  test('ranges linked one after the other are one run of addresses, gone after destroying it', () => {
    const { dev, domain } = setUp();
    const before = domain.snapshot();
    const state = newDmaIovaState();
    dmaIovaTryAlloc(dev, state, ZERO, 0x30_0000n);
    expect(dmaIovaLink(dev, state, BAR, 0n, 0x20_0000n, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO).ok).toBe(true);
    const second = (BAR + 0x4000_0000n) as PhysAddr;
    expect(dmaIovaLink(dev, state, second, 0x20_0000n, 0x10_0000n, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO).ok).toBe(true);
    expect(dmaIovaSync(dev, state, 0n, 0x30_0000n).ok).toBe(true);
    expect(domain.iovaToPhys((state.addr + 0x1f_ffffn) as typeof state.addr)).toBe(BAR + 0x1f_ffffn);
    expect(domain.iovaToPhys((state.addr + 0x20_0001n) as typeof state.addr)).toBe(second + 1n);
    dmaIovaDestroy(dev, state, 0x30_0000n);
    expect(domain.snapshot()).toEqual(before);
  });

  const links: [string, Setup, [phys: bigint, offset: bigint, size: bigint], string][] = [
    ['a range at the same offset twice', {}, [BAR, 0n, PAGE], 'EADDRINUSE'],
    ['part of a page after another range', {}, [BAR + 1n, PAGE, PAGE], 'EIO'],
    ['part of a page where none was foreseen', {}, [BAR + 1n, 0n, PAGE], 'ENXIO'],
    ['the same on 6.19', { version: kernelVersion(6, 19) }, [BAR + 1n, 0n, PAGE], 'EINVAL'],
    ['an unaligned length for an untrusted device', { untrusted: true }, [BAR, PAGE, 1n], 'EPERM'],
    ['53 address bits', {}, [2n ** 52n, PAGE, PAGE], 'ERANGE'],
    ['nothing', {}, [BAR, PAGE, 0n], 'EINVAL'],
    ['without memory', { fault: (step) => step === 'iommu_map: table page' }, [BAR, PAGE, PAGE], 'ENOMEM'],
  ];
  test.each(links)('linking %s', (_, setup, [phys, offset, size], errno) => {
    const { dev } = setUp(setup);
    const state = newDmaIovaState();
    dmaIovaTryAlloc(dev, state, ZERO, 2n * PAGE);
    dmaIovaLink(dev, state, BAR, 0n, PAGE, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
    const result = dmaIovaLink(dev, state, phys as PhysAddr, offset, size, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
    expect(result.ok ? 'ok' : result.errno).toBe(errno);
  });

  test('an unaligned length is rounded up: the rest of the page is exposed', () => {
    const { dev, domain } = setUp();
    const state = newDmaIovaState();
    dmaIovaTryAlloc(dev, state, ZERO, 0x1001n);
    dmaIovaLink(dev, state, BAR, 0n, 0x1001n, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
    expect(domain.iovaToPhys((state.addr + 0x1fffn) as typeof state.addr)).toBe(BAR + 0x1fffn);
  });

  const directions: [string, 0 | 1 | 2, number][] = [
    ['both ways', DMA_BIDIRECTIONAL, 1 + 2 + 16],
    ['to the device', DMA_TO_DEVICE, 1 + 16],
    ['from the device', DMA_FROM_DEVICE, 2 + 16],
  ];
  test.each(directions)('%s: IOMMU_READ 1, IOMMU_WRITE 2, IOMMU_MMIO 16', (_, dir, prot) => {
    const { dev, domain } = setUp();
    expect(dmaMapPhys(dev, BAR, PAGE, dir, DMA_ATTR_MMIO).ok).toBe(true);
    expect(domain.pageTable.runs().map((run) => run.prot)).toEqual([prot]);
  });

  const destroys: [string, Setup, freed: number, queued: number, leaked: number][] = [
    ['7.3 frees all of it at once', { type: 'DMA-FQ' }, 8, 0, 0],
    ['7.2 frees the linked part at once', { version: kernelVersion(7, 2, 12) }, 4, 0, 4],
    ['7.2 in lazy mode queues the linked part', { version: kernelVersion(7, 2, 12), type: 'DMA-FQ' }, 0, 4, 4],
  ];
  test.each(destroys)('destroying a run of 8 pages of which 4 are linked: %s', (_, setup, freed, queued, leaked) => {
    const { dev, domain, log } = setUp(setup);
    const state = newDmaIovaState();
    dmaIovaTryAlloc(dev, state, ZERO, 8n * PAGE);
    dmaIovaLink(dev, state, BAR, 0n, 4n * PAGE, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
    dmaIovaDestroy(dev, state, 4n * PAGE);
    const { iova, queued: waiting, leaves } = domain.snapshot();
    expect(leaves).toEqual([]);
    expect(waiting.map(([, pages]) => pages)).toEqual(queued === 0 ? [] : [queued]);
    const cachedOrder = iova.rcaches.findIndex((rcache) => rcache.some((magazine) => magazine.length > 0));
    expect(cachedOrder < 0 ? 0 : 2 ** cachedOrder).toBe(freed);
    expect(log.defects).toEqual(leaked > 0 ? ['iova-destroy-frees-linked-length'] : []);
  });

  test('unlinking more than is linked WARNs every time', () => {
    const { dev, log } = setUp();
    const state = newDmaIovaState();
    dmaIovaTryAlloc(dev, state, ZERO, 2n * PAGE);
    dmaIovaLink(dev, state, BAR, 0n, PAGE, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
    dmaIovaUnlink(dev, state, 0n, 2n * PAGE);
    dmaIovaUnlink(dev, state, 0n, PAGE);
    expect(log.warns.map((warn) => `${warn.file} ${warn.once}`)).toEqual(
      Array(2).fill('drivers/iommu/dma-iommu.c false'),
    );
    dmaIovaFree(dev, state);
  });

  test('below 4 GiB first, until that is full once; then never again', () => {
    const { dev, log } = setUp();
    const high = newDmaIovaState();
    dmaIovaTryAlloc(dev, high, ZERO, 2n ** 32n);
    expect(high.addr).toBe(0xffff_0000_0000n);
    expect(dev.pci32bitWorkaround).toBe(false);
    expect(log.notices).toEqual(['0000:01:00.0: Using 48-bit DMA addresses']);
    const page = newDmaIovaState();
    dmaIovaTryAlloc(dev, page, ZERO, PAGE);
    expect(page.addr).toBe(0xfffe_ffff_f000n);
  });

  test('nothing lies above the mask', () => {
    const { dev } = setUp({ mask: dmaBitMask(30) });
    const state = newDmaIovaState();
    dmaIovaTryAlloc(dev, state, ZERO, PAGE);
    expect(state.addr).toBe(0x3fff_f000n);
    expect(dmaIovaTryAlloc(dev, state, ZERO, 2n ** 30n)).toBe(false);
  });
});

describe('dma_map_phys behind an IOMMU', () => {
  test('keeps the offset within the page, and unmapping brings the domain back', () => {
    const { dev, domain } = setUp();
    const before = domain.snapshot();
    const mapped = dmaMapResource(dev, (BAR + 0x234n) as PhysAddr, 0x20_0000n, DMA_BIDIRECTIONAL);
    if (!mapped.ok || mapped.value.space !== 'iova') throw new Error('not mapped');
    expect(mapped.value.addr % PAGE).toBe(0x234n);
    expect(domain.iovaToPhys(mapped.value.addr)).toBe(BAR + 0x234n);
    dmaUnmapPhys(dev, mapped.value.addr, 0x20_0000n);
    expect(domain.snapshot()).toEqual(before);
  });

  test('every failure is -ENOMEM, names its cause, and leaves nothing mapped', () => {
    const { dev, domain } = setUp();
    const result = dmaMapPhys(dev, (2n ** 53n) as PhysAddr, 64n * PAGE, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
    expect(result).toEqual({ ok: false, errno: 'ENOMEM', at: 'iommu_dma_map_phys: iommu_map: ERANGE' });
    expect(domain.snapshot().iova.ranges).toEqual([]);
    const shared = dmaMapPhys(dev, BAR, PAGE, DMA_BIDIRECTIONAL, { mmio: true, ccShared: true });
    expect(shared).toMatchObject({ ok: false, errno: 'ENOMEM' });
  });

  test('unmapping part of a large leaf takes all of it, WARNs, and frees the whole range', () => {
    const { dev, domain, log } = setUp();
    const mapped = dmaMapPhys(dev, BAR, 0x4000_0000n, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
    if (!mapped.ok) throw new Error('not mapped');
    dmaUnmapPhys(dev, mapped.value.addr, 0x3fff_f000n);
    expect(domain.snapshot().iova.ranges).toEqual([]);
    expect(domain.snapshot().leaves).toEqual([]);
    expect(log.warns.map((warn) => warn.file)).toEqual(['drivers/iommu/dma-iommu.c']);
  });

  test('a lazy domain keeps the address for 10 ms, but not the mapping', () => {
    const { dev, domain } = setUp({ type: 'DMA-FQ' });
    const mapped = dmaMapPhys(dev, BAR, PAGE, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
    if (!mapped.ok) throw new Error('not mapped');
    dmaUnmapPhys(dev, mapped.value.addr, PAGE);
    expect(domain.snapshot().leaves).toEqual([]);
    expect(domain.snapshot().queued).toHaveLength(1);
    domain.elapse(10);
    expect(domain.snapshot().queued).toEqual([]);
  });
});

describe('a chain of calls whose nth step fails', () => {
  /** Takes, links two ranges, syncs; undoes everything on failure as a careful caller does. */
  function mapTwo(dev: DmaDevice): boolean {
    const state = newDmaIovaState();
    if (!dmaIovaTryAlloc(dev, state, ZERO, 128n * PAGE)) return false;
    let linked = 0n;
    for (const phys of [BAR, (BAR + 0x1000_0000n) as PhysAddr]) {
      if (!dmaIovaLink(dev, state, phys, linked, 64n * PAGE, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO).ok) {
        dmaIovaDestroy(dev, state, linked);
        return false;
      }
      linked += 64n * PAGE;
    }
    const synced = dmaIovaSync(dev, state, 0n, linked).ok;
    dmaIovaDestroy(dev, state, linked);
    return synced;
  }

  test('leaves the domain as it was, whichever step it is', () => {
    for (let nth = 0; ; nth++) {
      let step = 0;
      let failed = false;
      const { dev, domain } = setUp({
        fault: () => {
          const fails = step++ === nth;
          failed ||= fails;
          return fails;
        },
      });
      const before = domain.snapshot();
      const mapped = mapTwo(dev);
      expect(domain.snapshot()).toEqual(before);
      if (!failed) {
        expect(mapped).toBe(true);
        expect(nth).toBe(4);
        break;
      }
    }
  });
});
