import { describe, expect, it } from 'vitest';
import { configOf, type Files, functionFiles, treeOf } from '../../../test/capture/tree-of.ts';
import { type CapturedFunction, type Finding, readSysfsTree } from '../index.ts';

const DIR = 'sys/devices/pci0000:00/0000:00:01.0';
const LOG: Files = { 'capture.log': 'capture format 1\n' };

/** The function with these files in place of the usual ones. */
function read(files: Files, live = false): { fn: CapturedFunction; findings: readonly Finding[] } {
  const tree = treeOf({ ...LOG, ...functionFiles(DIR, files) });
  const capture = readSysfsTree(tree, live ? { name: 'test', kind: 'sysfs' } : { name: 'test' });
  const [fn] = capture.functions;
  if (fn === undefined) throw new Error('no function');
  return { fn, findings: capture.findings };
}

const known = (value: unknown) => ({ state: 'known', value });
const unknown = (why: string) => ({ state: 'unreadable', why });
const absent = { state: 'absent' };

describe('attribute files', () => {
  it.each<[keyof CapturedFunction, string, string, unknown]>([
    ['vendor', 'vendor', '0x10de\n', known(0x10de)],
    ['vendor', 'vendor', '10de\n', unknown('vendor says "10de"')],
    ['vendor', 'vendor', '0x10de0\n', unknown('vendor says "0x10de0"')],
    ['vendor', 'vendor', '', unknown('vendor is empty in this capture')],
    ['vendor', 'vendor', '\u001b[31m', unknown('vendor says "?[31m"')],
    ['device', 'device', '0xffff\n', known(0xffff)],
    ['subsystemVendor', 'subsystem_vendor', '0x0000\n', known(0)],
    ['subsystemDevice', 'subsystem_device', '0x1458\n', known(0x1458)],
    ['classCode', 'class', '0x030200\n', known(0x30200)],
    ['revision', 'revision', '0xa1\n', known(0xa1)],
    ['revision', 'revision', '0x1a1\n', unknown('revision says "0x1a1"')],
    ['numaNode', 'numa_node', '1\n', known(1)],
    ['numaNode', 'numa_node', '-1\n', absent],
    ['numaNode', 'numa_node', 'one\n', unknown('numa_node says "one"')],
    ['dmaMaskBits', 'dma_mask_bits', '47\n', known(47)],
    ['dmaMaskBits', 'dma_mask_bits', '65\n', unknown('dma_mask_bits says "65"')],
    ['consistentDmaMaskBits', 'consistent_dma_mask_bits', '0\n', known(0)],
    ['label', 'label', 'Slot 3 \u00fc\n', known('Slot 3 \u00fc')],
    ['powerState', 'power_state', 'D3cold\n', known('D3cold')],
    ['powerState', 'power_state', 'unknown\n', unknown('power_state says "unknown"')],
    ['p2pmemSize', 'p2pmem/size', '68719476736\n', known(0x1000000000n)],
    ['p2pmemSize', 'p2pmem/size', '0x10\n', unknown('size says "0x10"')],
  ])('%s: the file %s with %j', (field, file, content, expected) => {
    expect(read({ [file]: content }).fn[field]).toEqual(expected);
  });

  it.each<[keyof CapturedFunction, string, string, unknown]>([
    ['driver', 'driver', '../../../bus/pci/drivers/nvme', known('nvme')],
    ['iommuGroup', 'iommu_group', '../../../kernel/iommu_groups/42', known(42)],
    ['iommuGroup', 'iommu_group', '../../../kernel/iommu_groups/x', unknown('iommu_group points to "x"')],
    ['physfn', 'physfn', '../0000:00:00.4', known(4)],
    ['physfn', 'physfn', '../0000:00:00.9', unknown('physfn points to "0000:00:00.9"')],
  ])('%s: the link %s to %s', (field, file, link, expected) => {
    expect(read({ [file]: { link } }).fn[field]).toEqual(expected);
  });

  it('does not take a file or folder in the place of a link for none', () => {
    expect(read({ driver: 'nvme' }).fn.driver).toEqual(unknown('driver: it is not a link'));
    expect(read({ 'driver/x': 'y' }).fn.driver).toEqual(unknown('driver: it is not a link'));
  });

  it('does not follow a link in the place of a file', () => {
    expect(read({ vendor: { link: 'device' } }).fn.vendor.state).toBe('unreadable');
  });

  it('says "this machine" of a running one, and does not need its uevent file', () => {
    const { fn } = read({ vendor: '', uevent: null }, true);
    expect(fn.vendor).toEqual(unknown('vendor is empty in this machine'));
    expect(fn.driver).toEqual(absent);
  });
});

describe('link attributes', () => {
  it.each([
    ['2.5 GT/s PCIe', known(2.5)],
    ['16.0 GT/s PCIe', known(16)],
    ['64.0 GT/s PCIe', known(64)],
    ['8 GT/s', known(8)],
    ['Unknown', unknown('current_link_speed says "Unknown"')],
    ['Unknown speed', unknown('current_link_speed says "Unknown speed"')],
  ])('speed %j', (text, expected) => {
    expect(read({ current_link_speed: `${text}\n` }).fn.link.speed).toEqual(expected);
  });

  it.each([
    ['16', known(16)],
    ['32', known(32)],
    ['0', absent],
    ['63', unknown('max_link_width says 63')],
    ['255', unknown('max_link_width says 255')],
    ['x4', unknown('max_link_width says "x4"')],
  ])('width %j', (text, expected) => {
    expect(read({ max_link_width: `${text}\n` }).fn.link.maxWidth).toEqual(expected);
  });
});

describe('config file', () => {
  it.each<[string, number, number, number | undefined, string]>([
    ['conventional PCI', 256, 256, 256, 'config space has 256 bytes'],
    ['PCI Express', 4096, 4096, 4096, 'config space has 4096 bytes'],
    ['without privilege', 64, 64, undefined, 'config space is cut at 64 bytes: not read as root'],
    ['CardBus without privilege', 128, 128, undefined, 'config space is cut at 128 bytes: not read as root'],
  ])('%s has %i bytes', (_name, length, kept, size, why) => {
    const { fn, findings } = read({ config: configOf(length) });
    expect(fn.config.bytes).toEqual(configOf(kept));
    expect(fn.config).toMatchObject({ size, whyUnknown: why, mask: undefined });
    expect(findings.map((finding) => finding.code)).toEqual(length < 256 ? ['not-root'] : []);
  });

  it.each([
    [255, 252],
    [257, 256],
    [1001, 1000],
    [3, 0],
    [5000, 4096],
  ])('of %i bytes is used up to byte %i, with a finding', (length, kept) => {
    const { fn, findings } = read({ config: configOf(length) });
    expect(fn.config.bytes).toEqual(configOf(kept));
    expect(fn.config).toMatchObject({ size: undefined });
    expect(findings).toEqual([
      {
        code: 'config-odd-length',
        severity: 'damaged',
        where: '0000:00:01.0',
        text: `the config file has ${length} bytes; ${kept} of them are used`,
      },
    ]);
  });

  it('that reads all ones shows no register: the function did not answer', () => {
    const { fn, findings } = read({ config: new Uint8Array(4096).fill(0xff) });
    expect(fn.config.read16(0)).toBeUndefined();
    expect(fn.config.whyUnknown).toContain('did not answer');
    expect(findings.map((finding) => finding.code)).toEqual(['config-all-ones']);
  });

  it.each<[string, Files, string]>([
    ['empty', { config: '' }, 'the config file is empty in this capture'],
    ['missing', { config: null }, 'no config file in this capture'],
  ])('that is %s shows no register', (_name, files, why) => {
    expect(read(files).fn.config).toMatchObject({ whyUnknown: why, size: undefined });
  });
});

describe('resource file', () => {
  const NONE = '0x0000000000000000 0x0000000000000000 0x0000000000000000';
  const lines = (count: number, at: Record<number, string>) =>
    `${Array.from({ length: count }, (_, n) => at[n] ?? NONE).join('\n')}\n`;

  it('has inclusive ends, and ranges that are half open', () => {
    const bar = '0x00000000fe000000 0x00000000fe00ffff 0x000000000014220c';
    const { fn } = read({ resource: lines(13, { 2: bar }) });
    expect(fn.resources).toEqual(
      known(
        Array.from({ length: 13 }, (_, n) =>
          n === 2 ? { range: { start: 0xfe000000n, end: 0xfe010000n }, flags: 0x14220c } : undefined,
        ),
      ),
    );
  });

  it.each([
    ['bridge', 17, 13],
    ['bridge of a kernel without SR-IOV', 11, 7],
  ])('of a %s has its first window at line %i', (_name, count, line) => {
    const window = '0x0000000000001000 0x0000000000001fff 0x0000000000000100';
    const { fn } = read({ resource: lines(count, { [line]: window }) });
    const resources = fn.resources.state === 'known' ? fn.resources.value : [];
    expect(resources.findIndex((resource) => resource !== undefined)).toBe(13);
    expect(resources).toHaveLength(17);
  });

  it.each<[string, string, unknown]>([
    [
      'an unassigned BAR',
      '0x0000000000000000 0x0000000000000fff 0x0000000020040200',
      { range: { start: 0n, end: 0x1000n }, flags: 0x20040200 },
    ],
    [
      'a resource of no size',
      '0x0000000000000000 0x0000000000000000 0x0000000000000200',
      { range: { start: 0n, end: 0n }, flags: 0x200 },
    ],
    [
      'the last byte of the address space',
      '0xffffffffffffffff 0xffffffffffffffff 0x0000000000000200',
      { range: { start: 0xffffffffffffffffn, end: 0x10000000000000000n }, flags: 0x200 },
    ],
    [
      'an end one below its start',
      '0x0000000000001000 0x0000000000000fff 0x0000000000000200',
      { range: { start: 0x1000n, end: 0x1000n }, flags: 0x200 },
    ],
  ])('%s', (_name, line, expected) => {
    const { fn, findings } = read({ resource: lines(13, { 0: line }) });
    expect(fn.resources.state === 'known' && fn.resources.value[0]).toEqual(expected);
    expect(findings).toEqual([]);
  });

  it.each(['0x0000000000002000 0x0000000000000fff 0x0000000000000200', 'garbage', '0x0 0x0', `${NONE} `])(
    'does not know what the line %j stands for, with a finding',
    (line) => {
      const { fn, findings } = read({ resource: lines(13, { 4: line }) });
      expect(fn.resources.state === 'known' && fn.resources.value[4]).toBe('unknown');
      expect(findings).toMatchObject([{ code: 'resource-odd-line', where: '0000:00:01.0', severity: 'damaged' }]);
    },
  );

  it('of a capture made from other input says which resources that does not tell', () => {
    const { fn, findings } = read({ resource: lines(13, { 4: 'unknown' }) });
    expect(fn.resources.state === 'known' && fn.resources.value[4]).toBe('unknown');
    expect(findings).toEqual([]);
  });

  it('with more lines than a kernel has resources is not believed', () => {
    expect(read({ resource: lines(18, {}) }).fn.resources).toEqual(unknown('the resource file has 18 lines'));
  });
});
