import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKernelVersion, formatKernelVersion, readKernelRelease } from '../../uapi/index.ts';
import { p2pdmaRules, ruleChanges } from '../kernel-rules.ts';
import { distributionOption } from './distribution-kernels.ts';
import { DISTRIBUTION_OPTIONS, DISTRIBUTION_RULES, type P2pOption } from './distribution-table.ts';
import { chosenVersion, kernelChoice, NEWEST_KERNEL } from './kernel-choice.ts';

/** `first .. last` of the releases whose rules a kernel may follow. */
function span(text: string): string | undefined {
  const choice = kernelChoice(text, 'read');
  if (choice === undefined) return undefined;
  const last = choice.others.at(-1);
  return `${formatKernelVersion(choice.version)}${last === undefined ? '' : ` .. ${formatKernelVersion(last)}`}`;
}

describe('whose rules a kernel follows', () => {
  it.each([
    ['6.19.3', '6.19.3', undefined],
    ['7.2.0-rc3', '7.2', undefined],
    ['5.0.0-29-generic', '5.0', undefined],
    ['5.4.0-150-generic', '5.4', undefined],
    ['7.1.0-9-generic', '7.1 .. 7.1.3', 'rules-open'],
    // A stable release brought a change, at N-1 and N.
    ['7.1.2+deb13-amd64', '7.1.2', undefined],
    ['7.1.3+deb13-amd64', '7.1.3', undefined],
    ['7.1.5+deb13-amd64', '7.1.5', undefined],
    ['6.1.0-28-amd64', '6.1', undefined],
    ['6.17.2-1-pve', '6.17.2', undefined],
    ['6.19.3-200.fc43.x86_64', '6.19.3', undefined],
    ['6.8.0-mybuild', '6.8', undefined],
    // Builds of RHEL 9 that took rules over, at N-1 and N.
    ['5.14.0-116.el9.x86_64', '5.14', undefined],
    ['5.14.0-117.el9.x86_64', '5.18', undefined],
    ['5.14.0-163.el9.x86_64', '5.18', undefined],
    ['5.14.0-162.23.1.el9_1.x86_64', '5.18', undefined],
    ['5.14.0-164.el9.x86_64', '5.19', undefined],
    ['5.14.0-570.23.1.el9_6.x86_64', '5.19', undefined],
    ['5.14.0-611.el9.x86_64', '5.19', undefined],
    ['5.14.0-612.el9.x86_64', '5.19 .. 7.3', 'rules-open'],
    ['4.18.0-553.el8_10.x86_64', '4.18 .. 7.3', 'rules-open'],
    ['6.12.0-55.9.1.el10_0.x86_64', '6.12 .. 7.3', 'rules-open'],
    ['5.14.21-150500.55.52-default', '5.14.21 .. 7.3', 'rules-open'],
    ['6.4.0-150600.23.17-default', '6.4 .. 7.3', 'rules-open'],
    ['6.8.0-1018-nvidia', '6.8 .. 7.3', 'rules-open'],
    ['6.6.134.1-2.azl3', '6.6.134', undefined],
    ['5.15.148-tegra', '5.15.148 .. 7.3', 'rules-open'],
    ['7.3.1-tegra', '7.3.1', undefined],
    // Newer than the tables.
    ['7.3.99', '7.3.99', undefined],
    ['7.4.0', '7.3', 'newer-than-known'],
    ['9.9', '7.3', 'newer-than-known'],
    ['8.0.0-1-default', '7.3', 'newer-than-known'],
    ['nonsense', undefined, undefined],
  ])('%s: %s', (text, expected, warning) => {
    expect(span(text)).toBe(expected);
    expect(kernelChoice(text, 'read')?.warning).toBe(warning);
  });

  it('is known where a row says so, with its source', () => {
    expect(kernelChoice('5.14.0-570.el9', 'read')?.rulesFrom).toContain('5.14.0-164');
    expect(kernelChoice('5.15.148-tegra', 'read')?.rulesFrom).toBeUndefined();
  });

  it('takes a plain release for itself', () => {
    expect(chosenVersion({ major: 5, minor: 14, patch: 2 })).toMatchObject({
      source: 'chosen',
      release: '5.14.2',
      others: [],
    });
    expect(chosenVersion(NEWEST_KERNEL).version).toEqual(NEWEST_KERNEL);
  });

  it('others are newer than the first, in order, and each brings a change', () => {
    const changes = new Set(ruleChanges().map(formatKernelVersion));
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 8 }),
        fc.nat(25),
        fc.nat(300),
        fc.nat(700),
        (major, minor, patch, build) => {
          for (const text of [
            `${major}.${minor}.${patch}`,
            `5.14.0-${build}.el9`,
            `${major}.${minor}.${patch}-tegra`,
          ]) {
            const choice = kernelChoice(text, 'read');
            const all = choice === undefined ? [] : [choice.version, ...choice.others];
            for (const [at, kernel] of all.entries()) {
              if (at === 0) continue;
              expect(compareKernelVersion(kernel, all[at - 1] ?? kernel)).toBeGreaterThan(0);
              expect(changes).toContain(formatKernelVersion(kernel));
            }
          }
        },
      ),
    );
  });
});

describe('how a distribution builds an option', () => {
  it.each<[string, P2pOption, 'x86' | 'arm64' | undefined, 'y' | 'n' | undefined]>([
    ['5.10.0-35-amd64', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['6.1.0-28-amd64', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['6.12.107+deb13-amd64', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['6.13.2+deb13-amd64', 'CONFIG_PCI_P2PDMA', 'x86', undefined],
    ['6.19.14+deb13-amd64', 'CONFIG_PCI_P2PDMA', 'x86', 'y'],
    ['6.19.14+deb13-amd64', 'CONFIG_DMABUF_MOVE_NOTIFY', 'x86', 'n'],
    ['7.3.4+deb13-amd64', 'CONFIG_HSA_AMD_P2P', 'x86', 'n'],
    ['7.3.4+deb13-amd64', 'CONFIG_DMABUF_MOVE_NOTIFY', 'x86', undefined],
    ['5.4.0-150-generic', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['5.15.0-134-generic', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['6.2.0-35-generic', 'CONFIG_PCI_P2PDMA', 'x86', 'y'],
    ['6.5.0-35-generic', 'CONFIG_PCI_P2PDMA', 'x86', undefined],
    ['6.8.0-60-generic', 'CONFIG_PCI_P2PDMA', 'x86', 'y'],
    ['4.18.0-80.el8.x86_64', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['4.18.0-477.13.1.el8_8.x86_64', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['4.18.0-478.el8.x86_64', 'CONFIG_PCI_P2PDMA', 'x86', undefined],
    ['5.14.0-42.el9.x86_64', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['5.14.0-54.el9.x86_64', 'CONFIG_PCI_P2PDMA', 'x86', undefined],
    ['5.14.0-55.el9.x86_64', 'CONFIG_PCI_P2PDMA', 'x86', 'y'],
    ['5.14.0-503.29.1.el9_5.x86_64', 'CONFIG_PCI_P2PDMA', 'x86', 'y'],
    ['5.14.0-570.23.1.el9_6.x86_64', 'CONFIG_PCI_P2PDMA', 'x86', undefined],
    ['6.12.0-55.9.1.el10_0.x86_64', 'CONFIG_HSA_AMD_P2P', 'x86', 'y'],
    ['5.0.9-301.fc30.x86_64', 'CONFIG_PCI_P2PDMA', 'x86', 'y'],
    ['6.19.14-200.fc42.x86_64', 'CONFIG_DMABUF_MOVE_NOTIFY', 'x86', 'n'],
    ['7.1.7-200.fc43.x86_64', 'CONFIG_HSA_AMD_P2P', 'x86', 'y'],
    ['6.12.13-talos', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['6.18.9-talos', 'CONFIG_DMABUF_MOVE_NOTIFY', 'x86', 'n'],
    ['6.18.33-talos', 'CONFIG_PCI_P2PDMA', 'x86', 'y'],
    ['6.18.33-talos', 'CONFIG_HSA_AMD_P2P', 'x86', undefined],
    ['6.18.34-talos', 'CONFIG_HSA_AMD_P2P', 'x86', 'y'],
    ['6.18.34-talos', 'CONFIG_HSA_AMD_P2P', 'arm64', 'n'],
    ['6.13.0-1-default', 'CONFIG_PCI_P2PDMA', 'x86', 'y'],
    ['6.4.0-150600.23.17-default', 'CONFIG_PCI_P2PDMA', 'x86', undefined],
    ['6.19.11-1-default', 'CONFIG_PCI_P2PDMA', 'x86', 'y'],
    ['6.19.11-1-default', 'CONFIG_DMABUF_MOVE_NOTIFY', 'x86', undefined],
    ['5.15.202.1-1.cm2', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['6.6.96.2-1.azl3', 'CONFIG_PCI_P2PDMA', 'x86', 'n'],
    ['6.6.104.2-4.azl3', 'CONFIG_PCI_P2PDMA', 'x86', undefined],
    ['6.6.112.1-2.azl3', 'CONFIG_DMABUF_MOVE_NOTIFY', 'x86', 'y'],
    ['6.6.112.1-2.azl3', 'CONFIG_PCI_P2PDMA', 'arm64', 'n'],
    ['6.6.112.1-2.azl3', 'CONFIG_PCI_P2PDMA', undefined, undefined],
    ['6.6.130.mshv2-1.azl3', 'CONFIG_PCI_P2PDMA', 'x86', undefined],
    ['6.12.50.2-1.azl3', 'CONFIG_HSA_AMD_P2P', 'x86', 'y'],
    ['6.12.83.1-1.azl3', 'CONFIG_DMABUF_MOVE_NOTIFY', 'arm64', 'y'],
    ['6.12.3', 'CONFIG_PCI_P2PDMA', 'x86', undefined],
  ])('%s, %s on %s: %s', (text, option, architecture, expected) => {
    const release = readKernelRelease(text);
    expect(release && distributionOption(release, option, architecture)?.value).toBe(expected);
  });

  it('every row has a source, and an option that needs P2PDMA is never on without it', () => {
    for (const { source } of [...DISTRIBUTION_OPTIONS, ...DISTRIBUTION_RULES]) expect(source).not.toBe('');
    for (const { options } of DISTRIBUTION_OPTIONS) {
      if (options.CONFIG_PCI_P2PDMA === 'n') expect(options.CONFIG_HSA_AMD_P2P).toBe('n');
    }
  });
});

describe('each rule begins with one release', () => {
  it.each([
    ['4.19.325', '4.20', 'exists'],
    ['5.1.21', '5.2', 'hostBridgeList'],
    ['5.1.21', '5.2', 'iommuExcludes'],
    ['5.3.18', '5.4', 'redirectAsksHostBridge'],
    ['5.8.18', '5.9', 'zenRule'],
    ['5.18.19', '5.19', 'rootPortStandsForHostBridge'],
  ] as const)('%s has it not, %s has it: %s', (before, first, rule) => {
    const has = (text: string) => p2pdmaRules(kernelChoice(text, 'chosen')?.version ?? NEWEST_KERNEL)[rule];
    expect([has(before), has(first)]).toEqual([false, true]);
  });

  it('an IOMMU excludes host bridges up to 5.3', () => {
    const has = (text: string) => p2pdmaRules(kernelChoice(text, 'chosen')?.version ?? NEWEST_KERNEL).iommuExcludes;
    expect([has('5.3.18'), has('5.4')]).toEqual([true, false]);
  });

  it('changes are the borders of rules and of the host bridge list', () => {
    expect(ruleChanges().map(formatKernelVersion)).toEqual([
      '4.20',
      '5.2',
      '5.4',
      '5.6',
      '5.7',
      '5.8',
      '5.9',
      '5.18',
      '5.19',
      '7.1',
      '7.1.3',
      '7.2',
      '7.3',
    ]);
  });
});
