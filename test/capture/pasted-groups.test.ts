import { describe, expect, it } from 'vitest';
import { readInput } from '../../src/archive/index.ts';
import { assert } from '../../src/base/index.ts';
import { factValue, type MachineCapture, resourceAt } from '../../src/capture/index.ts';
import { buildTopology } from '../../src/pci/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';

/** Reads a text as people paste it. */
async function paste(text: string): Promise<MachineCapture> {
  const result = await readInput(new TextEncoder().encode(text), 'paste.txt');
  assert(result.ok, result.ok ? '' : JSON.stringify(result.error));
  return result.value;
}

/** `0: 00.0 | 1: 01.0 01:00.0`, without the domain. */
function groups(capture: MachineCapture): string | undefined {
  return factValue(capture.iommuGroups)
    ?.map(({ id, devices }) => `${id}: ${devices.map((bdf) => formatBdf(bdf).slice(5)).join(' ')}`)
    .join(' | ');
}

const EXPECTED = '0: 00:00.0 | 1: 00:01.0 01:00.0 01:00.1 | 2: 00:1f.0 00:1f.3';

describe('a listing of IOMMU groups', () => {
  it.each([
    [
      'headings with members below',
      `IOMMU Group 0:
\t00:00.0 Host bridge [0600]: Maker Root Complex [8086:3e30] (rev 0a)
IOMMU Group 1:
\t00:01.0 PCI bridge [0604]: Maker Port [8086:1901] (rev 0a)
\t01:00.0 VGA compatible controller [0300]: Other Card [10de:1e81] (rev a1)
\t01:00.1 Audio device [0403]: Other Sound [10de:10f8] (rev a1)
IOMMU Group 2:
\t00:1f.0 ISA bridge [0601]: Maker LPC [8086:a305] (rev 10)
\t00:1f.3 Audio device [0403]: Maker Sound [8086:a348] (rev 10)
`,
    ],
    [
      'BBCode around a member, in a fence, followed by another list of devices',
      '```\nIOMMU Group 0:\n    00:00.0 Host bridge [0600]: Maker RC [8086:3e30]\nIOMMU Group 1:\n' +
        '[B]    00:01.0 PCI bridge [0604]: Maker Port [8086:1901]\n    01:00.0 VGA compatible controller [0300]: C [10de:1e81]\n' +
        '    01:00.1 Audio device [0403]: S [10de:10f8][/B]\nIOMMU Group 2:\n    00:1f.0 ISA bridge [0601]: L [8086:a305]\n' +
        '    00:1f.3 Audio device [0403]: A [8086:a348]\n```\n\nBound to vfio-pci:\n```\n' +
        '01:00.0 VGA compatible controller: Other Card (rev a1)\n    Kernel driver in use: vfio-pci\n```\n',
    ],
    [
      'one line each, sorted as text',
      `$ ./iommu.sh
IOMMU Group 0 00:00.0 Host bridge [0600]: Maker Root Complex [8086:3e30] (rev 0a)
IOMMU Group 2 00:1f.0 ISA bridge [0601]: Maker LPC [8086:a305] (rev 10)
IOMMU Group 2 00:1f.3 Audio device [0403]: Maker Sound [8086:a348] (rev 10)
IOMMU Group 1 00:01.0 PCI bridge [0604]: Maker Port [8086:1901] (rev 0a)
IOMMU Group 1 01:00.0 VGA compatible controller [0300]: Other Card [10de:1e81] (rev a1)
IOMMU Group 1 01:00.1 Audio device [0403]: Other Sound [10de:10f8] (rev a1)
`,
    ],
    [
      'ids first, with reset marks and members below',
      `Group 0:        [8086:3e30]     00:00.0  Host bridge                 Root Complex
Group 1:        [8086:1901] [R] 00:01.0  PCI bridge                  Port
                [10de:1e81] [R] 01:00.0  VGA compatible controller   Card
                [10de:10f8]     01:00.1  Audio device                Sound
Group 2:        [8086:a305]     00:1f.0  ISA bridge                  LPC
                [8086:a348]     00:1f.3  Audio device                Sound
USB:            [1d6b:0002]              Bus 001 Device 001          root hub
`,
    ],
    [
      'links found',
      `root@box:~# find /sys/kernel/iommu_groups/ -type l
/sys/kernel/iommu_groups/1/devices/0000:01:00.0
/sys/kernel/iommu_groups/1/devices/0000:01:00.1
/sys/kernel/iommu_groups/1/devices/0000:00:01.0
/sys/kernel/iommu_groups/2/devices/0000:00:1f.0
/sys/kernel/iommu_groups/2/devices/0000:00:1f.3
/sys/kernel/iommu_groups/0/devices/0000:00:00.0

root@box:~# lspci
00:00.0 Host bridge: Intel Corporation Device 3e30 (rev 0a)
00:01.0 PCI bridge: Intel Corporation Device 1901 (rev 0a)
`,
    ],
    [
      'folders listed',
      `$ ls -l /sys/kernel/iommu_groups/*/devices
/sys/kernel/iommu_groups/0/devices:
total 0
lrwxrwxrwx 1 root root 0 May  4 10:29 0000:00:00.0 -> ../../../../devices/pci0000:00/0000:00:00.0

/sys/kernel/iommu_groups/1/devices:
total 0
lrwxrwxrwx 1 root root 0 May  4 10:29 0000:00:01.0 -> ../../../../devices/pci0000:00/0000:00:01.0
lrwxrwxrwx 1 root root 0 May  4 10:29 0000:01:00.0 -> ../../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0
lrwxrwxrwx 1 root root 0 May  4 10:29 0000:01:00.1 -> ../../../../devices/pci0000:00/0000:00:01.0/0000:01:00.1

/sys/kernel/iommu_groups/2/devices:
total 0
lrwxrwxrwx 1 root root 0 May  4 10:29 0000:00:1f.0 -> ../../../../devices/pci0000:00/0000:00:1f.0
lrwxrwxrwx 1 root root 0 May  4 10:29 0000:00:1f.3 -> ../../../../devices/pci0000:00/0000:00:1f.3
`,
    ],
    [
      'the kernel log in its old wording',
      `# dmesg | grep -i iommu
[    2.187590] AMD-Vi: IOMMU performance counters supported
[    2.188848] iommu: Adding device 0000:00:00.0 to group 0
[    2.189232] iommu: Adding device 0000:00:01.0 to group 1
[    2.189323] iommu: Adding device 0000:01:00.0 to group 1
[    2.189380] iommu: Adding device 0000:01:00.1 to group 1
[    2.189423] iommu: Adding device 0000:00:1f.0 to group 2
[    2.189466] iommu: Adding device 0000:00:1f.3 to group 2
`,
    ],
    [
      'the kernel log in its newer wording, quoted in a mail',
      `> [    0.242138] pci 0000:00:00.0: Adding to iommu group 0
> [    0.242156] pci 0000:00:01.0: Adding to iommu group 1
> [    0.242164] pci 0000:01:00.0: Adding to iommu group 1
> [    0.242170] pci 0000:01:00.1: Adding to iommu group 1
> [    0.242180] pci 0000:00:1f.0: Adding to iommu group 2
> [    0.242189] pci 0000:00:1f.3: Adding to iommu group 2
`,
    ],
    [
      'a table of Proxmox',
      `┌──────────┬────────┬──────────────┬────────────┬────────┐
│ class    │ device │ id           │ iommugroup │ vendor │
╞══════════╪════════╪══════════════╪════════════╪════════╡
│ 0x060000 │ 0x3e30 │ 0000:00:00.0 │          0 │ 0x8086 │
├──────────┼────────┼──────────────┼────────────┼────────┤
│ 0x060400 │ 0x1901 │ 0000:00:01.0 │          1 │ 0x8086 │
├──────────┼────────┼──────────────┼────────────┼────────┤
│ 0x030000 │ 0x1e81 │ 0000:01:00.0 │          1 │ 0x10de │
│ 0x040300 │ 0x10f8 │ 0000:01:00.1 │          1 │ 0x10de │
│ 0x060100 │ 0xa305 │ 0000:00:1f.0 │          2 │ 0x8086 │
│ 0x040300 │ 0xa348 │ 0000:00:1f.3 │          2 │ 0x8086 │
└──────────┴────────┴──────────────┴────────────┴────────┘
`,
    ],
  ])('gives the groups: %s', async (_, text) => {
    expect(groups(await paste(text))).toBe(EXPECTED);
  });

  it('gives ids, classes and names of its members, and what lspci printed below them', async () => {
    const { functions } = await paste(
      'IOMMU Group 12:\n\t0000:00:1c.1 PCI bridge [0604]: Maker Port #2 [8086:7a39] (rev 11)\n' +
        '\t\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00\n' +
        'Group 3:  [1022:14db] [R] 00:01.1  PCI bridge      Device 14db\n',
    );
    expect(functions.map(({ bdf, vendor, device }) => [formatBdf(bdf), factValue(vendor), factValue(device)])).toEqual([
      ['0000:00:1c.1', 0x8086, 0x7a39],
      ['0000:00:01.1', 0x1022, 0x14db],
    ]);
    expect(functions.map(({ config }) => config.bits(0x0a, 2, 0xffff))).toEqual([0x0604, 0x0604]);
    expect(functions[0]?.config.read8(0x40)).toBe(0x10);
  });

  it('shows which functions are in none: the IOMMU, and the root complex of AMD before all of its bus', async () => {
    const lspci = `00:00.0 Host bridge [0600]: AMD Root Complex [1022:1480]
00:00.2 IOMMU [0806]: AMD IOMMU [1022:1481]
00:01.0 Host bridge [0600]: AMD Dummy [1022:1482]
00:01.1 PCI bridge [0604]: AMD Port [1022:1483]
`;
    const of = async (listing: string) => {
      const { functions } = await paste(`${lspci}\n${listing}`);
      return functions.map(({ iommuGroup }) => (iommuGroup.state === 'known' ? iommuGroup.value : iommuGroup.state));
    };
    const path = (group: number, name: string): string => `/sys/kernel/iommu_groups/${group}/devices/0000:00:${name}\n`;
    expect(await of(path(0, '01.0') + path(1, '01.1'))).toEqual(['absent', 'absent', 0, 1]);
    // A number is missing: it may be that of the root complex.
    expect(await of(path(1, '01.0') + path(2, '01.1'))).toEqual(['unreadable', 'absent', 1, 2]);
    // Of others the line may be lost.
    expect(await of(path(0, '01.0'))).toEqual(['absent', 'absent', 0, 'unreadable']);
  });

  it('says which group counts where a device is listed in two', async () => {
    const { findings, functions } = await paste(
      'IOMMU Group 1 01:00.0 VGA compatible controller [0300]: A B [10de:1e81]\n' +
        'after the change:\nIOMMU Group 15 01:00.0 VGA compatible controller [0300]: A B [10de:1e81]\n',
    );
    expect(functions.map(({ iommuGroup }) => factValue(iommuGroup))).toEqual([15]);
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toEqual(['group-listed-twice 0000:01:00.0']);
  });
});

describe('a kernel log', () => {
  it('warns of groups that were formed when functions were added one by one', async () => {
    const capture =
      await paste(`[    0.46] pci 0000:00:1f.3: [8086:a348] type 00 class 0x040380 conventional PCI endpoint
[    0.46] pci 0000:00:1f.3: BAR 0 [mem 0xcc330000-0xcc333fff 64bit]
[    0.51] pci 0000:00:1f.0: Adding to iommu group 9
[    0.51] pci 0000:00:1f.3: Adding to iommu group 9
[    5.89] pci 0000:00:1f.3: [8086:a348] type 00 class 0x040380 conventional PCI endpoint
[    5.89] pci 0000:00:1f.3: BAR 0 [mem 0xcc330000-0xcc333fff 64bit]
[    5.89] pci 0000:00:1f.3: Adding to iommu group 12
[    5.90] pci 0000:00:1f.3: BAR 0 [mem 0x3f920000-0x3f923fff 64bit]: assigned
`);
    expect(groups(capture)).toBe('9: 00:1f.0 | 12: 00:1f.3');
    const [finding] = capture.findings;
    expect(finding).toMatchObject({ code: 'group-formed-later', where: '0000:00:1f.3' });
    expect(finding?.text).toContain('with 0000:00:1f.0 at boot');
    const found = capture.functions.find(({ bdf }) => formatBdf(bdf) === '0000:00:1f.3');
    expect(resourceAt(found?.resources ?? { state: 'absent' }, 0)?.range.start).toBe(0x3f920000n);
  });

  it('counts the last of several boots, and says so', async () => {
    const boot = (group: number): string =>
      `Nov 30 0${group}:00:00 box kernel: Linux version 6.1.0-9-amd64 (x@y) #1\n` +
      `Nov 30 0${group}:00:01 box kernel: pci 0000:00:02.0: [8086:0001] type 00 class 0x030000\n` +
      `Nov 30 0${group}:00:01 box kernel: pci 0000:00:02.0: Adding to iommu group ${group}\n`;
    const later = await paste(`${boot(1)}-- Boot 4f --\n${boot(2)}`);
    expect(groups(later)).toBe('2: 00:02.0');
    expect(later.findings.map(({ code }) => code)).toEqual(['several-boots']);
    // In the order of the clock, however they are listed.
    expect(groups(await paste(`${boot(2)}-- Boot 4e --\n${boot(1)}`))).toBe('2: 00:02.0');
    // The same boot twice is one.
    expect((await paste(boot(1) + boot(1))).findings).toEqual([]);
  });

  it('begins without times, too, but is told from /proc/version', async () => {
    const rest = 'pci 0000:00:02.0: [8086:0001] type 00 class 0x030000\n';
    const log = await paste(`Linux version 6.1.0-9-amd64 (x@y) #1\nCommand line: root=/dev/sda1 quiet\n${rest}`);
    expect(log.parts.map(({ origin }) => origin.passage)).toEqual(['kernel-log']);
    const file = await paste(`$ cat /proc/version\nLinux version 6.1.0-9-amd64 (x@y) #1\n${rest}`);
    expect(file.parts.map(({ origin }) => origin.passage).sort()).toEqual(['kernel-log', 'kernel-version']);
  });

  it('keeps hosts apart', async () => {
    const of = (host: string, device: string): string =>
      `Nov 30 01:00:00 ${host} kernel: pci 0000:00:02.0: [8086:${device}] type 00 class 0x030000\n`;
    const result = await readInput(new TextEncoder().encode(of('one', '0001') + of('two', '0002')), 'mail.txt');
    expect(result.ok).toBe(false);
  });

  it('gives bus addresses where host bridges translate', async () => {
    const capture = await paste(`[    0.000000] Linux version 6.12.0-arm64 (x@y) #1
[    2.1] pci-host-generic 4010000000.pcie: PCI host bridge to bus 0000:00
[    2.1] pci_bus 0000:00: root bus resource [bus 00-0f]
[    2.1] pci_bus 0000:00: root bus resource [mem 0x8010000000-0x803fffffff] (bus address [0x10000000-0x3fffffff])
[    2.1] pci 0000:00:01.0: [1b36:000c] type 01 class 0x060400 PCIe Root Port
[    2.1] pci 0000:01:00.0: [1234:11e8] type 00 class 0x00ff00 conventional PCI endpoint
[    2.2] pci 0000:00:01.0: PCI bridge to [bus 01]
[    2.2] pci 0000:00:01.0: bridge window [mem 0x8010000000-0x80100fffff]: assigned
[    2.2] pci 0000:01:00.0: BAR 0 [mem 0x8010000000-0x80100fffff]: assigned
[    2.2] pci 0000:01:00.0: Configured ACS to 0x001d
`);
    const { byBdf, hostBridges } = buildTopology(capture);
    const device = [...byBdf.values()].find(({ bdf }) => formatBdf(bdf) === '0000:01:00.0');
    expect(device?.resources[0]).toMatchObject({ cpu: { start: 0x8010000000n }, bus: { start: 0x10000000n } });
    expect(device?.parent?.resources[14]).toMatchObject({ bus: { start: 0x10000000n } });
    expect(factValue(hostBridges[0]?.windows ?? { state: 'absent' })).toMatchObject([{ offset: 0x8000000000n }]);
    expect(factValue(device?.parent?.pcie ?? { state: 'absent' })?.type).toBe(4);
    expect(device?.captured.printedAcs).toEqual({ cap: undefined, control: 0x1d });
  });

  it('gives limits of links, memory of peers, and warns of the ACS override', async () => {
    const { functions, findings } =
      await paste(`[    0.1] Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA
[    1.1] pci 0000:03:00.0: [10de:2230] type 00 class 0x030000
[    1.1] pci 0000:03:00.0: 63.008 Gb/s available PCIe bandwidth, limited by 8.0 GT/s PCIe x8 link at 0000:00:03.1 (capable of 252.048 Gb/s with 16.0 GT/s PCIe x16 link)
[    1.1] pci 0000:00:03.1: [1022:1483] type 01 class 0x060400
[    2.1] nvme 0000:04:00.0: added peer-to-peer DMA memory 0x3f800000000-0x3f803ffffff
[    2.1] pci 0000:04:00.0: Adding to iommu group 9
`);
    const of = (name: string) => functions.find(({ bdf }) => formatBdf(bdf) === name);
    expect(of('0000:03:00.0')?.link).toMatchObject({
      maxSpeed: { value: 16 },
      maxWidth: { value: 16 },
      speed: { state: 'unreadable' },
    });
    expect(of('0000:00:03.1')?.link).toMatchObject({ speed: { value: 8 }, width: { value: 8 } });
    expect(factValue(of('0000:04:00.0')?.p2pmemSize ?? { state: 'absent' })).toBe(0x4000000n);
    expect(findings.map(({ code }) => code)).toContain('acs-override');
  });

  it('says that its beginning was lost', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `[  ${900 + i}.000001] usb 1-1: reset device\n`).join('');
    const { findings } = await paste(`[  899.000000] pci 0000:00:02.0: Adding to iommu group 1\n${lines}`);
    expect(findings.map(({ code }) => code)).toEqual(['log-cut']);
  });

  it('gives the words of the kernel on peer-to-peer DMA, also when a mail broke them', async () => {
    const { parts, functions } =
      await paste(`dmesg: xe 0000:07:00.0: cannot be used for peer-to-peer DMA as the client and provider
(0000:03:00.0) do not share an upstream bridge or whitelisted host bridge
[   10.1] amdgpu 0000:34:00.0: ACS redirect is set between the client and provider (0000:31:00.0)
[   10.1] amdgpu 0000:34:00.0: to disable ACS redirect for this path, add the kernel parameter:
	pci=disable_acs_redir=0000:30:00.0;0000:2e:00.0
`);
    const messages = parts.flatMap(({ messages: each = [] }) => each);
    const name = (bdf: (typeof messages)[number]['client']): string => (bdf === undefined ? '-' : formatBdf(bdf));
    expect(messages.map(({ says, provider, client, line }) => [says, name(provider), name(client), line])).toEqual([
      ['not-allowed', '0000:03:00.0', '0000:07:00.0', 1],
      ['redirected', '0000:31:00.0', '0000:34:00.0', 3],
      ['hint', '-', '0000:34:00.0', 4],
    ]);
    expect(functions.map(({ bdf }) => formatBdf(bdf)).sort()).toEqual(
      ['03', '07', '2e', '30', '31', '34'].map((bus) => `0000:${bus}:00.0`),
    );
  });
});
