/** Which of two parts counts where they disagree. */
import type { CapturePart, PassageKind } from '../capture-part.ts';
import type { Fact } from '../fact.ts';

/**
 * How near to the running machine a form of passage is. Files of the running kernel and registers stand above what a
 * kernel said at boot, that above lists made for people, and those above what was meant for the next boot.
 */
const STRENGTH: Record<PassageKind, number> = {
  generated: 9,
  sysfs: 9,
  lspci: 8,
  cmdline: 8,
  'kernel-version': 8,
  cpuinfo: 8,
  iomem: 8,
  'kernel-config': 8,
  'acs-values': 7,
  'lspci-tree': 7,
  'iommu-groups': 7,
  'kernel-log': 6,
  'rdma-topo': 8,
  hwloc: 5,
  'device-list': 4,
  'topology-xml': 5,
  'gpu-topology': 4,
  'nccl-log': 4,
  'peer-distance': 3,
  'boot-configuration': 1,
};

const WORDS: Record<PassageKind, string> = {
  generated: 'the description',
  sysfs: 'a file of the running kernel',
  lspci: 'a register',
  cmdline: 'the command line of the running kernel',
  'kernel-version': 'what the running kernel says of itself',
  cpuinfo: '/proc/cpuinfo',
  iomem: '/proc/iomem',
  'kernel-config': 'the kernel configuration',
  'acs-values': 'a register read by setpci',
  'lspci-tree': 'the tree of lspci',
  'kernel-log': 'a line of the kernel log',
  'iommu-groups': 'a list of IOMMU groups',
  'rdma-topo': 'config space in a dump of rdma_topo',
  hwloc: 'a topology of hwloc',
  'device-list': 'a list of devices',
  'topology-xml': 'a topology file',
  'gpu-topology': 'a topology matrix',
  'nccl-log': 'a line of NCCL',
  'peer-distance': 'a list of peer distances',
  'boot-configuration': 'what is set for later boots',
};

/** How near to the running machine a part is; the higher counts. */
export function strengthOf(part: CapturePart): number {
  return STRENGTH[part.origin.passage];
}

/** Parts in the order in which they count: by strength, then the first; of kernel logs, the last. */
export function byStrength(parts: readonly CapturePart[]): CapturePart[] {
  const place = new Map(parts.map((part, index) => [part, index]));
  return parts.toSorted((a, b) => {
    const stronger = strengthOf(b) - strengthOf(a);
    if (stronger !== 0) return stronger;
    const order = (place.get(a) ?? 0) - (place.get(b) ?? 0);
    return a.origin.passage === 'kernel-log' ? -order : order;
  });
}

/** Why the part `counts` counts and not `other`: words that fit behind "; the first counts: ". */
export function whyCounts(counts: CapturePart, other: CapturePart): string {
  const [first, second] = [counts.origin.passage, other.origin.passage];
  if (first !== second) return `${WORDS[first]} stands above ${WORDS[second]}`;
  return first === 'kernel-log' ? 'the last boot stands above those before' : 'it was given first';
}

/** Order of facts: stated, inferred, absent, unreadable. The lower counts. */
export function factRank(fact: Fact<unknown>): number {
  if (fact.state === 'known') return fact.origin?.inferredFrom === undefined ? 0 : 2;
  return fact.state === 'absent' ? 1 : 3;
}
