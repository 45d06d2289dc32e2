import { describe, expect, test } from 'vitest';
import { mappingMachine } from '../../test/support/mapping-machine.ts';
import { BAR0, finished, type VfioMachine, value, vfioMachine } from '../../test/support/vfio-machine.ts';
import type { Iova } from '../base/index.ts';
import { dmaBufExport, dmaBufFd } from '../dma-buf/index.ts';
import { DmaDomain, type FaultHook, IOMMU_MMIO, IOMMU_READ, IOMMU_WRITE } from '../iommu/index.ts';
import {
  IOMMU_IOAS_MAP_FIXED_IOVA,
  IOMMU_IOAS_MAP_READABLE,
  IOMMU_IOAS_MAP_WRITEABLE,
  kernelError,
  kernelOk,
} from '../uapi/index.ts';
import { vfioCloseDevice, vfioDeviceReset, vfioWriteCommand } from '../vfio/index.ts';
import { Ioas, type IoasMapFileRequest } from './index.ts';

const PAGE = 0x1000n;
const IOVA = 0x4000_0000n;
const READ = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE;
const BOTH = READ | IOMMU_IOAS_MAP_WRITEABLE;

/** A device whose BAR 0 is descriptor 0, and an address space with one domain. */
function space(...parts: (readonly [bigint, bigint])[]): { machine: VfioMachine; ioas: Ioas; domain: DmaDomain } {
  const machine = vfioMachine();
  machine.exported(...(parts.length === 0 ? [[0x1_0000n, 0x10n * PAGE] as const] : parts));
  const ioas = new Ioas(machine.kernel);
  const domain = newDomain(machine);
  value(ioas.attachDomain(domain, [{ start: 0xfee0_0000n, end: 0xfef0_0000n }]));
  return { machine, ioas, domain };
}

function newDomain({ importer, log, domain }: VfioMachine, fault?: FaultHook): DmaDomain {
  if (domain === undefined) throw new Error('no IOMMU');
  return new DmaDomain({ type: 'DMA', geometry: domain.geometry, behaviour: importer.behaviour, log, fault });
}

function request({ files }: VfioMachine, facts: Partial<IoasMapFileRequest> = {}): IoasMapFileRequest {
  return { files, fd: 0, start: 0n, length: 2n * PAGE, iova: IOVA, flags: BOTH, ...facts };
}

describe('mapping a dma-buf of vfio', () => {
  test('leads straight to the BAR, as MMIO, with the permissions asked', () => {
    const { machine, ioas, domain } = space();
    value(ioas.mapFile(request(machine, { start: 3n * PAGE })));
    value(ioas.mapFile(request(machine, { iova: IOVA + 0x10_0000n, flags: READ })));
    expect(domain.iovaToPhys((IOVA + PAGE + 0x123n) as Iova)).toBe(BAR0 + 0x1_0000n + 4n * PAGE + 0x123n);
    expect(domain.pageTable.runs().map(({ prot }) => prot)).toEqual([
      IOMMU_MMIO | IOMMU_READ | IOMMU_WRITE,
      IOMMU_MMIO | IOMMU_READ,
    ]);
  });

  test('does not ask P2PDMA: a pair it refuses is mapped all the same', () => {
    const machine = vfioMachine({ mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED' });
    machine.exported([0n, PAGE]);
    expect(new Ioas(machine.kernel).mapFile(request(machine, { length: PAGE })).ok).toBe(true);
  });

  const rows: [string, string, Partial<IoasMapFileRequest>][] = [
    ['unknown flags', 'EOPNOTSUPP', { flags: 8, length: 0n }],
    ['no permission', 'EINVAL', { flags: IOMMU_IOAS_MAP_FIXED_IOVA }],
    ['no chosen address', 'EINVAL', { flags: BOTH & ~IOMMU_IOAS_MAP_FIXED_IOVA }],
    ['no length', 'EINVAL', { length: 0n, fd: 9 }],
    ['start and length overflow', 'EOVERFLOW', { start: 1n << 63n, length: (1n << 63n) + 1n, fd: 9 }],
    ['no such descriptor', 'EBADF', { fd: 9 }],
    ['beyond the buffer', 'EINVAL', { start: 0xfn * PAGE, iova: 1n }],
    ['to the end of the buffer', 'ok', { start: 0xen * PAGE }],
    ['address not aligned', 'EINVAL', { iova: IOVA + 1n }],
    ['start not aligned', 'EINVAL', { start: 1n }],
    ['address passes 2^64', 'EOVERFLOW', { iova: (1n << 64n) - PAGE }],
    ['interrupt window', 'EINVAL', { iova: 0xfedf_f000n }],
    ['something is there', 'EEXIST', { iova: 0x7000_1000n }],
    ['beyond the aperture', 'ERANGE', { iova: 1n << 48n }],
  ];
  test.each(rows)('%s: %s, and nothing is left of a failure', (_, expected, facts) => {
    const { machine, ioas, domain } = space();
    value(ioas.mapFile(request(machine, { iova: 0x7000_0000n })));
    const second = newDomain(machine);
    value(ioas.attachDomain(second));
    const before = [domain.snapshot(), second.snapshot(), state(machine)];
    const result = ioas.mapFile(request(machine, facts));
    expect(result.ok ? 'ok' : result.errno).toBe(expected);
    if (!result.ok) expect([domain.snapshot(), second.snapshot(), state(machine)]).toEqual(before);
  });

  test('that fails in one domain is taken back in the others', () => {
    const { machine, ioas, domain } = space();
    value(ioas.attachDomain(newDomain(machine, () => true)));
    expect(ioas.mapFile(request(machine))).toMatchObject({ errno: 'ENOMEM' });
    expect([domain.pageTable.runs(), state(machine)]).toEqual([[], [1, 0]]);
  });

  test('unpins what it cannot use', () => {
    const { machine, ioas } = space();
    const calls: string[] = [];
    const ops = {
      map: () => undefined,
      unmap: () => undefined,
      release: () => undefined,
      pin: () => {
        calls.push('pin');
        return kernelOk(undefined);
      },
      unpin: () => calls.push('unpin'),
    };
    const fd = value(dmaBufFd(machine.files, value(dmaBufExport(machine.kernel, { ops, size: 4n * PAGE }))));
    expect(ioas.mapFile(request(machine, { fd }))).toMatchObject({ errno: 'EOPNOTSUPP' });
    expect(calls).toEqual(['pin', 'unpin']);
  });

  test('is refused for two ranges, while revoked, and for other exporters', () => {
    const two = space([0n, PAGE], [4n * PAGE, PAGE]);
    expect(two.ioas.mapFile(request(two.machine))).toMatchObject({ errno: 'EOPNOTSUPP' });
    expect(state(two.machine)).toEqual([1, 0]);
    const off = space();
    finished(vfioWriteCommand(off.machine.device, 0));
    expect(off.ioas.mapFile(request(off.machine))).toMatchObject({ errno: 'ENODEV' });
    const { kernel } = mappingMachine();
    const pin = () => kernelError('EBUSY', 'pin');
    const plain = { map: () => undefined, unmap: () => undefined, release: () => undefined };
    const other = space();
    const fds = [plain, { ...plain, pin, unpin: () => undefined }].map((ops) => {
      return value(dmaBufFd(other.machine.files, value(dmaBufExport(kernel, { ops, size: 4n * PAGE }))));
    });
    expect(fds.map((fd) => other.ioas.mapFile(request(other.machine, { fd })))).toMatchObject([
      { errno: 'EOPNOTSUPP' },
      { errno: 'EBUSY' },
    ]);
  });
});

describe('a mapping', () => {
  test('appears in a domain that is attached later', () => {
    const { machine, ioas } = space();
    value(ioas.mapFile(request(machine)));
    const late = newDomain(machine);
    value(ioas.attachDomain(late));
    expect(late.iovaToPhys(IOVA as Iova)).toBe(BAR0 + 0x1_0000n);
    expect(late.pageTable.runs()[0]?.prot).toBe(IOMMU_MMIO | IOMMU_READ | IOMMU_WRITE);
  });

  test('keeps a domain out that cannot hold all of them, and leaves nothing in it', () => {
    const { machine, ioas } = space();
    value(ioas.mapFile(request(machine)));
    value(ioas.mapFile(request(machine, { iova: 2n * IOVA })));
    let maps = 0;
    const late = newDomain(machine, () => ++maps === 2);
    expect(ioas.attachDomain(late)).toMatchObject({ errno: 'ENOMEM' });
    expect(late.pageTable.runs()).toEqual([]);
  });

  test('keeps a domain out whose devices need its addresses', () => {
    const { machine, ioas } = space();
    value(ioas.mapFile(request(machine)));
    const kept = { start: IOVA + PAGE, end: IOVA + 2n * PAGE };
    expect(ioas.attachDomain(newDomain(machine), [kept])).toMatchObject({ errno: 'EADDRINUSE' });
  });

  test('goes as a whole or not at all', () => {
    const { machine, ioas, domain } = space();
    value(ioas.mapFile(request(machine)));
    expect(ioas.unmap(IOVA, PAGE)).toMatchObject({ errno: 'ENOENT' });
    expect(ioas.unmap(IOVA + 2n * PAGE, PAGE)).toMatchObject({ errno: 'ENOENT' });
    expect(ioas.unmap(IOVA - PAGE, 4n * PAGE).ok).toBe(true);
    expect([domain.pageTable.runs(), state(machine)]).toEqual([[], [1, 0]]);
  });

  test('is not given to emulated devices', () => {
    const { machine, ioas } = space();
    value(ioas.mapFile(request(machine)));
    expect(ioas.accessPin(IOVA)).toMatchObject({ errno: 'EINVAL' });
    expect(ioas.accessPin(IOVA - 1n)).toMatchObject({ errno: 'ENOENT' });
  });

  test('is gone for good once revoked, also from domains to come, and keeps its addresses', () => {
    const { machine, ioas, domain } = space();
    value(ioas.mapFile(request(machine)));
    finished(vfioDeviceReset(machine.device));
    expect(domain.pageTable.runs()).toEqual([]);
    const late = newDomain(machine);
    value(ioas.attachDomain(late));
    expect(late.pageTable.runs()).toEqual([]);
    expect(ioas.mapFile(request(machine))).toMatchObject({ errno: 'EEXIST' });
    value(ioas.unmap(IOVA, 2n * PAGE));
    expect(ioas.mapFile(request(machine)).ok).toBe(true);
    expect(domain.iovaToPhys(IOVA as Iova)).toBe(BAR0 + 0x1_0000n);
  });

  test('does not keep the device from being closed', () => {
    const { machine, ioas, domain } = space();
    value(ioas.mapFile(request(machine)));
    finished(vfioCloseDevice(machine.device));
    expect(domain.pageTable.runs()).toEqual([]);
  });
});

/** References and attachments of the exported buffer. */
function state({ device }: VfioMachine): [number, number] {
  const dmabuf = device.dmabufs[0]?.dmabuf;
  return [dmabuf?.references ?? 0, dmabuf?.attachments.length ?? 0];
}
