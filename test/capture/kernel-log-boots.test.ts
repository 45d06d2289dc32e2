import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readInput } from '../../src/archive/index.ts';
import { assert } from '../../src/base/index.ts';
import { factValue, type MachineCapture } from '../../src/capture/index.ts';
import { buildTopology, type PciTopology } from '../../src/pci/index.ts';
import { formatBdf, IORESOURCE_MEM_64, IORESOURCE_PREFETCH } from '../../src/uapi/index.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/kernel-log');

async function read(boot: string, file: string): Promise<MachineCapture> {
  const result = await readInput(new Uint8Array(readFileSync(join(FIXTURES, boot, file))), file);
  assert(result.ok, result.ok ? '' : JSON.stringify(result.error));
  return result.value;
}

/** Function, class, header type, and the bridges above it up to the root bus. */
function tree({ functions }: PciTopology): readonly string[] {
  return functions.map((fn) => {
    const chain: string[] = [];
    for (let at = fn.parent; at !== undefined; at = at.parent) chain.push(formatBdf(at.bdf));
    const { domain, bus } = fn.hostBridge;
    const { vendor, device, classCode } = fn.ids;
    const ids = [vendor, device, classCode, fn.headerType].map((fact) => factValue(fact)?.toString(16)).join(' ');
    return `${formatBdf(fn.bdf)} ${ids} < ${[...chain, `${domain}:${bus}`].join(' < ')}`;
  });
}

/** BARs, ROMs and windows: addresses and what they are. Those that the log cannot tell are left out of both. */
function resources({ functions }: PciTopology, told: PciTopology): readonly string[] {
  return functions.flatMap((fn) => {
    const printed = told.byBdf.get(fn.bdf)?.captured.resources;
    if (printed?.state !== 'known') return [];
    return fn.resources.flatMap((resource) => {
      if (resource === undefined || resource.cpu.start === resource.cpu.end) return [];
      const kind = resource.flags & (0x300 | IORESOURCE_PREFETCH | IORESOURCE_MEM_64);
      const [start, end, bus] = [resource.cpu.start, resource.cpu.end, resource.bus.start].map((n) => n.toString(16));
      return `${formatBdf(fn.bdf)} ${resource.index} ${start}-${end} at ${bus} ${kind.toString(16)}`;
    });
  });
}

function groups(capture: MachineCapture): unknown {
  const list = factValue(capture.iommuGroups);
  return list?.map(
    ({ id, devices }) =>
      `${id}: ${[...devices]
        .sort((a, b) => a - b)
        .map(formatBdf)
        .join(' ')}`,
  );
}

describe.each(['switch-5.10', 'pxb-6.1', 'sriov-6.1', 'rescan-7.3', 'conv-5.10'])(
  'the kernel log of %s and the capture of the same boot',
  (boot) => {
    it('tell the same tree, resources, groups and system', async () => {
      const [log, capture] = await Promise.all([read(boot, 'dmesg.txt'), read(boot, 'capture.tar.gz')]);
      const [told, truth] = [buildTopology(log), buildTopology(capture)];
      expect(tree(told)).toEqual(tree(truth));
      expect(resources(told, told)).toEqual(resources(truth, told));
      expect(groups(log)).toEqual(groups(capture));
      expect(factValue(log.kernel.release)).toBe(factValue(capture.kernel.release));
      expect(factValue(log.kernel.cmdline)).toBe(factValue(capture.kernel.cmdline)?.trim());
      expect(factValue(log.cpu)?.family).toEqual(factValue(capture.cpu)?.family);
      expect(factValue(factValue(log.cpu)?.vendorId ?? { state: 'absent' })).toBe(
        factValue(factValue(capture.cpu)?.vendorId ?? { state: 'absent' }),
      );
      expect(
        factValue(log.rootBuses)?.map(({ domain, bus, firmwareInstance }) => [domain, bus, firmwareInstance]),
      ).toEqual(
        factValue(capture.rootBuses)?.map(({ domain, bus, firmwareInstance }) => [domain, bus, firmwareInstance]),
      );
    });

    it('never disagree where the log is not sure: types of ports, group types, nodes, IOMMUs', async () => {
      const [log, capture] = await Promise.all([read(boot, 'dmesg.txt'), read(boot, 'capture.tar.gz')]);
      const truth = buildTopology(capture);
      for (const fn of buildTopology(log).functions) {
        const same = truth.byBdf.get(fn.bdf);
        assert(same !== undefined, 'the same functions');
        if (fn.pcie.state !== 'unreadable') {
          expect(fn.pcie.state, formatBdf(fn.bdf)).toBe(same.pcie.state);
          expect(factValue(fn.pcie)?.type, formatBdf(fn.bdf)).toBe(factValue(same.pcie)?.type);
        }
        const { iommuGroup, numaNode } = fn.captured;
        if (iommuGroup.state === 'absent') expect(same.captured.iommuGroup.state).toBe('absent');
        if (numaNode.state === 'known') expect(numaNode.value).toBe(factValue(same.captured.numaNode));
      }
      for (const group of factValue(log.iommuGroups) ?? []) {
        const type = factValue(
          factValue(capture.iommuGroups)?.find(({ id }) => id === group.id)?.type ?? { state: 'absent' },
        );
        if (group.type.state === 'known') expect(group.type.value).toBe(type);
      }
      if (log.ivhdEfr.state === 'known' && capture.ivhdEfr.state === 'known') {
        expect(log.ivhdEfr.value).toBe(capture.ivhdEfr.value);
      }
      const named = factValue(log.iommus);
      if (named !== undefined) {
        expect(named.map(({ name, kind }) => `${name} ${kind}`)).toEqual(
          factValue(capture.iommus)?.map(({ name, kind }) => `${name} ${kind}`),
        );
        const features = (each: MachineCapture) => factValue(each.iommus)?.map((iommu) => factValue(iommu.features));
        if (features(log)?.[0] !== undefined) expect(features(log)).toEqual(features(capture));
      }
    });
  },
);
