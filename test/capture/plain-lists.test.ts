/** Plain `lspci` and `lspci -nn`, which show no bus numbers behind bridges: what follows from the addresses alone. */
import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analyze.ts';
import { defined } from '../../src/base/index.ts';
import { factValue, joinParts, readLspci, readText } from '../../src/capture/index.ts';
import { calcMapTypeAndDist, cellMapType, mapTypeMatrix, matrixCell } from '../../src/p2pdma/index.ts';
import { type Bdf, parseBdf } from '../../src/uapi/index.ts';

/** The answer for a pair of functions by address; the matrix gives the same. */
function answer(list: readonly string[], provider: string, client: string): string {
  const { machine, topology } = analyze(readLspci(new TextEncoder().encode(`${list.join('\n')}\n`), 'list'));
  const at = (text: string) => defined(topology.byBdf.get(parseBdf(`0000:${text}`) as Bdf), text);
  const verdict = calcMapTypeAndDist(machine, at(provider), at(client));
  expect(cellMapType(matrixCell(mapTypeMatrix(machine), at(provider), at(client)))).toBe(verdict.mapType);
  return verdict.mapType;
}

const REFUSED = 'PCI_P2PDMA_MAP_NOT_SUPPORTED';
const THROUGH = 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE';

const INTEL_ROOT = [
  '00:00.0 Host bridge [0600]: Intel Corporation Device [8086:5910] (rev 05)',
  '00:01.0 PCI bridge [0604]: Intel Corporation Device [8086:1901] (rev 05)',
  '00:02.0 VGA compatible controller [0300]: Intel Corporation Device [8086:591b] (rev 04)',
  '00:1c.0 PCI bridge [0604]: Intel Corporation Device [8086:a110] (rev f1)',
];
const GPU = (bus: string): string => `${bus}:00.0 VGA compatible controller [0300]: NVIDIA Corporation [10de:1c60]`;
const NIC = (bus: string): string => `${bus}:00.0 Ethernet controller [0200]: Intel Corporation [8086:1539]`;
const PORT = (address: string): string => `${address} PCI bridge [0604]: Broadcom / LSI Device [1000:c010]`;

describe('a list of a machine with one root bus', () => {
  const desktop = [...INTEL_ROOT, GPU('01'), NIC('02')];

  test('every bus is seen and none has a bridge: different buses share none', () => {
    expect(answer(desktop, '01:00.0', '02:00.0')).toBe(REFUSED);
  });

  test('what stands on the root bus shares no bridge with anything', () => {
    expect(answer([...INTEL_ROOT, GPU('05')], '00:02.0', '05:00.0')).toBe(REFUSED);
  });

  test('on a bus before them that is not seen may be a bridge above both', () => {
    expect(answer([...INTEL_ROOT, GPU('02'), NIC('03')], '02:00.0', '03:00.0')).toBe('unknown');
  });

  test('so may be one on a bus that lacks its first function', () => {
    const cut = [
      ...desktop.slice(0, -1),
      NIC('03'),
      '02:00.1 Ethernet controller [0200]: Intel Corporation [8086:1539]',
    ];
    expect(answer(cut, '02:00.1', '03:00.0')).toBe('unknown');
    expect(answer(cut, '01:00.0', '03:00.0')).toBe(REFUSED);
  });

  test('below a switch two may be direct, and what stands before it has no part in it', () => {
    const withSwitch = [
      ...desktop.slice(0, -1),
      PORT('02:00.0'),
      PORT('03:00.0'),
      PORT('03:01.0'),
      GPU('04'),
      NIC('05'),
    ];
    expect(answer(withSwitch, '04:00.0', '05:00.0')).toBe('unknown');
    expect(answer(withSwitch, '01:00.0', '05:00.0')).toBe(REFUSED);
  });

  test('virtual functions may be those of a bus before', () => {
    const virtual = '03:00.0 Ethernet controller [0200]: Intel Corporation I350 Ethernet Virtual Function [8086:1520]';
    expect(answer([...desktop, virtual], '02:00.0', '03:00.0')).not.toBe(THROUGH);
    expect(answer([...INTEL_ROOT, NIC('01'), virtual.replace('03', '02')], '01:00.0', '02:00.0')).not.toBe(
      'PCI_P2PDMA_MAP_BUS_ADDR',
    );
    const many = '01:10.0 Ethernet controller [0200]: Intel Corporation Device [8086:1520]';
    expect(answer([...INTEL_ROOT, NIC('01'), many, NIC('02'), GPU('03')], '02:00.0', '03:00.0')).toBe('unknown');
  });
});

describe('a list of a machine with several root buses', () => {
  const root = (bus: string): string =>
    `${bus}:00.0 Host bridge [0600]: Advanced Micro Devices, Inc. [AMD] Device [1022:14a4] (rev 01)`;
  const server = [root('00'), GPU('03'), NIC('04'), root('40'), GPU('43'), NIC('44')];

  test('a root bus between two bus numbers keeps them apart', () => {
    expect(answer(server, '03:00.0', '43:00.0')).toBe(THROUGH);
    expect(answer(server, '44:00.0', '04:00.0')).toBe(THROUGH);
  });

  test('after the same root bus they may be below one switch', () => {
    expect(answer(server, '03:00.0', '04:00.0')).toBe('unknown');
    expect(answer(server, '43:00.0', '44:00.0')).toBe('unknown');
  });

  test('a root bus is known by what its ports are called', () => {
    const arm = (bus: string): string =>
      `${bus}:00.0 PCI bridge: Huawei Technologies Co., Ltd. HiSilicon PCIe Root Port with Gen4 (rev 30)`;
    const npu = (bus: string): string =>
      `${bus}:00.0 Processing accelerators: Huawei Technologies Co., Ltd. Device d802`;
    const list = [arm('07'), npu('08'), arm('0b'), npu('0c'), arm('95'), npu('96')];
    expect(answer(list, '08:00.0', '96:00.0')).toBe(REFUSED);
    expect(answer(list, '0c:00.0', '08:00.0')).toBe(REFUSED);
  });

  test('a list of allowed host bridges stays open where it is not known which one is above', () => {
    const xeon = ['00', '80'].map(
      (bus) => `${bus}:00.0 System peripheral [0880]: Intel Corporation Device [8086:09a2] (rev 04)`,
    );
    expect(answer([...xeon, GPU('17'), GPU('97')], '17:00.0', '97:00.0')).not.toBe(REFUSED);
  });
});

test('of labels without addresses, no groups are known, and none are denied', () => {
  const matrix = '\tGPU0\tGPU1\nGPU0\t X \tPIX\nGPU1\tPIX\t X \n';
  const analysis = analyze(defined(joined(matrix), 'machine'));
  expect(analysis.situation.groups).toBeUndefined();
});

test.each([
  ['a heading and a block', 'Kernel version:\n```\n 5.0.0-31-generic\n```\n', '5.0.0-31-generic'],
  [
    'the image that was booted',
    '$ cat /proc/cmdline\nBOOT_IMAGE=/boot/vmlinuz-6.8.0-60-generic root=UUID=1 ro quiet\n',
    '6.8.0-60-generic',
  ],
  [
    'uname above the image',
    'BOOT_IMAGE=/boot/vmlinuz-6.8.0-60-generic root=UUID=1 ro quiet\nLinux host 6.9.1 #1 SMP\n',
    '6.9.1',
  ],
])('the release is told by %s', (_by, text, release) => {
  expect(factValue(defined(joined(`${INTEL_ROOT.join('\n')}\n${text}`), 'machine').kernel.release)).toBe(release);
});

function joined(text: string) {
  const machine = joinParts(readText(new TextEncoder().encode(text), 'text').parts);
  return machine.ok ? machine.value : undefined;
}
