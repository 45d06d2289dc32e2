import { describe, expect, test } from 'vitest';
import { BAR0, BAR3, BAR4, type VfioMachineSpec, value, vfioMachine } from '../../test/support/vfio-machine.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../uapi/index.ts';
import {
  type DmaBufFeatureRequest,
  decodeDmaBufFeature,
  decodeFeatureHeader,
  decodeRanges,
  encodeDmaBufFeature,
  nvgraceDriver,
  type PhysStretch,
  VFIO_DEFECTS,
  VFIO_PCI,
  VfioDmaBuf,
} from './index.ts';

const PAGE = { offset: 0n, length: 0x1000n };
const GET = 0x1_000b;

describe('the request', () => {
  test('has its fields at the offsets of the kernel, little endian, without padding', () => {
    const bytes = encodeDmaBufFeature({
      regionIndex: 0x01020304,
      openFlags: 0x05060708,
      flags: 0x090a0b0c,
      nrRanges: 0x0d0e0f10,
      argsz: 0x11121314,
      featureFlags: 0x15161718,
      ranges: [{ offset: 0x1920212223242526n, length: 0x2728293031323334n }],
    });
    const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(text).toBe(
      ['14131211', '18171615', '04030201', '08070605', '0c0b0a09', '100f0e0d'].join('') +
        '2625242322212019' +
        '3433323130292827',
    );
    const view = new DataView(bytes.buffer);
    expect(decodeFeatureHeader(view)).toEqual({ argsz: 0x11121314, flags: 0x15161718 });
    expect(decodeDmaBufFeature(new DataView(bytes.buffer, 8))).toEqual({
      regionIndex: 0x01020304,
      openFlags: 0x05060708,
      flags: 0x090a0b0c,
      nrRanges: 0x0d0e0f10,
    });
    expect(decodeRanges(new DataView(bytes.buffer, 24))).toEqual([
      { offset: 0x1920212223242526n, length: 0x2728293031323334n },
    ]);
  });

  test('names by default its own size, GET, and as many ranges as there are', () => {
    const view = new DataView(encodeDmaBufFeature({ regionIndex: 2, ranges: [PAGE, PAGE] }).buffer);
    expect([view.byteLength, view.getUint32(0, true), view.getUint32(4, true)]).toEqual([56, 56, GET]);
    expect(view.getUint32(20, true)).toBe(2);
  });
});

/** Every row is wrong in the ways of all rows below it, too, as far as one request can be. */
const BAD_LAST = { offset: 0xffff_ffff_ffff_f000n, length: 0x1000n };
const order: [string, string, Partial<DmaBufFeatureRequest> & { bytes?: number }, VfioMachineSpec][] = [
  ['header cannot be read', 'EFAULT', { bytes: 7 }, {}],
  ['argsz below the header', 'EINVAL', { argsz: 7, featureFlags: 0x13e7 }, {}],
  ['unknown flag', 'EINVAL', { featureFlags: 0x11_03e7 }, {}],
  ['GET and SET', 'EINVAL', { featureFlags: 0x3_03e7 }, {}],
  ['unknown feature', 'ENOTTY', { featureFlags: 0x1_03e7 }, { device: { driver: mute() } }],
  ['kernel before the feature', 'ENOTTY', {}, { kernel: '6.18', device: { driver: mute() } }],
  ['configured away', 'ENOTTY', {}, { device: { configDmabuf: false, driver: mute() } }],
  ['driver without the hook', 'EOPNOTSUPP', { featureFlags: 0x2_000b }, { device: { driver: mute() } }],
  ['SET', 'EINVAL', { featureFlags: 0x2_000b, bytes: 8 }, {}],
  ['SET with PROBE', 'EINVAL', { featureFlags: 0x6_000b, bytes: 8 }, {}],
  ['PROBE', 'ok', { featureFlags: 0x4_000b, bytes: 8, argsz: 8 }, {}],
  ['PROBE with GET', 'ok', { featureFlags: 0x5_000b, bytes: 8, argsz: 8 }, {}],
  ['neither GET nor PROBE', 'EINVAL', { featureFlags: 0xb, bytes: 8 }, {}],
  ['argsz one short', 'EINVAL', { argsz: 23, bytes: 8 }, {}],
  ['fixed part cannot be read', 'EFAULT', { bytes: 23 }, {}],
  ['no ranges', 'EINVAL', { nrRanges: 0, regionIndex: 9 }, {}],
  ['flags', 'EINVAL', { flags: 1, regionIndex: 9 }, {}],
  ['ROM', 'ENODEV', { regionIndex: 6, nrRanges: 0xffff_ffff }, {}],
  ['absent BAR', 'ENODEV', { regionIndex: 5, nrRanges: 0xffff_ffff }, {}],
  ['BAR of another driver', 'ENODEV', { nrRanges: 0xffff_ffff }, { device: { unclaimedBars: new Set([0]) } }],
  ['more than 4 MiB of ranges', 'ENOMEM', { nrRanges: 262145, ranges: [] }, {}],
  ['ranges cannot be read', 'EFAULT', { nrRanges: 3, ranges: [PAGE, { offset: 1n, length: 0n }] }, {}],
  ['empty range', 'EINVAL', { ranges: [PAGE, { offset: 0n, length: 0n }, BAD_LAST] }, {}],
  ['unaligned offset', 'EINVAL', { ranges: [{ offset: 1n, length: 0x1000n }, BAD_LAST] }, {}],
  ['unaligned length', 'EINVAL', { ranges: [{ offset: 0n, length: 0x1001n }, BAD_LAST] }, {}],
  ['sum overflows', 'EINVAL', { ranges: [BAD_LAST, { offset: 0n, length: 0xffff_ffff_ffff_f000n }, PAGE] }, {}],
  ['sum has the top bit', 'EINVAL', { ranges: [BAD_LAST, { offset: 0n, length: 1n << 63n }] }, {}],
  [
    'sum just below the top bit, beyond the BAR',
    'EINVAL',
    { ranges: [{ offset: 0n, length: 0x7fff_ffff_ffff_f000n }] },
    {},
  ],
  ['I/O BAR', 'EINVAL', { regionIndex: 2, ranges: [BAD_LAST] }, {}],
  ['offset passes 2^64', 'EOVERFLOW', { ranges: [BAD_LAST] }, { device: {} }],
  ['beyond the BAR', 'EINVAL', { ranges: [PAGE, { offset: 0x10_0000n, length: 0x1000n }] }, {}],
  ['BAR below a page', 'EINVAL', { regionIndex: 1 }, {}],
  ['the last page', 'ok', { ranges: [{ offset: 0xf_f000n, length: 0x1000n }] }, {}],
  ['argsz without the ranges', 'ok', { argsz: 24 }, {}],
  ['argsz far too big', 'ok', { argsz: 0xffff_ffff }, {}],
  ['a whole 64-bit BAR', 'ok', { regionIndex: 4, ranges: [{ offset: 0n, length: 1n << 36n }] }, {}],
  ['the page of the MSI-X table', 'ok', { regionIndex: 3 }, {}],
  ['the same range twice and an overlapping one', 'ok', { ranges: [PAGE, PAGE, { offset: 0n, length: 0x2000n }] }, {}],
  ['no descriptor left', 'EMFILE', {}, { descriptors: 0 }],
  ['6.19: absent BAR', 'EINVAL', { regionIndex: 5 }, { kernel: '6.19' }],
  ['6.19: ROM', 'ENODEV', { regionIndex: 6 }, { kernel: '6.19' }],
  ['6.19: BAR of another driver', 'ok', {}, { kernel: '6.19', device: { unclaimedBars: new Set([0]) } }],
];

function mute() {
  return { name: 'mlx5-vfio-pci', fakeBars: new Set<number>(), getDmabufPhys: undefined };
}

describe('checks come in the order of the kernel', () => {
  test.each(order)('%s: %s', (_, expected, { bytes, ...request }, spec) => {
    const machine = vfioMachine(spec);
    const full: DmaBufFeatureRequest = { regionIndex: 0, ranges: [PAGE], ...request };
    const result = machine.feature(full, encodeDmaBufFeature(full).slice(0, bytes));
    expect(result.ok ? 'ok' : result.errno).toBe(expected);
    const exported = (full.featureFlags ?? GET) === GET && expected === 'ok';
    expect(machine.device.dmabufs).toHaveLength(exported ? 1 : 0);
  });

  test('a device that is going away is ENODEV after all checks of the request', () => {
    const machine = vfioMachine();
    machine.device.registered = false;
    expect(machine.feature({ regionIndex: 0, ranges: [PAGE] })).toMatchObject({ errno: 'ENODEV' });
    expect(machine.feature({ regionIndex: 0, ranges: [BAD_LAST] })).toMatchObject({ errno: 'EOVERFLOW' });
  });

  test.each(['memdup_array_user', 'vfio_pci_dma_buf', 'phys_vec', 'dma_buf_export: file', 'dma_buf_export: object'])(
    'without memory at %s nothing is left',
    (failing) => {
      const fault = (step: string): boolean => step === failing;
      const machine = vfioMachine({ fault, device: { fault } });
      expect(machine.feature({ regionIndex: 0, ranges: [PAGE] })).toMatchObject({ errno: 'ENOMEM' });
      expect(machine.device.dmabufs).toEqual([]);
      expect(machine.files.file(0)).toBeUndefined();
    },
  );
});

describe('the buffer', () => {
  test('is the parts of the BAR as physical ranges, in the order asked', () => {
    const buffer = vfioMachine().exported([0x4000n, 0x1000n], [0n, 0x2000n]);
    expect([...buffer.ranges]).toEqual([
      { paddr: BAR0 + 0x4000n, len: 0x1000n },
      { paddr: BAR0, len: 0x2000n },
    ]);
    expect([buffer.size, buffer.dmabuf.size]).toEqual([0x3000n, 0x3000n]);
    expect(buffer.provider.bar).toBe(0);
  });

  test('keeps access mode and O_NONBLOCK of open_flags, and O_CLOEXEC for the descriptor', () => {
    const machine = vfioMachine();
    machine.feature({ regionIndex: 0, ranges: [PAGE], openFlags: 0x8000_0440 | O_RDWR | O_NONBLOCK | O_CLOEXEC });
    machine.feature({ regionIndex: 0, ranges: [PAGE], openFlags: 0x8000_0440 });
    expect(machine.device.dmabufs.map((buffer) => [buffer.fileFlags, buffer.closeOnExec])).toEqual([
      [O_RDWR | O_NONBLOCK, true],
      [0, false],
    ]);
  });

  test('is gone from the device when the last descriptor is closed', () => {
    const machine = vfioMachine();
    const fd = value(machine.feature({ regionIndex: 0, ranges: [PAGE] }));
    expect(machine.device.dmabufs).toHaveLength(1);
    expect(machine.files.close(fd).ok).toBe(true);
    expect(machine.device.dmabufs).toEqual([]);
  });

  test('is dropped once when there is no descriptor, and twice on 6.19', () => {
    const log = (kernel: string) => {
      const machine = vfioMachine({ kernel, descriptors: 0 });
      expect(machine.feature({ regionIndex: 0, ranges: [PAGE] })).toMatchObject({ errno: 'EMFILE' });
      expect(machine.device.dmabufs).toEqual([]);
      return machine.log.defects;
    };
    expect(log('6.19')).toEqual(['vfio-fd-failure-double-free']);
    expect(log('7.0')).toEqual([]);
  });
});

describe('nvgrace-gpu', () => {
  const usemem = { start: 0x4000_0000_0000n, length: 0x17_f000_0000n } as PhysStretch;
  const resmem = { start: 0x4017_f000_0000n, length: 0x4000_0000n } as PhysStretch;
  const driver = nvgraceDriver({ usemem, resmem });

  test('exports memory outside every BAR with the provider of BAR 0, to the end of the memory and not beyond', () => {
    const machine = vfioMachine({ device: { driver } });
    const last = usemem.length - 0x1000n;
    machine.feature({ regionIndex: 4, ranges: [{ offset: last, length: 0x1000n }] });
    const [buffer] = machine.device.dmabufs;
    expect(buffer?.provider.bar).toBe(0);
    expect([...(buffer?.ranges ?? [])]).toEqual([{ paddr: usemem.start + last, len: 0x1000n }]);
    const beyond = machine.feature({ regionIndex: 4, ranges: [{ offset: last, length: 0x2000n }] });
    expect(beyond).toMatchObject({ errno: 'EINVAL' });
    machine.feature({ regionIndex: 3, ranges: [PAGE] });
    expect(machine.device.dmabufs[1]?.ranges.at(0).paddr).toBe(BAR3);
  });

  const rows: [string, boolean, string, string[]][] = [
    ['7.3', false, 'ENODEV', ['nvgrace-fake-bar-not-claimed']],
    ['7.3', true, 'ok', []],
    ['6.19', false, 'ok', []],
  ];
  test.each(rows)('without a physical BAR 4, %s (intended %s): %s', (kernel, intended, expected, defects) => {
    const machine = vfioMachine({ kernel, intended, device: { driver, unclaimedBars: new Set([4]) } });
    const result = machine.feature({ regionIndex: 4, ranges: [PAGE] });
    expect(result.ok ? 'ok' : result.errno).toBe(expected);
    expect(machine.log.defects).toEqual(defects);
  });

  test('vfio-pci itself exports BAR 4 where it is', () => {
    const machine = vfioMachine({ device: { driver: VFIO_PCI } });
    machine.feature({ regionIndex: 4, ranges: [PAGE] });
    expect(machine.device.dmabufs[0]).toBeInstanceOf(VfioDmaBuf);
    expect(machine.device.dmabufs[0]?.ranges.at(0).paddr).toBe(BAR4);
  });
});

test('every defect has a name of its own and a range of releases', () => {
  expect(new Set(VFIO_DEFECTS.map(({ name }) => name)).size).toBe(VFIO_DEFECTS.length);
  for (const { range } of VFIO_DEFECTS) expect(range.from).toBeDefined();
});
