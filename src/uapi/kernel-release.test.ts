import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KernelBuilder, readKernelRelease } from './kernel-release.ts';
import { formatKernelVersion } from './kernel-version.ts';

/** What `uname -r` printed on machines of each kind. */
const NAMES: readonly (readonly [
  text: string,
  builder: KernelBuilder,
  version: string,
  edition?: number | undefined,
  build?: string,
])[] = [
  ['6.19.3', 'mainline', '6.19.3'],
  ['7.3', 'mainline', '7.3'],
  ['7.3.0', 'mainline', '7.3'],
  ['v6.12', 'mainline', '6.12'],
  ['7.2.0-rc3', 'mainline', '7.2'],
  ['6.1.0-rc7+', 'mainline', '6.1'],
  ['6.8.0-rc1-00042-g1a2b3c4d5e6f', 'mainline', '6.8'],
  ['6.14.0+', 'mainline', '6.14'],
  ['6.14.0-dirty', 'mainline', '6.14'],
  ['5.0.0-29-generic', 'ubuntu', '5.0', undefined, '29'],
  ['4.15.0-48-generic', 'ubuntu', '4.15', undefined, '48'],
  ['6.8.0-60-generic', 'ubuntu', '6.8', undefined, '60'],
  ['6.8.0-45-lowlatency', 'ubuntu', '6.8', undefined, '45'],
  ['5.15.0-1041-azure', 'ubuntu', '5.15', undefined, '1041'],
  ['6.5.0-1023-aws', 'ubuntu', '6.5', undefined, '1023'],
  ['6.8.0-1015-gcp', 'ubuntu', '6.8', undefined, '1015'],
  ['5.15.0-1064-gke', 'ubuntu', '5.15', undefined, '1064'],
  ['6.8.0-1018-oracle', 'ubuntu', '6.8', undefined, '1018'],
  ['6.11.0-1027-oem', 'ubuntu', '6.11', undefined, '1027'],
  ['6.8.0-1009-raspi', 'ubuntu', '6.8', undefined, '1009'],
  ['6.8.0-1018-nvidia', 'nvidia', '6.8', undefined, '1018'],
  ['6.8.0-1018-nvidia-64k', 'nvidia', '6.8', undefined, '1018'],
  ['5.15.0-1046-nvidia-lowlatency', 'nvidia', '5.15', undefined, '1046'],
  ['6.1.0-28-amd64', 'debian', '6.1', undefined, '28'],
  ['6.1.0-28-cloud-amd64', 'debian', '6.1', undefined, '28'],
  ['6.1.0-9-armmp', 'debian', '6.1', undefined, '9'],
  ['4.19.0-27-686-pae', 'debian', '4.19', undefined, '27'],
  ['6.12.107+deb13-amd64', 'debian', '6.12.107', 13],
  ['6.12.43+deb12-amd64', 'debian', '6.12.43', 12],
  ['7.3.4+deb13-arm64', 'debian', '7.3.4', 13],
  ['6.1.0-0.deb11.21-amd64', 'debian', '6.1'],
  ['4.18.0-553.el8_10.x86_64', 'rhel', '4.18', 8, '553'],
  ['4.18.0-80.el8.x86_64', 'rhel', '4.18', 8, '80'],
  ['5.14.0-70.30.1.el9_0.x86_64', 'rhel', '5.14', 9, '70.30.1'],
  ['5.14.0-570.23.1.el9_6.x86_64', 'rhel', '5.14', 9, '570.23.1'],
  ['5.14.0-570.12.1.el9_6.aarch64+64k', 'rhel', '5.14', 9, '570.12.1'],
  ['5.14.0-570.el9', 'rhel', '5.14', 9, '570'],
  ['6.12.0-55.9.1.el10_0.x86_64', 'rhel', '6.12', 10, '55.9.1'],
  ['3.10.0-1160.119.1.el7.x86_64', 'rhel', '3.10', 7, '1160.119.1'],
  ['6.5.2-1.el9.elrepo.x86_64', 'elrepo', '6.5.2', undefined, '1'],
  ['6.19.3-200.fc43.x86_64', 'fedora', '6.19.3', 43, '200'],
  ['5.3.7-301.fc31.x86_64', 'fedora', '5.3.7', 31, '301'],
  ['6.4.0-150600.23.17-default', 'suse-enterprise', '6.4', undefined, '150600.23.17'],
  ['5.14.21-150500.55.52-default', 'suse-enterprise', '5.14.21', undefined, '150500.55.52'],
  ['6.4.0-150600.8.5-azure', 'suse-enterprise', '6.4', undefined, '150600.8.5'],
  ['6.13.0-1-default', 'suse', '6.13', undefined, '1'],
  ['6.15.6-1-default', 'suse', '6.15.6', undefined, '1'],
  ['6.1.112-122.189.amzn2023.x86_64', 'amazon', '6.1.112', 2023, '122.189'],
  ['5.10.226-214.880.amzn2.x86_64', 'amazon', '5.10.226', 2, '214.880'],
  ['5.15.0-302.167.6.el9uek.x86_64', 'oracle-uek', '5.15', undefined, '302.167.6'],
  ['5.4.17-2136.338.4.2.el8uek.x86_64', 'oracle-uek', '5.4.17', undefined, '2136.338.4.2'],
  ['6.6.57.1-7.azl3', 'azure-linux', '6.6.57', 3],
  ['5.15.138.1-4.cm2', 'azure-linux', '5.15.138', 2],
  ['6.17.2-1-pve', 'proxmox', '6.17.2', undefined, '1'],
  ['5.15.102-1-pve', 'proxmox', '5.15.102', undefined, '1'],
  ['6.18.9-talos', 'talos', '6.18.9'],
  ['6.15.4-arch2-1', 'arch', '6.15.4'],
  ['6.6.30-1-lts', 'arch', '6.6.30', undefined, '1'],
  ['6.9.3-zen1-1-zen', 'arch', '6.9.3'],
  ['6.12.4-2-cachyos', 'arch', '6.12.4', undefined, '2'],
  ['6.6.58-gentoo-r1', 'gentoo', '6.6.58'],
  ['5.15.148-tegra', 'tegra', '5.15.148'],
  ['5.10.160-rockchip-rk3588', 'soc-vendor', '5.10.160'],
  ['6.1.75-rk3588', 'soc-vendor', '6.1.75'],
  ['6.6.51+rpt-rpi-2712', 'raspberry-pi', '6.6.51'],
  ['6.6.31-v8+', 'raspberry-pi', '6.6.31'],
  ['5.10.149-android12-9-00001-g2f9a3c4d5e6f-ab9876543', 'android', '5.10.149'],
  ['5.15.153.1-microsoft-standard-WSL2', 'wsl', '5.15.153'],
  ['5.10.0-60.18.0.50.oe2203.x86_64', 'openeuler', '5.10', undefined, '60.18.0.50'],
  ['4.19.90-52.22.v2207.ky10.aarch64', 'openeuler', '4.19.90', undefined, '52.22'],
  ['5.10.134-16.al8.x86_64', 'openeuler', '5.10.134', undefined, '16'],
  ['6.1.10-1.ph5', 'photon', '6.1.10', 5, '1'],
  ['6.1.106-Unraid', 'unraid', '6.1.106'],
  ['6.8.0-mybuild', 'other', '6.8'],
  ['4.4.302+', 'mainline', '4.4.302'],
];

describe('readKernelRelease', () => {
  const rows = NAMES.map(([text, builder, version, edition, build]) => ({ text, builder, version, edition, build }));
  it.each(rows)('$text is a kernel of $builder', ({ text, builder, version, edition, build }) => {
    const release = readKernelRelease(text);
    expect(release).toMatchObject({ text, builder });
    expect(release && formatKernelVersion(release.version)).toBe(version);
    if (edition !== undefined) expect(release?.edition).toBe(edition);
    if (build !== undefined) expect(release?.build.join('.')).toBe(build);
  });

  it.each([
    ['7.2.0-rc3', 3],
    ['7.2-rc1', 1],
    ['6.1.0-rc7+', 7],
    ['7.2.0', undefined],
    ['6.13.0-1-default', undefined],
    ['6.14.0-0.rc3.29.fc43.x86_64', undefined],
  ])('%s is candidate %s', (text, candidate) => {
    expect(readKernelRelease(text)?.candidate).toBe(candidate);
  });

  it.each(['', 'generic', 'Linux 6.1', '6', 'x6.1'])('%j is no release', (text) => {
    expect(readKernelRelease(text)).toBeUndefined();
  });

  it('takes any text, in time that grows with its length', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...NAMES), (noise, [text]) => {
        readKernelRelease(noise);
        expect(readKernelRelease(`${text}-${noise}`)?.version).toBeDefined();
      }),
    );
    expect(readKernelRelease(`6.1.0${'-1'.repeat(50_000)}`)?.builder).toBe('other');
  });
});
