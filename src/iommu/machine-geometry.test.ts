import { describe, expect, test } from 'vitest';
import { ABSENT, type CapturedIommu, known } from '../capture/index.ts';
import { parseKernelCmdline } from '../uapi/index.ts';
import { pageSizeBitmap } from './geometry.ts';
import { type GeometryChoices, machineGeometry } from './machine-geometry.ts';

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

describe('the geometry of a machine', () => {
  const rows: [string, CapturedIommu, string, GeometryChoices, bits: number, sizes: string, inferred: string[]][] = [
    ['recorded Intel', intel(CAP48, 'f00f4a'), '', {}, 48, '40201000', []],
    ['recorded Intel of 39 bits', intel('d2008c22260206', 'f00f4a'), '', {}, 39, '40201000', []],
    ['Intel without large pages', intel(CAP48, 'f00f4a'), 'intel_iommu=sp_off', {}, 48, '1000', []],
    ['Intel, first stage', intel(CAP48, SCALABLE), '', {}, 47, '201000', []],
    ['Intel, first stage of 5 levels', intel(CAP57, SCALABLE), '', {}, 56, '40201000', []],
    ['Intel, scalable mode off', intel(CAP57, SCALABLE), 'intel_iommu=sm_off', {}, 57, '40201000', []],
    ['recorded AMD', amd('29d3:0'), '', { amdVaBits: 48 }, 48, '7f7ffffff000', []],
    ['AMD, width unknown', amd('29d3:0'), '', {}, 48, '7f7ffffff000', ['amd-va-bits']],
    ['AMD of 64 bits', amd('29d3:0'), '', { amdVaBits: 64 }, 64, 'fff7ffffff000', []],
    ['AMD with few sizes', amd('29d3:0'), 'amd_iommu=v2_pgsizes_only', { amdVaBits: 48 }, 48, '40201000', []],
    ['AMD without huge pages', amd('29d3:0'), 'amd_iommu=nohugepages', { amdVaBits: 48 }, 48, '1000', []],
    ['AMD, CPU page tables', amd('29d3:0'), 'amd_iommu=pgtbl_v2', {}, 47, '40201000', []],
    ['recorded SMMUv3', SMMU, '', {}, 48, '40201000', ['cpu-page-size', 'smmu-output-bits']],
    ['SMMUv3, 64K pages', SMMU, '', { cpuPageShift: 16, smmuOutputBits: 52 }, 48, '20010000', []],
  ];
  test.each(rows)('%s', (_, iommu, cmdline, choices, bits, sizes, inferred) => {
    const made = machineGeometry(iommu, parseKernelCmdline(cmdline), choices);
    expect(made.geometry.apertureEnd.toString(2)).toHaveLength(bits);
    expect(pageSizeBitmap(made.geometry).toString(16)).toBe(sizes);
    expect(made.inferred.map(({ code }) => code)).toEqual(inferred);
  });
});
