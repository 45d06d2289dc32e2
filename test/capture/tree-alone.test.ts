/** A drawn tree alone is a machine: what `lspci -tv` names is told of it, and nothing else. */
import { describe, expect, test } from 'vitest';
import { factValue } from '../../src/capture/index.ts';
import { buildTopology, deviceKind, type PciFunction, type PciTopology } from '../../src/pci/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import { read } from './lspci-fixture.ts';

const DESKTOP = `-[0000:00]-+-00.0  Intel Corporation Device 590f
           +-01.0-[01]--+-00.0  Advanced Micro Devices, Inc. [AMD/ATI] Device 67df
           |            \\-00.1  Advanced Micro Devices, Inc. [AMD/ATI] Device aaf0
           +-1c.0-[02]--
           +-1c.4-[03-06]----00.0-[04-06]--+-01.0-[05]----00.0  NVIDIA Corporation GV100GL [Tesla V100 PCIe 32GB]
           |                               \\-02.0-[06]----00.0  Mellanox Technologies MT28841
           +-1d.0-[07]----00.0  Samsung Electronics Co Ltd NVMe SSD Controller SM981/PM981/PM983
           \\-1f.0  Intel Corporation Device a2c4
`;
const SERVER = `-[0000:40]-+-00.0  Advanced Micro Devices, Inc. [AMD] Starship/Matisse Root Complex
           +-00.2  Advanced Micro Devices, Inc. [AMD] Starship/Matisse IOMMU
           \\-01.1-[41]----00.0  Intel Corporation Ethernet Controller X710 for 10GbE SFP+
`;

function at(topology: PciTopology, address: string): PciFunction {
  const fn = topology.functions.find(({ bdf }) => formatBdf(bdf) === address);
  if (fn === undefined) throw new Error(`${address} is not there`);
  return fn;
}

describe('lspci -tv', () => {
  test.each([
    [DESKTOP, '0000:00:00.0', 'host-bridge'],
    [DESKTOP, '0000:00:1f.0', 'other'],
    [DESKTOP, '0000:01:00.0', 'gpu'],
    [DESKTOP, '0000:01:00.1', 'companion'],
    [DESKTOP, '0000:00:1c.0', 'bridge'],
    [DESKTOP, '0000:04:01.0', 'bridge'],
    [DESKTOP, '0000:05:00.0', 'gpu'],
    [DESKTOP, '0000:06:00.0', 'nic'],
    [DESKTOP, '0000:07:00.0', 'nvme'],
    [SERVER, '0000:40:00.0', 'host-bridge'],
    [SERVER, '0000:40:00.2', 'system'],
    [SERVER, '0000:41:00.0', 'nic'],
  ])('%#: %s is of the kind that its name and its place tell', (text, address, kind) => {
    expect(deviceKind(at(buildTopology(read(text)), address))).toBe(kind);
  });
});

test('a switch drawn around two devices is the bridge that they share', () => {
  const topology = buildTopology(read(DESKTOP));
  const above = (address: string): string => {
    const { parent } = at(topology, address);
    return parent === undefined ? 'none' : formatBdf(parent.bdf);
  };
  expect([above('0000:05:00.0'), above('0000:06:00.0')]).toEqual(['0000:04:01.0', '0000:04:02.0']);
  expect([above('0000:04:01.0'), above('0000:04:02.0')]).toEqual(['0000:03:00.0', '0000:03:00.0']);
  expect(at(topology, '0000:05:00.0').placement.certain).toBe(true);
});

test('the chipset and the root complex tell the processor', () => {
  const zen = (text: string): unknown => buildTopology(read(text)).platform.zen;
  expect(zen(DESKTOP)).toMatchObject({ state: 'known', value: false });
  expect(zen(SERVER)).toMatchObject({ state: 'known', value: true });
  // A network card on the first place of a virtual bus is no host bridge.
  expect(zen('-[0000:00]-+-00.0  Intel Corporation Device 1572\n')).toMatchObject({ state: 'unreadable' });
});

test('a bridge that a tree draws on a root bus is a root port of its maker', () => {
  const tree = '-[0000:07]---00.0-[08]----00.0  Huawei Technologies Co., Ltd. Device d802\n';
  const list = '07:00.0 PCI bridge [0604]: Huawei Technologies Co., Ltd. Device [19e5:a120] (rev 21)\n';
  const { zen } = buildTopology(read(`${list}\n${tree}`)).platform;
  expect(zen).toMatchObject({ state: 'known', value: false });
  expect(buildTopology(read(list)).platform.zen.state).toBe('unreadable');
});

test('the bridges that may lead to a bus are named, and nothing that is none', () => {
  const list =
    '00:01.0 PCI bridge: X\n00:1c.0 PCI bridge: Y\n00:1f.0 ISA bridge: Z\n01:00.0 3D controller: NVIDIA Corporation W\n';
  expect(at(buildTopology(read(list)), '0000:01:00.0').placement).toMatchObject({
    certain: false,
    why: 'the bus numbers of bridges are not in this input: of 0000:00:01.0 and 1 more',
  });
});

test('registers and classes stay unknown', () => {
  for (const fn of buildTopology(read(DESKTOP)).functions) {
    expect(fn.acs.state).toBe('unreadable');
    expect(factValue(fn.ids.classCode)).toBeUndefined();
  }
});
