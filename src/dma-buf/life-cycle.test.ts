import { beforeEach, describe, expect, test } from 'vitest';
import {
  BAR_START,
  type MappingMachine,
  type MappingMachineSpec,
  mappingMachine,
} from '../../test/support/mapping-machine.ts';
import { PhysVecArray } from '../scatterlist/index.ts';
import { DMA_BIDIRECTIONAL, type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import {
  type DmaBuf,
  type DmaBufAttachment,
  type DmaBufAttachOps,
  type DmaBufOps,
  DmaResv,
  dmaBufAttach,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufExport,
  dmaBufFd,
  dmaBufGet,
  dmaBufInvalidateMappings,
  dmaBufMapAttachment,
  dmaBufPin,
  dmaBufUnmapAttachment,
  dmaBufUnpin,
  entryOrigins,
  FileTable,
  freeSgt,
  physVecToSgt,
} from './index.ts';

const PEER: DmaBufAttachOps = { allowPeer2peer: true, invalidateMappings: () => undefined };

/** What was called on the exporter, in order. */
let calls: string[];
beforeEach(() => {
  calls = [];
});

/** An exporter of one page of the BAR that writes down what is asked of it. */
function pageExporter(machine: MappingMachine): DmaBufOps {
  return {
    attach: () => {
      calls.push('attach');
      return kernelOk(undefined);
    },
    detach: () => calls.push('detach'),
    map: (attach, dir) => {
      calls.push('map');
      return physVecToSgt(
        machine.kernel,
        attach,
        machine.provider,
        PhysVecArray.of([[BAR_START, 0x1000n]]),
        0x1000n,
        dir,
      );
    },
    unmap: (attach, mapping) => {
      calls.push('unmap');
      freeSgt(machine.kernel, attach, mapping);
    },
    release: () => calls.push('release'),
  };
}

function pinning(ops: DmaBufOps, answer: KernelResult<undefined> = kernelOk(undefined)): DmaBufOps {
  return {
    ...ops,
    pin: () => {
      calls.push('pin');
      return answer;
    },
    unpin: () => calls.push('unpin'),
  };
}

function value<T>(result: KernelResult<T>): T {
  if (!result.ok) throw new Error(`${result.errno} at ${result.at}`);
  return result.value;
}

function exported(machine: MappingMachine, ops: DmaBufOps = pageExporter(machine)): DmaBuf {
  return value(dmaBufExport(machine.kernel, { ops, size: 0x1000n }));
}

function attached(machine: MappingMachine, dmabuf: DmaBuf, ops: DmaBufAttachOps | undefined = PEER): DmaBufAttachment {
  return value(dmaBufDynamicAttach(machine.kernel, dmabuf, machine.importer, ops));
}

describe('export', () => {
  const complete: DmaBufOps = { map: () => undefined, unmap: () => undefined, release: () => undefined };
  const { map: _map, ...withoutMap } = complete;
  const cases: [string, Partial<DmaBufOps> | undefined, boolean, string | undefined, string, number][] = [
    ['complete', complete, true, undefined, 'ok', 0],
    ['no operations', undefined, true, undefined, 'EINVAL', 1],
    ['no map', withoutMap, true, undefined, 'EINVAL', 1],
    ['no map, and pin without unpin', { ...withoutMap, pin: () => kernelOk(undefined) }, true, undefined, 'EINVAL', 1],
    ['pin without unpin', { ...complete, pin: () => kernelOk(undefined) }, false, undefined, 'EINVAL', 1],
    ['unpin without pin', { ...complete, unpin: () => undefined }, true, undefined, 'EINVAL', 1],
    ['module going away', complete, false, 'dma_buf_export: file', 'ENOENT', 0],
    ['no file', complete, true, 'dma_buf_export: file', 'ENOMEM', 0],
    ['no object', complete, true, 'dma_buf_export: object', 'ENOMEM', 0],
  ];
  test.each(cases)('%s', (_, ops, moduleLive, failing, expected, warns) => {
    const machine = mappingMachine({ fault: (step) => step === failing });
    const result = dmaBufExport(machine.kernel, { ops, size: 0n, moduleLive });
    expect(result.ok ? 'ok' : result.errno).toBe(expected);
    expect(machine.log.warns).toHaveLength(warns);
  });

  test('the last reference releases, and attachments still there are warned about', () => {
    const machine = mappingMachine();
    const dmabuf = exported(machine);
    attached(machine, dmabuf);
    dmabuf.get();
    dmabuf.put();
    expect([dmabuf.references, calls.includes('release')]).toEqual([1, false]);
    dmabuf.put();
    expect([calls.includes('release'), machine.log.warns.length]).toEqual([true, 1]);
    expect(() => dmabuf.get()).toThrow('released');
  });
});

describe('descriptors', () => {
  test('own the reference they were made from, and each get its own', () => {
    const dmabuf = exported(mappingMachine());
    const files = new FileTable();
    const fd = value(dmaBufFd(files, dmabuf));
    expect(value(dmaBufGet(files, fd))).toBe(dmabuf);
    expect(dmabuf.references).toBe(2);
    value(files.close(fd));
    expect(dmabuf.references).toBe(1);
    expect(dmaBufGet(files, fd)).toMatchObject({ errno: 'EBADF' });
    expect(files.close(fd)).toMatchObject({ errno: 'EBADF' });
  });

  test('that run out leave the reference with the caller', () => {
    const dmabuf = exported(mappingMachine());
    expect(dmaBufFd(new FileTable(0), dmabuf)).toMatchObject({ errno: 'EMFILE' });
    expect(dmabuf.references).toBe(1);
    expect(dmaBufFd(new FileTable(), undefined)).toMatchObject({ errno: 'EINVAL' });
  });

  test('of other files are not buffers', () => {
    const files = new FileTable();
    expect(dmaBufGet(files, value(files.install('other file')))).toMatchObject({ errno: 'EINVAL' });
  });
});

describe('attach', () => {
  test('lists the newest importer first', () => {
    const machine = mappingMachine();
    const dmabuf = exported(machine);
    const [first, second] = [attached(machine, dmabuf), attached(machine, dmabuf)];
    expect(dmabuf.attachments).toHaveLength(2);
    expect(dmabuf.attachments[0]).toBe(second);
    expect(dmabuf.attachments[1]).toBe(first);
  });

  const importers: [string, string, DmaBufAttachOps | undefined, string, boolean, boolean][] = [
    ['7.3', 'static', undefined, 'ok', false, false],
    ['7.3', 'without callback', { allowPeer2peer: true }, 'ok', true, false],
    ['7.3', 'with callback', PEER, 'ok', true, true],
    ['7.0.13', 'without callback', { allowPeer2peer: true }, 'EINVAL', false, false],
    ['7.0.13', 'with callback', PEER, 'ok', true, true],
  ];
  test.each(importers)('%s, importer %s', (kernel, _, ops, expected, peer2peer, revocable) => {
    const machine = mappingMachine({ kernel });
    const result = dmaBufDynamicAttach(machine.kernel, exported(machine), machine.importer, ops);
    expect(result.ok ? 'ok' : result.errno).toBe(expected);
    if (result.ok) expect([result.value.peer2peer, result.value.revocable]).toEqual([peer2peer, revocable]);
  });

  test('without arguments is EINVAL with a WARN, without memory ENOMEM', () => {
    const machine = mappingMachine({ fault: (step) => step === 'dma_buf_dynamic_attach: attachment' });
    expect(dmaBufAttach(machine.kernel, undefined, machine.importer)).toMatchObject({ errno: 'EINVAL' });
    const dmabuf = exported(machine);
    expect(dmaBufAttach(machine.kernel, dmabuf, undefined)).toMatchObject({ errno: 'EINVAL' });
    expect(machine.log.warns).toHaveLength(2);
    expect(dmaBufAttach(machine.kernel, dmabuf, machine.importer)).toMatchObject({ errno: 'ENOMEM' });
  });

  test('an exporter may refuse, and then there is no attachment', () => {
    const machine = mappingMachine();
    const dmabuf = exported(machine, {
      ...pageExporter(machine),
      attach: ({ peer2peer }) => (peer2peer ? kernelOk(undefined) : kernelError('EOPNOTSUPP', 'exporter')),
    });
    expect(dmaBufAttach(machine.kernel, dmabuf, machine.importer)).toMatchObject({ errno: 'EOPNOTSUPP' });
    expect(dmabuf.attachments).toEqual([]);
  });

  test('detach ends only an attachment of that buffer', () => {
    const machine = mappingMachine();
    const [dmabuf, other] = [exported(machine), exported(machine)];
    const attach = attached(machine, dmabuf);
    dmaBufDetach(machine.kernel, other, attach);
    dmaBufDetach(machine.kernel, dmabuf, undefined);
    expect([machine.log.warns.length, dmabuf.attachments.length]).toEqual([2, 1]);
    dmaBufDetach(machine.kernel, dmabuf, attach);
    expect([calls.at(-1), dmabuf.attachments.length]).toEqual(['detach', 0]);
  });
});

/** Maps and unmaps once under the lock. */
function mapOnce(machine: MappingMachine, attach: DmaBufAttachment): string {
  const { resv } = attach.dmabuf;
  resv.lock();
  const outcome = dmaBufMapAttachment(machine.kernel, attach, DMA_BIDIRECTIONAL);
  if (outcome.outcome === 'mapped') dmaBufUnmapAttachment(machine.kernel, attach, outcome.mapping, DMA_BIDIRECTIONAL);
  resv.unlock();
  return outcome.outcome === 'failed' ? outcome.errno : outcome.outcome;
}

describe('map', () => {
  const cases: [string, MappingMachineSpec, boolean, string[]][] = [
    ['static importer is pinned while mapped', {}, false, ['pin', 'map', 'unmap', 'unpin']],
    ['dynamic importer is not', {}, true, ['map', 'unmap']],
    [
      'dynamic importer without move notify before 7.1',
      { kernel: '7.0', moveNotify: false },
      true,
      ['pin', 'map', 'unmap', 'unpin'],
    ],
    ['from 7.1 the option is gone', { kernel: '7.1', moveNotify: false }, true, ['map', 'unmap']],
    [
      'fence wait interrupted',
      { fault: (step) => step.endsWith('fence wait') },
      false,
      ['pin', 'map', 'unmap', 'unpin'],
    ],
    ['mapping fails', { mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED' }, false, ['pin', 'map', 'unpin']],
  ];
  test.each(cases)('%s', (_, spec, dynamic, expected) => {
    const machine = mappingMachine(spec);
    const attach = attached(machine, exported(machine, pinning(pageExporter(machine))), PEER);
    const used = dynamic ? attach : value(dmaBufAttach(machine.kernel, attach.dmabuf, machine.importer));
    calls = [];
    mapOnce(machine, used);
    expect(calls).toEqual(expected);
  });

  test('a static importer waits for kernel fences and not for later ones', () => {
    const machine = mappingMachine();
    const dmabuf = exported(machine);
    dmabuf.resv.addFence('kernel');
    const read = dmabuf.resv.addFence('read');
    mapOnce(machine, value(dmaBufAttach(machine.kernel, dmabuf, machine.importer)));
    expect(dmabuf.resv.pending('bookkeep')).toEqual([read]);
  });

  test('a pin that is busy is passed on with a WARN', () => {
    const machine = mappingMachine();
    const ops = pinning(pageExporter(machine), kernelError('EBUSY', 'pin'));
    const attach = value(dmaBufAttach(machine.kernel, exported(machine, ops), machine.importer));
    expect([mapOnce(machine, attach), machine.log.warns.length]).toEqual(['EBUSY', 1]);
  });

  test('an exporter that returns NULL has no memory', () => {
    const machine = mappingMachine();
    const attach = attached(machine, exported(machine, { ...pageExporter(machine), map: () => undefined }));
    expect(mapOnce(machine, attach)).toBe('ENOMEM');
  });

  test('without arguments is refused with a WARN', () => {
    const { kernel, log } = mappingMachine();
    expect(dmaBufMapAttachment(kernel, undefined, DMA_BIDIRECTIONAL)).toMatchObject({ errno: 'EINVAL' });
    dmaBufUnmapAttachment(kernel, undefined, undefined, DMA_BIDIRECTIONAL);
    expect(log.warns).toHaveLength(2);
  });

  test('without the lock is noticed by lock debugging, at every assertion on the way', () => {
    const machine = mappingMachine({ lockdep: true });
    const attach = attached(machine, exported(machine));
    dmaBufMapAttachment(machine.kernel, attach, DMA_BIDIRECTIONAL);
    dmaBufPin(machine.kernel, attach);
    dmaBufUnpin(machine.kernel, attach);
    dmaBufInvalidateMappings(machine.kernel, attach.dmabuf);
    expect(machine.log.warns.map((warn) => warn.text.split(':')[0])).toEqual([
      'dma_buf_map_attachment',
      'dma_buf_phys_vec_to_sgt',
      'dma_buf_pin',
      'dma_buf_unpin',
      'dma_buf_invalidate_mappings',
    ]);
  });

  test('debug kernels from 7.0 on hand out a copy whose CPU side looks filled, and free both', () => {
    const copies = ['6.19', '7.0'].map((kernel) => {
      const machine = mappingMachine({ kernel, dmabufDebug: true, intended: true });
      const attach = attached(machine, exported(machine));
      attach.dmabuf.resv.lock();
      const outcome = dmaBufMapAttachment(machine.kernel, attach, DMA_BIDIRECTIONAL);
      if (outcome.outcome !== 'mapped') throw new Error(outcome.at);
      const { origNents, nents } = outcome.mapping.table;
      dmaBufUnmapAttachment(machine.kernel, attach, outcome.mapping, DMA_BIDIRECTIONAL);
      return [origNents, nents, machine.kernel.memory.leakedEntries];
    });
    expect(copies).toEqual([
      [0, 1, 0],
      [1, 1, 0],
    ]);
  });
});

describe('pin and invalidate', () => {
  test('pinning is for dynamic importers, and nothing without an exporter that pins', () => {
    const machine = mappingMachine();
    const dmabuf = exported(machine);
    expect(dmaBufPin(machine.kernel, attached(machine, dmabuf))).toMatchObject({ ok: true });
    expect(machine.log.warns).toEqual([]);
    dmaBufPin(machine.kernel, value(dmaBufAttach(machine.kernel, dmabuf, machine.importer)));
    expect(machine.log.warns).toHaveLength(1);
  });

  test('every importer with a callback is told, newest first, the others not', () => {
    const machine = mappingMachine();
    const dmabuf = exported(machine);
    const told: DmaBufAttachment[] = [];
    const ops: DmaBufAttachOps = { allowPeer2peer: true, invalidateMappings: (attach) => told.push(attach) };
    const first = attached(machine, dmabuf, ops);
    attached(machine, dmabuf, { allowPeer2peer: true });
    const last = attached(machine, dmabuf, ops);
    dmabuf.resv.lock();
    dmaBufInvalidateMappings(machine.kernel, dmabuf);
    expect(told).toEqual([last, first]);
  });
});

describe('fences', () => {
  test('waiting for a usage waits for all before it', () => {
    const resv = new DmaResv();
    const [kernel, write, read, bookkeep] = (['kernel', 'write', 'read', 'bookkeep'] as const).map((usage) =>
      resv.addFence(usage),
    );
    expect(resv.pending('write')).toEqual([kernel, write]);
    expect(resv.pending('bookkeep')).toEqual([kernel, write, read, bookkeep]);
    resv.wait('read');
    expect(resv.pending('bookkeep')).toEqual([bookkeep]);
  });

  test('the lock is not taken twice, nor given back unheld', () => {
    const resv = new DmaResv();
    expect(() => resv.unlock()).toThrow('held');
    resv.lock();
    expect(() => resv.lock()).toThrow('once');
  });
});

describe('an entry tells where it came from', () => {
  const GIB = 1n << 30n;
  test('range by range', () => {
    const machine = mappingMachine({ mapType: 'PCI_P2PDMA_MAP_BUS_ADDR' });
    const outcome = machine.map([
      [0n, 0x1000n],
      [0x2000n, 0n],
      [8n * GIB, 5n * GIB],
    ]);
    if (outcome.outcome !== 'mapped') throw new Error(outcome.at);
    const origins = [0, 1, 2, 3].map(entryOrigins(outcome.mapping, machine.kernel.rules.split));
    expect(origins).toEqual([
      { chunk: 0, pieces: [{ range: 0, offset: 0n, len: 0x1000n }] },
      { chunk: 0, pieces: [{ range: 2, offset: 0n, len: 0xfffff000n }] },
      { chunk: 1, pieces: [{ range: 2, offset: 0xfffff000n, len: GIB + 0x1000n }] },
      { chunk: 0, pieces: [] },
    ]);
  });

  test('across range borders in one run', () => {
    const machine = mappingMachine({ intended: true });
    const outcome = machine.map([
      [0n, 0x1000n],
      [0x4000n, 0x2000n],
    ]);
    if (outcome.outcome !== 'mapped') throw new Error(outcome.at);
    expect(entryOrigins(outcome.mapping, machine.kernel.rules.split)(0).pieces).toEqual([
      { range: 0, offset: 0n, len: 0x1000n },
      { range: 1, offset: 0n, len: 0x2000n },
    ]);
  });
});
