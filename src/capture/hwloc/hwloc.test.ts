import { describe, expect, it } from 'vitest';
import { unshown } from '../../base/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { factValue, joinParts, type MachineCapture, readText } from '../index.ts';

function machine(text: string): MachineCapture {
  const joined = joinParts(readText(new TextEncoder().encode(text), 'topo.xml').parts);
  if (!joined.ok) throw new Error(joined.error.text);
  return joined.value;
}

/** Address, bridge above, ids and names of each function. */
function rows({ functions }: MachineCapture): string[] {
  return functions.map(({ bdf, parent, vendor, device, classCode, systemNames = [] }) => {
    const above = parent.state === 'known' ? formatBdf(parent.value) : parent.state;
    const ids = [vendor, device, classCode].map((fact) => factValue(fact)?.toString(16) ?? '-').join(':');
    return [formatBdf(bdf), above, ids, ...systemNames.map(({ kind, name }) => `${kind} ${unshown(name)}`)].join(' ');
  });
}

function xml(
  version: string,
  kinds: { readonly net: number; readonly rdma: number; readonly gpu: number },
  interface_: string,
): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc${version === '' ? '' : 2}.dtd">
<topology${version === '' ? '' : ` version="${version}"`}>
  <object type="Machine" os_index="0" cpuset="0xff">
    <info name="DMIBoardName" value="A &quot;B&quot;"/>
    <object type="Package" os_index="0" cpuset="0xff">
      <info name="CPUVendor" value="AuthenticAMD"/>
      <info name="CPUFamilyNumber" value="25"/>
      <info name="CPUModel" value="AMD EPYC 9554"/>
      <object type="NUMANode" os_index="0" local_memory="1">
        <page_type size="4096" count="1"/>
      </object>
      <object type="Bridge" os_index="1" bridge_type="0-1" depth="0" bridge_pci="0000:[40-47]">
        <object type="Bridge" bridge_type="1-1" depth="1" bridge_pci="0000:[41-44]" pci_busid="0000:40:01.1" pci_type="0604 [1022:14ab] [0000:0000] 01${interface_}" pci_link_speed="31.5">
          <info name="PCIDevice" value="Root Port"/>
          <object type="PCIDev" pci_busid="0000:41:00.0" pci_type="0302 [10de:2330] [10de:16c1] a1${interface_}" pci_link_speed="63.0">
            <object type="OSDev" name="cuda3" subtype="CUDA" osdev_type="5"/>
            <object type="OSDev" name="nvml2" subtype="NVML" osdev_type="${kinds.gpu}"/>
            <object type="OSDev" name="card1" osdev_type="${kinds.gpu}"/>
          </object>
          <object type="PCIDev" pci_busid="0000:42:00.0" pci_type="0200 [15b3:1021] [15b3:0023] 00${interface_}" pci_link_speed="63.0">
            <object type="OSDev" name="enp66s0" osdev_type="${kinds.net}">
              <info name="Address" value="00:00:00:00:00:00"/>
            </object>
            <object type="OSDev" name="mlx5_0" osdev_type="${kinds.rdma}"/>
          </object>
        </object>
        <object type="PCIDev" pci_busid="0000:47:00.0" pci_type="0108 [144d:a80a] [144d:a801] 00${interface_}" pci_link_speed="7.8">
          <object type="OSDev" name="nvme0n1" subtype="Disk" osdev_type="0"/>
        </object>
      </object>
    </object>
    <info name="OSName" value="Linux"/>
    <info name="OSRelease" value="6.8.0-45-generic"/>
    <info name="Architecture" value="x86_64"/>
  </object>
</topology>
`;
}

const EXPECTED = [
  '0000:40:01.1 absent 1022:14ab:60400',
  '0000:41:00.0 0000:40:01.1 10de:2330:30200 nvidia GPU2, drm card1',
  '0000:42:00.0 0000:40:01.1 15b3:1021:20000 netdev enp66s0, rdma mlx5_0',
  '0000:47:00.0 unreadable 144d:a80a:10800 nvme nvme0',
].map((row) => row.replace(', ', ' '));

describe("hwloc's XML", () => {
  it.each([
    ['1', '', { net: 2, rdma: 3, gpu: 1 }, ''],
    ['2', '2.0', { net: 2, rdma: 3, gpu: 1 }, ''],
    ['3', '3.0', { net: 16, rdma: 48, gpu: 12 }, ' 00'],
  ])('of version %s tells functions below their bridges, ids and names', (_, version, kinds, programming) => {
    expect(rows(machine(xml(version, kinds, programming)))).toEqual(EXPECTED);
  });

  it('tells the processor, the kernel and the architecture', () => {
    const { cpu, kernel, parts } = machine(xml('2.0', { net: 2, rdma: 3, gpu: 1 }, ''));
    const processor = factValue(cpu);
    expect(
      processor && [factValue(processor.vendorId), factValue(processor.family), factValue(processor.modelName)],
    ).toEqual(['AuthenticAMD', 25, 'AMD EPYC 9554']);
    expect(factValue(kernel.release)).toBe('6.8.0-45-generic');
    expect(parts.flatMap(({ architecture = [] }) => architecture.map((hint) => hint.architecture))).toEqual(['x86']);
  });

  it('without bridges tells no place', () => {
    const flat = xml('2.0', { net: 2, rdma: 3, gpu: 1 }, '')
      .split('\n')
      .filter((line) => !line.includes('type="Bridge"'))
      .join('\n');
    expect(machine(flat).functions.map(({ parent, rootBus }) => [parent.state, rootBus.state])).toEqual(
      Array(3).fill(['unreadable', 'unreadable']),
    );
  });

  it.each([20, 28, 35])('cut after %i lines never gives a bridge that the whole does not', (length) => {
    const whole = rows(machine(xml('2.0', { net: 2, rdma: 3, gpu: 1 }, '')));
    const cut = machine(xml('2.0', { net: 2, rdma: 3, gpu: 1 }, '').split('\n').slice(0, length).join('\n'));
    for (const row of rows(cut))
      expect(whole.some((full) => full.startsWith(row.split(' ').slice(0, 3).join(' ')))).toBe(true);
  });
});

describe('lstopo as text', () => {
  it('tells addresses and names, and that bridges have no addresses', () => {
    const text = `Machine (251GB total)
  Package L#0
    NUMANode L#0 (P#0 125GB)
    HostBridge
      PCIBridge
        PCIBridge
          PCI 41:00.0 (3D)
            CoProc(CUDA) "cuda0"
            GPU(NVML) "nvml1"
          PCI 42:00.0 (Ethernet)
            Net "enp66s0f0np0"
            OpenFabrics "mlx5_2"
      PCI 00:17.0 (SATA)
        Block(Disk) "sda"
`;
    expect(rows(machine(text))).toEqual([
      '0000:41:00.0 unreadable -:-:- nvidia GPU1',
      '0000:42:00.0 unreadable -:-:- netdev enp66s0f0np0 rdma mlx5_2',
      '0000:00:17.0 unreadable -:-:-',
    ]);
  });

  it('told to be verbose tells bridges and ids too', () => {
    const text = `    HostBridge L#0 (buses=0000:[40-44])
      PCIBridge L#1 (busid=0000:40:01.1 id=1022:14ab class=0604(PCIBridge) link=31.51GB/s buses=0000:[41-44])
        PCI L#0 (busid=0000:41:00.0 id=10de:2330 class=0302(3D) link=63.02GB/s PCISlot=3)
        PCI L#1 (busid=0000:42:00.0 id=15b3:1021 class=0200(Ethernet) link=63.02GB/s)
          Network L#0 (Address=02:00:00:00:00:01) "enp66s0"
`;
    expect(rows(machine(text))).toEqual([
      '0000:40:01.1 absent 1022:14ab:60400',
      '0000:41:00.0 0000:40:01.1 10de:2330:30200',
      '0000:42:00.0 0000:40:01.1 15b3:1021:20000 netdev enp66s0',
    ]);
  });
});
