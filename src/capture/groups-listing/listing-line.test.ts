import { describe, expect, it } from 'vitest';
import { formatBdf } from '../../uapi/index.ts';
import { parseListingLine } from './listing-line.ts';

/** What a line says, in one text: `1` a heading, `1 0000:00:01.0` a member, `- …` one of the group above. */
function said(line: string, inside = false): string | undefined {
  const read = parseListingLine(line, inside);
  if (read?.kind === 'heading') return String(read.group);
  return read?.members.map(({ group, bdf }) => `${group ?? '-'} ${formatBdf(bdf)}`).join(', ');
}

describe('a line of a listing of IOMMU groups', () => {
  it.each([
    ['IOMMU Group 1:', '1'],
    ['IOMMU Group 1', '1'],
    ['IOMMU group 12 :', '12'],
    ['### Group 7', '7'],
    ['[B]IOMMU Group 3:[/B]', '3'],
    ['/sys/kernel/iommu_groups/10/devices:', '10'],
    ["  <iommuGroup number='4'>", '4'],
    ['IOMMU Group 0 00:00.0 Host bridge [0600]: Maker Thing [1234:5678] (rev 07)', '0 0000:00:00.0'],
    ['IOMMU Group 012: 0001:e1:00.0 VGA compatible controller', '12 0001:e1:00.0'],
    ['Group 3:	[1234:5678] [R] 00:03.1  PCI bridge    Port', '3 0000:00:03.1'],
    ['IOMMU group 5:	[1234:5678] 00:1c.0 PCI bridge: Maker Port (rev 05)', '5 0000:00:1c.0'],
    ['group=48  bdf=0000:5a:00.0  NIC', '48 0000:5a:00.0'],
    ['/sys/kernel/iommu_groups/7/devices/0000:00:14.3', '7 0000:00:14.3'],
    [
      '/sys/kernel/iommu_groups/7/devices/0000:00:14.3 /sys/kernel/iommu_groups/8/devices/0000:00:15.0',
      '7 0000:00:14.3, 8 0000:00:15.0',
    ],
    [
      'lrwxrwxrwx 1 root root 0 May 1 10:00 /sys/bus/pci/devices/0000:01:00.0/iommu_group -> ../../../../kernel/iommu_groups/9',
      '9 0000:01:00.0',
    ],
  ])('is known by its form: %s', (line, expected) => {
    expect(said(line)).toBe(expected);
  });

  it.each([
    ['	00:01.0 PCI bridge [0604]: Maker Port [1234:5678]', '- 0000:00:01.0'],
    ['[B]    00:01.0 PCI bridge [0604]: Maker Port [1234:5678]', '- 0000:00:01.0'],
    ['                [1234:5678]     05:00.0  SATA controller    Disks', '- 0000:05:00.0'],
    ['0000:00:1c.3/08:00.0/09:01.0 PCI bridge', '- 0000:09:01.0'],
    [
      'lrwxrwxrwx 1 root root 0 Feb  4 10:29 0000:03:00.0 -> ../../../../devices/pci0000:00/0000:00:1c.6/0000:03:00.0',
      '- 0000:03:00.0',
    ],
    ['0000:00:1f.0  0000:00:1f.2  0000:00:1f.3', '- 0000:00:1f.0, - 0000:00:1f.2, - 0000:00:1f.3'],
    ["<address domain='0x0000' bus='0x02' slot='0x1f' function='0x3'/>", '- 0000:02:1f.3'],
  ])('counts as a member below a heading only: %s', (line, expected) => {
    expect(said(line)).toBeUndefined();
    expect(said(line, true)).toBe(expected);
  });

  it.each([
    'IOMMU group: 12',
    'IOMMUGroup:	12',
    'Group 5 is the one with the card',
    'for d in /sys/kernel/iommu_groups/*/devices/*; do',
    'Kernel driver in use: vfio-pci',
  ])('is nothing else: %s', (line) => {
    expect(said(line, true)).toBeUndefined();
  });

  it('gives the title of a member as lspci prints it, with the ids behind', () => {
    const lines = [
      'IOMMU Group 0 00:00.0 Host bridge [0600]: Maker Thing [1234:5678] (rev 07)',
      'Group 3: [1234:5678] [R] 00:03.1  PCI bridge        Port of a Maker',
      'IOMMU group 5: [1234:5678] 00:1c.0 PCI bridge: Maker Port (rev 05)',
    ];
    const titles = lines.map((line) => {
      const read = parseListingLine(line, false);
      return read?.kind === 'members' ? read.members[0]?.lspciLine : undefined;
    });
    expect(titles).toEqual([
      '00:00.0 Host bridge [0600]: Maker Thing [1234:5678] (rev 07)',
      '00:03.1 PCI bridge: Port of a Maker [1234:5678]',
      '00:1c.0 PCI bridge: Maker Port [1234:5678] (rev 05)',
    ]);
  });

  it('takes the bridge above and the root bus from a link', () => {
    const line = 'lrwxrwxrwx 1 root root 0 0000:03:00.0 -> ../../../../devices/pci0000:80/0000:80:1c.6/0000:03:00.0';
    const read = parseListingLine(line, true);
    expect(read).toMatchObject({ members: [{ place: { parent: 0x801c * 0 + 0x80e6, domain: 0, bus: 0x80 } }] });
  });
});
