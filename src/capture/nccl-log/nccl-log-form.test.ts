import { describe, expect, it } from 'vitest';
import { unshown } from '../../base/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { type CapturePart, factValue, joinParts, type MachineCapture, readText } from '../index.ts';

function parts(text: string): readonly CapturePart[] {
  return readText(new TextEncoder().encode(text), 'nccl.log').parts;
}

function machine(text: string): MachineCapture {
  const joined = joinParts(parts(text));
  if (!joined.ok) throw new Error(joined.error.text);
  return joined.value;
}

const say = (words: string, host = 'node-a', level = 'INFO') => `${host}:4711:4720 [0] NCCL ${level} ${words}`;

const TREE = [
  'NET/IB : Using [0]mlx5_0:1/IB [1]mlx5_1:1/IB [RO]; OOB eno1:192.0.2.7<0>',
  'comm 0x55aa rank 0 nranks 2 cudaDev 0 nvmlDev 4 busId 1b000 commId 0x1 - Init START',
  'comm 0x55bb rank 1 nranks 2 cudaDev 1 nvmlDev 5 busId 9d000 commId 0x1 - Init START',
  '=== System : maxBw 24.0 totalBw 48.0 ===',
  'CPU/0-0 (1/1/2)',
  '+ PCI[24.0] - PCI/0-18000 (1000c03010001002)',
  '              + PCI[24.0] - GPU/0-1b000 (0)',
  '                            + NVL[40.0] - NVS/0-0',
  '              + PCI[24.0] - NIC/0-1c000',
  '                            + NET[25.0] - NET/0-0 (0/a0b0c0d0/1/25.000000)',
  '+ SYS[10.0] - CPU/0-1',
  'CPU/0-1 (1/1/2)',
  '+ PCI[24.0] - GPU/0-9d000 (1)',
  '+ PCI[24.0] - NIC/0-9e000',
  '              + NET[25.0] - NET/0-1 (0/a0b0c0d1/1/25.000000)',
  '==========================================',
];

describe('a log of NCCL', () => {
  it('tells the devices of its tree with ids and names, and no bridge above them', () => {
    const { functions } = machine(TREE.map((words) => say(words)).join('\n'));
    const rows = functions.map(({ bdf, vendor, device, classCode, systemNames = [] }) =>
      [
        formatBdf(bdf),
        ...[vendor, device, classCode].map((fact) => factValue(fact)?.toString(16) ?? '-'),
        ...systemNames.map(({ kind, name }) => `${kind} ${unshown(name)}`),
      ].join(' '),
    );
    expect(rows).toEqual([
      '0000:18:00.0 1000 c030 60400',
      '0000:1b:00.0 10de - - nvidia GPU4',
      '0000:1c:00.0 - - 20000 rdma mlx5_0',
      '0000:9d:00.0 10de - - nvidia GPU5',
      '0000:9e:00.0 - - 20000 rdma mlx5_1',
    ]);
    expect(new Set(functions.map(({ parent }) => parent.state))).toEqual(new Set(['unreadable']));
  });

  it('is the same with the marks of launchers, and with lines of others between', () => {
    const plain = machine(TREE.map((words) => say(words)).join('\n'));
    const marked = TREE.flatMap((words) => [
      `[1,0]<stdout>:${say(words)}`,
      'epoch 3: loss 0.1',
      say('Trees [0] 1/-1/-1->0->-1'),
    ]);
    const facts = ({ functions }: MachineCapture) =>
      functions.map(({ bdf, systemNames, vendor }) => [bdf, systemNames, factValue(vendor)]);
    expect(facts(machine(marked.join('\n')))).toEqual(facts(plain));
  });

  it('keeps what is said of pairs as words, each once, and makes no fact of them', () => {
    const words = [
      ...TREE,
      "NET/IB : GPU Direct RDMA Disabled for HCA 1 'mlx5_1'",
      'DMA-BUF is available on GPU device 1',
      'Channel 00/0 : 0[4] -> 1[5] via SHM/direct/direct',
      'Channel 00/0 : 0[4] -> 1[5] via SHM/direct/direct',
      'Channel 01/0 : 0[4] -> 1[5] via SHM/direct/direct',
      'GPU Direct RDMA Enabled for GPU 1b000 / HCA 0 (distance 3 < 4), read 0',
    ];
    const [part] = parts(words.map((each) => say(each)).join('\n'));
    expect(part?.toolWords?.map(({ devices, text, line }) => `${line} ${devices.join(' ')}: ${text}`)).toEqual([
      "17 mlx5_1: NET/IB : GPU Direct RDMA Disabled for HCA 1 'mlx5_1'",
      '18 0000:9d:00.0: DMA-BUF is available on GPU device 1',
      '19 0000:1b:00.0 0000:9d:00.0: Channel 00/0 : 0[4] -> 1[5] via SHM/direct/direct',
      '22 0000:1b:00.0 mlx5_0: GPU Direct RDMA Enabled for GPU 1b000 / HCA 0 (distance 3 < 4), read 0',
    ]);
    expect(part?.topology).toBeUndefined();
  });

  it('of RCCL tells the release and the options that the kernel has', () => {
    const { kernel, findings } = machine(
      [
        say('Kernel version: 5.15.0-84-generic'),
        say('CONFIG_DMABUF_MOVE_NOTIFY=y in /boot/config-5.15.0-84-generic'),
        say('CONFIG_PCI_P2PDMA=y in /boot/config-5.15.0-84-generic'),
        say('RCCL version 2.20.5+hip6.2'),
        'node-a:4711:4711 [0] /src/rccl/init.cc:163 NCCL WARN Missing "iommu=pt" from kernel command line which can lead to system instablity or hang!',
      ].join('\n'),
    );
    expect(factValue(kernel.release)).toBe('5.15.0-84-generic');
    expect([...(factValue(kernel.config) ?? [])]).toEqual([
      ['CONFIG_DMABUF_MOVE_NOTIFY', 'y'],
      ['CONFIG_PCI_P2PDMA', 'y'],
    ]);
    expect(findings.map(({ where, text }) => `${where}: ${text}`)).toEqual([
      'line 5: NCCL says "Missing "iommu=pt" from kernel command line which can lead t…"',
    ]);
  });

  it('of two hosts is two machines', () => {
    const text = ['node-a', 'node-b'].flatMap((host) => TREE.map((words) => say(words, host))).join('\n');
    expect(parts(text).map(({ host, functions }) => [host, functions?.length])).toEqual([
      ['node-a', 5],
      ['node-b', 5],
    ]);
  });

  it.each([
    ['without an address', '+ PCI[24.0] - GPU/0-zz (0)'],
    ['with an address that no device has', '+ PCI[24.0] - GPU/0-1b0f9 (0)'],
    ['cut in the middle', '+ PCI[24.0] - GP'],
  ])('gives no device for a node %s', (_, words) => {
    expect(machine(say(words)).functions).toEqual([]);
  });
});
