import { describe, expect, test } from 'vitest';
import {
  addresses,
  fixture,
  fixtureText,
  functionOf,
  plain,
  read,
  readOne,
  withoutHex,
} from '../../../test/capture/lspci-fixture.ts';
import { IORESOURCE_UNSET } from '../../uapi/index.ts';
import { ABSENT, factValue, known } from '../fact.ts';
import { resourceAt } from '../listed-resource.ts';
import { readLspci } from './read-lspci.ts';

const recorded = fixtureText('q35-recorded-xxxx.txt');
const row = (offset: string, first = '00'): string => `${offset}: ${first}${' 00'.repeat(15)}\n`;
/** A dump of `count` bytes: id 8086:1234, class 020000, no capabilities. */
const dump = (count: number): string => {
  let text = '00: 86 80 34 12 06 00 00 00 01 00 00 02 00 00 00 00\n';
  for (let at = 16; at < count; at += 16) text += row(at.toString(16).padStart(2, '0'));
  return text;
};

describe('dumps', () => {
  test('bytes, names and facts are read; the kind is lspci-hex', () => {
    const capture = readLspci(fixture('q35-recorded-xxxx.txt'), 'a name');
    expect(capture.source).toEqual({ kind: 'lspci-hex', name: 'a name' });
    expect(addresses(capture)).toEqual([
      '0000:00:00.0',
      '0000:00:04.0',
      '0000:00:1f.2',
      '0000:01:00.0',
      '0000:02:00.0',
      '0000:03:00.0',
    ]);
    const port = functionOf(capture, '0000:00:04.0');
    expect(port.config.bytes).toHaveLength(4096);
    expect(port.config.size).toBe(4096);
    expect(port.config.mask).toBeUndefined();
    expect([port.vendor, port.device, port.classCode]).toEqual([known(0x1b36), known(0x000c), known(0x060400)]);
    expect(port.driver).toEqual(known('pcieport'));
    expect(port.iommuGroup).toEqual(known(1));
    expect(capture.findings).toEqual([]);
  });

  test('regions become resources with sizes, windows too', () => {
    const port = functionOf(read(recorded), '0000:00:04.0');
    const resources = factValue(port.resources) ?? [];
    expect(plain(resources[0])).toEqual({ range: { start: '0xfe200000', end: '0xfe201000' }, flags: 0x40200 });
    expect(plain(resources[13])).toEqual({ range: { start: '0x1000', end: '0x5000' }, flags: 0x100 });
    expect(plain(resources[14])).toEqual({ range: { start: '0xfd800000', end: '0xfe000000' }, flags: 0x200 });
    expect(plain(resources[15])).toEqual({ range: { start: '0xfe400000', end: '0xfea00000' }, flags: 0x2200 });
    const ahci = functionOf(read(recorded), '0000:00:1f.2').resources;
    const flags = [0, 1, 2, 3, 4, 5].map((index) => resourceAt(ahci, index)?.flags.toString(16));
    expect(flags).toEqual([...Array(4), '40101', '40200']);
  });

  test('the groups in force follow from the IOMMU group lines', () => {
    const groups = factValue(read(recorded).iommuGroups) ?? [];
    expect(groups.map(({ id, devices }) => [id, devices.length])).toEqual(expect.arrayContaining([[1, 1]]));
    expect(read(recorded.replace(/^\tIOMMU group.*\n/gm, '')).iommuGroups.state).toBe('unreadable');
  });

  test.each([
    { option: '-xxxx', bytes: 4096, size: 4096 },
    { option: '-xxx of a conventional function', bytes: 256, size: 256 },
  ])('$option: $bytes bytes are all there are', ({ bytes, size }) => {
    const { config } = readOne(`00:02.0 Ethernet controller: X\n${dump(bytes)}\n`);
    expect([config.bytes.length, config.size]).toEqual([bytes, size]);
  });

  test('-x of a function with capabilities: what lies behind 64 bytes is unknown, and how to get it is said', () => {
    const { config } = readOne(
      `00:02.0 Ethernet controller: X\n${dump(64).replace('06 00 00 00', '06 00 10 00').replace(row('30'), row('30').replace('00 00 00 00 00', '00 00 00 00 40'))}\n`,
    );
    expect(config.size).toBeUndefined();
    expect(config.whyUnknown).toBe('config space is cut at 64 bytes: run lspci -xxxx as root');
  });

  test('-xxx of a PCI Express function: extended registers are unknown', () => {
    const whole = recorded.split('\n\n')[1] ?? '';
    const cut = whole.replace(/^[1-9a-f][0-9a-f]{2}: .*\n?/gm, '').replace(/^\tCap.*\n(\t\t.*\n)*/gm, '');
    const { config } = readOne(`${cut}\n`);
    expect([config.bytes.length, config.size]).toEqual([256, undefined]);
    expect(config.whyUnknown).toBe('config space is cut at 256 bytes: run lspci -xxxx as root');
  });

  test('text tells what a short dump does not reach', () => {
    const port = functionOf(read(recorded.replace(/^(?![0-3]0: )[0-9a-f]{2,3}: .*\n/gm, '')), '0000:00:04.0');
    expect(port.config.read8(0x0e)).toBe(0x01);
    expect(port.config.bits(0x148 + 6, 2, 0x7f)).toBe(0x1d);
  });

  test.each([
    ['two-digit bus', '3a:00.0', '0000:3a:00.0'],
    ['domain', '0002:3a:00.0', '0002:3a:00.0'],
    ['VMD domain', '10000:e1:00.0', '10000:e1:00.0'],
    ['way from the root bus (-PP)', '00:01.0/01:00.0/02:01.0/03:00.0', '0000:03:00.0'],
    ['upper case', '000A:3A:1F.7', '000a:3a:1f.7'],
  ])('address with %s', (_what, printed, expected) => {
    expect(addresses(read(`${printed} Ethernet controller: X\n${dump(64)}`))).toEqual([expected]);
  });

  test('a function that has fallen off the bus is told, and only its text counts', () => {
    const ones = dump(256).replace(/^([0-9a-f]{2}:).*$/gm, (_row, at) => `${at}${' ff'.repeat(16)}`);
    const capture = read(`01:00.0 3D controller [0302]: NVIDIA Corporation X [10de:1f91] (rev ff)\n${ones}`);
    const [fn] = capture.functions;
    expect(fn?.config.bytes.filter((byte) => byte !== 0)).not.toContain(0x7f);
    expect(fn?.config.read8(0x0e)).toBeUndefined();
    expect(fn?.vendor).toEqual(known(0x10de));
    expect(capture.findings.map(({ code }) => code)).toEqual(['function-gone']);
  });

  test('-PP tells the bridge above', () => {
    const { parent } = readOne('0001:00:01.0/01:00.0 Ethernet controller: X\n');
    expect(parent).toEqual(known(0x1_0008));
  });

  test('text of other commands before, between and behind does not matter', () => {
    const noise =
      'lspci: Unable to load libkmod resources: error -2\npcilib: sysfs_read_vpd: read failed: No such device\n';
    const text = `$ uname -a\nLinux host 6.8\n${noise}00:02.0 Ethernet controller: X\n${noise}${dump(64)}\n$ lspci -tv\n-[0000:00]---02.0  Intel\n`;
    expect(plain(readOne(text).config)).toEqual(plain(readOne(`00:02.0 Ethernet controller: X\n${dump(64)}`).config));
  });

  test('lspci -v prints regions without number: the BAR of the dump tells it', () => {
    const bar = dump(64).replace(row('10'), '10: 00 00 00 00 0c 00 00 f0 10 00 00 00 00 00 00 00\n');
    const text = `00:02.0 Ethernet controller: X\n\tFlags: fast devsel\n\tMemory at 10f0000000 (64-bit, prefetchable) [size=256M]\n${bar}`;
    const resources = factValue(readOne(text).resources) ?? [];
    expect(plain(resources)).toEqual([
      null,
      { range: { start: '0x10f0000000', end: '0x1100000000' }, flags: 0x14220c },
    ]);
    expect(readOne(text.slice(0, text.indexOf('00: '))).resources.state).toBe('unreadable');
  });
});

describe('damage is a finding with its line, never an exception', () => {
  const head = '00:02.0 Ethernet controller: X\n';
  test.each([64, 128, 256, 4096])('a dump of %i bytes, as lspci prints them, is not cut', (length) => {
    const capture = read(`${head}${dump(length)}`);
    expect([capture.functions[0]?.config.bytes.length, capture.findings]).toEqual([length, []]);
  });

  test.each([
    {
      what: 'a short row',
      text: `${head}${dump(48)}30: 00 00 00\n`,
      code: 'config-odd-length',
      where: 'line 5',
      length: 51,
    },
    {
      what: 'half a byte',
      text: `${head}${dump(48)}30: 00 0`,
      code: 'config-malformed-line',
      where: 'line 5',
      length: 49,
    },
    {
      what: 'a row of garbage',
      text: `${head}${dump(48)}30: 00 zz 00\n`,
      code: 'config-malformed-line',
      where: 'line 5',
      length: 49,
    },
    { what: 'a missing row', text: `${head}${dump(32)}${row('30')}`, code: 'config-gap', where: 'line 4', length: 32 },
    {
      what: 'an offset too large',
      text: `${head}${dump(64)}${row('1000')}`,
      code: 'config-beyond-end',
      where: 'line 6',
      length: 64,
    },
    {
      what: 'a row given twice',
      text: `${head}${dump(64)}${row('30', '01')}`,
      code: 'config-repeated',
      where: 'line 6',
      length: 64,
    },
    { what: 'a dump cut off', text: `${head}${dump(80)}`, code: 'config-cut', where: 'line 1', length: 80 },
    {
      what: 'rows without a function',
      text: `${row('00')}${head}`,
      code: 'config-without-function',
      where: 'line 1',
      length: 12,
    },
    { what: 'no function at all', text: 'nothing\n', code: 'no-functions', where: 'test', length: undefined },
    {
      what: 'a function given twice',
      text: `${head}${dump(64)}\n${head}${dump(64)}`,
      code: 'duplicate-function',
      where: 'line 7',
      length: 64,
    },
  ])('$what', ({ text, code, where, length }) => {
    const capture = read(text);
    expect(capture.findings).toContainEqual(expect.objectContaining({ code, where }));
    expect(capture.functions[0]?.config.bytes.length).toBe(length);
  });

  test('rows behind a blank line that do not go on where the dump ended belong to something else', () => {
    const capture = read(`${head}${dump(64)}\n${row('80', '55')}`);
    expect(capture.functions[0]?.config.bytes).toHaveLength(64);
    expect(capture.findings).toContainEqual(
      expect.objectContaining({ code: 'config-without-function', where: 'line 7' }),
    );
    expect(readOne(`${head}${dump(64)}\n${row('40', '55')}`).config.bytes).toHaveLength(80);
  });

  test('the bytes of a missing row are unknown, and those behind it may be of another function', () => {
    const { config } = readOne(`${head}${dump(32)}${row('30', '55')}`);
    expect([config.read8(0x00), config.read8(0x20), config.read8(0x30)]).toEqual([0x86, undefined, undefined]);
  });

  test('of a function given twice the first counts, and of a row', () => {
    const second = dump(64).replace('86 80', 'de 10');
    expect(readOne(`${head}${dump(64)}\n${head}${second}`).config.read16(0)).toBe(0x8086);
    expect(readOne(`${head}${dump(64)}${row('00', 'de')}`).config.read8(0)).toBe(0x86);
  });

  test('a badly damaged dump does not fill the report', () => {
    const capture = read(head + '00: 11 22\n'.repeat(1000));
    expect(capture.findings.length).toBeLessThan(50);
    expect(capture.findings.at(-1)?.text).toMatch(/more places/);
  });
});

describe('several mentions of one function are joined', () => {
  const list = '00:02.0 Ethernet controller [0200]: Intel Corporation X [8086:1234] (rev 01)\n';
  const details =
    '00:02.0 Ethernet controller: Intel Corporation X (rev 01)\n\tControl: Mem+ BusMaster-\n\tStatus: Cap-\n\n';
  const bytes = `00:02.0 Ethernet controller: Intel Corporation X (rev 01)\n${dump(64)}\n`;

  test.each([
    ['list, details, dump', list + details + bytes],
    ['dump, details, list', bytes + details + list],
  ])('%s', (_order, text) => {
    const capture = read(text);
    expect(capture.findings).toEqual([]);
    const [fn] = capture.functions;
    expect(capture.functions).toHaveLength(1);
    expect([fn?.device, fn?.classCode]).toEqual([known(0x1234), known(0x020000)]);
    expect(fn?.config.bytes).toHaveLength(64);
  });
});

describe('facts', () => {
  const two = (line: string): string =>
    ['00:01.0 Audio device: A', ...both, `${line}`, '00:02.0 Audio device: B', ...both, '\n'].join('\n');
  const both = ['\tControl: Mem+', '\tStatus: Cap-'];

  test.each([
    { fact: 'numaNode', line: '\tNUMA node: 2\n', value: 2 },
    { fact: 'iommuGroup', line: '\tIOMMU group: 17\n', value: 17 },
  ] as const)('$fact: where others show it, a function that does not has none', ({ fact, line, value }) => {
    const [first, second] = read(two(line)).functions;
    expect(first?.[fact]).toEqual(known(value));
    expect(second?.[fact]).toEqual(ABSENT);
    expect(read(two('')).functions[1]?.[fact].state).toBe('unreadable');
  });

  test('a driver is missing for certain only beside the line about modules', () => {
    const lines = (own: string) => read(two('\tKernel driver in use: nvme\n') + own).functions;
    expect(lines('')[1]?.driver.state).toBe('unreadable');
    const third = `00:03.0 Audio device: C\n${both.join('\n')}\n\tKernel modules: snd_hda_intel\n\n`;
    expect(lines(third)[2]?.driver).toEqual(ABSENT);
  });

  test('with -v, node and group stand among the flags', () => {
    const fn = readOne(
      '00:02.0 Audio device: B\n\tFlags: bus master, fast devsel, latency 0, IRQ 3, NUMA node 1, IOMMU group 9\n',
    );
    expect([fn.numaNode, fn.iommuGroup]).toEqual([known(1), known(9)]);
    expect(fn.config.bits(4, 2, 4)).toBe(4);
  });

  test('a name keeps no terminal escapes and no marks that turn text around', () => {
    const fn = readOne('00:02.0 Audio device: Ev\u001b[31mil\u001b]0;title\u0007 \u202eCorp\u200b\u0007 Café\u00a0X\n');
    expect(fn.printedName).toEqual(known('Evil Corp Café X'));
  });

  test.each([
    { text: '00:02.0 PCI bridge: Intel Corporation Device 4c01', ids: [0x8086, 0x4c01, 0x0604] },
    { text: '00:02.0 0604: 8086:4c01 (rev 02)', ids: [0x8086, 0x4c01, 0x0604] },
    { text: '00:02.0 Class 0604: Device 8086:4c01', ids: [0x8086, 0x4c01, 0x0604] },
    { text: '00:02.0 Class [0604]: Device [8086:4c01] (rev 02)', ids: [0x8086, 0x4c01, 0x0604] },
    { text: '00:02.0 PCI bridge [0604]: Foo [bar] [8086:4c01]', ids: [0x8086, 0x4c01, 0x0604] },
    { text: '00:02.0 Non-Volatile memory controller: Foo NVMe', ids: [undefined, undefined, 0x0108] },
    { text: '00:02.0 3D controller: NVIDIA Corporation GH100 [H100]', ids: [0x10de, undefined, 0x0302] },
    { text: '00:02.0 Infiniband controller: Mellanox Technologies MT2910', ids: [0x15b3, undefined, 0x0207] },
    { text: '00:02.0 USB Controller: Red Hat, Inc. Foo', ids: [undefined, undefined, 0x0c03] },
  ])('$text', ({ text, ids }) => {
    const fn = readOne(`${text}\n`);
    expect([factValue(fn.vendor), factValue(fn.device), fn.config.read16(0x0a)]).toEqual(ids);
    // Without -v the programming interface is not printed.
    expect(fn.classCode.state).toBe('unreadable');
  });
});

describe('how much lspci was allowed and asked to print', () => {
  test.each([
    { what: 'a list', text: fixtureText('q35-list.txt'), why: /without details.*sudo lspci -vvv/ },
    {
      what: 'not root',
      text: withoutHex(fixtureText('q35-pciutils-3.9-nnvvv-x-user.txt')),
      why: /not run as root.*<access denied>/,
    },
    { what: '-v', text: fixtureText('q35-pciutils-3.14-nnv.txt'), why: /lspci -v prints no registers/ },
    { what: '-vvv', text: fixtureText('q35-pciutils-3.5-vv.txt'), why: /does not print it.*-xxxx/ },
  ])('$what: why the rest is unknown says so', ({ text, why }) => {
    expect(functionOf(read(text), '0000:00:04.0').config.whyUnknown).toMatch(why);
  });

  test('not root: that there are capabilities is known, where they start is not', () => {
    const { config } = functionOf(read(withoutHex(fixtureText('q35-pciutils-3.9-nnvvv-x-user.txt'))), '0000:00:04.0');
    expect([config.bits(6, 2, 0x10), config.read8(0x34), config.read8(0x40)]).toEqual([0x10, undefined, undefined]);
  });

  test('a function that is powered down is known by the kernel only', () => {
    const fn = readOne(
      '01:00.0 3D controller [0302]: NVIDIA Corporation X [10de:1f91] (rev ff) (prog-if ff)\n\t!!! Unknown header type 7f\n\tKernel driver in use: nouveau\n',
    );
    expect([fn.device, fn.powerState, fn.driver]).toEqual([known(0x1f91), known('D3cold'), known('nouveau')]);
    expect([fn.config.read16(0), fn.config.bits(0x0e, 1, 0x7f)]).toEqual([undefined, 0x7f]);
    expect(fn.config.whyUnknown).toMatch(/powered down/);
  });

  test('-b and -F print windows as the registers have them, with their width', () => {
    const { config } = functionOf(read(fixtureText('q35-pciutils-3.14-nnv.txt')), '0000:00:04.0');
    expect([config.read16(0x24), config.read8(0x1c)]).toEqual([0xfe41, 0x10]);
  });

  test('-b and -F print no sizes', () => {
    const { resources, config } = functionOf(read(fixtureText('q35-pciutils-3.5-vv.txt')), '0000:00:1f.2');
    expect(resources.state).toBe('unreadable');
    expect(config.read32(0x24)).toBe(functionOf(read(recorded), '0000:00:1f.2').config.read32(0x24));
  });

  test('a region without address keeps its size and is marked', () => {
    const fn = readOne(
      '00:02.0 Audio device: B\n\tControl: Mem-\n\tRegion 0: Memory at <unassigned> (32-bit, non-prefetchable) [disabled] [size=16K]\n',
    );
    expect(plain(factValue(fn.resources))).toEqual([
      { range: { start: '0x0', end: '0x4000' }, flags: 0x40200 | IORESOURCE_UNSET },
    ]);
    expect(fn.config.read32(0x10)).toBeUndefined();
  });
});
