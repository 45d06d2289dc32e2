import { describe, expect, test } from 'vitest';
import { mappingMachine } from '../../test/support/mapping-machine.ts';
import {
  BAR0,
  finished,
  mapLocked,
  QUIET_IMPORTER,
  unmapLocked,
  value,
  vfioTopology,
} from '../../test/support/vfio-machine.ts';
import { type DmaBufAttachOps, dmaBufDynamicAttach, FileTable, proceed } from '../dma-buf/index.ts';
import type { KernelResult } from '../uapi/index.ts';
import {
  regUserMrDmabuf,
  type UmemMode,
  type UverbsDevice,
  UverbsDmaBuf,
  uverbsDmabufAlloc,
  uverbsMmapEntryRemove,
  uverbsRemoveDevice,
} from './index.ts';

const DOORBELL = 1n;
const NO_BAR = 2n;
const IO_BAR = 3n;

/** An adapter at 0000:01:00.0 whose second page of BAR 0 is a doorbell. */
function adapter(
  facts: Partial<UverbsDevice> = {},
): { device: UverbsDevice; files: FileTable } & Pick<ReturnType<typeof mappingMachine>, 'importer'> {
  const { kernel, importer } = mappingMachine();
  const fn = vfioTopology().functions.find(({ resources }) => resources[0]?.cpu.start === BAR0);
  if (fn === undefined) throw new Error('no adapter');
  const mmapEntries = new Map([
    [DOORBELL, { start: BAR0 + 0x1000n, end: BAR0 + 0x2000n }],
    [NO_BAR, { start: BAR0 + 0xf_f000n, end: BAR0 + 0x10_1000n }],
    [IO_BAR, { start: 0xd000n, end: 0xd020n }],
  ]);
  const device = { kernel, fn, p2pdma: true, mmapEntries, buffers: new Map(), removed: false, ...facts };
  return { device, files: new FileTable(), importer };
}

function exported({ device, files }: { device: UverbsDevice; files: FileTable }): UverbsDmaBuf {
  const file = files.file(value(uverbsDmabufAlloc(device, files, DOORBELL)));
  if (typeof file !== 'object' || !(file.ops instanceof UverbsDmaBuf)) throw new Error('not a buffer of uverbs');
  return file.ops;
}

describe('exporting a page of an adapter', () => {
  const rows: [string, string, bigint, Partial<UverbsDevice>][] = [
    ['a doorbell', 'ok', DOORBELL, {}],
    ['unknown page offset', 'EINVAL', 9n, { p2pdma: false, removed: true }],
    ['not within a BAR', 'EINVAL', NO_BAR, { p2pdma: false, removed: true }],
    ['no P2PDMA', 'EOPNOTSUPP', DOORBELL, { p2pdma: false, removed: true }],
    ['I/O ports', 'EOPNOTSUPP', IO_BAR, {}],
    ['driver gone', 'EIO', DOORBELL, { removed: true }],
  ];
  test.each(rows)('%s: %s', (_, expected, pgoff, facts) => {
    const { device, files } = adapter(facts);
    const result = uverbsDmabufAlloc(device, files, pgoff);
    expect(result.ok ? 'ok' : result.errno).toBe(expected);
    expect([...(device.buffers.get(pgoff) ?? [])]).toHaveLength(expected === 'ok' ? 1 : 0);
  });

  test('is one range with its provider, and is forgotten with its last descriptor', () => {
    const machine = adapter();
    const buffer = exported(machine);
    expect([...buffer.ranges]).toEqual([{ paddr: BAR0 + 0x1000n, len: 0x1000n }]);
    expect([buffer.provider.bar, buffer.dmabuf.size]).toEqual([0, 0x1000n]);
    machine.files.close(0);
    expect(machine.device.buffers.get(DOORBELL)?.size).toBe(0);
  });

  test('without a descriptor left nothing stays', () => {
    const { device } = adapter();
    expect(uverbsDmabufAlloc(device, new FileTable(0), DOORBELL)).toMatchObject({ errno: 'EMFILE' });
    expect(device.buffers.get(DOORBELL)?.size).toBe(0);
  });
});

describe('importers of it', () => {
  const attaches: [string, string, DmaBufAttachOps | undefined][] = [
    ['that can give the memory back', 'ok', QUIET_IMPORTER],
    ['that cannot', 'ok', { allowPeer2peer: true }],
    ['without peer2peer', 'EOPNOTSUPP', { ...QUIET_IMPORTER, allowPeer2peer: false }],
    ['that are static', 'EOPNOTSUPP', undefined],
  ];
  test.each(attaches)('%s: %s', (_, expected, ops) => {
    const machine = adapter();
    const attached = dmaBufDynamicAttach(machine.device.kernel, exported(machine).dmabuf, machine.importer, ops);
    expect(attached.ok ? 'ok' : attached.errno).toBe(expected);
  });

  const modes: [UmemMode, string][] = [
    ['dynamic', 'ok'],
    ['pinned', 'EOPNOTSUPP'],
    ['pinned-revocable', 'EOPNOTSUPP'],
  ];
  test.each(modes)('an RDMA driver of mode %s: %s, as nobody may pin', (mode, expected) => {
    const machine = adapter();
    const { dmabuf } = exported(machine);
    const region: KernelResult<unknown> = regUserMrDmabuf(machine.device.kernel, {
      files: machine.files,
      fd: 0,
      offset: 0n,
      size: 0x1000n,
      dmaDevice: machine.importer,
      mode,
      virtAddr: 0n,
      pageSizes: 0x1000n,
    });
    expect(region.ok ? 'ok' : region.errno).toBe(expected);
    expect(dmabuf.attachments).toHaveLength(expected === 'ok' ? 1 : 0);
  });

  test.each([
    ['the page offset is taken back', (device: UverbsDevice) => uverbsMmapEntryRemove(device, DOORBELL)],
    ['the driver goes', uverbsRemoveDevice],
  ])('lose it for good when %s, and are waited for', (_, remove) => {
    const machine = adapter();
    const { kernel } = machine.device;
    const buffer = exported(machine);
    let told = 0;
    const ops = { allowPeer2peer: true, invalidateMappings: () => told++ };
    const attach = value(dmaBufDynamicAttach(kernel, buffer.dmabuf, machine.importer, ops as DmaBufAttachOps));
    const mapped = mapLocked(kernel, attach);
    expect(mapped.outcome).toBe('mapped');
    const removal = remove(machine.device);
    expect(proceed(removal)).toEqual({ state: 'sleeping', waitingFor: buffer.dmabuf });
    expect(told).toBe(1);
    unmapLocked(kernel, attach, mapped);
    finished(removal);
    expect(mapLocked(kernel, attach)).toMatchObject({ errno: 'ENODEV' });
    expect(uverbsDmabufAlloc(machine.device, machine.files, DOORBELL).ok).toBe(false);
  });
});
