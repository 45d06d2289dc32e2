import { describe, expect, it } from 'vitest';
import { unshown } from '../../base/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { type CapturePart, factValue, readText } from '../index.ts';

function part(text: string, source = 'list.txt'): CapturePart | undefined {
  return readText(new TextEncoder().encode(text), source).parts.find(({ origin }) => origin.passage === 'device-list');
}

/** Address, ids, driver, names. */
function rows(text: string, source?: string): string[] {
  return (part(text, source)?.functions ?? []).map(({ bdf, vendor, device, driver, systemNames = [] }) => {
    const ids = [vendor, device].map((fact) => (fact === undefined ? '-' : (factValue(fact)?.toString(16) ?? '?')));
    const names = systemNames.map(({ kind, name }) => `${kind} ${unshown(name)}`);
    return [formatBdf(bdf), ids.join(':'), driver === undefined ? '-' : factValue(driver), ...names].join(' ');
  });
}

describe('a list of devices', () => {
  it.each([
    [
      'ibdev2netdev -v',
      '0000:c1:00.1 mlx5_3 (MT4129 - MCX755106A) ConnectX-7 adapter card fw 28.39.1002 port 1 (ACTIVE) ==> ens3f1np1 (Up)',
      ['0000:c1:00.1 -:- - rdma mlx5_3 netdev ens3f1np1'],
    ],
    [
      'mst status -v',
      'ConnectX7(rev:0)        /dev/mst/mt4129_pciconf0         c1:00.0   mlx5_2          net-ens3f0np0             1     ',
      ['0000:c1:00.0 -:- - rdma mlx5_2 netdev ens3f0np0'],
    ],
    [
      'ls -l of class folders',
      'lrwxrwxrwx. 1 root root 0 Nov  3 09:00 nvme2 -> ../../devices/pci0000:60/0000:60:01.1/0000:61:00.0/nvme/nvme2\nlrwxrwxrwx 1 root root 0 Nov  3 09:00 lo -> ../../devices/virtual/net/lo',
      ['0000:61:00.0 -:- - nvme nvme2'],
    ],
    [
      'ethtool -i',
      '$ ethtool -i enp9s0\ndriver: igc\nversion: 6.8.0\nfirmware-version: 1082\nbus-info: 0000:09:00.0\nsupports-statistics: yes',
      ['0000:09:00.0 -:- igc netdev enp9s0'],
    ],
    [
      'nvme list -v',
      'nvme1    S7ABC0 SAMSUNG MZQL23T8 GDC5602Q pcie   0000:e2:00.0   U.2-3  nvme-subsys1 nvme1n1',
      ['0000:e2:00.0 -:- - nvme nvme1'],
    ],
    [
      'lshw -businfo',
      'pci@0000:09:00.0  enp9s0        network        Ethernet Controller I225-V\npci@0000:00:00.0                bridge         Root Complex',
      ['0000:09:00.0 -:- - netdev enp9s0', '0000:00:00.0 -:- -'],
    ],
    [
      'lshw',
      '        *-network:0\n             description: Ethernet interface\n             bus info: pci@0000:c1:00.0\n             logical name: ens3f0np0\n             configuration: autonegotiation=on driver=mlx5_core duplex=full\n        *-usb\n             logical name: usb1',
      ['0000:c1:00.0 -:- mlx5_core netdev ens3f0np0'],
    ],
    [
      'inxi -Gxx',
      '  Device-1: NVIDIA AD102 vendor: Gigabyte driver: nvidia v: 550.90 pcie:\n    gen: 4 bus-ID: 41:00.0 chip-ID: 10de:2684 class-ID: 0300',
      ['0000:41:00.0 10de:2684 -'],
    ],
    [
      'inxi -Gxx, lines of its own',
      '  Device-1: NVIDIA AD102 vendor: Gigabyte driver: nvidia v: 550.90\n    bus-ID: 41:00.0 chip-ID: 10de:2684 class-ID: 0300',
      ['0000:41:00.0 10de:2684 -'],
    ],
    [
      'dcgmi discovery -l',
      '| 3      | Name: NVIDIA H100 80GB HBM3                                          |\n|        | PCI Bus ID: 00000000:9D:00.0                                         |',
      ['0000:9d:00.0 -:- - nvidia GPU3'],
    ],
    ['amd-smi list', 'GPU: 1\n    BDF: 0000:26:00.0\n    UUID: 0\n', ['0000:26:00.0 -:- - amd GPU1']],
    [
      'xpu-smi discovery',
      '| 0         | Device Name: Intel(R) Data Center GPU Max 1550                     |\n|           | PCI BDF Address: 0000:4d:00.0                                      |',
      ['0000:4d:00.0 -:- - intel GPU0'],
    ],
  ])('of %s', (_, text, expected) => {
    expect(rows(text)).toEqual(expected);
  });

  it('of ethtool in a file of sos has the name of the file', () => {
    const text = 'driver: ixgbe\nbus-info: 0000:19:00.0\n';
    expect(rows(text, 'sos.tar: sos_commands/networking/ethtool_-i_eno1')).toEqual([
      '0000:19:00.0 -:- ixgbe netdev eno1',
    ]);
    expect(rows(text)).toEqual(['0000:19:00.0 -:- ixgbe']);
  });

  it('of class links tells the bridge above and the root bus', () => {
    const [fn] = part('eth0 is\n/sys/devices/pci0000:60/0000:60:01.1/0000:61:00.0/net/eth0\n')?.functions ?? [];
    expect(fn?.parent && factValue(fn.parent)).toBe(0x6009);
    expect(fn?.rootBus && factValue(fn.rootBus)).toEqual({ domain: 0, bus: 0x60 });
  });

  it('of nvidia-smi -q tells ids, links as they are and could be, and the size of BAR1 in words', () => {
    const value = (name: string, text: string) => `        ${name.padEnd(34)}: ${text}`;
    const text = [
      'Attached GPUs                             : 1',
      'GPU 00000000:C2:00.0',
      value('Product Name', 'NVIDIA L40S'),
      '    PCI',
      value('Base Classcode', '0x3'),
      value('Sub Classcode', '0x2'),
      value('Device Id', '0x26B910DE'),
      value('Sub System Id', '0x185110DE'),
      '        GPU Link Info',
      '            PCIe Generation',
      value('Max', '4'),
      value('Current', '1'),
      '            Link Width',
      value('Max', '16x'),
      value('Current', '8x'),
      '    BAR1 Memory Usage',
      value('Total', '65536 MiB'),
      value('Used', '1 MiB'),
      '    Clocks',
      value('Max', '2520 MHz'),
    ].join('\n');
    const told = part(text);
    const [fn] = told?.functions ?? [];
    expect(rows(text)).toEqual(['0000:c2:00.0 10de:26b9 - nvidia GPU0']);
    expect(fn?.classCode && factValue(fn.classCode)).toBe(0x030200);
    expect(fn?.subsystemDevice && factValue(fn.subsystemDevice)).toBe(0x1851);
    expect(fn?.link && Object.values(fn.link).map((fact) => factValue(fact))).toEqual([2.5, 8, 16, 16]);
    expect(told?.toolWords?.map(({ devices, text: words }) => `${devices}: ${words}`)).toEqual([
      '0000:c2:00.0: nvidia-smi: BAR1 of 65536 MiB',
    ]);
  });

  it('of some GPUs of nvidia-smi -q gives no number: their order is not that of all', () => {
    const text = 'Attached GPUs                             : 2\nGPU 00000000:C2:00.0\n';
    expect(rows(text)).toEqual(['0000:c2:00.0 10de:- -']);
    expect(rows(`${text}GPU 00000000:C3:00.0\n`)).toEqual([
      '0000:c2:00.0 10de:- - nvidia GPU0',
      '0000:c3:00.0 10de:- - nvidia GPU1',
    ]);
  });

  it('of names alone says that addresses are missing', () => {
    const told = part('GPU 0: NVIDIA L40S (UUID: GPU-aa)\nGPU 1: NVIDIA L40S (UUID: GPU-bb)\n');
    expect(told?.functions).toBeUndefined();
    expect(told?.told).toBe('names 2 GPUs without addresses, which nvidia-smi -q tells');
  });

  it.each([
    ['a device that cannot be', 'pci@0000:09:2f.0  enp9s0  network  X'],
    ['an address of another bus', 'bus-info: usb-0000:00:14.0-1'],
    ['a virtual adapter', 'driver: veth\nbus-info: \n'],
    ['a title of lspci', '0000:09:00.0 Ethernet controller: Intel Corporation I225-V (rev 03)'],
    ['a path that ends in a port', '/sys/devices/pci0000:60/0000:60:01.1/power'],
  ])('is not %s', (_, text) => {
    expect(rows(text)).toEqual([]);
  });
});
