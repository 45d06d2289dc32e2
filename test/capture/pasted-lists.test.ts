/** Lists of devices that people paste beside, or in place of, lspci: what each tells, and nothing more. */
import { expect, test } from 'vitest';
import { factValue, joinParts, readText } from '../../src/capture/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';

/** `address vendor:device class parent driver group`, `-` for what is not told. */
function told(text: string): string[] {
  const joined = joinParts(readText(new TextEncoder().encode(text), 'list').parts);
  if (!joined.ok) throw new Error('not joined');
  const hex = (value: number | undefined, digits: number) => value?.toString(16).padStart(digits, '0') ?? '-';
  return joined.value.functions.map((fn) => {
    const parent = fn.parent.state === 'absent' ? 'root' : factValue(fn.parent);
    return [
      formatBdf(fn.bdf),
      `${hex(factValue(fn.vendor), 4)}:${hex(factValue(fn.device), 4)}`,
      hex(factValue(fn.classCode), 6),
      typeof parent === 'number' ? formatBdf(parent) : (parent ?? '-'),
      factValue(fn.driver) ?? '-',
      factValue(fn.iommuGroup) ?? '-',
    ].join(' ');
  });
}

const LINK =
  'lrwxrwxrwx 1 root root 0 Mar  3 10:01 0000:41:00.0 -> ../../../devices/pci0000:40/0000:40:01.1/0000:41:00.0\n';

test.each<[string, string, string[]]>([
  [
    'links of /sys/bus/pci/devices tell the way through the tree',
    `total 0\n${LINK}`,
    ['0000:40:01.1 -:- 060400 root - -', '0000:41:00.0 -:- - 0000:40:01.1 - -'],
  ],
  [
    'sections of lshw tell names, which stand for ids',
    '  *-display\n       description: VGA compatible controller\n       product: GP104 [GeForce GTX 1080] [10DE:1B80]\n' +
      '       vendor: NVIDIA Corporation [10DE]\n       bus info: pci@0000:01:00.0\n' +
      '       configuration: depth=32 driver=nvidia latency=0\n',
    ['0000:01:00.0 10de:1b80 030000 - nvidia -'],
  ],
  [
    'lshw without numbers tells the vendor',
    '  *-network\n       description: Ethernet interface\n       product: MT27800 Family [ConnectX-5]\n' +
      '       vendor: Mellanox Technologies\n       bus info: pci@0000:02:00.0\n',
    ['0000:02:00.0 15b3:- 020000 - - -'],
  ],
  [
    'blocks of esxcli',
    '0000:3b:00.0\n   Address: 0000:3b:00.0\n   Vendor ID: 0x10de\n   Device ID: 0x1db4\n   Device Class: 0x0302\n' +
      '   Parent Device: PCI 0:58:0:0\n',
    ['0000:3b:00.0 10de:1db4 030200 0000:3a:00.0 - -'],
  ],
  [
    'blocks of hwinfo',
    '11: PCI 100.0: 0300 VGA compatible controller (VGA)\n  SysFS ID: /devices/pci0000:00/0000:00:01.0/0000:01:00.0\n' +
      '  SysFS BusID: 0000:01:00.0\n  Vendor: pci 0x10de "nVidia Corporation"\n  Device: pci 0x1b80 "GP104"\n',
    ['0000:00:01.0 -:- 060400 root - -', '0000:01:00.0 10de:1b80 - 0000:00:01.0 - -'],
  ],
  [
    'XML of libvirt',
    '<device>\n  <path>/sys/devices/pci0000:40/0000:40:01.1/0000:41:00.0</path>\n    <class>0x030000</class>\n' +
      "    <product id='0x2204'>GA102</product>\n    <vendor id='0x10de'>NVIDIA Corporation</vendor>\n" +
      "    <iommuGroup number='27'>\n      <address domain='0x0000' bus='0x41' slot='0x00' function='0x0'/>\n    </iommuGroup>\n",
    ['0000:40:01.1 -:- 060400 root - -', '0000:41:00.0 10de:2204 030000 0000:40:01.1 - 27'],
  ],
])('%s', (_name, text, functions) => {
  expect(told(text).sort()).toEqual(functions);
});

function acsOf(text: string): [string, number | undefined, number | undefined][] {
  const joined = joinParts(readText(new TextEncoder().encode(text), 'acs').parts);
  if (!joined.ok) throw new Error('not joined');
  return joined.value.functions.map(({ bdf, printedAcs }) => [formatBdf(bdf), printedAcs?.cap, printedAcs?.control]);
}

const SKIPPED = '0000:00:1f.0 does not support ACS, skipping\n';
const WRITTEN = '0000:17:00.0 (ecap 000d @148) @14e 0000\n0000:18:00.0 (ecap 000d @148) @14e 001d->(0000:002c)->0011\n';

test('scripts that clear ACS: the last value counts, and what they skip has none', () => {
  expect(acsOf(SKIPPED + WRITTEN).sort()).toEqual([
    ['0000:00:1f.0', 0, 0],
    ['0000:17:00.0', undefined, 0],
    ['0000:18:00.0', undefined, 0x11],
  ]);
});

test('where everything was skipped, nobody was root', () => {
  expect(readText(new TextEncoder().encode(SKIPPED), 'acs').parts).toEqual([]);
});
