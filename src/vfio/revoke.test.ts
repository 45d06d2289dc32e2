import { beforeEach, describe, expect, test } from 'vitest';
import {
  attachTo,
  finished,
  mapLocked,
  QUIET_IMPORTER,
  unmapLocked,
  type VfioMachine,
  vfioMachine,
} from '../../test/support/vfio-machine.ts';
import {
  type DmaBufAttachment,
  type DmaBufAttachOps,
  dmaBufDynamicAttach,
  dmaBufMapAttachment,
  dmaBufUnmapAttachment,
  type PhysVecToSgtOutcome,
  proceed,
  type Sleeping,
} from '../dma-buf/index.ts';
import { DMA_BIDIRECTIONAL, PCI_COMMAND_MASTER, PCI_COMMAND_MEMORY, VFIO_DEVICE_RESET } from '../uapi/index.ts';
import {
  UserMemory,
  type VfioDmaBuf,
  type VfioPciDevice,
  vfioCloseDevice,
  vfioDeviceIoctl,
  vfioDeviceReset,
  vfioFunctionLevelReset,
  vfioHotReset,
  vfioLowPowerEntry,
  vfioLowPowerExit,
  vfioPciDmaBufIommufdMap,
  vfioSetPowerState,
  vfioWriteCommand,
} from './index.ts';

const PAGE = [0n, 0x1000n] as const;

describe('attach', () => {
  const NO_PEER: DmaBufAttachOps = { ...QUIET_IMPORTER, allowPeer2peer: false };
  const NOT_REVOCABLE: DmaBufAttachOps = { allowPeer2peer: true };
  const rows: [string, string, boolean, string, DmaBufAttachOps | undefined][] = [
    ['7.3', 'peer', false, 'ok', QUIET_IMPORTER],
    ['7.3', 'static', false, 'EOPNOTSUPP', undefined],
    ['7.3', 'without peer2peer', false, 'EOPNOTSUPP', NO_PEER],
    ['7.3', 'not revocable', false, 'EOPNOTSUPP', NOT_REVOCABLE],
    ['7.3', 'peer', true, 'ENODEV', QUIET_IMPORTER],
    ['7.3', 'without peer2peer', true, 'EOPNOTSUPP', NO_PEER],
    ['7.3', 'not revocable', true, 'ENODEV', NOT_REVOCABLE],
    ['7.1', 'not revocable', false, 'EOPNOTSUPP', NOT_REVOCABLE],
    ['7.0', 'peer', false, 'ok', QUIET_IMPORTER],
    ['7.0', 'not revocable', false, 'EINVAL', NOT_REVOCABLE],
    ['6.19', 'peer', true, 'ENODEV', QUIET_IMPORTER],
  ];
  test.each(rows)('%s, importer %s, revoked %s: %s', (kernel, _, revoked, expected, ops) => {
    const machine = vfioMachine({ kernel });
    const buffer = machine.exported(PAGE);
    if (revoked) finished(vfioWriteCommand(machine.device, 0));
    const attached = dmaBufDynamicAttach(machine.kernel, buffer.dmabuf, machine.importer, ops);
    expect(attached.ok ? 'ok' : attached.errno).toBe(expected);
  });
});

describe('what happens to the device', () => {
  const ON = PCI_COMMAND_MEMORY;
  /** After each step: may an importer map? */
  const rows: [string, ((device: VfioPciDevice) => Sleeping<unknown>)[], boolean[]][] = [
    ['memory decoding off, then on', [(d) => vfioWriteCommand(d, 0), (d) => vfioWriteCommand(d, ON)], [false, true]],
    ['bus mastering alone keeps it off', [(d) => vfioWriteCommand(d, PCI_COMMAND_MASTER)], [false]],
    ['decoding stays on', [(d) => vfioWriteCommand(d, ON | PCI_COMMAND_MASTER)], [true]],
    ['a write to switch it off fails', [(d) => vfioWriteCommand(d, 0, 'EFAULT')], [false]],
    ['VFIO_DEVICE_RESET', [vfioDeviceReset], [true]],
    ['FLR', [vfioFunctionLevelReset], [true]],
    ['reset while decoding is off', [(d) => vfioWriteCommand(d, 0), vfioDeviceReset], [false, false]],
    ['hot reset', [(d) => vfioHotReset([d])], [true]],
    ['D3hot and back', [(d) => vfioSetPowerState(d, 3), (d) => vfioSetPowerState(d, 0)], [false, true]],
    ['D1', [(d) => vfioSetPowerState(d, 1)], [true]],
    [
      'decoding on in D3hot',
      [(d) => vfioSetPowerState(d, 3), (d) => vfioWriteCommand(d, ON), (d) => vfioSetPowerState(d, 0)],
      [false, false, true],
    ],
    ['low power', [vfioLowPowerEntry, vfioLowPowerExit], [false, true]],
    ['closed', [vfioCloseDevice], [false]],
  ];
  test.each(rows)('%s', (_, steps, expected) => {
    const machine = vfioMachine();
    const buffer = machine.exported(PAGE);
    const attach = attachTo(machine.kernel, buffer, machine.importer);
    const seen = steps.map((step) => {
      finished(step(machine.device));
      const outcome = mapLocked(machine.kernel, attach);
      if (outcome.outcome === 'mapped') unmapLocked(machine.kernel, attach, outcome);
      else expect(outcome).toMatchObject({ errno: 'ENODEV' });
      return outcome.outcome === 'mapped';
    });
    expect(seen).toEqual(expected);
  });

  test('a function without a reset method answers EINVAL and revokes nothing', () => {
    const machine = vfioMachine({ device: { resetWorks: false } });
    const buffer = machine.exported(PAGE);
    const { device, files } = machine;
    const reset = vfioDeviceIoctl(device, files, VFIO_DEVICE_RESET, new UserMemory(new Uint8Array(0)));
    expect(finished(reset)).toMatchObject({ errno: 'EINVAL' });
    expect([buffer.revoked, buffer.wasRevoked]).toEqual([false, false]);
  });

  test('a buffer exported while decoding is off is revoked until it is on', () => {
    const machine = vfioMachine();
    finished(vfioWriteCommand(machine.device, 0));
    const buffer = machine.exported(PAGE);
    expect(buffer.revoked).toBe(true);
    finished(vfioWriteCommand(machine.device, ON));
    expect(buffer.revoked).toBe(false);
  });

  test('opening a closed device again does not bring its old buffers back', () => {
    const machine = vfioMachine();
    const old = machine.exported(PAGE);
    finished(vfioCloseDevice(machine.device));
    machine.device.open();
    finished(vfioWriteCommand(machine.device, ON));
    expect([old.revoked, machine.exported(PAGE).revoked]).toEqual([true, false]);
    old.dmabuf.put();
    expect(machine.device.dmabufs).toHaveLength(1);
  });

  test('a file that is not the last one changes nothing when it is closed', () => {
    const machine = vfioMachine();
    machine.device.open();
    const buffer = machine.exported(PAGE);
    finished(vfioCloseDevice(machine.device));
    expect([buffer.revoked, machine.device.openCount]).toEqual([false, 1]);
  });

  test('a hot reset leaves devices that nobody has open revoked', () => {
    const machine = vfioMachine();
    const buffer = machine.exported(PAGE);
    const other = vfioMachine();
    const keptByFd = other.exported(PAGE);
    machine.device.dropOpen();
    finished(vfioHotReset([machine.device, other.device]));
    expect([buffer.revoked, keptByFd.revoked]).toEqual([true, false]);
  });
});

describe('mappings at the moment of a reset', () => {
  let machine: VfioMachine;
  let buffer: VfioDmaBuf;
  let mapped: PhysVecToSgtOutcome;
  let told: number;

  /** Attaches with a callback and maps. */
  function start(kernel: string, invalidate: (attach: DmaBufAttachment) => void): DmaBufAttachment {
    machine = vfioMachine({ kernel });
    buffer = machine.exported(PAGE);
    const ops: DmaBufAttachOps = {
      allowPeer2peer: true,
      invalidateMappings: (attach) => {
        told++;
        invalidate(attach);
      },
    };
    const attach = attachTo(machine.kernel, buffer, machine.importer, ops);
    mapped = mapLocked(machine.kernel, attach);
    expect(buffer.mappings).toBe(1);
    return attach;
  }
  beforeEach(() => {
    told = 0;
  });

  test('go in the callback: the reset does not sleep, and the importer is told again before it may map', () => {
    let wasMapped = true;
    const attach = start('7.3', (held) => {
      if (mapped.outcome !== 'mapped' || !wasMapped) return;
      wasMapped = false;
      dmaBufUnmapAttachment(machine.kernel, held, mapped.mapping, DMA_BIDIRECTIONAL);
      expect(dmaBufMapAttachment(machine.kernel, held, DMA_BIDIRECTIONAL)).toMatchObject({ errno: 'ENODEV' });
    });
    finished(vfioDeviceReset(machine.device));
    expect([told, buffer.mappings, buffer.revoked]).toEqual([2, 0, false]);
    expect(mapLocked(machine.kernel, attach)).toMatchObject({ outcome: 'mapped' });
  });

  test('go later: the reset sleeps until the last one is gone', () => {
    const attach = start('7.3', () => undefined);
    const second = mapLocked(machine.kernel, attach);
    const reset = vfioDeviceReset(machine.device);
    expect(proceed(reset)).toEqual({ state: 'sleeping', waitingFor: buffer.dmabuf });
    unmapLocked(machine.kernel, attach, mapped);
    expect(proceed(reset)).toEqual({ state: 'sleeping', waitingFor: buffer.dmabuf });
    expect(buffer.revoked).toBe(true);
    unmapLocked(machine.kernel, attach, second);
    expect(proceed(reset)).toMatchObject({ state: 'done', value: { ok: true } });
    expect(buffer.revoked).toBe(false);
  });

  test('are not asked for twice: a device that is off already revokes nothing more', () => {
    const attach = start('7.3', () => undefined);
    unmapLocked(machine.kernel, attach, mapped);
    finished(vfioWriteCommand(machine.device, 0));
    finished(vfioSetPowerState(machine.device, 3));
    expect(told).toBe(1);
    finished(vfioCloseDevice(machine.device));
    expect([told, buffer.revoked, buffer.device]).toEqual([1, true, undefined]);
  });

  const restored: [string, string, boolean][] = [
    ['7.0', 'already has it back when it is told', true],
    ['7.1', 'is told first', false],
    ['7.3', 'is told first', false],
  ];
  test.each(restored)('when the memory comes back on %s the importer %s', (kernel, _, mayMap) => {
    let answer: PhysVecToSgtOutcome | undefined;
    const attach = start(kernel, (held) => {
      if (buffer.mappings > 0) return;
      answer = dmaBufMapAttachment(machine.kernel, held, DMA_BIDIRECTIONAL);
    });
    unmapLocked(machine.kernel, attach, mapped);
    finished(vfioWriteCommand(machine.device, 0));
    expect(answer).toMatchObject({ errno: 'ENODEV' });
    finished(vfioWriteCommand(machine.device, PCI_COMMAND_MEMORY));
    expect(answer?.outcome).toBe(mayMap ? 'mapped' : 'failed');
    expect(buffer.revoked).toBe(false);
  });

  test.each([
    ['7.0', 1],
    ['7.3', 0],
  ])('fences that are left when the memory comes back, on %s: %i', (kernel, left) => {
    const attach = start(kernel, () => undefined);
    unmapLocked(machine.kernel, attach, mapped);
    finished(vfioWriteCommand(machine.device, 0));
    buffer.dmabuf.resv.addFence('bookkeep');
    finished(vfioWriteCommand(machine.device, PCI_COMMAND_MEMORY));
    expect(buffer.dmabuf.resv.pending('bookkeep')).toHaveLength(left);
  });

  test('never go: the device file cannot be closed', () => {
    start('7.3', () => undefined);
    const closing = vfioCloseDevice(machine.device);
    for (let nth = 0; nth < 3; nth++) expect(proceed(closing).state).toBe('sleeping');
  });

  test.each(['6.19', '7.0'])('%s does not wait: the importer keeps its addresses over the reset', (kernel) => {
    start(kernel, () => undefined);
    finished(vfioDeviceReset(machine.device));
    expect(buffer.mappings).toBe(1);
    expect(machine.log.defects).toContain('vfio-revoke-does-not-wait');
  });

  test('fences of every usage are waited for', () => {
    const attach = start('7.3', () => undefined);
    unmapLocked(machine.kernel, attach, mapped);
    buffer.dmabuf.resv.addFence('bookkeep');
    finished(vfioWriteCommand(machine.device, 0));
    expect(buffer.dmabuf.resv.pending('bookkeep')).toEqual([]);
  });

  const closes: [string, string[]][] = [
    ['7.1', ['refcount_t: underflow; use-after-free']],
    ['7.2.6', []],
    ['7.0', []],
  ];
  test.each(closes)('closing after an earlier reset, %s', (kernel, warns) => {
    machine = vfioMachine({ kernel });
    machine.exported(PAGE);
    finished(vfioDeviceReset(machine.device));
    finished(vfioCloseDevice(machine.device));
    expect(machine.log.warns.map((warn) => warn.text)).toEqual(warns);
  });
});

describe('the private way for iommufd', () => {
  const rows: [string, string, (readonly [bigint, bigint])[], boolean][] = [
    ['one range', 'ok', [PAGE], false],
    ['two ranges', 'EOPNOTSUPP', [PAGE, [0x2000n, 0x1000n]], false],
    ['revoked', 'ENODEV', [PAGE], true],
    ['two ranges, revoked', 'ENODEV', [PAGE, PAGE], true],
  ];
  test.each(rows)('%s: %s', (_, expected, parts, revoked) => {
    const machine = vfioMachine({ lockdep: true });
    const buffer = machine.exported(...parts);
    const attach = attachTo(machine.kernel, buffer, machine.importer);
    if (revoked) finished(vfioWriteCommand(machine.device, 0));
    buffer.dmabuf.resv.lock();
    const mapped = vfioPciDmaBufIommufdMap(attach);
    buffer.dmabuf.resv.unlock();
    expect(mapped.ok ? 'ok' : mapped.errno).toBe(expected);
    if (mapped.ok) expect(mapped.value).toEqual(buffer.ranges.at(0));
    expect(machine.log.warns).toEqual([]);
  });
});
