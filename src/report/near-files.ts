/** Adapters for GPUs as lines for NCCL, and as a feature file for Kubernetes. */
import { unshown } from '../base/index.ts';
import type { Near } from '../diagnose/index.ts';
import { deviceKind, type PciFunction } from '../pci/index.ts';
import { formatBdf, type MapType } from '../uapi/index.ts';
import { shortName } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { MAP_TYPE_WORDS } from './words.ts';

/**
 * Lines for a shell on the machine itself, which looks up the names of RDMA devices that are not in the input. NCCL chooses
 * for each GPU the nearest of the adapters listed; `=` asks for exact names.
 */
export function nearNccl({ assignment }: Near, names: DeviceNames): string {
  if (assignment === undefined) return '# peerpath: no GPU with a network adapter in this input';
  const lines = assignment.pairs.map(({ neighbour: { gpu, device, verdict }, rate }) => {
    const speed = rate === undefined || rate === 0 ? '' : `, ${rate.toFixed(1)} GB/s with all at once`;
    const answer = MAP_TYPE_WORDS[verdict.mapType].short;
    return `# ${named(gpu, names)} takes ${named(device, names)}: ${answer}${speed}`;
  });
  const adapters = [...new Set(assignment.pairs.map(({ neighbour }) => neighbour.device))];
  const known = adapters.flatMap((adapter) => rdmaNames(adapter));
  if (adapters.every((adapter) => rdmaNames(adapter).length > 0))
    return [
      '# Network adapters for GPUs, by peerpath near. Source these lines before NCCL starts.',
      ...lines,
      `export NCCL_IB_HCA="=${known.join(',')}"`,
    ].join('\n');
  const folders = adapters.map(({ bdf }) => formatBdf(bdf)).join(' ');
  return [
    '# Network adapters for GPUs, by peerpath near. Source these lines on the machine before NCCL starts.',
    ...lines,
    `adapters=$(for at in ${folders}; do ls "/sys/bus/pci/devices/$at/infiniband" 2>/dev/null; done | paste -sd, -)`,
    '[ -n "$adapters" ] && export NCCL_IB_HCA="=$adapters"',
  ].join('\n');
}

/** `mlx5_0`: names that a shell takes as they are. */
function rdmaNames({ captured }: PciFunction): readonly string[] {
  const names = captured.systemNames?.filter(({ kind }) => kind === 'rdma') ?? [];
  return names.map(({ name }) => unshown(name)).filter((name) => /^[\w.-]+$/.test(name));
}

function named(fn: PciFunction, names: DeviceNames): string {
  return `${shortName(fn, names)} (${formatBdf(fn.bdf)})`;
}

/** A word of a label: letters, digits, `-`, `_` and `.`. */
const LABEL_WORDS: Readonly<Record<MapType | 'unknown', string>> = {
  PCI_P2PDMA_MAP_BUS_ADDR: 'direct',
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: 'host-bridge',
  PCI_P2PDMA_MAP_NOT_SUPPORTED: 'refused',
  unknown: 'unknown',
};

/** Lines `name=value` for `/etc/kubernetes/node-feature-discovery/features.d/peerpath`: they become labels of the node. */
export function nearNfd({ gpus, nics, drives, assignment }: Near, names: DeviceNames): string {
  const label = (name: string, value: string | number): string => `peerpath.${name}=${value}`;
  const answers = new Set(assignment?.pairs.map(({ neighbour }) => neighbour.verdict.mapType));
  const [only, ...others] = answers;
  const address = ({ bdf }: PciFunction): string => formatBdf(bdf).replaceAll(':', '-');
  return [
    label(
      gpus.length > 0 && gpus.every(({ gpu }) => deviceKind(gpu) === 'accelerator') ? 'accelerators' : 'gpus',
      gpus.length,
    ),
    label('nics', nics.length),
    label('drives', drives.length),
    ...(only === undefined ? [] : [label('gpu-nic', others.length === 0 ? LABEL_WORDS[only] : 'mixed')]),
    ...(assignment?.pairs.flatMap(({ neighbour: { gpu, device, verdict } }) => [
      label(`${shortName(gpu, names)}.nic`, address(device)),
      label(`${shortName(gpu, names)}.nic-answer`, LABEL_WORDS[verdict.mapType]),
    ]) ?? []),
  ].join('\n');
}
