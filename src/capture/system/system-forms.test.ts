import { describe, expect, it } from 'vitest';
import { unshown } from '../../base/index.ts';
import type { CapturePart, MachineCapture } from '../index.ts';
import { factValue, joinParts, readText } from '../index.ts';

function parts(text: string): readonly CapturePart[] {
  return readText(new TextEncoder().encode(text), 'mail.txt').parts;
}

function kernel(text: string): MachineCapture['kernel'] {
  const joined = joinParts(parts(text));
  if (!joined.ok) throw new Error(joined.error.text);
  return joined.value.kernel;
}

const CMDLINE = 'BOOT_IMAGE=/vmlinuz-6.8.0-60-generic root=UUID=1234 ro quiet iommu=pt';

describe('a kernel command line is read', () => {
  it.each([
    ['as the file has it', CMDLINE],
    ['below a prompt', `root@host:~# cat /proc/cmdline\n${CMDLINE}`],
    [
      'below a heading of a bug report',
      `*** /proc/cmdline\n*** ls: -r--r--r-- 1 root root 116 /proc/cmdline\n${CMDLINE}`,
    ],
    ['behind a heading', `Kernel command line: ${CMDLINE}`],
    ['behind a heading in a list', `- Command line: \`${CMDLINE}\``],
    ['quoted in a mail', `> > ${CMDLINE}`],
  ])('%s', (_, text) => {
    expect(factValue(kernel(`Hello,\n\n${text}\n\nthanks`).cmdline)).toBe(CMDLINE);
  });

  it.each([
    'quiet boot with pci=nomsi did not help, so I went on with pci=noaer.',
    'root=3Dsda1 pci=3Dnomsi x=y quiet',
  ])('not out of %s', (text) => {
    expect(factValue(kernel(`${text}\n`).cmdline)).toBeUndefined();
  });

  it('of a boot loader that adds nothing, below its heading', () => {
    const text = '$ cat /proc/cmdline\ninitrd=\\initramfs root=/dev/sda2 rw amd_iommu=off\n';
    expect(factValue(kernel(text).cmdline)).toBe('initrd=\\initramfs root=/dev/sda2 rw amd_iommu=off');
  });

  it('and stands above what is set for later boots', () => {
    const text = `GRUB_CMDLINE_LINUX_DEFAULT="quiet iommu=off"\nGRUB_CMDLINE_LINUX=""\n\n${CMDLINE}\n`;
    expect(factValue(kernel(text).cmdline)).toBe(CMDLINE);
  });

  it('of GRUB alone is inferred', () => {
    const { cmdline } = kernel(
      'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"\nGRUB_CMDLINE_LINUX="root=/dev/sda"\n',
    );
    expect(cmdline).toMatchObject({ state: 'known', value: 'quiet intel_iommu=on root=/dev/sda' });
    expect(cmdline.state === 'known' && cmdline.origin?.inferredFrom).toBe('the configuration of the boot loader');
  });

  it('not out of prose', () => {
    expect(kernel('I added iommu=pt to the command line and rebooted.\nro or rw?\n').cmdline.state).toBe('unreadable');
  });
});

describe('the running kernel is read', () => {
  it.each([
    ['Linux version 5.0.0-31-generic (buildd@lgw01) (gcc version 7.4.0) #33-Ubuntu SMP', '5.0.0-31-generic'],
    ['Linux box 6.2.0-35-generic #35~22.04.1-Ubuntu SMP PREEMPT x86_64 x86_64 GNU/Linux', '6.2.0-35-generic'],
    ['$ uname -r\n6.17.0-20-generic', '6.17.0-20-generic'],
    ['Kernel: 6.1.0-13-amd64 arch: x86_64 bits: 64', '6.1.0-13-amd64'],
    ['- **Kernel version:** Linux 5.14.0-570.23.1.el9_6.x86_64', '5.14.0-570.23.1.el9_6.x86_64'],
    ['| Kernel | 6.8.12-4-pve |', '6.8.12-4-pve'],
  ])('out of "%s"', (line, release) => {
    expect(factValue(kernel(`text\n${line}\nmore`).release)).toBe(release);
  });

  it.each(['Kernel: 5.10+', 'kernel version: 6.2 or later is needed', 'Linux 5.10 is fine', 'Kernel driver in use: x'])(
    'not out of "%s"',
    (line) => {
      expect(kernel(`text\n${line}\nmore`).release.state).toBe('unreadable');
    },
  );
});

describe('other files of /proc', () => {
  it('tell the processor', () => {
    const [part] = parts('processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel name\t: AMD EPYC 7763\n');
    const [more] = parts(
      'Architecture:          x86_64\nVendor ID:   GenuineIntel\nCPU family:   6\nModel name:  Xeon\n',
    );
    const cpus = [part, more].map((each) => each?.cpu && factValue(each.cpu));
    expect(cpus.map((cpu) => cpu && factValue(cpu.vendorId))).toEqual(['AuthenticAMD', 'GenuineIntel']);
    expect(more?.architecture).toEqual([{ architecture: 'x86', words: 'x86_64', line: 1 }]);
  });

  it('tell the memory map, as deep as it was indented, in a quoted text too', () => {
    const text =
      '> 00000000-00000fff : Reserved\n> 00001000-0009ffff : System RAM\n> e0000000-efffffff : PCI Bus 0000:00\n>   e0000000-e00fffff : 0000:01:00.0\n';
    const [part] = parts(text);
    const iomem = part?.iomem && factValue(part.iomem);
    expect(iomem?.map(({ name, depth }) => `${depth} ${unshown(name)}`)).toEqual([
      '0 Reserved',
      '0 System RAM',
      '0 PCI Bus 0000:00',
      '1 0000:01:00.0',
    ]);
  });

  it('tell nothing where all addresses read 0', () => {
    const [part] = parts(
      '00000000-00000000 : a\n00000000-00000000 : b\n00000000-00000000 : c\n00000000-00000000 : d\n',
    );
    expect(part?.iomem?.state).toBe('unreadable');
  });

  it('tell options of the configuration, and which are not set', () => {
    const config = kernel('/boot/config-6.1:CONFIG_PCI_P2PDMA=y\n# CONFIG_DMABUF_MOVE_NOTIFY is not set\n').config;
    expect([...(factValue(config) ?? [])]).toEqual([
      ['CONFIG_PCI_P2PDMA', 'y'],
      ['CONFIG_DMABUF_MOVE_NOTIFY', 'n'],
    ]);
  });
});
