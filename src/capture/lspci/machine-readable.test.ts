import { describe, expect, it } from 'vitest';
import { type CapturedFunction, isLspci, readLspci } from '../index.ts';

/** All printed by pciutils 3.9 for the same functions. */
const PEOPLE = `00:00.0 Host bridge [0600]: Intel Corporation 82G33/G31/P35/P31 Express DRAM Controller [8086:29c0] (prog-if 00)
\tSubsystem: Red Hat, Inc. QEMU Virtual Machine [1af4:1100]
00:1f.2 SATA controller [0106]: Intel Corporation 82801IR/IO/IH (ICH9R/DO/DH) 6 port SATA Controller [AHCI mode] [8086:2922] (rev 02) (prog-if 01)
\tSubsystem: Red Hat, Inc. QEMU Virtual Machine [1af4:1100]
03:00.0 Unclassified device [00ff]: Device [1234:11e8] (rev 10) (prog-if 00)
\tSubsystem: Red Hat, Inc. Device [1af4:1100]
`;
const RECORDS = `Slot:\t00:00.0
Class:\tHost bridge [0600]
Vendor:\tIntel Corporation [8086]
Device:\t82G33/G31/P35/P31 Express DRAM Controller [29c0]
SVendor:\tRed Hat, Inc. [1af4]
SDevice:\tQEMU Virtual Machine [1100]
ProgIf:\t00

Slot:\t00:1f.2
Class:\tSATA controller [0106]
Vendor:\tIntel Corporation [8086]
Device:\t82801IR/IO/IH (ICH9R/DO/DH) 6 port SATA Controller [AHCI mode] [2922]
SVendor:\tRed Hat, Inc. [1af4]
SDevice:\tQEMU Virtual Machine [1100]
Rev:\t02
ProgIf:\t01

Slot:\t03:00.0
Class:\tUnclassified device [00ff]
Vendor:\tVendor [1234]
Device:\tDevice [11e8]
SVendor:\tRed Hat, Inc. [1af4]
SDevice:\tDevice [1100]
Rev:\t10
ProgIf:\t00

`;
const QUOTED = `00:00.0 "Host bridge [0600]" "Intel Corporation [8086]" "82G33/G31/P35/P31 Express DRAM Controller [29c0]" -p00 "Red Hat, Inc. [1af4]" "QEMU Virtual Machine [1100]"
00:1f.2 "SATA controller [0106]" "Intel Corporation [8086]" "82801IR/IO/IH (ICH9R/DO/DH) 6 port SATA Controller [AHCI mode] [2922]" -r02 -p01 "Red Hat, Inc. [1af4]" "QEMU Virtual Machine [1100]"
03:00.0 "Unclassified device [00ff]" "Vendor [1234]" "Device [11e8]" -r10 -p00 "Red Hat, Inc. [1af4]" "Device [1100]"
`;

function read(text: string): readonly CapturedFunction[] {
  const bytes = new TextEncoder().encode(text);
  expect(isLspci(bytes)).toBe(true);
  return readLspci(bytes, 'input').functions;
}

function ids(functions: readonly CapturedFunction[]): unknown {
  return functions.map(({ bdf, vendor, device, classCode, revision, printedName }) => [
    bdf,
    ...[vendor, device, classCode, revision, printedName].map((fact) => (fact.state === 'known' ? fact.value : null)),
  ]);
}

describe('lspci for programs', () => {
  it('-vmm tells what the form for people tells', () => {
    expect(ids(read(RECORDS))).toEqual(ids(read(PEOPLE)));
    expect(read(RECORDS).map((fn) => fn.subsystemDevice)).toEqual(read(PEOPLE).map((fn) => fn.subsystemDevice));
    expect(read(RECORDS.replaceAll('\n', '\r\n'))).toHaveLength(3);
  });

  it('-mm tells it but for the subsystem', () => {
    expect(ids(read(QUOTED))).toEqual(ids(read(PEOPLE)));
  });

  it.each<[string, string, string]>([
    ['numbers', '00:04.0 "0604" "1b36" "000c" -p00 "1b36" "0000"\n', '00:04.0 0604: 1b36:000c (prog-if 00)\n'],
    [
      'names',
      '0000:c1:00.0 "3D controller" "NVIDIA Corporation" "GH100 [H100 SXM5 80GB]" -ra1 "" ""\n',
      '0000:c1:00.0 3D controller: NVIDIA Corporation GH100 [H100 SXM5 80GB] (rev a1)\n',
    ],
    ['no names', '03:00.0 "Class 00ff" "Vendor 1234" "Device 11e8"\n', '03:00.0 Class 00ff: Device 1234:11e8\n'],
    [
      'the old name of slots',
      'Device:\t00:04.0\nClass:\t0604\nVendor:\t1b36\nDevice:\t000c\n',
      '00:04.0 0604: 1b36:000c\n',
    ],
  ])('%s', (_, program, people) => {
    expect(ids(read(program))).toEqual(ids(read(people)));
  });

  it('-k tells drivers, NUMA nodes, groups and slots; registers and places stay unknown', () => {
    const [fn] = read(`Slot:\t41:00.0
Class:\tEthernet controller [0200]
Vendor:\tMellanox Technologies [15b3]
Device:\tMT2910 Family [ConnectX-7] [1021]
PhySlot:\t4
Driver:\tmlx5_core
Module:\tmlx5_core
NUMANode:\t1
IOMMUGroup:\t27
`);
    expect(fn?.driver).toEqual({ state: 'known', value: 'mlx5_core' });
    expect(fn?.numaNode).toEqual({ state: 'known', value: 1 });
    expect(fn?.iommuGroup).toEqual({ state: 'known', value: 27 });
    expect(fn?.label).toEqual({ state: 'known', value: 'slot 4' });
    expect([fn?.parent.state, fn?.resources.state, fn?.config.read8(0x34)]).toEqual([
      'unreadable',
      'unreadable',
      undefined,
    ]);
  });

  it('keeps the bytes of names, and lines where they were', () => {
    const names = '00:04.0 "PCI bridge" "Näme" "Brücke" "" ""\n\n\n';
    expect(read(names)[0]?.printedName).toEqual({ state: 'known', value: 'Näme Brücke' });
    const { findings } = readLspci(new TextEncoder().encode(`${RECORDS}${QUOTED}`), 'input');
    expect(findings.map(({ where }) => where)).toEqual(['line 27', 'line 28', 'line 29']);
  });
});

describe('lspci -P', () => {
  it('leaves out what it does not tell the bus of, and says so', () => {
    const text = '00:04.0 PCI bridge: Red Hat, Inc. QEMU PCIe Root port\n00:04.0/00.0 PCI bridge: Texas Instruments\n';
    const { functions, findings } = readLspci(new TextEncoder().encode(text), 'input');
    expect(functions).toHaveLength(1);
    expect(findings.map(({ code }) => code)).toContain('ways-without-buses');
  });

  it('with bus numbers, as -PP, is whole', () => {
    const text =
      '00:04.0 PCI bridge: Red Hat, Inc. QEMU PCIe Root port\n00:04.0/01:00.0 PCI bridge: Texas Instruments\n';
    const { functions, findings } = readLspci(new TextEncoder().encode(text), 'input');
    expect([functions.length, findings]).toEqual([2, []]);
  });
});
