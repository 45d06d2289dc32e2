/** Puts a described machine before a real kernel. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Prng } from '../../src/base/index.ts';
import { factValue } from '../../src/capture/index.ts';
import { randomMachine } from '../../src/lab/index.ts';
import { readMachine } from '../../src/node/index.ts';
import { buildTopology, type PciTopology } from '../../src/pci/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import { makeRequests } from './make-requests.ts';
import { Unavailable } from './packages.ts';
import { qemuMachine } from './qemu-machine.ts';
import { type Recorded, recordScene, type Scene, setupOfPlugged } from './recorded-machine.ts';
import type { Workshop } from './workshop.ts';

const RANDOM_PREFIX = 'random:';
const RANDOM = /^random:\d{1,9}$/;
/** As many as a kernel answers all pairs of within a minute. */
const MOST_FUNCTIONS = 28;

/** A random machine of what QEMU has: same seed, same machine. Further domains and virtual functions it has not. */
function randomTopology(seed: number): PciTopology {
  for (let next = seed; ; next += 1_000_000_000) {
    const random = new Prng(next);
    const iommu = random.pick(['none', 'intel', 'amd'] as const) ?? 'none';
    const functions = 8 + random.below(MOST_FUNCTIONS - 7);
    const topology = buildTopology(randomMachine(random, { functions, iommu, virtualFunctions: false }));
    if (topology.hostBridges.every(({ domain }) => domain === 0)) return topology;
  }
}

/** Its driver is a module of Debian's kernels. */
const VIRTIO_IOMMU = 'insmod /mod/virtio-iommu.ko';

/** The scene of a described machine, of any input, or of `random:SEED`, and what stands in for what. */
export async function describedScene(
  file: string,
  name: string,
  cmdline: string | undefined,
  more: { readonly plug?: readonly string[] | undefined; readonly setup?: string | undefined } = {},
): Promise<{ readonly scene: Scene; readonly standIns: readonly string[] }> {
  const topology = RANDOM.test(file)
    ? randomTopology(Number(file.slice(RANDOM_PREFIX.length)))
    : await topologyOf(file);
  const later = (more.plug ?? []).map((text) => {
    const fn = topology.functions.find(({ bdf }) => formatBdf(bdf) === text);
    if (fn === undefined) throw new Unavailable(`${file} has no function ${text} to be plugged in`);
    return fn;
  });
  const { arch, uefi, args, plugged, cpu, iommu, standIns } = qemuMachine(topology, later);
  const plugging = later.length === 0 ? {} : { plugged };
  const described = cmdline ?? factValue(topology.capture.kernel.cmdline) ?? '';
  const on = iommu === 'intel' && !/\bintel_iommu=/.test(described) ? ' intel_iommu=on' : '';
  const scene: Scene = {
    name,
    description: `${topology.capture.source.name}, as far as QEMU has it`,
    arch,
    uefi,
    machine: args,
    cpu,
    iommu,
    cmdline: `${described}${cmdline === undefined ? on : ''}`.trim(),
    ...plugging,
    setup: [
      iommu === 'virtio' ? VIRTIO_IOMMU : '',
      later.length === 0 ? '' : setupOfPlugged(later.length),
      more.setup ?? '',
    ]
      .filter((text) => text !== '')
      .join('\n'),
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
