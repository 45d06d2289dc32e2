/**
 * Reports in the forms in which people paste them, each made for this test: what is right about them, and what must stay
 * unknown.
 */
import { describe, expect, test } from 'vitest';
import { type Analysis, analyze } from '../../src/analyze.ts';
import { defined } from '../../src/base/index.ts';
import { factValue, joinParts, readText } from '../../src/capture/index.ts';
import { examine, kernelDisagreements } from '../../src/diagnose/index.ts';
import { calcMapTypeAndDist, type Verdict } from '../../src/p2pdma/index.ts';
import { formatBdf, formatKernelVersion, parseBdf } from '../../src/uapi/index.ts';

function open(text: string): Analysis {
  const joined = joinParts(readText(new TextEncoder().encode(text), 'paste').parts);
  if (!joined.ok) throw new Error('not one machine');
  return analyze(joined.value);
}

function verdict({ machine, topology }: Analysis, provider: string, client: string): Verdict {
  const at = (text: string) => defined(topology.byBdf.get(defined(parseBdf(text), text)), text);
  return calcMapTypeAndDist(machine, at(provider), at(client));
}

/** `direct`, `host`, `refused`, or what it can be: `direct|host`. */
function answer(text: string, provider: string, client: string): string {
  const { candidates } = verdict(open(text), provider, client);
  return candidates.map((type) => WORDS[type]).join('|');
}

const WORDS = {
  PCI_P2PDMA_MAP_BUS_ADDR: 'direct',
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: 'host',
  PCI_P2PDMA_MAP_NOT_SUPPORTED: 'refused',
} as const;

function groupsOf(text: string): string[] {
  const groups = new Map<number, string[]>();
  for (const { bdf, captured } of open(text).topology.functions) {
    const id = factValue(captured.iommuGroup);
    if (id !== undefined) groups.set(id, [...(groups.get(id) ?? []), formatBdf(bdf).slice(5)]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([id, members]) => `${id}: ${members.join(' ')}`);
}

describe('trees', () => {
  const switched = (root: string): string => `-[0000:40]-+-00.0  ${root}
           \\-01.1-[43-50]----00.0-[44-50]--+-00.0-[45]----00.0  Mellanox Technologies MT28908 Family [ConnectX-6]
                                           +-01.0-[46]----00.0  Advanced Micro Devices, Inc. [AMD/ATI] Arcturus GL-XL [Instinct MI100]
                                           \\-02.0-[50]----00.0  Advanced Micro Devices, Inc. [AMD/ATI] Arcturus GL-XL [Instinct MI100]
`;
  const zen = 'Advanced Micro Devices, Inc. [AMD] Starship/Matisse Root Complex';

  test('below one switch: direct unless its ports redirect, and the host bridge then', () => {
    expect(answer(switched(zen), '0000:46:00.0', '0000:50:00.0')).toBe('direct|host');
  });

  test('redirect of the root port above the switch is no matter', () => {
    const port =
      '40:01.1 PCI bridge: Advanced Micro Devices, Inc. [AMD] Starship/Matisse GPP Bridge\n\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-\n\n';
    expect(answer(port + switched(zen), '0000:46:00.0', '0000:50:00.0')).toBe('direct|host');
  });

  test('two root ports of an Intel desktop: refused, whatever ACS says', () => {
    const tree = `-[0000:00]-+-00.0  Intel Corporation Xeon E3-1200 v6/7th Gen Core Processor Host Bridge/DRAM Registers
           +-01.0-[01]----00.0  Advanced Micro Devices, Inc. [AMD/ATI] Ellesmere
           \\-1c.0-[03]----00.0  Advanced Micro Devices, Inc. [AMD/ATI] Ellesmere
`;
    expect(answer(tree, '0000:01:00.0', '0000:03:00.0')).toBe('refused');
  });

  test('names that were shortened by hand: AMD Device 14d8 is the root complex of a Zen', () => {
    const tree = `-[0000:00]-+-00.0  AMD Device 14d8
           +-01.1-[01]----00.0  NVIDIA Corporation Device 26b1
           \\-01.4-[02]----00.0  Samsung Electronics Co Ltd Device a810
`;
    expect(answer(tree, '0000:01:00.0', '0000:02:00.0')).toBe('host');
  });

  test('a tree without names beside a switch of QEMU: its processor and ids are not known', () => {
    const tree = `$ lspci -t
-[0000:00]-+-00.0
           \\-03.0-[01-04]----00.0-[02-04]--+-00.0-[03]----00.0
                                           \\-01.0-[04]----00.0
`;
    expect(answer(tree, '0000:03:00.0', '0000:04:00.0')).toBe('direct|host|refused');
  });

  test('a tree in a longer text, cut to one root bus', () => {
    const readme = `HW topology between NIC and GPU:\n\n\`\`\`\n-+-[0000:b2]-+-00.0-[b3-b6]----00.0-[b4-b6]--+-08.0-[b5]--+-00.0  Mellanox Technologies MT28841\n |           |                               |            \\-00.1  Mellanox Technologies MT28841\n |           |                               \\-10.0-[b6]----00.0  NVIDIA Corporation GV100GL [Tesla V100 PCIe 32GB]\n\`\`\`\n`;
    expect(answer(readme, '0000:b5:00.0', '0000:b6:00.0')).toMatch(/^direct\|/);
  });
});

describe('what the kernel said', () => {
  const refused =
    'xe 0000:07:00.0: cannot be used for peer-to-peer DMA as the client and provider (0000:03:00.0) do not share an upstream bridge or whitelisted host bridge';

  test.each([
    ['quoted in a write-up', `Kernel: stock Ubuntu\ndmesg: ${refused}\n`],
    ['broken in two', `dmesg: ${refused.replace('provider (', 'provider\n(')}\n`],
  ])('%s: an answer of that kernel, and nothing of the model is against it', (_how, text) => {
    const { capture, machine } = open(text);
    const messages = capture.parts.flatMap((part) => part.messages ?? []);
    expect(messages.map(({ says, provider, client }) => [says, provider, client])).toEqual([
      ['not-allowed', 0x300, 0x700],
    ]);
    expect(kernelDisagreements(machine)).toEqual([]);
  });

  test('ports that it names for redirect are bridges, of no known place', () => {
    const text = `amdgpu 0000:34:00.0: ACS redirect is set between the client and provider (0000:31:00.0)
amdgpu 0000:34:00.0: to disable ACS redirect for this path, add the kernel parameter:
	pci=disable_acs_redir=0000:30:00.0;0000:2e:00.0;0000:33:00.0;0000:2e:10.0
`;
    const { topology } = open(text);
    expect(topology.functions.map(({ bdf }) => formatBdf(bdf))).toContain('0000:2e:10.0');
    expect(answer(text, '0000:31:00.0', '0000:34:00.0')).toBe('direct|host|refused');
  });
});

describe('lspci -vvv without numbers', () => {
  const fn = (address: string, title: string, ...lines: string[]): string =>
    [
      `${address} ${title}`,
      '\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx-',
      '\tStatus: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-',
      ...lines,
      '',
      '',
    ].join('\n');
  const port = (address: string, name: string, bus: string): string =>
    fn(
      address,
      `PCI bridge: Intel Corporation ${name}`,
      `\tBus: primary=${address.slice(0, 2)}, secondary=${bus}, subordinate=${bus}, sec-latency=0`,
      '\tCapabilities: [90] Express (v2) Root Port (Slot+), MSI 00',
    );
  const card = (address: string): string =>
    fn(
      address,
      '3D controller: NVIDIA Corporation GP100GL [Tesla P100 PCIe 16GB]',
      '\tCapabilities: [78] Express (v2) Endpoint, MSI 00',
    );
  const machine = (first: string): string =>
    fn('00:00.0', `Host bridge: Intel Corporation ${first}`) +
    port('00:01.0', 'PCI Express Root Port 1', '01') +
    port('00:02.0', 'PCI Express Root Port 2', '02') +
    card('01:00.0') +
    card('02:00.0');

  test.each([
    ['Sky Lake-E DMI3 Registers', 'host'],
    ['Xeon E7 v4/Xeon E5 v4/Xeon E3 v4/Xeon D DMI2', 'refused'],
    ['Xeon E5/Core i7 DMI2', 'host'],
  ])('the name %s stands for its id: %s', (first, expected) => {
    expect(answer(machine(first), '0000:01:00.0', '0000:02:00.0')).toBe(expected);
  });

  test('two cards alone, with what was left out between them: nothing is known of the way', () => {
    const text = `${card('07:00.0')}...\n\n${card('0d:00.0')}`;
    expect(answer(text, '0000:07:00.0', '0000:0d:00.0')).toBe('direct|host|refused');
    const codes = examine(open(text).situation).map(({ code }) => code);
    expect(codes[0]).toBe('pairs-unknown');
  });

  test('root ports of an Arm board, in a longer article: refused', () => {
    const board = ['10', '30'].map(
      (bus) =>
        `000${bus[0]}:${bus}:00.0 PCI bridge: Rockchip Electronics Co., Ltd RK3588 (rev 01) (prog-if 00 [Normal decode])\n    Bus: primary=${bus}, secondary=${bus[0]}1, subordinate=${bus[0]}1, sec-latency=0\n    Capabilities: [70] Express (v2) Root Port (Slot-), MSI 00\n\n    000${bus[0]}:${bus[0]}1:00.0 Ethernet controller: Realtek Semiconductor Co., Ltd. RTL8125 2.5GbE Controller\n    Capabilities: [70] Express (v2) Endpoint, MSI 01\n\n`,
    );
    expect(answer(`# Review\n\nSome words.\n\n    ${board.join('    ')}`, '0001:11:00.0', '0003:31:00.0')).toBe(
      'refused',
    );
  });
});

describe('groups and releases', () => {
  test('key=value lines, a release and a line of GRUB', () => {
    const text = `Kernel: 6.17.2-1-pve\nGRUB: \`quiet amd_iommu=on iommu=pt pci=realloc=on\`\n\n\`\`\`\ngroup=48  bdf=0000:5a:00.0  CX6 PF0 (card 1)\ngroup=49  bdf=0000:5a:00.1  CX6 PF1 (card 1)\n\`\`\`\n`;
    expect(groupsOf(text)).toEqual(['48: 5a:00.0', '49: 5a:00.1']);
    const { capture, machine } = open(text);
    expect([machine.kernelChoice.release, factValue(capture.kernel.cmdline)]).toEqual([
      '6.17.2-1-pve',
      'quiet amd_iommu=on iommu=pt pci=realloc=on',
    ]);
  });

  test('records of lspci -nnvmm: a function without a group field has none told', () => {
    const text =
      'Slot:\t00:00.0\nClass:\tHost bridge [0600]\nVendor:\tAdvanced Micro Devices, Inc. [AMD] [1022]\nDevice:\tRenoir Root Complex [1630]\n\nSlot:\t00:01.0\nClass:\tHost bridge [0600]\nVendor:\tAdvanced Micro Devices, Inc. [AMD] [1022]\nDevice:\tRenoir PCIe Dummy Host Bridge [1632]\nIOMMUGroup:\t0\n';
    expect(groupsOf(text)).toEqual(['0: 00:01.0']);
  });

  test('lspci -v, cut by hand behind its flags: both ports are in the group that the flags name', () => {
    const port = (address: string): string =>
      `${address} Ethernet controller: Intel Corporation Ethernet Controller X710 for 10GbE SFP+ (rev 02)\n\tSubsystem: Intel Corporation Ethernet 10G 2P X710 Adapter\n\tFlags: bus master, fast devsel, latency 0, IRQ 16, IOMMU group 2\n`;
    expect(groupsOf(`${port('01:00.0')}(...)\n${port('01:00.1')}`)).toEqual(['2: 01:00.0 01:00.1']);
  });

  test('a function that was removed and found again is in the group that it came into', () => {
    const text = `[    0.46] pci 0000:00:1f.3: [8086:a348] type 00 class 0x040380 conventional PCI endpoint
[    0.51] pci 0000:00:1f.3: Adding to iommu group 9
[    5.89] pci 0000:00:1f.3: [8086:a348] type 00 class 0x040380 conventional PCI endpoint
[    5.90] pci 0000:00:1f.3: Adding to iommu group 12
`;
    expect(groupsOf(text)).toEqual(['12: 00:1f.3']);
    expect(open(text).capture.findings.map(({ code }) => code)).toContain('group-formed-later');
  });

  test('a log without ids tells places and groups', () => {
    const text = `> [    0.24] pci 0000:01:00.0: PCI bridge to [bus 02-04]
> [    0.24] pci 0000:00:01.0: PCI bridge to [bus 01-04]
> [    0.25] pci 0000:00:00.0: Adding to iommu group 1
> [    0.25] pci 0000:01:00.0: Adding to iommu group 10
> [    0.25] pci 0000:02:03.0: Adding to iommu group 11
> [    0.25] pci 0000:03:00.0: Adding to iommu group 11
`;
    expect(groupsOf(text)).toEqual(['1: 00:00.0', '10: 01:00.0', '11: 02:03.0 03:00.0']);
    expect(open(text).topology.functions.filter(({ ids }) => ids.vendor.state === 'known')).toEqual([]);
  });

  test('the release of a log is that of the answer', () => {
    const text = `[    0.00] Linux version 5.0.0-29-generic (buildd@lgw01) (gcc) #31-Ubuntu SMP\n${['00:00.0', '03:00.0', '06:00.0'].map((at, index) => `[    0.3${index}] pci 0000:${at}: [${['8086:2f00', '10de:1b06', '8086:1533'][index]}] type 00 class 0x${['060000', '030000', '020000'][index]}\n`).join('')}[    0.40] pci 0000:00:02.0: [8086:2f04] type 01 class 0x060400\n[    0.41] pci 0000:00:02.0: PCI bridge to [bus 03]\n[    0.42] pci 0000:00:03.0: [8086:2f08] type 01 class 0x060400\n[    0.43] pci 0000:00:03.0: PCI bridge to [bus 06]\n`;
    expect(formatKernelVersion(open(text).machine.kernel)).toBe('5.0');
    expect(answer(text, '0000:03:00.0', '0000:06:00.0')).toBe('refused');
  });

  test('values of ACS control without addresses are told as such', () => {
    const text =
      '$ lspci -vvv | grep ACSCtl\n\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-\n\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-\n';
    const { parts } = readText(new TextEncoder().encode(text), 'paste');
    expect(parts.map(({ functions, told }) => [functions, told])).toEqual([
      [undefined, 'shows ACS control of 2 ports without addresses, none of which redirects'],
    ]);
  });

  test('titles of a raw mail are whole again', () => {
    const mail =
      'Content-Transfer-Encoding: quoted-printable\n\n10000:e0:06.0 PCI bridge: Intel Corporation 11th Gen Core Processor PCIe=\n Controller (rev 01) (prog-if 00 [Normal decode])\n\tBus: primary=3De0, secondary=3De1, subordinate=3De1, sec-latency=3D0\n';
    const [fn] = open(mail).topology.functions;
    expect(fn && [formatBdf(fn.bdf), factValue(fn.captured.printedName)]).toEqual([
      '10000:e0:06.0',
      'Intel Corporation 11th Gen Core Processor PCIe Controller',
    ]);
  });
});
