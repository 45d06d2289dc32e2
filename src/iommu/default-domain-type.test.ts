import { describe, expect, test } from 'vitest';
import { functionAt, smallTopology } from '../../test/support/small-machine.ts';
import { ABSENT, type CapturedIommu, known, unreadable } from '../capture/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { parseKernelCmdline } from '../uapi/index.ts';
import { defaultDomainType } from './default-domain-type.ts';

const plain = functionAt(smallTopology([{ bdf: '01:00.0', type: 0 }]), '01:00.0');
const gpu: PciFunction = {
  ...plain,
  pasid: known({ enabled: false, width: 16 }),
  ats: known({ enabled: false, queueDepth: 32 }),
};
const unread: PciFunction = { ...gpu, pasid: unreadable('config space is cut') };

const PASS_THROUGH = 1 << 6;
const unit = (kind: 'intel' | 'amd' | 'smmuv3', cap = 0, ecap = PASS_THROUGH): CapturedIommu => ({
  name: 'unit',
  kind,
  cap: known(cap.toString(16)),
  ecap: known(ecap.toString(16)),
  features: ABSENT,
});
const INTEL = unit('intel');
const AMD = unit('amd');

describe('the default domain type', () => {
  const rows: [string, CapturedIommu, PciFunction, string, string][] = [
    ['', INTEL, plain, 'DMA-FQ', 'default-translated default-lazy'],
    ['iommu=pt', INTEL, plain, 'identity', 'cmdline-passthrough'],
    ['iommu=pt iommu.passthrough=0', INTEL, plain, 'DMA-FQ', 'cmdline-translated default-lazy'],
    ['iommu.strict=1', INTEL, plain, 'DMA', 'default-translated cmdline-strict'],
    ['iommu.strict=0', INTEL, plain, 'DMA-FQ', 'default-translated cmdline-lazy'],
    ['intel_iommu=strict', INTEL, plain, 'DMA', 'default-translated driver-strict'],
    ['amd_iommu=fullflush', INTEL, plain, 'DMA-FQ', 'default-translated default-lazy'],
    ['amd_iommu=fullflush', AMD, plain, 'DMA', 'default-translated driver-strict'],
    ['iommu.strict=0', unit('intel', 1 << 7), plain, 'DMA', 'default-translated virtual-iommu-strict'],
    ['', unit('amd', 1 << 26), plain, 'DMA', 'default-translated virtual-iommu-strict'],
    ['', unit('amd', 1 << 7), plain, 'DMA-FQ', 'default-translated default-lazy'],
    ['iommu=pt', unit('intel', 0, 0), plain, 'DMA-FQ', 'cmdline-passthrough no-pass-through-hardware default-lazy'],
    ['', AMD, gpu, 'identity', 'default-translated pasid-device'],
    ['', INTEL, gpu, 'DMA-FQ', 'default-translated default-lazy'],
    ['', AMD, unread, 'DMA-FQ', 'default-translated pasid-unreadable default-lazy'],
  ];
  test.each(rows)('%j, %o', (cmdline, iommu, fn, type, reasons) => {
    const choice = defaultDomainType([plain, fn], iommu, parseKernelCmdline(cmdline), known(new Map()));
    expect([choice.type, choice.reasons.join(' ')]).toEqual([type, reasons]);
  });

  test('the kernel may be built strict, or to pass through', () => {
    const built = (option: string) =>
      defaultDomainType([plain], unit('smmuv3'), parseKernelCmdline('', 'other'), known(new Map([[option, 'y']])));
    expect(built('CONFIG_IOMMU_DEFAULT_DMA_STRICT').type).toBe('DMA');
    expect(built('CONFIG_IOMMU_DEFAULT_PASSTHROUGH').type).toBe('identity');
  });
});
