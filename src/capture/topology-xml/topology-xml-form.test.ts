import { expect, it } from 'vitest';
import { factValue, joinParts, readText } from '../index.ts';

const XML = `<system version="2">
  <cpu numaid="3" affinity="ff" arch="x86_64" vendor="AMD" familyid="159" modelid="2">
    <pci busid="0000:31:00.0" class="0x060400" vendor="0x1000" device="0xc010" link_speed="16.0 GT/s PCIe" link_width="16">
      <pci busid="0000:37:00.0" class="0x038000" vendor="0x1d94" device="0x55b7" link_speed="16.0 GT/s PCIe" link_width="16">
        <gpu dev="0" sm="90" rank="0" gdr="1"/>
      </pci>
    </pci>
    <pci busid="ffff:ff:01.0" class="0x060400" vendor="0xffff" device="0xffff"/>
  </cpu>
</system>
`;

it('a topology file of NCCL tells devices and processor, and no bridge above a device', () => {
  const joined = joinParts(readText(new TextEncoder().encode(XML), 'topo.xml').parts);
  const machine = joined.ok ? joined.value : undefined;
  expect(
    machine?.functions.map(({ bdf, vendor, classCode }) => [bdf, factValue(vendor), factValue(classCode)]),
  ).toEqual([
    [0x3100, 0x1000, 0x060400],
    [0x3700, 0x1d94, 0x038000],
  ]);
  expect(machine?.functions.map(({ parent }) => parent.state)).toEqual(['unreadable', 'unreadable']);
  const cpu = machine && factValue(machine.cpu);
  expect(cpu && [factValue(cpu.vendorId), factValue(cpu.family)]).toEqual(['HygonGenuine', 0x18]);
});
