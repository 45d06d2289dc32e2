import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concat, type RawMember, tarOf } from '../../test/capture/tar-of.ts';
import { functionFiles } from '../../test/capture/tree-of.ts';
import { factValue, type MachineCapture } from '../capture/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { type ReadInputOptions, readInput } from './index.ts';

const RECORDINGS = ['vfio-epyc-intel', 'multifn-intel', 'arm-domains-none', 'switch-none'];

function fixture(path: string): Uint8Array {
  return readFileSync(new URL(`../../test/fixtures/${path}`, import.meta.url));
}

async function capture(bytes: Uint8Array): Promise<MachineCapture> {
  const result = await readInput(bytes, 'input');
  if (!result.ok) throw new Error(result.error.text);
  return result.value;
}

async function failure(bytes: Uint8Array, options?: ReadInputOptions): Promise<string> {
  const result = await readInput(bytes, 'host.tar.gz', options);
  return result.ok ? 'read' : `${result.error.code}: ${result.error.text}`;
}

/** The files of a machine of one function. */
function machineOf(directory: string): RawMember[] {
  return Object.entries(functionFiles(directory)).map(([name, content]) =>
    typeof content === 'object' && content !== null && 'link' in content
      ? { name, type: '2', link: content.link }
      : { name, body: content ?? '' },
  );
}

/** Config space by function, from `lspci -xxxx` of the same machine. */
function hexDumps(text: string): Map<string, number[]> {
  const dumps = new Map<string, number[]>();
  let bytes: number[] = [];
  for (const line of text.split('\n')) {
    const name = /^([0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) /.exec(line)?.[1];
    const hex = /^[0-9a-f]{2,3}: ((?:[0-9a-f]{2} ?){16})$/.exec(line)?.[1];
    if (name !== undefined) {
      bytes = [];
      dumps.set(name, bytes);
    } else if (hex !== undefined) {
      const values = hex.trim().split(' ');
      bytes.push(...values.map((byte) => Number.parseInt(byte, 16)));
    }
  }
  return dumps;
}

describe.each(RECORDINGS)('the capture of %s', (name) => {
  it('has the functions and the registers that lspci saw', async () => {
    const { functions } = await capture(fixture(`recordings/${name}/capture.tar.gz`));
    const dumps = hexDumps(new TextDecoder().decode(fixture(`recordings/${name}/lspci.txt`)));
    expect(functions.length).toBeGreaterThan(5);
    expect(functions.map((fn) => formatBdf(fn.bdf))).toEqual([...dumps.keys()].sort());
    for (const fn of functions) expect([...fn.config.bytes]).toEqual(dumps.get(formatBdf(fn.bdf)));
  });

  it('has the kernel, the command line and the IOMMU that the machine was started with', async () => {
    const { kernel, iommus, findings } = await capture(fixture(`recordings/${name}/capture.tar.gz`));
    const meta = JSON.parse(new TextDecoder().decode(fixture(`recordings/${name}/meta.json`)));
    expect(kernel.release).toEqual({ state: 'known', value: meta.kernel_release });
    expect(factValue(kernel.cmdline)).toContain(meta.cmdline);
    expect(factValue(kernel.config)?.get('CONFIG_PCI_P2PDMA')).toBe('y');
    expect(factValue(iommus)?.map((iommu) => iommu.kind)).toEqual(meta.iommu === 'none' ? [] : [meta.iommu]);
    expect(findings).toEqual([]);
  });
});

describe('recordings', () => {
  it('of a machine with an Intel IOMMU have groups with functions and reserved regions', async () => {
    const { iommuGroups, functions, iommus } = await capture(fixture('recordings/vfio-epyc-intel/capture.tar.gz'));
    expect(factValue(iommuGroups)?.find((group) => group.id === 9)).toEqual({
      id: 9,
      type: { state: 'known', value: 'DMA-FQ' },
      reservedRegions: { state: 'known', value: [{ range: { start: 0xfee00000n, end: 0xfef00000n }, type: 'msi' }] },
      devices: [0x210, 0x500],
    });
    expect(functions.filter((fn) => factValue(fn.iommuGroup) === 9).map((fn) => fn.bdf)).toEqual([0x210, 0x500]);
    expect(factValue(iommus)?.[0]).toMatchObject({ name: 'dmar0', cap: { state: 'known' }, ecap: { state: 'known' } });
  });

  it('of a device-tree machine have three domains, named by their nodes', async () => {
    const { rootBuses, cpu, iommuGroups, iommus } = await capture(
      fixture('recordings/arm-domains-none/capture.tar.gz'),
    );
    expect(factValue(rootBuses)?.map((root) => [root.domain, root.bus, factValue(root.platformNode)])).toEqual([
      [0, 0x00, '4010000000.pcie'],
      [1, 0x40, '4014000000.pcie'],
      [2, 0x80, '4018000000.pcie'],
    ]);
    expect(factValue(cpu)?.vendorId).toEqual({ state: 'absent' });
    expect([iommuGroups, iommus]).toEqual([
      { state: 'known', value: [] },
      { state: 'known', value: [] },
    ]);
  });
});

describe('an hwloc archive', () => {
  it('is read from bzip2, inside its own folder, and says what it lacks', async () => {
    const machine = await capture(fixture('hwloc/epyc-host.tar.bz2'));
    const whole = await capture(fixture('recordings/vfio-epyc-intel/capture.tar.gz'));
    expect(machine.source.kind).toBe('hwloc');
    expect(machine.functions.map((fn) => fn.bdf)).toEqual(whole.functions.map((fn) => fn.bdf));
    expect(machine.functions.map((fn) => fn.parent)).toEqual(whole.functions.map((fn) => fn.parent));
    expect(machine.functions.map((fn) => fn.iommuGroup)).toEqual(whole.functions.map((fn) => fn.iommuGroup));
    expect(machine.cpu).toEqual(whole.cpu);
    // It holds no /sys/kernel/iommu_groups; the links of the functions tell who shares a group.
    const membersOf = (groups: MachineCapture['iommuGroups']) =>
      factValue(groups)?.map(({ id, devices }) => ({ id, devices: devices.toSorted((a, b) => a - b) }));
    expect(membersOf(machine.iommuGroups)).toEqual(membersOf(whole.iommuGroups));
    expect(machine.findings.map((finding) => finding.code)).toEqual(['not-root']);
  });

  it('gathered without --io is refused with what to do', async () => {
    const archive = tarOf([{ name: 'h/sys/devices/system/cpu/online', body: '0\n' }]);
    expect(await failure(archive)).toBe(
      'no-pci: host.tar.gz: holds no PCI files; gather it again with "hwloc-gather-topology --io"',
    );
  });
});

describe('a report of sos', () => {
  const lspci = new TextDecoder().decode(fixture('lspci/q35-pciutils-3.7-nnvvv.txt'));
  const members = [
    { name: 'sosreport-host-2026/sos_commands/pci/lspci_-nnvv', body: lspci },
    { name: 'sosreport-host-2026/sos_commands/pci/lspci_-tv', body: '-[0000:00]-+-00.0  a\n' },
    { name: 'sosreport-host-2026/sos_commands/kernel/uname_-a', body: 'Linux host 6.19.4-1.el10.x86_64 #1 SMP\n' },
    { name: 'sosreport-host-2026/proc/cmdline', body: 'ro quiet\n' },
    { name: 'sosreport-host-2026/sys/devices/system/cpu/online', body: '0-3\n' },
  ];

  it('is read from what lspci printed, with the kernel of its other files', async () => {
    const machine = await capture(tarOf(members));
    const alone = await capture(new TextEncoder().encode(lspci));
    expect(machine.source.kind).toBe('lspci-text');
    expect(machine.functions.map((fn) => fn.bdf)).toEqual(alone.functions.map((fn) => fn.bdf));
    expect(machine.rootBuses).toMatchObject({ state: 'known', value: [{ domain: 0, bus: 0 }] });
    expect(factValue(machine.kernel.release)).toBe('6.19.4-1.el10.x86_64');
    expect(machine.kernel.cmdline).toEqual({ state: 'known', value: 'ro quiet' });
    expect(machine.cpu).toEqual({ state: 'unreadable', why: 'no /proc/cpuinfo in this report' });
    expect(machine.iommuGroups).toEqual(alone.iommuGroups);
  });

  it('has the memory map, the kernel of /proc before that of uname, and the findings of both archive and files', async () => {
    const more = [
      { name: '../outside', body: 'x' },
      { name: 'sosreport-host-2026/proc/version', body: 'Linux version 6.19.9-other (x@y) #1 SMP\n' },
      { name: 'sosreport-host-2026/proc/iomem', body: '00001000-0009ffff : System RAM\nhello\n' },
    ];
    const machine = await capture(tarOf([...members, ...more]));
    expect(machine.kernel.release).toEqual({ state: 'known', value: '6.19.9-other' });
    expect(factValue(machine.iomem)?.map(({ name }) => name)).toEqual(['System RAM']);
    expect(machine.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['archive-name-outside', 'iomem-odd-line']),
    );
  });

  it('which has functions in /sys, too, is read from both, and /sys counts where they differ', async () => {
    const text = { name: 'sos_commands/pci/lspci_-nnvv', body: lspci };
    const machine = await capture(tarOf([...machineOf('sys/devices/pci0000:00/0000:00:01.0'), text]));
    const alone = await capture(new TextEncoder().encode(lspci));
    expect(machine.source.kind).toBe('capture-archive');
    expect(new Set(machine.functions.map(({ bdf }) => bdf))).toEqual(
      new Set([0x08, ...alone.functions.map(({ bdf }) => bdf)]),
    );
  });

  it('without lspci output is refused like every archive without PCI', async () => {
    expect(await failure(tarOf(members.filter(({ name }) => !name.includes('lspci'))))).toMatch(/^no-pci: /);
  });
});

describe('readInput', () => {
  const members = machineOf('sys/devices/pci0000:00/0000:00:01.0');
  const tar = tarOf([{ name: 'capture.log', body: 'capture format 1\n' }, ...members]);

  it('tells a plain tar from a gzip-compressed one by its bytes', async () => {
    const plain = await capture(tar);
    expect(plain).toEqual(await capture(gzipSync(tar)));
    expect(plain.functions).toHaveLength(1);
    expect(plain.source).toEqual({ kind: 'capture-archive', name: 'input' });
  });

  it.each([
    ['as it is', (text: Uint8Array) => text],
    ['compressed', (text: Uint8Array) => gzipSync(text)],
  ])('reads lspci output %s', async (_name, pack) => {
    const { source, functions } = await capture(pack(fixture('recordings/switch-none/lspci.txt')));
    const archive = await capture(fixture('recordings/switch-none/capture.tar.gz'));
    expect(source).toEqual({ kind: 'lspci-hex', name: 'input' });
    expect(functions.map((fn) => fn.bdf)).toEqual(archive.functions.map((fn) => fn.bdf));
    expect(functions.map((fn) => [...fn.config.bytes])).toEqual(archive.functions.map((fn) => [...fn.config.bytes]));
  });

  it.each(['capture.tar.xz', 'blocks-sha256.tar.xz', 'capture.tar.zst', 'frames.tar.zst'])(
    'reads the machine from %s as from gzip',
    async (file) => {
      expect(await capture(fixture(`packed/${file}`))).toEqual(
        await capture(fixture('recordings/switch-none/capture.tar.gz')),
      );
    },
  );

  it('puts the findings of the archive before those of the machine', async () => {
    const archive = tarOf([{ name: '../x' }, { name: 'capture.log', body: 'capture format 2\n' }, ...members]);
    const { findings } = await capture(archive);
    expect(findings.map((finding) => finding.code)).toEqual(['archive-name-outside', 'capture-format-newer']);
  });

  it('accepts the capture of a machine that has no PCI, and says so', async () => {
    const log = 'capture format 1\nmissing /sys/bus/pci/devices\n';
    const { functions, findings } = await capture(tarOf([{ name: 'capture.log', body: log }]));
    expect(functions).toEqual([]);
    expect(findings.map((finding) => finding.code)).toEqual(['capture-missing', 'no-pci-functions']);
  });

  it('refuses what unpacks to more than the limit, naming it', async () => {
    const bomb = gzipSync(new Uint8Array(5 * 2 ** 20));
    expect(bomb.length).toBeLessThan(2 ** 13);
    expect(await failure(bomb, { maxBytes: 2 ** 20 })).toBe(
      'too-large: host.tar.gz: holds more than 1 MiB when unpacked, which is the limit; no capture is that large',
    );
    const bzip2 = fixture('hwloc/epyc-host.tar.bz2');
    expect(await failure(bzip2, { maxBytes: 3000 })).toMatch(/^too-large: .* 3000 B when unpacked/);
    for (const file of ['packed/zeros.xz', 'packed/zeros.zst']) {
      expect(await failure(fixture(file), { maxBytes: 2 ** 20 })).toMatch(/^too-large: .* 1 MiB when unpacked/);
    }
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'not-recognised: host.tar.gz: is empty'],
    ['compressed nothing', gzipSync(''), 'not-recognised: host.tar.gz: is empty'],
    [
      'lzip',
      Uint8Array.from([0x4c, 0x5a, 0x49, 0x50, 1]),
      'unsupported: host.tar.gz: lzip compression is not read yet; unpack it with "lzip -d" first',
    ],
    [
      'xz with a filter for machine code',
      fixture('packed/x86-filter.xz'),
      'unsupported: host.tar.gz: uses xz options that are not read; unpack it with "xz -d" first',
    ],
    [
      'xz cut short',
      fixture('packed/capture.tar.xz').subarray(0, 500),
      'cut-short: host.tar.gz: is cut short: its xz data ends in the middle; copy or make it again',
    ],
    [
      'zstd cut short',
      fixture('packed/capture.tar.zst').subarray(0, 500),
      'cut-short: host.tar.gz: is cut short: its zstd data ends in the middle; copy or make it again',
    ],
    [
      'zstd with something behind it',
      concat([fixture('packed/capture.tar.zst'), new Uint8Array(100)]),
      'damaged: host.tar.gz: is damaged: something else follows its zstd data; copy or make it again',
    ],
    [
      'zip cut short',
      Uint8Array.from([0x50, 0x4b, 3, 4, 0]),
      'cut-short: host.tar.gz: is cut short: the end of the zip archive is missing; copy or make it again',
    ],
    [
      'gzip in gzip',
      gzipSync(gzipSync(tar)),
      'not-recognised: host.tar.gz: holds gzip data inside compressed data; unpack it first',
    ],
    [
      'some text',
      new TextEncoder().encode('dear reader\n'),
      'not-recognised: host.tar.gz: is no capture, and no text that tells of PCI devices (docs/inputs.md lists what is read); "peerpath capture" makes an archive',
    ],
    [
      'an archive of something else',
      tarOf([{ name: 'README', body: 'x' }]),
      'no-machine: host.tar.gz: is an archive that tells nothing of a machine: no /sys, no text of lspci or of the kernel; "peerpath capture" makes one',
    ],
    [
      'a tree without functions',
      tarOf([{ name: 'sys/devices/pci0000:00/uevent' }]),
      'no-pci: host.tar.gz: shows no PCI function; make a capture on the host itself with "peerpath capture"',
    ],
    [
      'a tar cut short',
      tar.subarray(0, 3000),
      'cut-short: host.tar.gz: is cut short: the tar archive ends in the middle; copy or make it again',
    ],
    [
      'a damaged tar',
      concat([tarOf(members, { end: false }), new Uint8Array(1024).fill(7)]),
      'damaged: host.tar.gz: is damaged: the tar archive has a broken header; copy or make it again',
    ],
    [
      'a sparse tar',
      tarOf([{ name: 'a', type: 'S' }]),
      'unsupported: host.tar.gz: holds sparse members, which are not read; pack it again without "tar --sparse"',
    ],
    [
      'gzip cut short',
      gzipSync(tar).subarray(0, 500),
      'damaged: host.tar.gz: is damaged: its gzip data does not unpack; copy or make it again',
    ],
    [
      'bzip2 cut short',
      fixture('hwloc/epyc-host.tar.bz2').subarray(0, 500),
      'cut-short: host.tar.gz: is cut short: its bzip2 data ends in the middle; copy or make it again',
    ],
  ])('refuses %s in one sentence', async (_name, bytes, sentence) => {
    expect(await failure(bytes)).toBe(sentence);
  });

  it('makes names harmless that come from others', async () => {
    const result = await readInput(new Uint8Array(0), 'a\u001b[2J\nb');
    expect(result).toEqual({ ok: false, error: { code: 'not-recognised', text: 'a?[2J?b: is empty' } });
  });
});
