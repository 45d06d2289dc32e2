import { describe, expect, test } from 'vitest';
import { functionOf, plain, read, readOne } from '../../../test/capture/lspci-fixture.ts';
import type { ConfigSpace } from '../config-space.ts';
import { factValue } from '../fact.ts';
import { resourceAt } from '../listed-resource.ts';

/** A function with one capability and its lines. */
function capability(title: string, ...lines: string[]): ConfigSpace {
  const at = title.startsWith('[1') ? '\tCapabilities: [40] Express (v2) Endpoint, MSI 00\n' : '';
  const kind = title.includes(' Port (') ? 'PCI bridge' : '3D controller';
  const text = [`00:02.0 ${kind}: X`, '\tControl: Mem+', '\tStatus: Cap+', `${at}\tCapabilities: ${title}`];
  return readOne(`${[...text, ...lines.map((line) => `\t\t${line}`)].join('\n')}\n\n`).config;
}

describe('the words of a capability are the bits of its registers', () => {
  // Offsets and bits restated from the PCI Express Base Specification. `bits`: those asked for, `value`: what they are.
  test.each([
    {
      title: '[1b0 v1] Physical Resizable BAR',
      line: 'BAR 0: current size: 2TB, supported: 1MB 2TB 128TB',
      at: 0x1b4,
      width: 4,
      bits: 0xffff_fff0,
      value: 0x8200_0010,
    },
    { title: '[60] Express (v2) Root Port (Slot+), MSI 03', line: '', at: 0x62, width: 2, bits: 0x3fff, value: 0x0742 },
    {
      title: '[60] Express (v2) Downstream Port (Slot-), IntMsgNum 5',
      line: '',
      at: 0x62,
      width: 2,
      bits: 0x3fff,
      value: 0x0a62,
    },
    {
      title: '[60] Express (v1) PCI-Express to PCI/PCI-X Bridge, MSI 00',
      line: '',
      at: 0x62,
      width: 2,
      bits: 0xff,
      value: 0x71,
    },
    {
      title: '[60] Express Root Complex Integrated Endpoint, IntMsgNum 0',
      line: '',
      at: 0x62,
      width: 2,
      bits: 0xf0,
      value: 0x90,
    },
    {
      title: '[60] Express (v2) Endpoint, MSI 00',
      line: 'DevCap: MaxPayload 512 bytes, PhantFunc 0',
      at: 0x64,
      width: 4,
      bits: 7,
      value: 2,
    },
    {
      title: '[60] Express (v2) Endpoint, MSI 00',
      line: 'DevCtl:\tReport errors: Correctable+ Non-Fatal- Fatal+ Unsupported-',
      at: 0x68,
      width: 2,
      bits: 0xf,
      value: 0x5,
    },
    {
      title: '[60] Express (v2) Endpoint, MSI 00',
      line: 'LnkCap:\tPort #255, Speed 32GT/s, Width x16, ASPM L1',
      at: 0x6c,
      width: 4,
      bits: 0xff00_03ff,
      value: 0xff00_0105,
    },
    {
      title: '[60] Express (v2) Endpoint, MSI 00',
      line: 'LnkSta:\tSpeed 16GT/s (downgraded), Width x8 (ok)',
      at: 0x72,
      width: 2,
      bits: 0x3ff,
      value: 0x084,
    },
    {
      title: '[60] Express (v2) Root Complex Integrated Endpoint, MSI 00',
      line: 'LnkSta: Speed 16GT/s, Width x8',
      at: 0x72,
      width: 2,
      bits: 0x3ff,
      value: undefined,
    },
    {
      title: '[60] Express (v2) Root Port (Slot+), MSI 00',
      line: 'DevCtl2: Completion Timeout: 50us to 50ms, TimeoutDis-, LTR-, OBFF Disabled ARIFwd+',
      at: 0x88,
      width: 2,
      bits: 0x20,
      value: 0x20,
    },
    { title: '[68] MSI: Enable+ Count=4/32 Maskable- 64bit+', line: '', at: 0x6a, width: 2, bits: 0x1ff, value: 0x0ab },
    { title: '[68] MSI-X: Enable+ Count=65 Masked-', line: '', at: 0x6a, width: 2, bits: 0xc7ff, value: 0x8040 },
    {
      title: '[148 v1] Access Control Services',
      line: 'ACSCap: SrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans+',
      at: 0x14c,
      width: 2,
      bits: 0x7f,
      value: 0x5f,
    },
    {
      title: '[148 v1] Access Control Services',
      line: 'ACSCtl: SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-',
      at: 0x14e,
      width: 2,
      bits: 0x7f,
      value: 0x1d,
    },
    {
      title: '[148 v1] Access Control Services',
      line: 'ACSCtl: SrcValid+',
      at: 0x14e,
      width: 2,
      bits: 0x80,
      value: undefined,
    },
    {
      title: '[150 v1] Alternative Routing-ID Interpretation (ARI)',
      line: 'ARICap:\tMFVC- ACS-, Next Function: 1',
      at: 0x154,
      width: 2,
      bits: 0xff00,
      value: 0x0100,
    },
    {
      title: '[160 v1] Address Translation Service (ATS)',
      line: 'ATSCap:\tInvalidate Queue Depth: 1f',
      at: 0x164,
      width: 2,
      bits: 0x1f,
      value: 0x1f,
    },
    {
      title: '[160 v1] Address Translation Service (ATS)',
      line: 'ATSCtl:\tEnable+, Smallest Translation Unit: 0a',
      at: 0x166,
      width: 2,
      bits: 0x801f,
      value: 0x800a,
    },
    {
      title: '[160 v1] Process Address Space ID (PASID)',
      line: 'PASIDCap: Exec+ Priv-, Max PASID Width: 14',
      at: 0x164,
      width: 2,
      bits: 0x1f06,
      value: 0x1402,
    },
    {
      title: '[160 v1] Process Address Space ID (PASID)',
      line: 'PASIDCtl: Enable+ Exec- Priv-',
      at: 0x166,
      width: 2,
      bits: 1,
      value: 1,
    },
    {
      title: '[140 v1] Device Serial Number 52-54-00-ff-fe-12-34-56',
      line: '',
      at: 0x144,
      width: 4,
      bits: 0xffff_ffff,
      value: 0xfe12_3456,
    },
    {
      title: '[140 v1] Device Serial Number 52-54-00-ff-fe-12-34-56',
      line: '',
      at: 0x148,
      width: 4,
      bits: 0xffff_ffff,
      value: 0x5254_00ff,
    },
    {
      title: '[180 v1] Single Root I/O Virtualization (SR-IOV)',
      line: 'IOVCtl:\tEnable+ Migration- Interrupt- MSE+ ARIHierarchy-',
      at: 0x188,
      width: 2,
      bits: 0x1f,
      value: 0x09,
    },
    {
      title: '[180 v1] Single Root I/O Virtualization (SR-IOV)',
      line: 'Initial VFs: 16, Total VFs: 16, Number of VFs: 4, Function Dependency Link: 00',
      at: 0x190,
      width: 2,
      bits: 0xffff,
      value: 4,
    },
    {
      title: '[180 v1] Single Root I/O Virtualization (SR-IOV)',
      line: 'VF offset: 128, stride: 2, Device ID: 101e',
      at: 0x194,
      width: 4,
      bits: 0xffff_ffff,
      value: 0x0002_0080,
    },
    {
      title: '[180 v1] Single Root I/O Virtualization (SR-IOV)',
      line: 'VF offset: 128, stride: 2, Device ID: 101e',
      at: 0x19a,
      width: 2,
      bits: 0xffff,
      value: 0x101e,
    },
    {
      title: '[180 v1] Single Root I/O Virtualization (SR-IOV)',
      line: 'Region 2: Memory at 0000018806000000 (64-bit, prefetchable)',
      at: 0x1ac,
      width: 4,
      bits: 0xffff_ffff,
      value: 0x0600_000c,
    },
    {
      title: '[180 v1] Single Root I/O Virtualization (SR-IOV)',
      line: 'Region 2: Memory at 0000018806000000 (64-bit, prefetchable)',
      at: 0x1b0,
      width: 4,
      bits: 0xffff_ffff,
      value: 0x188,
    },
    {
      title: '[1b0 v1] Physical Resizable BAR',
      line: 'BAR 1: current size: 16GB, supported: 256MB 16GB 32GB',
      at: 0x1b4,
      width: 4,
      bits: 0xffff_fff0,
      value: 0x000c_1000,
    },
    {
      title: '[1b0 v1] Physical Resizable BAR',
      line: 'BAR 1: current size: 16GB, supported: 256MB 16GB 32GB',
      at: 0x1b8,
      width: 4,
      bits: 0x1fe7,
      value: 0x0e21,
    },
    {
      title: '[1b0 v2] Extended Capability ID 0x2b',
      line: '',
      at: 0x1b0,
      width: 4,
      bits: 0x000f_ffff,
      value: 0x0002_002b,
    },
    {
      title: '[1b0 v1] Something that will be invented',
      line: '',
      at: 0x1b0,
      width: 4,
      bits: 0xffff,
      value: undefined,
    },
  ] as const)('$title | $line', ({ title, line, at, width, bits, value }) => {
    expect(capability(title, ...(line === '' ? [] : [line])).bits(at, width, bits)).toBe(value);
  });

  test('a register goes on over lines without a word of their own', () => {
    const lines = [
      'DevCtl:\tCorrErr+ NonFatalErr+ FatalErr+ UnsupReq+',
      '\tRlxdOrd- ExtTag+',
      '\tMaxPayload 256 bytes, MaxReadReq 4096 bytes',
    ];
    const config = capability(
      '[60] Express (v2) Endpoint, MSI 00',
      'DevCap:\tMaxPayload 512 bytes',
      ...lines,
      ...['DevSta:', 'LnkCap:', 'LnkCtl:', 'LnkSta:', 'DevCap2:', 'DevCtl2:', 'LnkSta2:'],
    );
    expect([config.bits(0x64, 4, 7), config.bits(0x68, 2, 0x71ff)]).toEqual([2, 0x512f]);
  });

  test('Enhanced Allocation entries', () => {
    const config = capability(
      '[60] Enhanced Allocation (EA): NumEntries=1',
      'Entry 0: Enable+ Writable- EntrySize=3',
      '\t BAR Equivalent Indicator: BAR 4',
      '\t PrimaryProperties: memory space, non-prefetchable',
      '\t SecondaryProperties: entry unavailable for use, PrimaryProperties should be used',
      '\t Base: 8480000f0000',
      '\t MaxOffset: 000fffff',
    );
    expect([0x64, 0x68, 0x6c, 0x70].map((at) => config.read32(at))).toEqual([
      0x80ff_0043, 0x000f_0002, 0x000f_fffc, 0x8480,
    ]);
  });
});

describe('regions of a function', () => {
  const region = (rest: string): string =>
    `00:00.0 Host bridge: Intel Corporation X\n\n10000:e1:00.0 3D controller: X\n\tControl: Mem+\n\tStatus: Cap-\n\tRegion 0: ${rest}\n\n01:00.0 3D controller: X\n\tControl: Mem+\n\tStatus: Cap-\n\tRegion 0: ${rest}\n\n03:00.0 3D controller: X\n\tControl: Mem+\n\tStatus: Cap-\n\tRegion 0: Memory at fb000000 (32-bit, non-prefetchable) [size=4K]\n\n`;

  test('on x86 the printed address is that of the BAR, but for VMD domains, which can translate', () => {
    const capture = read(region('Memory at fe000000 (64-bit, prefetchable) [size=16M]'));
    expect(functionOf(capture, '0000:01:00.0').config.read32(0x10)).toBe(0xfe00_000c);
    expect(functionOf(capture, '0000:01:00.0').config.read32(0x14)).toBe(0);
    const { config } = functionOf(capture, '10000:e1:00.0');
    expect([config.bits(0x10, 4, 0xf), config.read32(0x10)]).toEqual([0xc, undefined]);
  });

  test.each([
    { rest: 'Memory at fe000000 (32-bit, non-prefetchable) [size=4K]', flags: 0x40200 },
    { rest: 'Memory at fe000000 (low-1M, prefetchable) [size=4K]', flags: 0x4220a },
    { rest: 'I/O ports at e000 [disabled] [size=32]', flags: 0x40101 },
    { rest: 'Memory at fe000000 (64-bit, non-prefetchable) [enhanced] [size=1M]', flags: 0x100234 },
    { rest: '[enhanced] Memory at fe000000 (64-bit, non-prefetchable) [size=1M]', flags: 0x100234 },
  ])('$rest: flags $flags', ({ rest, flags }) => {
    const { resources } = functionOf(read(region(rest)), '0000:01:00.0');
    expect(resourceAt(resources, 0)?.flags).toBe(flags);
  });

  test('a size that is not printed among sizes that are makes the resources unknown', () => {
    const capture = read(
      `${region('Memory at fe000000 (32-bit, non-prefetchable) [size=4K]')}02:00.0 3D controller: X\n\tControl: Mem+\n\tRegion 1: Memory at fd000000 (32-bit, non-prefetchable) [si\n\n`,
    );
    expect(functionOf(capture, '0000:02:00.0').resources.state).toBe('unreadable');
  });
});

describe('windows of a bridge', () => {
  const bridge = (...windows: string[]): string =>
    `${[
      '00:01.0 PCI bridge: X',
      '\tControl: Mem+',
      '\tStatus: Cap-',
      '\tBus: primary=00, secondary=3a, subordinate=3b, sec-latency=0',
      ...windows.map((w) => `\t${w}`),
    ].join('\n')}\n\n`;
  const sized =
    '\n01:00.0 3D controller: X\n\tControl: Mem+\n\tStatus: Cap-\n\tRegion 0: Memory at fe000000 (32-bit, non-prefetchable) [size=4K]\n\n';
  const x86 = '\n00:00.0 Host bridge: Intel Corporation X\n\n';

  // Registers: memory base and limit at 0x20, prefetchable at 0x24, upper halves at 0x28 and 0x2c, I/O at 0x1c and 0x30.
  test.each([
    { style: '3.5', line: 'Memory behind bridge: fde00000-fe3fffff', at: 0x20, value: 0xfe30_fde0 },
    {
      style: '3.5, 64-bit',
      line: 'Prefetchable memory behind bridge: 0000018000000000-000001bfffffffff',
      at: 0x24,
      value: 0xfff1_0001,
    },
    {
      style: '3.5, 64-bit, upper half',
      line: 'Prefetchable memory behind bridge: 0000018000000000-000001bfffffffff',
      at: 0x28,
      value: 0x180,
    },
    { style: '3.5, closed', line: 'I/O behind bridge: None', at: 0x1c, value: undefined },
    {
      style: '3.5, closed, -vvv',
      line: 'Memory behind bridge: fff00000-000fffff [empty]',
      at: 0x20,
      value: 0x0000_fff0,
    },
    { style: '3.7', line: 'Memory behind bridge: fde00000-fe3fffff [size=6M]', at: 0x20, value: 0xfe30_fde0 },
    { style: '3.14', line: 'Memory behind bridge: fde00000-fe3fffff [size=6M] [32-bit]', at: 0x20, value: undefined },
    {
      style: '3.14, closed',
      line: 'Prefetchable memory behind bridge: 00000000fff00000-00000000000fffff [disabled] [64-bit]',
      at: 0x24,
      value: 0x0001_fff1,
    },
    { style: '3.14, closed, -vv', line: 'Memory behind bridge: [disabled] [32-bit]', at: 0x20, value: undefined },
  ])('$style: $line', ({ line, at, value }) => {
    expect(functionOf(read(bridge(line) + sized), '0000:00:01.0').config.read32(at)).toBe(value);
  });

  test("from 3.8 on they are the kernel's addresses; on x86 those are the registers'", () => {
    const line = 'Memory behind bridge: fde00000-fe3fffff [size=6M] [32-bit]';
    expect(functionOf(read(bridge(line) + sized + x86), '0000:00:01.0').config.read32(0x20)).toBe(0xfe30_fde0);
    const resources = factValue(functionOf(read(bridge(line) + sized), '0000:00:01.0').resources) ?? [];
    expect(plain(resources[14])).toEqual({ range: { start: '0xfde00000', end: '0xfe400000' }, flags: 0x200 });
  });

  test("the width printed for a 64-bit prefetchable window of the kernel is not the register's", () => {
    const line = 'Prefetchable memory behind bridge: fe400000-fe9fffff [size=6M] [32-bit]';
    const { config } = functionOf(read(bridge(line) + sized + x86), '0000:00:01.0');
    expect([config.bits(0x24, 2, 0xfff0), config.bits(0x24, 2, 0xf)]).toEqual([0xfe40, undefined]);
  });

  test('lspci keeps 32 bits of a memory window: regions behind the bridge tell the rest', () => {
    const line = 'Memory behind bridge: 00000000-005fffff [size=6M] [32-bit]';
    const behind =
      '\n3a:00.0 3D controller: X\n\tControl: Mem+\n\tStatus: Cap-\n\tRegion 0: Memory at 1b00000000 (64-bit, non-prefetchable) [size=16K]\n\n';
    const resources = factValue(functionOf(read(bridge(line) + behind), '0000:00:01.0').resources) ?? [];
    expect(plain(resources[14])).toEqual({ range: { start: '0x1b00000000', end: '0x1b00600000' }, flags: 0x200 });
  });

  test('bus numbers make a type 1 header, and of a CardBus bridge type 2', () => {
    const { config } = functionOf(read(bridge('BridgeCtl: Parity- SERR+ NoISA- VGA+ MAbort-')), '0000:00:01.0');
    expect([config.bits(0x0e, 1, 0x7f), config.read32(0x18)]).toEqual([1, undefined]);
    expect([config.read8(0x18), config.read8(0x19), config.read8(0x1a), config.bits(0x3e, 2, 0xf)]).toEqual([
      0, 0x3a, 0x3b, 0xa,
    ]);
    const cardbus = bridge('BridgeCtl: Parity- SERR- ISA- VGA- MAbort- >Reset+ 16bInt+ PostWrite+').replace(
      'PCI bridge',
      'CardBus bridge',
    );
    expect(functionOf(read(cardbus), '0000:00:01.0').config.bits(0x0e, 1, 0x7f)).toBe(2);
  });
});

describe('virtual functions', () => {
  const pf = [
    '3a:00.0 Ethernet controller [0200]: Intel Corporation X [8086:1572] (rev 02)',
    '\tControl: Mem+',
    '\tStatus: Cap+',
    '\tRegion 0: Memory at 38fffa000000 (64-bit, prefetchable) [size=16M]',
    '\tCapabilities: [a0] Express (v2) Endpoint, MSI 00',
    '\tCapabilities: [160 v1] Single Root I/O Virtualization (SR-IOV)',
    '\t\tInitial VFs: 64, Total VFs: 64, Number of VFs: 2, Function Dependency Link: 00',
    '\t\tVF offset: 16, stride: 1, Device ID: 154c',
    '\t\tRegion 0: Memory at 000038fffb000000 (64-bit, prefetchable)',
    '\t\tVF Migration: offset: 00000000, BIR: 0',
  ].join('\n');
  const vf = (address: string, start: string): string =>
    [
      `3a:${address} Ethernet controller [0200]: Intel Corporation VF [8086:154c] (rev 02)`,
      '\tControl: Mem-',
      '\tStatus: Cap-',
      `\tRegion 0: Memory at ${start} (64-bit, prefetchable) [virtual] [size=64K]`,
    ].join('\n');
  const whole = read(`${pf}\n\n${vf('02.0', '38fffb000000')}\n\n${vf('02.1', '38fffb010000')}\n\n`);

  test('regions within SR-IOV are not those of the physical function', () => {
    const resources = factValue(functionOf(whole, '0000:3a:00.0').resources) ?? [];
    expect(plain(resources[0])).toEqual({ range: { start: '0x38fffa000000', end: '0x38fffb000000' }, flags: 0x14220c });
  });

  test('all slices together are resource 7 of the physical function', () => {
    const resources = factValue(functionOf(whole, '0000:3a:00.0').resources) ?? [];
    expect(plain(resources[7])).toEqual({ range: { start: '0x38fffb000000', end: '0x38fffb400000' }, flags: 0x14220c });
  });

  test('without the first virtual function the second tells it', () => {
    const capture = read(`${pf}\n\n${vf('02.1', '38fffb010000')}\n\n`);
    const resources = factValue(functionOf(capture, '0000:3a:00.0').resources) ?? [];
    expect(plain(resources[7])).toEqual({ range: { start: '0x38fffb000000', end: '0x38fffb400000' }, flags: 0x14220c });
  });

  test('a virtual function has its slice; its own registers hold neither that nor its ids', () => {
    const fn = functionOf(whole, '0000:3a:02.1');
    expect(plain(factValue(fn.resources))).toEqual([
      { range: { start: '0x38fffb010000', end: '0x38fffb020000' }, flags: 0x14220c },
    ]);
    const registers = [fn.config.read16(0), fn.config.read16(2), fn.config.bits(0x10, 4, 0xf)];
    expect([factValue(fn.device), ...registers]).toEqual([0x154c, undefined, undefined, undefined]);
  });

  test('a dump of zeros in its BARs leaves the printed kind', () => {
    const dump = ['00: ff ff ff ff', '10: 00 00 00 00', '20: 00 00 00 00', '30: 00 00 00 00'].map(
      (row) => `${row}${' 00'.repeat(12)}`,
    );
    const fn = readOne(`${vf('02.1', '38fffb010000')}\n${dump.join('\n')}\n`);
    expect(plain(factValue(fn.resources))).toEqual([
      { range: { start: '0x38fffb010000', end: '0x38fffb020000' }, flags: 0x14220c },
    ]);
  });
});
