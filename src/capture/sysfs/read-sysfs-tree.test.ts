import { describe, expect, it } from 'vitest';
import { type Files, functionFiles, treeOf } from '../../../test/capture/tree-of.ts';
import { type Bdf, formatBdf, parseBdf } from '../../uapi/index.ts';
import { type Directory, type FileTree, factValue, type MachineCapture, readSysfsTree } from '../index.ts';

const LOG: Files = { 'capture.log': 'capture format 1\n' };
const PC = 'sys/devices/pci0000:00';

function read(...files: Files[]): MachineCapture {
  return readSysfsTree(treeOf(Object.assign({}, ...files)), { name: 'test' });
}

function bdf(text: string): Bdf {
  return parseBdf(text) as Bdf;
}

/** Function to parent and root bus, as text. */
function places(capture: MachineCapture): string[] {
  return capture.functions.map((fn) => {
    const parent = fn.parent.state === 'known' ? formatBdf(fn.parent.value) : fn.parent.state;
    const root = factValue(fn.rootBus);
    const rootText = root === undefined ? fn.rootBus.state : `${root.domain.toString(16)}:${root.bus.toString(16)}`;
    return `${formatBdf(fn.bdf)} below ${parent} on ${rootText}`;
  });
}

describe('readSysfsTree: places', () => {
  it('reads bridge and root bus off the path of a function', () => {
    const capture = read(
      LOG,
      functionFiles(`${PC}/0000:00:01.0/0000:01:00.0/0000:02:08.0`),
      functionFiles(`${PC}/0000:00:01.0/0000:01:00.0`),
      functionFiles(`${PC}/0000:00:01.0`),
    );
    expect(places(capture)).toEqual([
      '0000:00:01.0 below absent on 0:0',
      '0000:01:00.0 below 0000:00:01.0 on 0:0',
      '0000:02:08.0 below 0000:01:00.0 on 0:0',
    ]);
    expect(capture.findings).toEqual([]);
  });

  it('gives root buses their number, ACPI instance and no platform node on a PC', () => {
    const capture = read(
      LOG,
      functionFiles('sys/devices/pci0000:80/0000:80:01.0'),
      { 'sys/devices/pci0000:80/firmware_node': { link: '../LNXSYSTM:00/LNXSYBUS:00/PNP0A08:0a' } },
      { [`${PC}/firmware_node`]: { link: '../LNXSYSTM:00/LNXSYBUS:00/PNP0A08:00' } },
    );
    expect(capture.rootBuses).toEqual({
      state: 'known',
      value: [
        { domain: 0, bus: 0, firmwareInstance: { state: 'known', value: 0 }, platformNode: { state: 'absent' } },
        { domain: 0, bus: 0x80, firmwareInstance: { state: 'known', value: 10 }, platformNode: { state: 'absent' } },
      ],
    });
  });

  it('takes PNP0A03 instances where there is no PNP0A08, and leaves them unknown beside one', () => {
    const node = (bus: string, name: string): Files => ({
      [`sys/devices/pci0000:${bus}/firmware_node`]: { link: `../LNXSYSTM:00/${name}` },
    });
    const old = read(LOG, node('00', 'PNP0A03:00'), node('80', 'PNP0A03:01'));
    expect(factValue(old.rootBuses)?.map((root) => factValue(root.firmwareInstance))).toEqual([0, 1]);
    const mixed = read(LOG, node('00', 'PNP0A08:00'), node('7f', 'PNP0A03:00'), node('90', 'ACPI0016:00'));
    expect(factValue(mixed.rootBuses)?.map((root) => root.firmwareInstance.state)).toEqual([
      'known',
      'unreadable',
      'unreadable',
    ]);
  });

  it.each([
    ['sys/devices/platform/4010000000.pcie', '4010000000.pcie'],
    ['sys/devices/platform/soc@0/soc/1c00000.pcie', '1c00000.pcie'],
    ['sys/devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/VMBUS:00/47505500-0001', '47505500-0001'],
  ])('names the node above a root bus in %s', (above, node) => {
    const capture = read(LOG, functionFiles(`${above}/pci0002:80/0002:80:01.0`));
    expect(places(capture)).toEqual(['0002:80:01.0 below absent on 2:80']);
    expect(factValue(capture.rootBuses)?.[0]).toMatchObject({
      platformNode: { state: 'known', value: node },
      firmwareInstance: { state: 'absent' },
    });
  });

  it('puts functions of a VMD domain on its root bus, below no bridge', () => {
    const vmd = 'sys/devices/pci0000:e0/0000:e0:00.5';
    const capture = read(
      LOG,
      functionFiles(vmd),
      functionFiles(`${vmd}/pci10000:e0/10000:e0:02.0`),
      functionFiles(`${vmd}/pci10000:e0/10000:e0:02.0/10000:e1:00.0`),
    );
    expect(places(capture)).toEqual([
      '0000:e0:00.5 below absent on 0:e0',
      '10000:e0:02.0 below absent on 10000:e0',
      '10000:e1:00.0 below 10000:e0:02.0 on 10000:e0',
    ]);
    expect(factValue(capture.rootBuses)?.map((root) => root.platformNode.state)).toEqual(['absent', 'absent']);
  });

  it('finds functions by their directories where the links are missing', () => {
    const files = { ...functionFiles(`${PC}/0000:00:01.0/0000:01:00.0`), ...functionFiles(`${PC}/0000:00:01.0`) };
    const withoutLinks = Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('sys/bus')));
    expect(places(read(LOG, withoutLinks))).toEqual([
      '0000:00:01.0 below absent on 0:0',
      '0000:01:00.0 below 0000:00:01.0 on 0:0',
    ]);
  });

  it('adds functions of an archive whose links are lost to those whose links are there', () => {
    const { 'sys/bus/pci/devices/0000:00:02.0': _, ...unlinked } = functionFiles(`${PC}/0000:00:02.0`);
    expect(places(read(LOG, functionFiles(`${PC}/0000:00:01.0`), unlinked))).toHaveLength(2);
  });

  it('does not take the directory of a function for one when nothing of the function is in it', () => {
    const files = { [`${PC}/0000:00:00.2/iommu/ivhd0/amd-iommu/cap`]: '1f03000f\n' };
    expect(places(read(LOG, functionFiles(`${PC}/0000:00:01.0`), files))).toEqual(['0000:00:01.0 below absent on 0:0']);
  });

  it('knows files but no place where a copy holds directories instead of links', () => {
    const copied = Object.fromEntries(
      Object.entries(functionFiles(`${PC}/0000:00:01.0`))
        .filter(([path]) => path.startsWith(PC))
        .map(([path, content]) => [path.replace(PC, 'sys/bus/pci/devices'), content]),
    );
    const capture = read(LOG, copied);
    expect(places(capture)).toEqual(['0000:00:01.0 below unreadable on unreadable']);
    expect(capture.functions[0]?.vendor).toEqual({ state: 'known', value: 0x8086 });
  });

  it('keeps a function whose directory is missing, all of it unknown', () => {
    const link = { [`sys/bus/pci/devices/0000:00:01.0`]: { link: '../../../devices/pci0000:00/0000:00:01.0' } };
    const capture = read(LOG, link);
    expect(places(capture)).toEqual(['0000:00:01.0 below absent on 0:0']);
    expect(capture.functions[0]).toMatchObject({
      vendor: { state: 'unreadable' },
      driver: { state: 'unreadable' },
      config: { whyUnknown: 'its directory is not in this capture' },
    });
    expect(capture.findings.map((finding) => finding.code)).toEqual(['function-directory-missing']);
  });

  it.each([
    ['out of the tree', '../../../../../etc'],
    ['to another function', '../../../devices/pci0000:00/0000:00:02.0'],
    ['elsewhere in the tree', '../../../class/0000:00:01.0'],
  ])('does not follow the link of a function %s', (_where, target) => {
    const capture = read(LOG, { 'sys/bus/pci/devices/0000:00:01.0': { link: target } });
    expect(places(capture)).toEqual(['0000:00:01.0 below unreadable on unreadable']);
    expect(capture.findings[0]).toMatchObject({ code: 'function-link-odd', severity: 'damaged' });
  });

  it('does not believe two functions that claim to lie below each other', () => {
    const capture = read(
      LOG,
      functionFiles(`${PC}/0000:00:02.0/0000:00:01.0`),
      functionFiles(`${PC}/0000:00:01.0/0000:00:02.0`),
      functionFiles(`${PC}/0000:00:03.0/0000:00:03.0`),
    );
    expect(places(capture)).toEqual([
      '0000:00:01.0 below unreadable on 0:0',
      '0000:00:02.0 below unreadable on 0:0',
      '0000:00:03.0 below unreadable on 0:0',
    ]);
    expect(capture.findings.map((finding) => finding.code)).toEqual(Array(3).fill('parent-elsewhere'));
  });

  it('takes absolute link targets from the root of the tree', () => {
    const files = { ...functionFiles(`${PC}/0000:00:01.0`) };
    const link = { 'sys/bus/pci/devices/0000:00:01.0': { link: `/${PC}/0000:00:01.0/` } };
    expect(places(read(LOG, files, link))).toEqual(['0000:00:01.0 below absent on 0:0']);
  });

  it.each(['0000:00:1.0', '00:01.0', '0000:00:01.8', '0000:00:20.0', '00000:00:01.0', '0000:00:0A.0', 'x'])(
    'ignores the name %s, which the kernel never writes',
    (name) => {
      const capture = read(LOG, { [`sys/bus/pci/devices/${name}`]: { link: `../../../devices/pci0000:00/${name}` } });
      expect(capture.functions).toEqual([]);
      expect(capture.findings[0]).toMatchObject({ code: 'function-name-odd' });
    },
  );

  // However slow the machine is.
  it('reads 65,536 functions', { timeout: 600_000 }, () => {
    const all: Record<string, Files[string]> = { ...LOG };
    for (let n = 0; n < 65536; n++) {
      const name = formatBdf(n as Bdf);
      all[`${PC}/${name}/vendor`] = '0x1af4\n';
      all[`sys/bus/pci/devices/${name}`] = { link: `../../../devices/pci0000:00/${name}` };
    }
    const capture = read(all);
    expect(capture.functions).toHaveLength(65536);
    expect(capture.functions.at(-1)).toMatchObject({ bdf: 0xffff, vendor: { value: 0x1af4 } });
  });
});

describe('readSysfsTree: hostile sizes', () => {
  it('reads the first 131,072 functions of a tree that has more than any machine', () => {
    const names = Array.from({ length: 0x20001 }, (_, n) => formatBdf(n as Bdf));
    const nothing = { state: 'absent' } as const;
    const links: Directory = { names, readFile: () => nothing, readText: () => nothing, readLink: () => nothing };
    const tree: FileTree = {
      directory: (path) => (path === 'sys/bus/pci/devices' ? { state: 'known', value: links } : nothing),
    };
    const { functions, findings } = readSysfsTree(tree, { name: 'test' });
    expect(functions).toHaveLength(0x20000);
    expect(findings[0]).toMatchObject({ code: 'functions-too-many', severity: 'damaged' });
    expect(findings.filter((finding) => finding.code === 'function-directory-missing')).toHaveLength(101);
    expect(findings.at(-1)).toEqual({
      code: 'function-directory-missing',
      severity: 'damaged',
      where: 'and elsewhere',
      text: '130972 more of this kind',
    });
  });

  it('does not read what no file of /sys or /proc can be', () => {
    const capture = read(LOG, functionFiles(`${PC}/0000:00:01.0`, { label: 'x'.repeat(0x10001) }), {
      'proc/cmdline': new Uint8Array(16 * 2 ** 20 + 1),
      'sys/kernel/iommu_groups/1/reserved_regions': '0x0 0xfff msi\n'.repeat(129),
    });
    expect(capture.functions[0]?.label).toEqual({
      state: 'unreadable',
      why: 'label is larger than a file of sysfs can be',
    });
    expect(capture.kernel.cmdline).toEqual({
      state: 'unreadable',
      why: '/proc/cmdline: it is larger than 16 MiB',
    });
    expect(factValue(capture.iommuGroups)?.[0]?.reservedRegions).toEqual({
      state: 'unreadable',
      why: 'reserved_regions has 129 lines',
    });
  });
});

describe('readSysfsTree: what a missing file means', () => {
  const bare = { ...functionFiles(`${PC}/0000:00:01.0`) };

  it('is "none" in a whole capture', () => {
    const [fn] = read(LOG, bare).functions;
    for (const fact of [fn?.driver, fn?.iommuGroup, fn?.physfn, fn?.label, fn?.p2pmemSize, fn?.link.speed]) {
      expect(fact).toEqual({ state: 'absent' });
    }
    const capture = read(LOG, bare);
    expect(capture.iommuGroups).toEqual({ state: 'known', value: [] });
    expect(capture.iommus).toEqual({ state: 'known', value: [] });
  });

  it('is unknown in a tree that does not say what it holds', () => {
    const capture = read(bare);
    const [fn] = capture.functions;
    expect(fn?.driver).toEqual({ state: 'unreadable', why: 'no driver link in this capture' });
    expect(fn?.label).toEqual({ state: 'unreadable', why: 'no label in this capture' });
    expect(capture.iommuGroups).toEqual({ state: 'unreadable', why: 'no /sys/kernel/iommu_groups in this capture' });
  });

  it('is unknown for what hwloc does not gather, and "none" in the directories that it does', () => {
    const capture = read({ 'proc/hwloc-nofile-info': 'x' }, bare);
    expect(capture.source.kind).toBe('hwloc');
    expect(capture.functions[0]?.driver).toEqual({ state: 'absent' });
    expect(capture.iommuGroups.state).toBe('unreadable');
    expect(capture.iomem).toEqual({ state: 'unreadable', why: 'no /proc/iomem in an hwloc archive' });
  });

  it('is unknown in a function directory made by hand', () => {
    const { [`${PC}/0000:00:01.0/uevent`]: _, ...byHand } = bare;
    expect(read(LOG, byHand).functions[0]?.driver.state).toBe('unreadable');
  });

  it('is never "none" for what every function has', () => {
    const { [`${PC}/0000:00:01.0/vendor`]: _, [`${PC}/0000:00:01.0/resource`]: __, ...less } = bare;
    const [fn] = read(LOG, less).functions;
    expect(fn?.vendor).toEqual({ state: 'unreadable', why: 'no vendor in this capture' });
    expect(fn?.resources).toEqual({ state: 'unreadable', why: 'no resource file in this capture' });
  });

  it('is unknown for links where the capture says that links were lost', () => {
    const capture = read({ 'capture.log': 'capture format 1\nsome links were not copied\n' }, bare);
    expect(capture.functions[0]?.driver.state).toBe('unreadable');
    expect(capture.functions[0]?.label.state).toBe('absent');
    expect(capture.findings[0]).toMatchObject({ code: 'capture-links-lost', severity: 'damaged' });
  });
});

describe('readSysfsTree: capture.log', () => {
  const dir = `${PC}/0000:00:01.0`;

  it('makes files that could not be read unknown, whatever is left of them', () => {
    const log = `capture format 1\nunreadable /${dir}/config\nunreadable /${dir}/label\nunreadable link /${dir}/driver\n`;
    const capture = read(functionFiles(dir, { label: '' }), { 'capture.log': log });
    const [fn] = capture.functions;
    expect(fn?.config.bytes).toHaveLength(0);
    expect(fn?.config.whyUnknown).toBe('config space: it could not be read when the capture was made');
    expect(fn?.label.state).toBe('unreadable');
    expect(fn?.driver).toEqual({
      state: 'unreadable',
      why: 'driver: it could not be read when the capture was made',
    });
    expect(capture.findings).toEqual([
      {
        code: 'capture-unreadable',
        severity: 'notice',
        where: 'capture.log',
        text: `3 files could not be read when it was made; the first is /${dir}/config`,
      },
    ]);
  });

  it.each([
    ['capture format 1\nmissing /sys/bus/pci/devices\n', ['capture-missing', 'no-pci-functions']],
    ['capture format 2\n', ['capture-format-newer', 'no-pci-functions']],
    ['something else\n', ['capture-format-unknown', 'no-pci-functions']],
  ])('turns %j into findings', (log, codes) => {
    expect(read({ 'capture.log': log }).findings.map((finding) => finding.code)).toEqual(codes);
  });
});

describe('readSysfsTree: facts told twice', () => {
  it('takes the group of a function from the group folder where its own link is missing', () => {
    const capture = read(functionFiles(`${PC}/0000:00:01.0`), {
      'sys/kernel/iommu_groups/7/devices/0000:00:01.0': { link: '../../../../devices/pci0000:00/0000:00:01.0' },
    });
    expect(capture.functions[0]?.iommuGroup).toEqual({ state: 'known', value: 7 });
  });

  it('takes the physical function from virtfn links where physfn is missing', () => {
    const capture = read(
      functionFiles(`${PC}/0000:00:01.0`, { virtfn0: { link: '../0000:00:01.2' } }),
      functionFiles(`${PC}/0000:00:01.2`),
    );
    expect(capture.functions.map((fn) => factValue(fn.physfn))).toEqual([undefined, bdf('0000:00:01.0')]);
  });
});
