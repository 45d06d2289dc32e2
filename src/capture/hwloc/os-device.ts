/** Names that hwloc gives to what the system makes of a function: `eth0`, `mlx5_0`, `nvme0n1`, `card1`, `nvml2`. */
import { rawText } from '../../base/index.ts';
import type { SystemName } from '../machine-capture.ts';

const LONGEST = 64;

/** The name as its class has it; undefined for those that are no name of a function (disks, CUDA's own numbers). */
export function nameOfOsDevice(name: string, isNetwork: boolean, isRdma: boolean): SystemName | undefined {
  if (name.length > LONGEST) return undefined;
  if (isRdma) return { kind: 'rdma', name: rawText(name) };
  if (isNetwork) return { kind: 'netdev', name: rawText(name) };
  const nvme = /^nvme\d+/.exec(name)?.[0];
  if (nvme !== undefined) return { kind: 'nvme', name: rawText(nvme) };
  if (/^(?:card|renderD)\d+$/.test(name)) return { kind: 'drm', name: rawText(name) };
  // NVML and ROCm SMI number GPUs as nvidia-smi and rocm-smi do.
  const [, library, index] = /^(nvml|rsmi)(\d+)$/.exec(name) ?? [];
  return library === undefined
    ? undefined
    : { kind: library === 'nvml' ? 'nvidia' : 'amd', name: rawText(`GPU${index}`) };
}
