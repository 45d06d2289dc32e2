import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const INTEL = 'test/machines/acsswitch-intel/capture.tar.gz';
const NONE = 'test/machines/acsswitch-none-setpci/capture.tar.gz';
const LSPCI = 'test/machines/acsswitch-lspci/lspci.txt';

describe('groups', () => {
  test('lists the groups of the machine', () => {
    const { stdout, code } = peerpath(['groups', INTEL]);
    expect(stdout).toMatch(/^12 IOMMU groups/);
    expect(stdout).toMatch(/8 +DMA-FQ +other0 \(0000:03:00\.0\)/);
    expect(code).toBe(0);
  });

  test('says who loses isolation under a what-if, also where groups do not show it', () => {
    const { stdout } = peerpath(['groups', INTEL, '--acs', 'clear:02:00.0,02:01.0']);
    expect(stdout).toMatch(
      /^Isolation goes, though no devices come to share a group: other0, other1 can reach each\s+other\s+and\s+other2\s+without\s+the\s+IOMMU/,
    );
    expect(peerpath(['groups', INTEL, '--iommu', 'off']).stdout).toMatch(/^All isolation goes/);
  });

  test('a machine without an IOMMU has none, and gets them with one', () => {
    expect(peerpath(['groups', NONE]).stdout).toMatch(/^No IOMMU groups: Linux uses no IOMMU/);
    const document = JSON.parse(peerpath(['groups', NONE, '--iommu', 'dma', '--json']).stdout);
    expect(document).toMatchObject({ schema: 'peerpath.groups/1', state: 'known', present: { state: 'none' } });
    expect(document.groups).toHaveLength(12);
  });

  test('an input that does not tell: 3', () => {
    const { stdout, code } = peerpath(['groups', LSPCI]);
    expect(stdout).toMatch(/^Unknown: /);
    expect(code).toBe(3);
  });

  test('as Markdown and as one HTML file that loads nothing', () => {
    expect(peerpath(['groups', INTEL, '--format', 'md']).stdout).toContain('| 8 | DMA-FQ | other0 (0000:03:00.0) |');
    const html = peerpath(['groups', INTEL, '--format', 'html']).stdout;
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/https?:|src=|<script/);
    expect(peerpath(['groups', INTEL, '--format', 'pdf']).code).toBe(2);
  });

  test('of a large machine are those that devices share, and who is alone; --all has every one', () => {
    const server = 'examples/machines/hgx-8gpu.yaml';
    const [few = '', all = ''] = [[], ['--all']].map((more) => peerpath(['groups', server, ...more]).stdout);
    const listed = (text: string): number => (text.match(/^ {2}\d+ +DMA-FQ /gm) ?? []).length;
    const count = Number(/^(\d+) IOMMU groups/.exec(few)?.[1]);
    const hidden = Number(
      /^More: --all \((\d+) groups of one device, of ports, or of parts of the platform\)$/m.exec(few)?.[1],
    );
    expect(listed(few) + hidden).toBe(count);
    expect(few).toMatch(/^ {2}Each in a group of its own: GPU0…GPU7, /m);
    expect(few).not.toMatch(/ root port /);
    expect(listed(all)).toBe(count);
    expect(all).toMatch(/ root port /);
  });

  test('one that was formed when a function came back alone promises nothing, and the first line says so', () => {
    const log = [
      '[    0.000000] Linux version 6.8.0 (builder@x) (gcc (GCC) 13.2.0) #1 SMP',
      '[    0.100000] pci 0000:00:1f.0: [8086:a30c] type 00 class 0x060100',
      '[    0.100100] pci 0000:00:1f.3: [8086:a348] type 00 class 0x040300',
      '[    1.000000] pci 0000:00:1f.0: Adding to iommu group 9',
      '[    1.000100] pci 0000:00:1f.3: Adding to iommu group 9',
      '[   99.000000] pci 0000:00:1f.3: Removing from iommu group 9',
      '[  100.000000] pci 0000:00:1f.3: [8086:a348] type 00 class 0x040300',
      '[  100.100000] pci 0000:00:1f.3: Adding to iommu group 12',
    ];
    const { stdout } = peerpath(['groups', '-'], `${log.join('\n')}\n`);
    expect(stdout).toMatch(
      /^2 IOMMU groups, but they promise more than there is: that of 0000:00:1f\.3 was formed when a function was added\s+again\./,
    );
    expect(stdout).toMatch(/this group\s+promises\s+no\s+isolation/);
  });
});
