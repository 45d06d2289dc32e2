import { describe, expect, test } from 'vitest';
import { finished, vfioMachine, vfioTopology } from '../../test/support/vfio-machine.ts';
import { VFIO_DEVICE_GET_REGION_INFO } from '../uapi/index.ts';
import { resetMethod, UserMemory, vfioDeviceIoctl, vfioRegionInfo } from './index.ts';

const PLAIN = '0000:01:00.0';
const VGA = '0000:00:03.0';

describe('region info', () => {
  const rows: [string, string, number, string, bigint, number][] = [
    ['memory BAR', PLAIN, 0, 'ok', 0x10_0000n, 7],
    ['BAR below a page that begins one of its own', PLAIN, 1, 'ok', 0x100n, 7],
    ['I/O BAR', PLAIN, 2, 'ok', 0x20n, 3],
    ['BAR with the MSI-X table', PLAIN, 3, 'ok', 0x4000n, 0xf],
    ['64-bit BAR', PLAIN, 4, 'ok', 1n << 36n, 7],
    ['its upper half', PLAIN, 5, 'ok', 0n, 0],
    ['ROM', PLAIN, 6, 'ok', 0x800n, 1],
    ['config space of conventional PCI', PLAIN, 7, 'ok', 0x100n, 3],
    ['VGA region of another device', PLAIN, 8, 'EINVAL', 0n, 0],
    ['VGA region', VGA, 8, 'ok', 0xc0000n, 3],
    ['above', PLAIN, 9, 'EINVAL', 0n, 0],
    ['BAR below a page whose page holds another', VGA, 0, 'ok', 0x100n, 3],
    ['BAR below a page that does not begin it', VGA, 1, 'ok', 0x100n, 3],
    ['no ROM', VGA, 6, 'ok', 0n, 0],
  ];
  test.each(rows)('%s (%s region %i): %s', (_, fn, index, outcome, size, flags) => {
    const info = vfioRegionInfo(vfioMachine({ fn }).device, index);
    expect(info.ok ? 'ok' : info.errno).toBe(outcome);
    if (info.ok) expect(info.value).toEqual({ size, flags, offset: BigInt(index) << 40n });
  });

  test('an empty ROM has no size', () => {
    const { device } = vfioMachine({ device: { romReadable: false } });
    expect(vfioRegionInfo(device, 6)).toMatchObject({ value: { size: 0n, flags: 0 } });
  });
});

describe('struct vfio_region_info', () => {
  function ask(argsz: number, index: number, bytes = argsz): { result: unknown; view: DataView } {
    const { device, files } = vfioMachine();
    const memory = new UserMemory(new Uint8Array(bytes));
    const view = new DataView(memory.bytes.buffer);
    if (bytes >= 12) {
      view.setUint32(0, argsz, true);
      view.setUint32(8, index, true);
    }
    return { result: finished(vfioDeviceIoctl(device, files, VFIO_DEVICE_GET_REGION_INFO, memory)), view };
  }

  test('is filled in place: flags, size and offset of the region', () => {
    const { result, view } = ask(32, 4);
    expect(result).toEqual({ ok: true, value: 0 });
    expect([0, 4, 8, 12].map((at) => view.getUint32(at, true))).toEqual([32, 7, 4, 0]);
    expect([view.getBigUint64(16, true), view.getBigUint64(24, true)]).toEqual([1n << 36n, 4n << 40n]);
  });

  test('says how much room the capability needs where there is not enough', () => {
    const { view } = ask(32, 3);
    expect([view.getUint32(0, true), view.getUint32(4, true), view.getUint32(12, true)]).toEqual([40, 0xf, 0]);
  });

  test('is followed by the capability where there is room: MSI-X mappable, version 1, the last', () => {
    const { view } = ask(40, 3);
    expect([view.getUint32(0, true), view.getUint32(4, true), view.getUint32(12, true)]).toEqual([40, 0xf, 32]);
    expect([view.getUint16(32, true), view.getUint16(34, true), view.getUint32(36, true)]).toEqual([3, 1, 0]);
  });

  test('too short, by itself or by argsz, is refused', () => {
    expect(ask(32, 0, 31).result).toMatchObject({ errno: 'EFAULT' });
    expect(ask(31, 0, 32).result).toMatchObject({ errno: 'EINVAL' });
    expect(ask(40, 3, 32).result).toMatchObject({ errno: 'EFAULT' });
  });

  test('no other request is known', () => {
    const { device, files } = vfioMachine();
    expect(finished(vfioDeviceIoctl(device, files, 0x3b6b, new UserMemory(new Uint8Array(64))))).toMatchObject({
      errno: 'ENOTTY',
    });
  });
});

test('a function alone below a bridge can be reset with its bus, one on a root bus without FLR cannot', () => {
  const topology = vfioTopology();
  expect(topology.functions.map((fn) => resetMethod(topology, fn))).toEqual([
    { state: 'absent' },
    { state: 'absent' },
    { state: 'known', value: 'bus' },
  ]);
});
