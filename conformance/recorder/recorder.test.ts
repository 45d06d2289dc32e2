/** The recorder: what it makes of descriptions without a kernel, and one recording made again where QEMU is. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readMachine } from '../../src/node/index.ts';
import { buildTopology, type PciTopology } from '../../src/pci/index.ts';
import { findScenarios } from '../recording.ts';
import { RECORDINGS } from '../recordings-folder.ts';
import { parseRequest } from '../request.ts';
import { qemuVersion } from './boot.ts';
import { makeRequests } from './make-requests.ts';
import { KNOWN_RELEASES, kernelPackages, releaseOf, TOOL_PACKAGES, Unavailable } from './packages.ts';
import { qemuMachine } from './qemu-machine.ts';
import { rerecord, sceneOf } from './rerecord.ts';

async function example(name: string): Promise<PciTopology> {
  const read = await readMachine(`examples/machines/${name}.yaml`);
  if (!read.ok) throw new Error(read.error.text);
  return buildTopology(read.value);
}

async function recorded(name: string): Promise<PciTopology> {
  const read = await readMachine(join(RECORDINGS, name, 'capture.tar.gz'));
  if (!read.ok) throw new Error(read.error.text);
  return buildTopology(read.value);
}

describe('a described machine as arguments of QEMU', () => {
  test('ports with ACS, a switch, BARs by size, an IOMMU', async () => {
    const { args, cpu, iommu, standIns } = qemuMachine(await example('vm-passthrough'));
    const text = args.join(' ');
    expect([cpu, iommu]).toEqual(['Skylake-Server-v4', 'intel']);
    expect(text).toContain('-device intel-iommu,intremap=on');
    expect(text).toMatch(/pxb-pcie,id=px1,bus=pcie\.0,bus_nr=74/);
    expect(text).toMatch(
      /x3130-upstream,id=(b\d+),bus=b\d+,addr=0\.0 -device pcie-root-port,chassis=\d+,slot=\d+,id=b\d+,bus=\1,/,
    );
    expect(text).toContain('pci-testdev,membar=4096M');
    expect(standIns).toHaveLength(2);
  });

  test('Zen is another processor, and its IOMMU keeps its slot', async () => {
    const { args, cpu, iommu } = qemuMachine(await example('desktop-2gpu'));
    expect([cpu, iommu]).toEqual(['EPYC', 'amd']);
    expect(args.filter((word) => word.includes('bus=pcie.0,addr=1.'))).toEqual([]);
  });

  test.each([
    ['arm-switch-smmu', 'virt,accel=tcg,gic-version=3,iommu=smmuv3', false],
    ['arm-switch-none', 'virt,accel=tcg,gic-version=3', false],
    // Further root buses are found by firmware alone.
    ['arm-pxb-efi-none', 'virt,accel=tcg,gic-version=3', true],
  ])('%s is one of arm64 again: %s', async (name, chipset, uefi) => {
    const machine = qemuMachine(await recorded(name));
    expect([machine.arch, machine.args[1], machine.uefi, machine.cpu]).toEqual(['arm64', chipset, uefi, 'neoverse-n1']);
    expect(machine.args.filter((word) => word.startsWith('edu'))).not.toEqual([]);
  });

  test('a virtio-iommu has a slot of its own', async () => {
    const { arch, args, iommu } = qemuMachine(await recorded('virtio-iommu'));
    expect([arch, iommu]).toEqual(['amd64', 'virtio']);
    expect(args.filter((word) => /addr=1e\b/.test(word))).toEqual(['virtio-iommu-pci,bus=pcie.0,addr=1e.0']);
  });

  test('several domains of an arm64 machine are refused', async () => {
    const topology = await recorded('arm-domains-none');
    expect(() => qemuMachine(topology)).toThrow(/several host bridges of a device tree/);
  });

  test.each([
    ['bus-offset', /several host bridges of a device tree/],
    ['vmd', /PCI domain 0x10000/],
    ['sriov', /virtual functions/],
    ['hgx-8gpu', /endpoint .* on a root bus beside the first/],
  ])('%s is refused with a sentence', async (name, sentence) => {
    const topology = await example(name);
    expect(() => qemuMachine(topology)).toThrow(sentence);
  });
});

describe('requests', () => {
  test('the same machine and seed give the same ones, each of a known kind', async () => {
    const topology = await example('vm-passthrough');
    const requests = makeRequests(topology, 7);
    expect(makeRequests(topology, 7)).toEqual(requests);
    expect(makeRequests(topology, 8)).not.toEqual(requests);
    expect(requests.filter((request) => parseRequest(request) === undefined)).toEqual([]);
    expect(requests.filter((request) => request.startsWith('dist'))).not.toEqual([]);
  });

  test('what is kept alive is freed', async () => {
    const requests = makeRequests(await example('vm-passthrough'), 7);
    const kept = requests.flatMap((request) => /keep=(\d+)/.exec(request)?.[1] ?? []);
    const freed = requests.flatMap((request) => /^free (\d+)/.exec(request)?.[1] ?? []);
    expect(kept.length).toBeGreaterThan(10);
    expect(freed.sort()).toEqual(kept.sort());
  });
});

describe('packages', () => {
  test('every listed kernel has headers, the tools to build with them, and a kernel', () => {
    for (const release of KNOWN_RELEASES) {
      const names = kernelPackages(release).map(({ name }) => name.replace(/-\d.*$/, ''));
      expect(names).toEqual(expect.arrayContaining(['linux-headers', 'linux-kbuild', 'linux-binary']));
    }
    const all = [...TOOL_PACKAGES, ...KNOWN_RELEASES.flatMap((release) => kernelPackages(release))];
    for (const { sha256, path } of all) expect([sha256.length, path.startsWith('pool/main/')]).toEqual([64, true]);
  });

  test('a release by its number; one that is not listed is refused', () => {
    expect(releaseOf('7.3.4')).toBe('7.3.4+deb13-amd64');
    expect(releaseOf('7.3.4', 'arm64')).toBe('7.3.4+deb13-arm64');
    expect(() => releaseOf('7.2.6', 'arm64')).toThrow(Unavailable);
    expect(() => releaseOf('7.3')).toThrow(Unavailable);
  });

  test('every recording can be made again', () => {
    const scenes = findScenarios(RECORDINGS).map((folder) => sceneOf(folder).scene);
    const arm = scenes.filter(({ arch }) => arch === 'arm64');
    expect(arm.map(({ machine }) => machine[1]?.split(',')[0])).toEqual(arm.map(() => 'virt'));
    // Where the device tree was made by hand, it lies beside the answers.
    const trees = scenes.flatMap(({ name, deviceTree }) => (deviceTree === undefined ? [] : [name]));
    expect(trees).toEqual(['arm-domains-none', 'arm-domains-smmu']);
  });
});

/** Small, and it has groups, registers, mappings through an IOMMU and their addresses. */
const ONE = 'multi-intel';
const MINUTES = 60_000;

describe('a recording made again', () => {
  const hasQemu = qemuVersion(['qemu-system-x86_64']) !== undefined;
  test.skipIf(!hasQemu)(`${ONE} is the same, byte for byte`, { timeout: 20 * MINUTES }, async (context) => {
    try {
      const { answers, different } = await rerecord(join(RECORDINGS, ONE));
      expect(different).toEqual([]);
      expect(answers).toBeGreaterThan(100);
    } catch (error) {
      // Without the packages, or where no root directory can be entered, there is nothing to boot.
      const missing = error instanceof Unavailable && /cannot be fetched|unshare|dpkg-deb cannot/.test(error.message);
      if (missing) context.skip(error.message);
      throw error;
    }
  });
});
