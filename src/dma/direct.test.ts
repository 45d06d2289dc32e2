import { describe, expect, test } from 'vitest';
import type { PhysAddr } from '../base/index.ts';
import { dmaBehaviourOf } from '../iommu/index.ts';
import {
  DMA_ATTR_MMIO,
  DMA_BIDIRECTIONAL,
  type DmaAttrs,
  KernelLog,
  type KernelVersion,
  kernelVersion,
} from '../uapi/index.ts';
import {
  type DirectDma,
  DmaDevice,
  dmaBitMask,
  dmaDirectAsIsLimit,
  dmaMapPhys,
  dmaSetMaskAndCoherent,
  PLAIN_DIRECT_DMA,
} from './index.ts';

const NEW = kernelVersion(7, 3, 4);
const OLD = kernelVersion(7, 2, 12);

interface Setup {
  readonly version?: KernelVersion;
  readonly mask?: bigint;
  readonly busDmaLimit?: bigint;
  readonly direct?: Partial<DirectDma>;
}

function setUp({ version = NEW, mask = dmaBitMask(64), busDmaLimit = 0n, direct }: Setup) {
  const log = new KernelLog();
  const dev = new DmaDevice({
    name: '0000:01:00.0',
    domain: undefined,
    behaviour: dmaBehaviourOf(version),
    log,
    dmaMask: mask,
    busDmaLimit,
    pci32bitWorkaround: false,
    untrusted: false,
    direct: { ...PLAIN_DIRECT_DMA, ...direct },
  });
  return { dev, log };
}

const C = 'kernel/dma/direct.c';
const H = 'kernel/dma/direct.h';
const MAP = [{ cpuStart: 0x1000n, dmaStart: 0x9000n, size: 0x2000n }];

describe('dma-direct', () => {
  const rows: [string, Setup, [phys: bigint, size: bigint, attrs?: DmaAttrs], bigint | undefined, string[]][] = [
    ['a plain machine gives the physical address', {}, [0xfe00_0000n, 0x1000n], 0xfe00_0000n, []],
    ['the last byte decides', { mask: dmaBitMask(32) }, [0xffff_f000n, 0x1000n], 0xffff_f000n, []],
    ['one byte beyond the mask', { mask: dmaBitMask(32) }, [0xffff_f000n, 0x1001n], undefined, [C]],
    ['the same on 7.2', { mask: dmaBitMask(32), version: OLD }, [0xffff_f000n, 0x1001n], undefined, [H]],
    ['the bus limit counts too', { busDmaLimit: 0xfffn }, [0x800n, 0x801n], undefined, [C]],
    ['the end wraps around', { mask: dmaBitMask(32) }, [2n ** 64n - 0x1000n, 0x2000n], 2n ** 64n - 0x1000n, []],
    ['an empty range at 0 ends below it', { mask: dmaBitMask(32) }, [0n, 0n], undefined, [C]],
    ['swiotlb=force', { direct: { swiotlbForce: true } }, [0n, 1n], undefined, []],
    ['a guest, 7.2', { version: OLD, direct: { memoryEncryption: 'guest' } }, [0n, 1n], undefined, []],
    ['a guest, 7.3', { direct: { memoryEncryption: 'guest' } }, [0n, 1n], undefined, [C]],
    ['an encrypting host', { direct: { memoryEncryption: 'host' } }, [0n, 1n], 0n, []],
    ['shared memory, 7.2', { version: OLD }, [0n, 1n, { mmio: true, ccShared: true }], undefined, []],
    ['a DMA range translates', { direct: { rangeMap: MAP } }, [0x1800n, 0x10n], 0x9800n, []],
    ['but not on 7.2', { version: OLD, direct: { rangeMap: MAP } }, [0x1800n, 0x10n], 0x1800n, []],
    ['an address in no DMA range', { direct: { rangeMap: MAP } }, [0x3000n, 0x10n], undefined, [C]],
  ];
  test.each(rows)('%s', (_, setup, [phys, size, attrs = DMA_ATTR_MMIO], expected, warns) => {
    const { dev, log } = setUp(setup);
    const mapped = dmaMapPhys(dev, phys as PhysAddr, size, DMA_BIDIRECTIONAL, attrs);
    expect(mapped.ok ? mapped.value.addr : mapped.errno).toBe(expected ?? 'ENOMEM');
    expect(log.warns.map((warn) => warn.file)).toEqual(warns);
  });

  test.each(rows)('%s: what ends at or below the as-is limit keeps its address', (_, setup, [phys, size, attrs]) => {
    const { dev } = setUp(setup);
    const limit = dmaDirectAsIsLimit(dev, attrs ?? DMA_ATTR_MMIO);
    const mapped = dmaMapPhys(dev, phys as PhysAddr, size, DMA_BIDIRECTIONAL, attrs ?? DMA_ATTR_MMIO);
    const asIs = mapped.ok && mapped.value.addr === phys;
    expect(limit !== undefined && BigInt.asUintN(64, phys + size - 1n) <= limit).toBe(asIs);
  });

  test('the WARN comes once, the error every time', () => {
    const { dev, log } = setUp({ mask: dmaBitMask(30) });
    for (let i = 0; i < 2; i++) expect(dmaMapPhys(dev, (2n ** 31n) as PhysAddr, 1n, 0, DMA_ATTR_MMIO).ok).toBe(false);
    expect(log.warns).toHaveLength(1);
  });
});

describe('setting a mask without an IOMMU', () => {
  const pc = 0xff_ffffn;
  const arm = 0x7fff_f000n;
  const masks: [number, bigint, boolean][] = [
    [30, pc, true],
    [24, pc, true],
    [23, pc, false],
    [30, arm, false],
    [31, arm, true],
    [32, 2n ** 40n, true],
    [64, arm, true],
  ];
  test.each(masks)('%i bits where %i must be reached: %s', (bits, minimalMask, accepted) => {
    const { dev } = setUp({ direct: { minimalMask } });
    const result = dmaSetMaskAndCoherent(dev, dmaBitMask(bits));
    expect(result.ok ? 'ok' : result.errno).toBe(accepted ? 'ok' : 'EIO');
    expect(dev.dmaMask).toBe(accepted ? dmaBitMask(bits) : dmaBitMask(64));
  });
});
