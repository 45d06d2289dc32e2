/**
 * What is known of kernels that distributions build, row by row with its source: which options are on, and whose rules
 * of P2PDMA they follow. What no row tells is not known.
 */
import { type KernelBuilder, type KernelRange, type KernelVersion, kernelVersion } from '../../uapi/index.ts';

/** Options that peer-to-peer DMA between devices needs somewhere. */
export type P2pOption = 'CONFIG_PCI_P2PDMA' | 'CONFIG_DMABUF_MOVE_NOTIFY' | 'CONFIG_HSA_AMD_P2P';

/** Which releases a row is about: all that are given must hold. */
export interface DistributionKernels {
  readonly builder: KernelBuilder;
  readonly edition?: number;
  /** Of the version at the start of the release's name. */
  readonly versions?: KernelRange;
  /** Of the first of the builder's own numbers: from (inclusive), before (exclusive). */
  readonly builds?: readonly [from: number, before: number];
}

/** Options as built. `n` also where the option cannot be chosen, for what it depends on is off. */
export interface OptionRow extends DistributionKernels {
  readonly architecture?: 'x86' | 'arm64';
  readonly options: Partial<Readonly<Record<P2pOption, 'y' | 'n'>>>;
  /** Where that stands, fits after "by". */
  readonly source: string;
}

/** Rules as built. */
export interface RulesRow extends DistributionKernels {
  /** `own`: those of the upstream release whose number the kernel has; else of one of these upstream releases. */
  readonly rules: 'own' | KernelRange;
  readonly source: string;
}

const v = kernelVersion;
const between = (from: KernelVersion, before: KernelVersion): KernelRange => ({ from, before });

const OFF = { CONFIG_PCI_P2PDMA: 'n', CONFIG_DMABUF_MOVE_NOTIFY: 'n', CONFIG_HSA_AMD_P2P: 'n' } as const;
const P2PDMA_OFF = { CONFIG_PCI_P2PDMA: 'n', CONFIG_HSA_AMD_P2P: 'n' } as const;
const P2PDMA_ALONE = { CONFIG_PCI_P2PDMA: 'y', CONFIG_DMABUF_MOVE_NOTIFY: 'n', CONFIG_HSA_AMD_P2P: 'n' } as const;
/** From 7.1 on moving buffers needs no option. */
const P2PDMA_NO_HSA = { CONFIG_PCI_P2PDMA: 'y', CONFIG_HSA_AMD_P2P: 'n' } as const;
const ALL_ON = { CONFIG_PCI_P2PDMA: 'y', CONFIG_DMABUF_MOVE_NOTIFY: 'y', CONFIG_HSA_AMD_P2P: 'y' } as const;

const HIPFILE = 'the table of verified distributions in the installation guide of ROCm hipFile';
const CENTOS = 'the kernel configuration in the CentOS source package';
const FEDORA = 'kernel-x86_64-fedora.config in the Fedora source package';
const AZURE = 'SPECS/kernel/config and config_aarch64 of Azure Linux';
const TALOS = 'kernel/build/config-amd64 and config-arm64 of siderolabs/pkgs';

/** The first row that fits and has the option tells. */
export const DISTRIBUTION_OPTIONS: readonly OptionRow[] = [
  // The changelog of linux 6.12.117-1, which goes back to 2.6, never turns P2PDMA on.
  {
    builder: 'debian',
    versions: { before: v(6, 12) },
    options: OFF,
    source: 'linux-config-6.1 6.1.192-3 and the changelog of linux 6.12.117-1',
  },
  { builder: 'debian', versions: between(v(6, 12), v(6, 13)), options: OFF, source: 'linux-config-6.12 6.12.117-1' },
  {
    builder: 'debian',
    versions: between(v(6, 19), v(7, 1)),
    options: P2PDMA_ALONE,
    source: 'linux-headers of 6.19.14 and 7.0.13',
  },
  {
    builder: 'debian',
    versions: { from: v(7, 1) },
    options: P2PDMA_NO_HSA,
    source: 'linux-headers of 7.1.13, 7.2.12 and 7.3.4',
  },
  {
    builder: 'ubuntu',
    versions: between(v(5, 4), v(5, 5)),
    options: P2PDMA_OFF,
    source: `debian.master/config/annotations of Ubuntu 20.04, and ${HIPFILE}`,
  },
  { builder: 'ubuntu', versions: between(v(5, 15), v(5, 16)), options: P2PDMA_OFF, source: HIPFILE },
  {
    builder: 'ubuntu',
    versions: between(v(6, 2), v(6, 3)),
    options: { CONFIG_PCI_P2PDMA: 'y' },
    source: 'debian.master/config/annotations of Ubuntu 23.04',
  },
  { builder: 'ubuntu', versions: between(v(6, 8), v(6, 9)), options: { CONFIG_PCI_P2PDMA: 'y' }, source: HIPFILE },
  { builder: 'ubuntu', versions: between(v(6, 11), v(6, 12)), options: { CONFIG_PCI_P2PDMA: 'y' }, source: HIPFILE },
  // The option is there from 8.0 on, and off up to the last package read; arm64 has no ZONE_DEVICE there.
  { builder: 'rhel', edition: 8, builds: [80, 478], options: P2PDMA_OFF, source: `${CENTOS}s 4.18.0-80 to 4.18.0-477` },
  {
    builder: 'rhel',
    edition: 9,
    builds: [1, 43],
    options: { ...P2PDMA_OFF, CONFIG_DMABUF_MOVE_NOTIFY: 'y' },
    source: `${CENTOS}s 5.14.0-1.7.1 and 5.14.0-42`,
  },
  {
    builder: 'rhel',
    edition: 9,
    builds: [55, 285],
    options: { CONFIG_PCI_P2PDMA: 'y', CONFIG_DMABUF_MOVE_NOTIFY: 'y' },
    source: `${CENTOS}s 5.14.0-70.30.1 to 5.14.0-284.11.1, whose changelog turns it on in 5.14.0-55`,
  },
  { builder: 'rhel', edition: 9, builds: [285, 504], options: { CONFIG_PCI_P2PDMA: 'y' }, source: HIPFILE },
  {
    builder: 'rhel',
    edition: 10,
    versions: between(v(6, 11), v(6, 13)),
    options: ALL_ON,
    source: 'kernel-x86_64-rhel.config at 6.11.1 in the CentOS Hyperscale source package',
  },
  {
    builder: 'fedora',
    versions: between(v(5, 0), v(5, 8)),
    options: { CONFIG_PCI_P2PDMA: 'y' },
    source: `${FEDORA}s of 5.0, 5.3 and 5.6`,
  },
  {
    builder: 'fedora',
    versions: between(v(5, 8), v(7, 1)),
    options: P2PDMA_ALONE,
    source: `${FEDORA}s of 5.8 to 6.19.14`,
  },
  {
    builder: 'fedora',
    versions: { from: v(7, 1) },
    options: { CONFIG_PCI_P2PDMA: 'y', CONFIG_HSA_AMD_P2P: 'y' },
    source: `${FEDORA}s of 7.1.7 and 7.2.0`,
  },
  // Only what differs from the default stands there, and by default P2PDMA is off.
  {
    builder: 'oracle-uek',
    versions: between(v(6, 12), v(6, 13)),
    architecture: 'x86',
    options: P2PDMA_OFF,
    source: 'uek-rpm/ol10/config-x86_64 of oracle/linux-uek (UEK 8), an early and a later one',
  },
  { builder: 'suse', versions: between(v(6, 13), v(6, 14)), options: { CONFIG_PCI_P2PDMA: 'y' }, source: HIPFILE },
  {
    builder: 'suse',
    versions: between(v(6, 19), v(7, 0)),
    options: { CONFIG_PCI_P2PDMA: 'y' },
    source: 'config/x86_64/default of the SUSE kernel source at 6.19.11',
  },
  // Up to the change of October 2025, and some releases of 6.6.104 after it; arm64 stayed as it was.
  {
    builder: 'azure-linux',
    versions: between(v(5, 10), v(5, 16)),
    options: OFF,
    source: `${AZURE} 1.0 and 2.0, 5.10.189 and 5.15.202`,
  },
  {
    builder: 'azure-linux',
    versions: between(v(6, 6), v(6, 6, 104)),
    options: OFF,
    source: `${AZURE} 3.0, 6.6.35 to 6.6.96`,
  },
  {
    builder: 'azure-linux',
    versions: between(v(6, 6, 105), v(6, 7)),
    architecture: 'x86',
    options: ALL_ON,
    source: `${AZURE} 3.0, 6.6.112 to 6.6.134`,
  },
  {
    builder: 'azure-linux',
    versions: between(v(6, 6, 104), v(6, 7)),
    architecture: 'arm64',
    options: OFF,
    source: `${AZURE} 3.0, 6.6.134`,
  },
  {
    builder: 'azure-linux',
    versions: between(v(6, 12), v(6, 13)),
    architecture: 'x86',
    options: ALL_ON,
    source: `${AZURE} 3.0 for newer hardware (kernel-hwe), 6.12.50 and 6.12.83`,
  },
  {
    builder: 'azure-linux',
    versions: between(v(6, 12), v(6, 13)),
    architecture: 'arm64',
    options: { ...P2PDMA_OFF, CONFIG_DMABUF_MOVE_NOTIFY: 'y' },
    source: `${AZURE} 3.0 for newer hardware (kernel-hwe), 6.12.83`,
  },
  // Releases 1.0 to 1.11; up to 6.6 without ZONE_DEVICE, so that the option is not there.
  { builder: 'talos', versions: { before: v(6, 13) }, options: OFF, source: `${TALOS}, 5.15.45 to 6.12.63` },
  {
    builder: 'talos',
    versions: between(v(6, 18), v(6, 18, 10)),
    options: P2PDMA_ALONE,
    source: `${TALOS}, 6.18.2 to 6.18.9`,
  },
  {
    builder: 'talos',
    versions: { from: v(6, 18, 34) },
    architecture: 'x86',
    options: ALL_ON,
    source: `${TALOS}, 6.18.34 to 6.18.45`,
  },
  {
    builder: 'talos',
    versions: { from: v(6, 18, 34) },
    architecture: 'arm64',
    options: P2PDMA_ALONE,
    source: `${TALOS}, 6.18.34 to 6.18.45`,
  },
  {
    builder: 'talos',
    versions: { from: v(6, 18) },
    options: { CONFIG_PCI_P2PDMA: 'y' },
    source: `${TALOS}, 6.18.2 to 6.18.45`,
  },
];

const SERIES = 'its kernels are the upstream stable series of their number with fixes';

/** The first row that fits tells; without one, a kernel may have the rules of any release from its own number on. */
export const DISTRIBUTION_RULES: readonly RulesRow[] = [
  { builder: 'mainline', rules: 'own', source: 'the release itself' },
  { builder: 'other', rules: 'own', source: 'a release that somebody built, taken to be what its number says' },
  { builder: 'debian', rules: 'own', source: `the Debian Linux kernel handbook: ${SERIES}` },
  { builder: 'ubuntu', rules: 'own', source: `the stable release updates of Ubuntu: ${SERIES}` },
  { builder: 'proxmox', rules: 'own', source: 'the Proxmox VE kernel, which is that of Ubuntu' },
  { builder: 'fedora', rules: 'own', source: `the Fedora kernel, which is rebased: ${SERIES}` },
  { builder: 'suse', rules: 'own', source: `openSUSE Tumbleweed, which is rebased: ${SERIES}` },
  { builder: 'arch', rules: 'own', source: `the Arch Linux packages: ${SERIES}` },
  { builder: 'gentoo', rules: 'own', source: `gentoo-sources: ${SERIES}` },
  {
    builder: 'elrepo',
    rules: 'own',
    source: 'kernel-ml and kernel-lt of ELRepo, built from the sources of kernel.org',
  },
  { builder: 'talos', rules: 'own', source: 'siderolabs/pkgs, built from the sources of kernel.org' },
  {
    builder: 'azure-linux',
    rules: 'own',
    source: `kernel.spec of Azure Linux, which takes the rolling-lts branches: ${SERIES}`,
  },
  { builder: 'unraid', rules: 'own', source: `Unraid: ${SERIES}` },
  { builder: 'raspberry-pi', rules: 'own', source: `raspberrypi/linux: ${SERIES}` },
  // What upstream changed in P2PDMA from 5.14 on came with these builds. Between 5.19 and 7.1 upstream changed no rule,
  // and 9.7 (611) is older than 7.1.
  {
    builder: 'rhel',
    edition: 9,
    builds: [1, 117],
    rules: between(v(5, 14), v(5, 18)),
    source: 'the changelog of kernel 5.14.0-284.11.1.el9_2',
  },
  {
    builder: 'rhel',
    edition: 9,
    builds: [117, 164],
    rules: between(v(5, 18), v(5, 19)),
    source: 'the changelog of kernel 5.14.0-284.11.1.el9_2: Ice Lake in 5.14.0-117',
  },
  {
    builder: 'rhel',
    edition: 9,
    builds: [164, 612],
    rules: between(v(5, 19), v(7, 1)),
    source:
      'the changelog of kernel 5.14.0-284.11.1.el9_2: root ports at any devfn in 5.14.0-164; upstream changed no rule from 5.19 to 7.1',
  },
  {
    builder: 'rhel',
    edition: 9,
    builds: [612, Number.POSITIVE_INFINITY],
    rules: { from: v(5, 19) },
    source: 'the changelog of kernel 5.14.0-284.11.1.el9_2; newer builds may carry newer entries',
  },
];
