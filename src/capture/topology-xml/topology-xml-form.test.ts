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

it('a topology file of NCCL tells devices, processor and switches above, and not the next bridge above a device', () => {
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

function functionsOf(text: string) {
  const joined = joinParts(readText(new TextEncoder().encode(text), 'topo.xml').parts);
  return joined.ok ? joined.value.functions : [];
}

it('what is nested is below, and what is not is below a root port', () => {
  expect(functionsOf(XML).map(({ below }) => below)).toEqual([{ bridge: undefined }, { bridge: 0x3100 }]);
});

it('where lines are lost, what is above is not known', () => {
  const cut = XML.split('\n').filter((line) => !line.includes('31:00.0'));
  expect(functionsOf(cut.join('\n')).map(({ below }) => below)).toEqual([undefined]);
});

it('templates of clouds have no ids, and made-up switches, which are none', () => {
  const template = `<system version="1">
  <cpu numaid="0" affinity="ff" arch="x86_64" vendor="AuthenticAMD" familyid="23" modelid="49">
    <pci busid="ffff:ff:01.0" class="0x060400" link_speed="16 GT/s" link_width="16">
      <pci busid="0003:00:00.0" class="0x030200" link_speed="16 GT/s" link_width="16"/>
      <pci busid="0103:00:00.0" class="0x020700" link_speed="16 GT/s" link_width="16"/>
    </pci>
  </cpu>
</system>
`;
  expect(functionsOf(template).map(({ bdf, below }) => [bdf, below])).toEqual([
    [0x3_0000, undefined],
    [0x103_0000, undefined],
  ]);
  const joined = joinParts(readText(new TextEncoder().encode(template), 'topo.xml').parts);
  const cpu = joined.ok ? factValue(joined.value.cpu) : undefined;
  expect(cpu && factValue(cpu.family)).toBe(0x17);
});
