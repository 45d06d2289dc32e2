/** Kernel command lines as the kernel of a machine reads them: which options exist depends on its architecture. */
import { factValue } from '../capture/index.ts';
import { type KernelCmdline, parseKernelCmdline } from '../uapi/index.ts';
import { cmdlineArch } from './platform/index.ts';
import type { PciTopology } from './topology.ts';

/** Reads `text` as that machine would. */
export function machineCmdline({ platform }: PciTopology, text: string): KernelCmdline {
  return parseKernelCmdline(text, cmdlineArch(platform));
}

/** The captured command line; undefined where it is not in the input. */
export function capturedCmdline(topology: PciTopology): KernelCmdline | undefined {
  const text = factValue(topology.capture.kernel.cmdline);
  return text === undefined ? undefined : machineCmdline(topology, text);
}
