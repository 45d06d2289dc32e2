import { describe, expect, test } from 'vitest';
import { ABSENT, type CapturedIommu, type Fact, known, NOT_IN_INPUT } from '../capture/index.ts';
import { parseKernelCmdline, parseKernelRelease } from '../uapi/index.ts';
import { pageSizeBitmap } from './geometry.ts';
import { type GeometryBoot, type GeometryChoices, type InferredGeometry, machineGeometry } from './machine-geometry.ts';

function intel(cap: string, ecap: string): CapturedIommu {
  return { name: 'dmar0', kind: 'intel', cap: known(cap), ecap: known(ecap), features: ABSENT };
}

function amd(features: string): CapturedIommu {
  return { name: 'ivhd0', kind: 'amd', cap: known('0'), ecap: ABSENT, features: known(features) };
}

const SMMU: CapturedIommu = { name: 'smmu3.0x0', kind: 'smmuv3', cap: ABSENT, ecap: ABSENT, features: ABSENT };
/** 48 address bits, second-stage depths of 39 and 48 bits, 2M and 1G pages; bits 56 and 60: first-stage 1G, 5 levels. */
const CAP48 = 'd2008c222f0606';
const CAP57 = '11d2008c22380e06';
const SCALABLE = (0xf00f4an | (1n << 43n) | (1n << 47n)).toString(16);

const AMD = amd('29d3:0');
/** Guest translation, its use for I/O page tables, 64 bits. */
const V2 = (1n << 48n) | 0x810n;

describe('the geometry of a machine', () => {
  const rows: [string, CapturedIommu, string, GeometryChoices, bits: number, sizes: string, inferred: string[]][] = [
    ['recorded Intel', intel(CAP48, 'f00f4a'), '', {}, 48, '40201000', []],
    ['recorded Intel of 39 bits', intel('d2008c22260206', 'f00f4a'), '', {}, 39, '40201000', []],
    ['Intel without large pages', intel(CAP48, 'f00f4a'), 'intel_iommu=sp_off', {}, 48, '1000', []],
    ['Intel, first stage', intel(CAP48, SCALABLE), '', {}, 47, '201000', []],
    ['Intel, first stage of 5 levels', intel(CAP57, SCALABLE), '', {}, 56, '40201000', []],
    ['Intel, scalable mode off', intel(CAP57, SCALABLE), 'intel_iommu=sm_off', {}, 57, '40201000', []],
    ['recorded SMMUv3', SMMU, '', {}, 48, '40201000', ['cpu-page-size', 'smmu-output-bits']],
    ['SMMUv3, 64K pages', SMMU, '', { cpuPageShift: 16, smmuOutputBits: 52 }, 48, '20010000', []],
  ];
  test.each(rows)('%s', (_, iommu, cmdline, choices, bits, sizes, inferred) => {
    expectGeometry(machineGeometry(iommu, boot(cmdline, ABSENT), choices), bits, sizes, inferred);
  });
});

describe('AMD: the register of the firmware table decides, not that of the hardware', () => {
  const rows: [string, Fact<bigint>, string, release: string, bits: number, sizes: string, inferred: string[]][] = [
    ['no register in the table', known(0n), '', '7.3.4', 48, '7f7ffffff000', []],
    ['HATS 1', known(0x400n), '', '7.3.4', 57, 'fff7ffffff000', []],
    ['recorded, HATS 2', known(0x29d3n), '', '7.3.4', 64, 'fff7ffffff000', []],
    ['table not read', NOT_IN_INPUT, '', '7.3.4', 64, 'fff7ffffff000', ['amd-efr']],
    ['48 bits before 7.2: pages up to half the space', known(0n), '', '7.1.13', 48, 'ff7ffffff000', []],
    ['48 bits on 6.19', known(0n), '', '6.19.14', 48, 'ff7ffffff000', []],
    ['64 bits on 6.19', known(0x29d3n), '', '6.19.14', 64, 'fff7ffffff000', []],
    ['few sizes', known(0n), 'amd_iommu=v2_pgsizes_only', '7.3.4', 48, '40201000', []],
    ['no huge pages', known(0n), 'amd_iommu=nohugepages', '7.3.4', 48, '1000', []],
    [
      'CPU page tables asked for, recorded fallback',
      known(0x29d3n),
      'amd_iommu=pgtbl_v2',
      '7.3.4',
      64,
      'fff7ffffff000',
      [],
    ],
    ['guest translation alone falls back', known(0x810n), 'amd_iommu=pgtbl_v2', '7.3.4', 64, 'fff7ffffff000', []],
    ['CPU page tables', known(V2), 'amd_iommu=pgtbl_v2', '7.3.4', 47, '40201000', []],
    ['CPU page tables of 5 levels', known(V2 | 0x1000n), 'amd_iommu=pgtbl_v2', '7.3.4', 56, '40201000', ['la57']],
  ];
  test.each(rows)('%s', (_, efr, cmdline, release, bits, sizes, inferred) => {
    expectGeometry(machineGeometry(AMD, boot(cmdline, efr, release)), bits, sizes, inferred);
  });
});

function boot(cmdline: string, ivhdEfr: Fact<bigint>, release: string = '7.3.4'): GeometryBoot {
  const kernel = parseKernelRelease(release);
  if (kernel === undefined) throw new Error(`not a release: ${release}`);
  return { kernel, cmdline: parseKernelCmdline(cmdline), ivhdEfr };
}

function expectGeometry(made: InferredGeometry, bits: number, sizes: string, inferred: readonly string[]): void {
  expect(made.geometry.apertureEnd).toBe((1n << BigInt(bits)) - 1n);
  expect(pageSizeBitmap(made.geometry).toString(16)).toBe(sizes);
  expect(made.inferred.map(({ code }) => code)).toEqual(inferred);
}
