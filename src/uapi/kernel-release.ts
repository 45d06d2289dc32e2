/** Names of kernel releases, as `uname -r` gives them: which version, and who built it. */
import { type KernelVersion, parseKernelRelease } from './kernel-version.ts';

/**
 * Who built a kernel. `mainline`: the name carries nothing of a distribution; `other`: an ending that is not known,
 * which people give kernels they build themselves.
 */
export type KernelBuilder =
  | 'mainline'
  | 'ubuntu'
  | 'debian'
  | 'rhel'
  | 'elrepo'
  | 'fedora'
  | 'suse-enterprise'
  | 'suse'
  | 'amazon'
  | 'azure-linux'
  | 'oracle-uek'
  | 'proxmox'
  | 'arch'
  | 'gentoo'
  | 'talos'
  | 'nvidia'
  | 'tegra'
  | 'android'
  | 'raspberry-pi'
  | 'soc-vendor'
  | 'openeuler'
  | 'wsl'
  | 'photon'
  | 'unraid'
  | 'other';

/** A release, taken apart. */
export interface KernelRelease {
  /** As given. Untrusted text. */
  readonly text: string;
  /** The version at its start. Distributions keep the last number at 0 whatever stable release they build. */
  readonly version: KernelVersion;
  /** `-rc3` is 3: before the release of that version. Undefined: none. */
  readonly candidate: number | undefined;
  readonly builder: KernelBuilder;
  /** Edition of the distribution: 9 of `.el9_6`, 43 of `.fc43`, 13 of `+deb13`; undefined where the name has none. */
  readonly edition: number | undefined;
  /** The builder's own numbers after the version: 570, 23, 1 of `5.14.0-570.23.1.el9_6`. */
  readonly build: readonly number[];
}

/** Takes `uname -r` apart; undefined where it does not start with a version. */
export function readKernelRelease(text: string): KernelRelease | undefined {
  const version = parseKernelRelease(text);
  if (version === undefined) return undefined;
  const rest = text.trim().replace(/^v?\d+\.\d+(?:\.\d+)?/, '');
  const [builder, edition] = builderOf(rest);
  const candidate = /^[-.]rc(\d{1,3})(?![\d.])/.exec(rest.replace(/^\.0/, ''))?.[1];
  const build = /^[-.](\d{1,7}(?:\.\d{1,7})*)(?=$|[^\d.]|\.[^\d])/.exec(rest)?.[1];
  return {
    text,
    version,
    candidate: candidate === undefined ? undefined : Number(candidate),
    builder,
    edition,
    build: build === undefined ? [] : build.split('.').map(Number),
  };
}

/** The first that matches what follows the version. A group of digits is the edition. */
const BUILDERS: readonly (readonly [pattern: RegExp, builder: KernelBuilder])[] = [
  [/uek\b/, 'oracle-uek'],
  [/\.el\d+\.elrepo\b/, 'elrepo'],
  [/\.el(\d+)(?:_\d+)?(?![\da-z])/, 'rhel'],
  [/\.fc(\d+)(?!\d)/, 'fedora'],
  [/\.amzn(\d+)/, 'amazon'],
  [/\.(?:azl|cm)(\d+)\b/, 'azure-linux'],
  [/\.(?:oe|ky|an|al|tl|bclinux|uel|ctl)\d/, 'openeuler'],
  [/\.ph(\d+)\b/, 'photon'],
  [/-pve\b/, 'proxmox'],
  [/-talos\b/, 'talos'],
  [/-tegra\b/, 'tegra'],
  [/-android\d+-|-android\b|-ab\d{6,}/, 'android'],
  [/microsoft-standard/i, 'wsl'],
  [/-Unraid\b/, 'unraid'],
  [/\+rpt-rpi|-rpi\b|-v[78]l?\+|-v8-16k\+/, 'raspberry-pi'],
  [/-(?:rockchip|rk\d+|sunxi\w*|meson\w*|qcom|imx\w*|s5p\w*|mediatek|xilinx\S*)\b/, 'soc-vendor'],
  [/-\d+-nvidia\b/, 'nvidia'],
  [
    /^\.?\d*-\d+-(?:generic|lowlatency|aws|azure|gcp|gke|gkeop|oracle|ibm|kvm|oem|raspi|realtime|server|virtual|intel|starfive|bluefield|fips|hwe)\b/,
    'ubuntu',
  ],
  [/-\d{6}\.\d+(?:\.\d+)*-\w+$/, 'suse-enterprise'],
  [/^-\d+(?:\.\d+)*\.g[0-9a-f]{7,}-\w+$|^-(?:\d+(?:\.\d+)*)-(?:default|longterm|preempt|vanilla|pv)\b/, 'suse'],
  [/\+deb(\d+)|~bpo|\+bpo/, 'debian'],
  [
    /-(?:cloud-|rt-|lowmem-)?(?:amd64|arm64|686(?:-pae)?|armmp(?:-lpae)?|powerpc64le|s390x|riscv64|loong64|4kc-malta|marvell)\b/,
    'debian',
  ],
  [
    /-arch\d+-\d+|-\d+-(?:lts|zen|hardened|rt|cachyos\S*|MANJARO)\b|-zen\d+-|-hardened\d+-|-cachyos\b|-MANJARO\b|-ARCH\b/,
    'arch',
  ],
  [/-gentoo\b/, 'gentoo'],
];

function builderOf(rest: string): readonly [KernelBuilder, number | undefined] {
  for (const [pattern, builder] of BUILDERS) {
    const match = pattern.exec(rest);
    if (match !== null) return [builder, match[1] === undefined ? undefined : Number(match[1])];
  }
  return [
    /^(?:[-.]rc\d+)?\+?(?:-g[0-9a-f]{7,}|-\d{5}-g[0-9a-f]{7,})?(?:-dirty)?$/.test(rest) ? 'mainline' : 'other',
    undefined,
  ];
}
