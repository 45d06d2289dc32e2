/** Puts a described machine before a real kernel. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { factValue } from '../../src/capture/index.ts';
import { readMachine } from '../../src/node/index.ts';
import { buildTopology, type PciTopology } from '../../src/pci/index.ts';
import { makeRequests } from './make-requests.ts';
import { Unavailable } from './packages.ts';
import { qemuMachine } from './qemu-machine.ts';
import { type Recorded, recordScene, type Scene } from './recorded-machine.ts';
import type { Workshop } from './workshop.ts';

/** The scene of a described machine (or of any input), and what stands in for what. */
export async function describedScene(
  file: string,
  name: string,
  cmdline: string | undefined,
): Promise<{ readonly scene: Scene; readonly standIns: readonly string[] }> {
  const topology = await topologyOf(file);
  const { args, cpu, iommu, standIns } = qemuMachine(topology);
  const described = cmdline ?? factValue(topology.capture.kernel.cmdline) ?? '';
  const on = iommu === 'intel' && !/\bintel_iommu=/.test(described) ? ' intel_iommu=on' : '';
  const scene: Scene = {
    name,
    description: `${topology.capture.source.name}, as far as QEMU has it`,
    machine: args,
    cpu,
    iommu,
    cmdline: `${described}${cmdline === undefined ? on : ''}`.trim(),
    setup: '',
    after: '',
  };
  return { scene, standIns };
}

/** Boots it twice: to see what the kernel finds, then with questions about that. */
export async function recordMachine(workshop: Workshop, scene: Scene, seed: number): Promise<Recorded> {
  const seen = await recordScene(workshop, { ...scene, after: '' }, []);
  return recordScene(workshop, scene, makeRequests(await topologyOfRecorded(seen), seed));
}

/** The machine as the kernel's capture shows it. */
export async function topologyOfRecorded({ booted, scene }: Recorded): Promise<PciTopology> {
  const folder = mkdtempSync(join(tmpdir(), 'peerpath-seen-'));
  try {
    const file = join(folder, `${scene.name}.tar.gz`);
    writeFileSync(file, booted.sections.get('capture.tar.gz') ?? '');
    return await topologyOf(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function topologyOf(file: string): Promise<PciTopology> {
  const read = await readMachine(file);
  if (!read.ok) throw new Unavailable(read.error.text);
  return buildTopology(read.value);
}
