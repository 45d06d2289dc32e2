/** The host bridges that Linux trusts to carry peer-to-peer traffic. */
import { hasKernelFix, type KernelVersion, kernelAtLeast, kernelVersion } from '../uapi/index.ts';

/** One entry of the list, with the releases that carry it. */
export interface WhitelistEntry {
  readonly vendor: number;
  /** Undefined: any device of the vendor. */
  readonly device: number | undefined;
  /** REQ_SAME_HOST_BRIDGE: counts only where provider and client share the host bridge. */
  readonly sameHostBridge: boolean;
  readonly name: string;
  /** First releases: that of mainline, and those of stable series before it. */
  readonly since: readonly KernelVersion[];
  /** First release without it. */
  readonly until?: KernelVersion;
}

const v = kernelVersion;
const ACCELERATOR_FIRST: readonly KernelVersion[] = [v(7, 1, 3), v(7, 2)];

function intel(device: number, name: string, since: readonly KernelVersion[], sameHostBridge = false): WhitelistEntry {
  return { vendor: 0x8086, device, sameHostBridge, name, since };
}

/** The rule for Zen processors replaced these in 5.9. */
function amd(device: number, name: string, since: KernelVersion): WhitelistEntry {
  return { vendor: 0x1022, device, sameHostBridge: false, name, since: [since], until: v(5, 9) };
}

function nvidia(device: number): WhitelistEntry {
  return { vendor: 0x10de, device, sameHostBridge: false, name: 'NVIDIA CPU', since: [v(7, 3)] };
}

/**
 * In the kernel's order: the first entry that matches decides.
 * @kernel pci_p2pdma_whitelist drivers/pci/p2pdma.c
 */
export const HOST_BRIDGE_WHITELIST: readonly WhitelistEntry[] = [
  amd(0x1450, 'AMD Zen (Family 17h) root complex', v(5, 2)),
  amd(0x15d0, 'AMD Raven root complex', v(5, 8)),
  amd(0x1630, 'AMD Renoir root complex', v(5, 8)),
  intel(0x3c00, 'Intel Xeon E5/Core i7 (Sandy Bridge-E)', [v(5, 4)], true),
  intel(0x3c01, 'Intel Xeon E5/Core i7 (Sandy Bridge-E)', [v(5, 4)], true),
  intel(0x2f00, 'Intel Xeon E7 v3/Xeon E5 v3 (Haswell-E)', [v(5, 4)], true),
  intel(0x2f01, 'Intel Xeon E7 v3/Xeon E5 v3 (Haswell-E)', [v(5, 4)], true),
  intel(0x2030, 'Intel Skylake-E root port A', [v(5, 6)]),
  intel(0x2031, 'Intel Skylake-E root port B', [v(5, 7)]),
  intel(0x2032, 'Intel Skylake-E root port C', [v(5, 7)]),
  intel(0x2033, 'Intel Skylake-E root port D', [v(5, 7)]),
  intel(0x2020, 'Intel Skylake-E DMI', [v(5, 6)]),
  intel(0x09a2, 'Intel 3rd generation Xeon Scalable (Ice Lake) and later', [v(5, 18)]),
  intel(0x0b25, 'Intel Data Streaming Accelerator (Sapphire Rapids)', ACCELERATOR_FIRST),
  intel(0x0cfe, 'Intel In-Memory Analytics Accelerator (Sapphire Rapids)', ACCELERATOR_FIRST),
  intel(0x11fb, 'Intel Data Streaming Accelerator (Granite Rapids-D)', ACCELERATOR_FIRST),
  intel(0x1212, 'Intel Data Streaming Accelerator (Diamond Rapids)', ACCELERATOR_FIRST),
  intel(0x1216, 'Intel In-Memory Analytics Accelerator (Diamond Rapids)', ACCELERATOR_FIRST),
  intel(0x4940, 'Intel QuickAssist 4xxx', ACCELERATOR_FIRST),
  intel(0x4942, 'Intel QuickAssist 401xx', ACCELERATOR_FIRST),
  intel(0x4944, 'Intel QuickAssist 402xx', ACCELERATOR_FIRST),
  intel(0x4946, 'Intel QuickAssist 420xx', ACCELERATOR_FIRST),
  intel(0x4948, 'Intel QuickAssist 6xxx', ACCELERATOR_FIRST),
  { vendor: 0x1ae0, device: undefined, sameHostBridge: false, name: 'Google SoC', since: [v(7, 1)] },
  nvidia(0x2f95),
  nvidia(0x2f96),
  nvidia(0x2f97),
  nvidia(0x2f98),
];

/** The entry that decides for a device in a kernel; undefined when it is not listed. */
export function findWhitelistEntry(kernel: KernelVersion, vendor: number, device: number): WhitelistEntry | undefined {
  return HOST_BRIDGE_WHITELIST.find(
    (entry) =>
      entry.vendor === vendor && (entry.device === undefined || entry.device === device) && isListedIn(kernel, entry),
  );
}

/** Has the list of a kernel the entry? */
export function isListedIn(kernel: KernelVersion, { since, until }: WhitelistEntry): boolean {
  return hasKernelFix(kernel, since) && (until === undefined || !kernelAtLeast(kernel, until));
}
