import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BAR_START, type MappingMachineSpec, mappingMachine } from '../../test/support/mapping-machine.ts';
import { attachTo, BAR0, finished, QUIET_IMPORTER, value, vfioMachine } from '../../test/support/vfio-machine.ts';
import type { Iova, PhysAddr } from '../base/index.ts';
import {
  type DmaBuf,
  dmaBufAttach,
  dmaBufDynamicAttach,
  dmaBufFd,
  exportMixed,
  exportPhys,
  exportVram,
  FileTable,
  type VramDmaBuf,
} from '../dma-buf/index.ts';
import { DmaDomain } from '../iommu/index.ts';
import { PhysVecArray } from '../scatterlist/index.ts';
import {
  IOMMU_IOAS_MAP_FIXED_IOVA,
  IOMMU_IOAS_MAP_READABLE,
  IOMMU_IOAS_MAP_WRITEABLE,
  type KernelResult,
} from '../uapi/index.ts';
import { vfioCloseDevice, vfioWriteCommand } from '../vfio/index.ts';
import { Ioas } from './index.ts';

const PAGE = 0x1000n;
const IOVA = 0x4000_0000n;
const RFC: MappingMachineSpec = { mappingTypes: 'complete' };
const INTENDED: MappingMachineSpec = { ...RFC, intended: true };
const ALL = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE;

interface Space {
  readonly domain: DmaDomain;
  /** Maps bytes of a buffer at {@link IOVA}. */
  map(dmabuf: DmaBuf, start: bigint, length: bigint): KernelResult<undefined>;
  /** Where a byte of the space leads, from its start. */
  at(offset: bigint): bigint | undefined;
  readonly ioas: Ioas;
}

function spaceOf(machine: Pick<ReturnType<typeof mappingMachine>, 'kernel' | 'domain' | 'importer' | 'log'>): Space {
  const { kernel, domain: own, importer, log } = machine;
  if (own === undefined) throw new Error('no IOMMU');
  const domain = new DmaDomain({ type: 'DMA', geometry: own.geometry, behaviour: importer.behaviour, log });
  const ioas = new Ioas(kernel);
  value(ioas.attachDomain(domain));
  return {
    domain,
    ioas,
    map(dmabuf, start, length) {
      const files = new FileTable();
      dmabuf.get();
      const fd = value(dmaBufFd(files, dmabuf));
      return ioas.mapFile({ files, fd, start, length, iova: IOVA, flags: ALL });
    },
    at: (offset) => domain.iovaToPhys((IOVA + offset) as Iova),
  };
}

function listed(spec: MappingMachineSpec, ranges: readonly (readonly [bigint, bigint])[], size?: bigint) {
  const machine = mappingMachine(spec);
  const phys = PhysVecArray.of(ranges);
  const dmabuf = value(exportPhys(machine.kernel, phys, size ?? phys.totalLength()));
  return { machine, dmabuf, space: spaceOf(machine) };
}

describe('a list of physical addresses in an address space', () => {
  test('of any number of ranges is one run of I/O addresses', () => {
    const { dmabuf, space } = listed(RFC, [
      [0x10_0000n, 2n * PAGE],
      [0x70_0000n, PAGE],
      [0x30_0000n, 3n * PAGE],
    ]);
    value(space.map(dmabuf, 0n, 6n * PAGE));
    const reached = [0n, 1n, 2n, 3n, 4n, 5n].map((page) => space.at(page * PAGE + 7n));
    expect(reached).toEqual([0x10_0007n, 0x10_1007n, 0x70_0007n, 0x30_0007n, 0x30_1007n, 0x30_2007n]);
    expect(space.at(6n * PAGE)).toBeUndefined();
  });

  test('begins in the range that holds the start, whole ranges before it skipped', () => {
    const { dmabuf, space } = listed(RFC, [
      [0x10_0000n, 2n * PAGE],
      [0x70_0000n, 4n * PAGE],
    ]);
    value(space.map(dmabuf, 3n * PAGE, 2n * PAGE));
    expect([space.at(0n), space.at(PAGE), space.at(2n * PAGE)]).toEqual([0x70_1000n, 0x70_2000n, undefined]);
  });

  test('starts with a range where that begins', () => {
    const { dmabuf, space } = listed(RFC, [
      [0x10_0000n, 2n * PAGE],
      [0x70_0000n, PAGE],
    ]);
    value(space.map(dmabuf, 2n * PAGE, PAGE));
    expect(space.at(0n)).toBe(0x70_0000n);
  });

  test('goes alone when it is unmapped: what follows it stays', () => {
    const { dmabuf, space } = listed(RFC, [[0x10_0000n, 4n * PAGE]]);
    const files = new FileTable();
    dmabuf.get();
    const fd = value(dmaBufFd(files, dmabuf));
    for (const page of [0n, 1n]) {
      const [start, length] = [page * 2n * PAGE, 2n * PAGE];
      value(space.ioas.mapFile({ files, fd, start, length, iova: IOVA + start, flags: ALL }));
    }
    value(space.ioas.unmap(IOVA, 2n * PAGE));
    expect([space.at(0n), space.at(2n * PAGE), space.at(3n * PAGE)]).toEqual([undefined, 0x10_2000n, 0x10_3000n]);
  });

  test('that cannot be mapped leaves nothing, also of the ranges before', () => {
    const { dmabuf, space } = listed(RFC, [
      [0x10_0000n, PAGE],
      [1n << 52n, PAGE],
    ]);
    expect(space.map(dmabuf, 0n, 2n * PAGE)).toMatchObject({ errno: 'ERANGE' });
    expect(space.domain.pageTable.runs()).toEqual([]);
    expect([dmabuf.references, dmabuf.attachments.length]).toEqual([2, 0]);
  });

  test('any ranges of whole pages, from any page on, lead where they say, in order', () => {
    const pages = fc.integer({ min: 1, max: 5 });
    const parts = fc.array(fc.tuple(fc.integer({ min: 0, max: 0xff }), pages), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, fc.nat(), fc.nat(), (made, first, count) => {
        const ranges = made.map(
          ([at, len], index) => [BigInt(at * 0x100 + index * 0x10) * PAGE, BigInt(len) * PAGE] as const,
        );
        const all = ranges.flatMap(([at, len]) =>
          Array.from({ length: Number(len / PAGE) }, (_, i) => at + BigInt(i) * PAGE),
        );
        const start = first % all.length;
        const length = (count % (all.length - start)) + 1;
        const { dmabuf, space, machine } = listed(RFC, ranges);
        value(space.map(dmabuf, BigInt(start) * PAGE, BigInt(length) * PAGE));
        const reached = Array.from({ length }, (_, page) => space.at(BigInt(page) * PAGE));
        expect(reached).toEqual(all.slice(start, start + length));
        expect(machine.log.defects).toEqual([]);
      }),
    );
  });
});

describe('ranges that are not whole pages', () => {
  const HALF: readonly (readonly [bigint, bigint])[] = [
    [0x10_0000n, PAGE / 2n],
    [0x70_0000n, 2n * PAGE],
  ];

  test('half a page leads to the page before the next range, which nobody exported', () => {
    const { dmabuf, space, machine } = listed(RFC, HALF, 2n * PAGE);
    value(space.map(dmabuf, 0n, 2n * PAGE));
    expect([space.at(0n), space.at(PAGE)]).toEqual([0x6f_f000n, 0x70_0000n]);
    expect(machine.log.defects).toEqual(['pal-entry-not-whole-pages']);
  });

  test('a page and a half is right until its rest', () => {
    const { dmabuf, space } = listed(
      RFC,
      [
        [0x10_0000n, PAGE + PAGE / 2n],
        [0x70_0000n, 2n * PAGE],
      ],
      3n * PAGE,
    );
    value(space.map(dmabuf, 0n, 3n * PAGE));
    expect([space.at(0n), space.at(PAGE), space.at(2n * PAGE)]).toEqual([0x10_0000n, 0x6f_f000n, 0x70_0000n]);
  });

  test.each([
    ['half a page', HALF],
    ['a start within a page', [[0x10_0800n, PAGE]] as const],
  ])('%s is refused by the intended code, and given back', (_, ranges) => {
    const { dmabuf, space, machine } = listed(INTENDED, ranges, PAGE);
    expect(space.map(dmabuf, 0n, PAGE)).toMatchObject({ errno: 'EINVAL' });
    expect([(dmabuf.priv as { live: number }).live, dmabuf.attachments.length]).toEqual([0, 0]);
    expect(machine.log.defects).toEqual([]);
  });
});

describe('ranges shorter than the buffer says', () => {
  const SHORT = [[0x10_0000n, PAGE]] as const;

  test('are read past their end', () => {
    const { dmabuf, space, machine } = listed(RFC, SHORT, 2n * PAGE);
    value(space.map(dmabuf, 0n, 2n * PAGE));
    expect([space.at(0n), space.at(PAGE)]).toEqual([0x10_0000n, undefined]);
    expect(machine.log.defects).toEqual(['pal-list-shorter-than-size']);
    expect(machine.log.notices[0]).toContain('out-of-bounds');
  });

  test('are no matter where what is asked for lies within them', () => {
    const { dmabuf, space, machine } = listed(RFC, SHORT, 2n * PAGE);
    value(space.map(dmabuf, 0n, PAGE));
    expect(machine.log.defects).toEqual([]);
  });

  test('are refused by the intended code; longer ones are not', () => {
    const short = listed(INTENDED, SHORT, 2n * PAGE);
    expect(short.space.map(short.dmabuf, 0n, PAGE)).toMatchObject({ errno: 'EINVAL' });
    const long = listed(INTENDED, [[0x10_0000n, 3n * PAGE]], 2n * PAGE);
    expect(long.space.map(long.dmabuf, 0n, 2n * PAGE)).toMatchObject({ ok: true });
  });
});

describe('a buffer of vfio', () => {
  const TWO = [
    [0n, PAGE],
    [4n * PAGE, PAGE],
  ] as const;

  test('offers its addresses first, then a table to those that can reach it', () => {
    const machine = vfioMachine(RFC);
    const buffer = machine.exported(...TWO);
    const space = spaceOf(machine);
    value(space.map(buffer.dmabuf, 0n, 2n * PAGE));
    expect([space.at(0n), space.at(PAGE), buffer.physLists]).toEqual([BAR0, BAR0 + 4n * PAGE, 1]);
    value(space.ioas.unmap(IOVA, 2n * PAGE));
    expect([buffer.physLists, buffer.mappings]).toEqual([0, 0]);
    expect(attachTo(machine.kernel, buffer, machine.importer).peer2peer).toBe(true);
  });

  /** [7.3, negotiated]: where the "no" comes, and which. */
  const rows: [string, MappingMachineSpec, 'dynamic' | 'static' | 'not revocable', string, string][] = [
    ['a peer importer', {}, 'dynamic', 'ok', 'ok'],
    ['a static importer', {}, 'static', 'EOPNOTSUPP', 'EINVAL'],
    ['a peer importer out of reach', { mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED' }, 'dynamic', 'ok', 'EINVAL'],
    ['an importer without a callback', {}, 'not revocable', 'EOPNOTSUPP', 'EINVAL'],
  ];
  test.each(rows)('%s', (_, spec, kind, before, negotiated) => {
    const answers = [spec, { ...spec, ...RFC }].map((each) => {
      const machine = vfioMachine(each);
      const { dmabuf } = machine.exported(...TWO);
      const ops = kind === 'dynamic' ? QUIET_IMPORTER : { allowPeer2peer: true };
      const attach =
        kind === 'static'
          ? dmaBufAttach(machine.kernel, dmabuf, machine.importer)
          : dmaBufDynamicAttach(machine.kernel, dmabuf, machine.importer, ops);
      return attach.ok ? 'ok' : attach.errno;
    });
    expect(answers).toEqual([before, negotiated]);
  });

  test('revoked before the import: mapped by the first posting, ENODEV as intended', () => {
    const answers = [RFC, INTENDED].map((spec) => {
      const machine = vfioMachine(spec);
      const buffer = machine.exported(...TWO);
      finished(vfioWriteCommand(machine.device, 0));
      const space = spaceOf(machine);
      const mapped = space.map(buffer.dmabuf, 0n, PAGE);
      return [mapped.ok ? space.at(0n) : mapped.errno, machine.log.defects, buffer.physLists];
    });
    expect(answers).toEqual([
      [BAR0, ['pal-map-ignores-revoke'], 1],
      ['ENODEV', [], 0],
    ]);
  });

  test('revoked while mapped goes from every address space, for good', () => {
    const machine = vfioMachine(RFC);
    const buffer = machine.exported(...TWO);
    const space = spaceOf(machine);
    value(space.map(buffer.dmabuf, 0n, 2n * PAGE));
    finished(vfioWriteCommand(machine.device, 0));
    expect([space.at(0n), space.at(PAGE), buffer.physLists]).toEqual([undefined, undefined, 0]);
    finished(vfioWriteCommand(machine.device, 2));
    expect(space.at(0n)).toBeUndefined();
    value(space.ioas.unmap(IOVA, 2n * PAGE));
    expect(machine.log.warns).toEqual([]);
  });

  test('of a closed device offers nothing', () => {
    const machine = vfioMachine(RFC);
    const { dmabuf } = machine.exported(...TWO);
    finished(vfioCloseDevice(machine.device));
    expect(dmaBufDynamicAttach(machine.kernel, dmabuf, machine.importer, QUIET_IMPORTER)).toMatchObject({
      errno: 'ENODEV',
    });
    expect(spaceOf(machine).map(dmabuf, 0n, PAGE)).toMatchObject({ errno: 'ENODEV' });
  });

  test.each([
    ['first posting', { ...RFC, lockdep: true }, 1, ['match-mapping-asserts-unheld-lock']],
    ['first posting without lock debugging', RFC, 0, []],
    ['intended', { ...INTENDED, lockdep: true }, 0, []],
  ] as const)('%s: WARNs at attach', (_, spec, warns, defects) => {
    const machine = vfioMachine(spec);
    attachTo(machine.kernel, machine.exported(...TWO), machine.importer);
    expect(machine.log.warns).toHaveLength(warns);
    expect(machine.log.defects).toEqual(defects);
  });
});

describe('other exporters', () => {
  test('of RAM and device memory give tables alone', () => {
    const machine = mappingMachine(RFC);
    const { kernel, provider } = machine;
    const bar = { paddr: BAR_START as PhysAddr, len: PAGE, provider };
    const ram = { paddr: 0x1234_5000n as PhysAddr, len: PAGE, provider: undefined };
    const mixed = value(exportMixed(kernel, [ram, bar]));
    expect(spaceOf(machine).map(mixed, 0n, PAGE)).toMatchObject({ errno: 'EINVAL' });
    expect(dmaBufAttach(kernel, mixed, machine.importer)).toMatchObject({ errno: 'EINVAL' });
    expect(dmaBufDynamicAttach(kernel, mixed, machine.importer, QUIET_IMPORTER)).toMatchObject({ ok: true });
    const plain = value(exportMixed(kernel, [ram, ram]));
    expect(dmaBufAttach(kernel, plain, machine.importer)).toMatchObject({ ok: true });
  });

  test('of addresses alone refuse importers of tables, and are there with the proposal only', () => {
    const { machine, dmabuf } = listed(RFC, [[0x10_0000n, PAGE]]);
    const attach = dmaBufDynamicAttach(machine.kernel, dmabuf, machine.importer, QUIET_IMPORTER);
    expect(attach).toMatchObject({ errno: 'EINVAL' });
    const old = mappingMachine();
    expect(exportPhys(old.kernel, PhysVecArray.of([[0n, PAGE]]), PAGE)).toMatchObject({ errno: 'EINVAL' });
  });

  const BLOCKS = [
    { offset: 0x20_0000n, length: PAGE },
    { offset: 0n, length: 2n * PAGE },
  ];

  test('of a GPU pin the buffer while its addresses are out, and refuse what is not in its memory', () => {
    const machine = mappingMachine(RFC);
    const { kernel, provider: aperture } = machine;
    const dmabuf = value(exportVram({ kernel, aperture, blocks: BLOCKS, peer2peer: true }));
    const vram = dmabuf.priv as VramDmaBuf;
    const space = spaceOf(machine);
    value(space.map(dmabuf, 0n, 3n * PAGE));
    expect([space.at(0n), space.at(PAGE), vram.pins]).toEqual([BAR_START + 0x20_0000n, BAR_START, 1]);
    value(space.ioas.unmap(IOVA, 3n * PAGE));
    expect(vram.pins).toBe(0);
    vram.inVram = false;
    expect(space.map(dmabuf, 0n, PAGE)).toMatchObject({ errno: 'EINVAL' });
    expect([vram.pins, dmabuf.attachments.length]).toEqual([0, 0]);
  });

  test('of a GPU without peer-to-peer list no addresses', () => {
    const machine = mappingMachine(RFC);
    const { kernel, provider: aperture } = machine;
    const dmabuf = value(exportVram({ kernel, aperture, blocks: BLOCKS, peer2peer: false }));
    expect(spaceOf(machine).map(dmabuf, 0n, PAGE)).toMatchObject({ errno: 'EINVAL' });
  });
});
