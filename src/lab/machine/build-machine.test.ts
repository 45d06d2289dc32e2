import { describe, expect, it } from 'vitest';
import { assert, defined, unshown } from '../../base/index.ts';
import { type CapturedFunction, factValue, type MachineCapture, resourceAt } from '../../capture/index.ts';
import { buildTopology } from '../../pci/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { readMachineDescription } from './index.ts';

function build(text: string): MachineCapture {
  const result = readMachineDescription(`peerpath-machine: 1\n${text}\n`, 'x.yaml');
  assert(result.ok, result.ok ? '' : result.error.text);
  return result.value;
}

function functionAt(capture: MachineCapture, bdf: string): CapturedFunction {
  return defined(
    capture.functions.find((fn) => formatBdf(fn.bdf) === bdf),
    bdf,
  );
}

/** Config space bytes in hexadecimal, as a dump prints them. */
function bytesAt(capture: MachineCapture, bdf: string, from: number, count: number): string {
  const bytes = functionAt(capture, bdf).config.bytes.subarray(from, from + count);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

// Expected bytes are written by hand from the PCI Local Bus, PCI-to-PCI Bridge and PCI Express specifications.
describe('config space of a described function', () => {
  it('begins with ids, command, status with capabilities, class and header type', () => {
    const capture = build(
      'host-bridges: [{devices: [{kind: integrated, id: "10de:2330", class: "030200", revision: a1}]}]',
    );
    expect(bytesAt(capture, '0000:00:00.0', 0, 16)).toBe('de 10 30 23 06 00 10 00 a1 00 02 03 00 00 00 00');
  });

  it('has bit 7 of the header type where the slot has more functions', () => {
    const capture = build('host-bridges: [{devices: [{functions: [integrated, integrated]}]}]');
    expect(bytesAt(capture, '0000:00:00.0', 14, 1)).toBe('80');
    expect(bytesAt(capture, '0000:00:00.1', 14, 1)).toBe('80');
  });

  it('of a bridge with nothing behind has all three windows closed: base above limit', () => {
    const capture = build('host-bridges: [{devices: [root-port]}]');
    expect(bytesAt(capture, '0000:00:00.0', 0x18, 4)).toBe('00 01 01 00');
    expect(bytesAt(capture, '0000:00:00.0', 0x1c, 2)).toBe('11 01');
    expect(bytesAt(capture, '0000:00:00.0', 0x20, 16)).toBe('f0 ff 00 00 f1 ff 01 00 00 00 00 00 00 00 00 00');
  });

  it('of a bridge holds the windows of what is behind, 64-bit ones in both halves', () => {
    const nic = '{kind: endpoint, bars: {0: 64K, 2: 8G 64 pref, 4: 128 io}}';
    const capture = build(`host-bridges: [{devices: [{kind: root-port, below: ${nic}}]}]`);
    expect(bytesAt(capture, '0000:00:00.0', 0x1c, 2)).toBe('11 11');
    expect(bytesAt(capture, '0000:00:00.0', 0x20, 16)).toBe('00 80 00 80 01 00 f1 ff 40 00 00 00 41 00 00 00');
    expect(bytesAt(capture, '0000:01:00.0', 0x10, 20)).toBe(
      '00 00 00 80 00 00 00 00 0c 00 00 00 40 00 00 00 01 10 00 00',
    );
  });

  it('has bus addresses in BARs and windows where the host bridge translates', () => {
    const windows = 'memory-window: 0x5000000000-0x500fffffff bus 0x10000000, prefetchable-window: none';
    const devices = '[{kind: root-port, below: {kind: endpoint, bars: {0: 1M}}}]';
    const capture = build(`host-bridges: [{platform-node: pcie, ${windows}, devices: ${devices}}]`);
    expect(bytesAt(capture, '0000:01:00.0', 0x10, 4)).toBe('00 00 00 10');
    expect(bytesAt(capture, '0000:00:00.0', 0x20, 4)).toBe('00 10 00 10');
    const cpu = resourceAt(functionAt(capture, '0000:01:00.0').resources, 0)?.range.start;
    expect(cpu).toBe(0x5000000000n);
  });

  it('of the port above an SR-IOV function has ARI forwarding on, and of other ports off', () => {
    const capture = build(
      'host-bridges: [{devices: [{kind: root-port, below: {kind: nic, sriov: {vfs: 4}}}, root-port]}]',
    );
    const ari = buildTopology(capture).functions.map((fn) => factValue(fn.pcie)?.ariForwarding);
    expect(ari[0]).toEqual({ state: 'known', value: true });
    expect(ari[1]).toEqual({ state: 'known', value: false });
  });

  it('of a virtual function reads all ones as ids and zero in its BARs', () => {
    const nic = '{kind: nic, sriov: {vfs: 4, enabled: 1, bars: {0: 1M 64 pref}}}';
    const capture = build(`host-bridges: [{devices: [{kind: root-port, below: ${nic}}]}]`);
    expect(bytesAt(capture, '0000:01:02.0', 0, 4)).toBe('ff ff ff ff');
    expect(bytesAt(capture, '0000:01:02.0', 0x10, 24)).toBe(Array(24).fill('00').join(' '));
    expect(functionAt(capture, '0000:01:02.0').vendor).toEqual({ state: 'known', value: 0x15b3 });
  });
});

describe('the memory map of a described machine', () => {
  const text = (capture: MachineCapture) =>
    factValue(capture.iomem)?.map(
      ({ range, name, depth }) =>
        `${'  '.repeat(depth)}${range.start.toString(16)}-${(range.end - 1n).toString(16)} : ${unshown(name)}`,
    );

  it('nests BARs in bridge windows in host bridge windows, between RAM', () => {
    const nvme = '{kind: nvme, sriov: {vfs: 2, enabled: 2, bars: {0: 1M 64 pref}}}';
    const capture = build(`memory: 4G\nhost-bridges: [{devices: [{kind: root-port, below: ${nvme}}]}]`);
    expect(text(capture)).toEqual([
      '0-fff : Reserved',
      '1000-9ffff : System RAM',
      'a0000-bffff : PCI Bus 0000:00',
      'f0000-fffff : Reserved',
      '100000-7fffffff : System RAM',
      '80000000-800fffff : PCI Bus 0000:00',
      '  80000000-800fffff : PCI Bus 0000:01',
      '    80000000-80003fff : 0000:01:00.0',
      'e0000000-efffffff : PCI ECAM 0000 [bus 00-ff]',
      'fec00000-fec003ff : IOAPIC 0',
      '100000000-1800fffff : System RAM',
      '4000000000-403fffffff : PCI Bus 0000:00',
      '  4000000000-40001fffff : PCI Bus 0000:01',
      '    4000000000-40001fffff : 0000:01:00.0',
      '      4000000000-40000fffff : 0000:01:02.0',
      '      4000100000-40001fffff : 0000:01:02.1',
    ]);
  });

  it('names windows of device-tree bridges after their node, and has none of the ranges of a PC', () => {
    const windows = 'memory-window: 0x10000000-0x1fffffff, prefetchable-window: 0x8000000000-0x80ffffffff';
    const capture = build(`memory: 1G\nhost-bridges: [{platform-node: a.pcie, iomem-name: pcie@1, ${windows}}]`);
    expect(text(capture)).toEqual([
      '10000000-1fffffff : pcie@1',
      '40000000-7fffffff : System RAM',
      '8000000000-80ffffffff : pcie@1',
    ]);
  });
});

describe('a described machine', () => {
  it('gives each host bridge I/O ports of its own', () => {
    const device = '{kind: root-port, below: {kind: endpoint, bars: {0: 256 io}}}';
    const capture = build(`host-bridges: [{devices: [${device}]}, {devices: [${device}]}]`);
    const ports = capture.functions.flatMap((fn) => resourceAt(fn.resources, 0)?.range.start ?? []);
    expect(ports).toEqual([0x1000n, 0x2000n]);
  });

  it('reserves the first 16 MiB for the group of an ISA bridge with an Intel IOMMU', () => {
    const capture = build('iommu: intel\nhost-bridges: [{devices: [isa-bridge, integrated]}]');
    const regions = factValue(capture.iommuGroups)?.map((group) =>
      factValue(group.reservedRegions)?.map(({ range, type }) => `${range.start.toString(16)} ${type}`),
    );
    expect(regions).toEqual([['0 direct-relaxable', 'fee00000 msi'], ['fee00000 msi']]);
  });

  it('gives root buses the numbers that are free, and firmware instances in scan order', () => {
    const capture = build('host-bridges: [{devices: [root-port]}, {bus: 0x80}, {domain: 1}, {}]');
    const roots = factValue(capture.rootBuses)?.map((root) => [
      root.domain,
      root.bus,
      factValue(root.firmwareInstance),
    ]);
    expect(roots).toEqual([
      [0, 0, 0],
      [0, 0x80, 1],
      [0, 0x81, 3],
      [1, 0, 2],
    ]);
  });
});
