/** Which kind of default domain a group gets. drivers/iommu/iommu.c; iommu-dma, section 1. */
import { type CapturedIommu, type CapturedKernel, factValue } from '../capture/index.ts';
import type { PciFunction } from '../pci/index.ts';
import type { KernelCmdline } from '../uapi/index.ts';
import { iommuRegister, registerBit } from './machine-geometry.ts';

/** What `/sys/kernel/iommu_groups/N/type` says. */
export type DefaultDomainType = 'DMA' | 'DMA-FQ' | 'identity';

/**
 * Why, in the order of deciding.
 *
 * - `cmdline-passthrough`, `cmdline-translated`, `config-passthrough`, `default-translated`: the global choice.
 * - `cmdline-strict`, `cmdline-lazy`, `config-strict`, `default-lazy`: when unmapped addresses are flushed.
 * - `driver-strict`: `intel_iommu=strict`, `amd_iommu=fullflush`.
 * - `virtual-iommu-strict`: caching mode (Intel) or NPCache (AMD): a virtual IOMMU.
 * - `no-pass-through-hardware`: VT-d that cannot pass through.
 * - `pasid-device`: an AMD IOMMU gives devices with PASID and ATS identity domains.
 * - `pasid-unreadable`: would be `pasid-device` if the unread capabilities are there; taken as not.
 */
export type DomainTypeReason =
  | 'cmdline-passthrough'
  | 'cmdline-translated'
  | 'config-passthrough'
  | 'default-translated'
  | 'cmdline-strict'
  | 'cmdline-lazy'
  | 'config-strict'
  | 'default-lazy'
  | 'driver-strict'
  | 'virtual-iommu-strict'
  | 'no-pass-through-hardware'
  | 'pasid-device'
  | 'pasid-unreadable';

/** A type with its reasons. */
export interface DomainTypeChoice {
  readonly type: DefaultDomainType;
  readonly reasons: readonly DomainTypeReason[];
}

/**
 * The default domain of a group at boot, when nobody writes to its `type` file. External-facing ports, which force
 * translation, are in no input.
 * @kernel iommu_get_default_domain_type drivers/iommu/iommu.c
 */
export function defaultDomainType(
  members: readonly PciFunction[],
  iommu: CapturedIommu | undefined,
  cmdline: KernelCmdline,
  config: CapturedKernel['config'],
): DomainTypeChoice {
  const reasons: DomainTypeReason[] = [];
  const global = globalType(cmdline, config, reasons);
  const demanded = demandedType(members, iommu, reasons) ?? global;
  if (demanded === 'identity') return { type: 'identity', reasons };
  return { type: isStrict(iommu, cmdline, config, reasons) ? 'DMA' : 'DMA-FQ', reasons };
}

/** @kernel iommu_subsys_init drivers/iommu/iommu.c */
function globalType(
  cmdline: KernelCmdline,
  config: CapturedKernel['config'],
  reasons: DomainTypeReason[],
): 'identity' | 'translated' {
  const { passthrough } = cmdline.iommu;
  if (passthrough !== undefined) {
    reasons.push(passthrough ? 'cmdline-passthrough' : 'cmdline-translated');
    return passthrough ? 'identity' : 'translated';
  }
  const built = factValue(config)?.get('CONFIG_IOMMU_DEFAULT_PASSTHROUGH') === 'y';
  reasons.push(built ? 'config-passthrough' : 'default-translated');
  return built ? 'identity' : 'translated';
}

/** What the IOMMU driver demands for a member; identity wins over translation. */
function demandedType(
  members: readonly PciFunction[],
  iommu: CapturedIommu | undefined,
  reasons: DomainTypeReason[],
): 'identity' | 'translated' | undefined {
  if (iommu?.kind === 'intel') {
    const ecap = iommuRegister(iommu, 'ecap');
    if (ecap === undefined || registerBit(ecap, ECAP_PASS_THROUGH)) return undefined;
    reasons.push('no-pass-through-hardware');
    return 'translated';
  }
  if (iommu?.kind !== 'amd') return undefined;
  const states = members.map(({ pasid, ats }) =>
    pasid.state === 'known' && ats.state === 'known'
      ? 'both'
      : pasid.state === 'absent' || ats.state === 'absent'
        ? 'no'
        : 'unreadable',
  );
  if (states.includes('both')) {
    reasons.push('pasid-device');
    return 'identity';
  }
  if (states.includes('unreadable')) reasons.push('pasid-unreadable');
  return undefined;
}

const ECAP_PASS_THROUGH = 6;
const INTEL_CACHING_MODE = 7;
const AMD_NP_CACHE = 26;

/** @kernel iommu_set_dma_strict drivers/iommu/iommu.c */
function isStrict(
  iommu: CapturedIommu | undefined,
  cmdline: KernelCmdline,
  config: CapturedKernel['config'],
  reasons: DomainTypeReason[],
): boolean {
  const virtualBit = iommu?.kind === 'intel' ? INTEL_CACHING_MODE : AMD_NP_CACHE;
  const cap = iommu?.kind === 'smmuv3' ? undefined : iommuRegister(iommu, 'cap');
  if (cap !== undefined && registerBit(cap, virtualBit)) {
    reasons.push('virtual-iommu-strict');
    return true;
  }
  if ((iommu?.kind === 'intel' && cmdline.intel.strict) || (iommu?.kind === 'amd' && cmdline.amd.fullFlush)) {
    reasons.push('driver-strict');
    return true;
  }
  const { strict } = cmdline.iommu;
  if (strict !== undefined) {
    reasons.push(strict ? 'cmdline-strict' : 'cmdline-lazy');
    return strict;
  }
  const built = factValue(config)?.get('CONFIG_IOMMU_DEFAULT_DMA_STRICT') === 'y';
  reasons.push(built ? 'config-strict' : 'default-lazy');
  return built;
}
