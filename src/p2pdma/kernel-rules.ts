/** How the rules of P2PDMA changed from release to release. */
import { compareKernelVersion, type KernelVersion, kernelAtLeast, kernelVersion } from '../uapi/index.ts';
import { HOST_BRIDGE_WHITELIST } from './host-bridge-whitelist.ts';

/** What one kernel does; every switch is a change in drivers/pci/p2pdma.c. */
export interface P2pdmaRules {
  /** 4.20: the subsystem exists. */
  readonly exists: boolean;
  /** 5.2: devices without a common bridge may be allowed by their host bridges. */
  readonly hostBridgeList: boolean;
  /** 5.2 and 5.3 only: that holds only where no IOMMU is in use. */
  readonly iommuExcludes: boolean;
  /** 5.4: a path with ACS redirect asks the host bridge list too, instead of being refused. */
  readonly redirectAsksHostBridge: boolean;
  /** 5.9, x86: every host bridge counts as listed on AMD processors of family 17h (Zen) and later. */
  readonly zenRule: boolean;
  /** 5.19: a first device that is a root port stands for the host bridge at any number, not only device 00.0. */
  readonly rootPortStandsForHostBridge: boolean;
}

/** The first release with P2PDMA. */
export const FIRST_P2PDMA_KERNEL: KernelVersion = kernelVersion(4, 20);

/** First releases of the switches; `iommuExcludes` ends where `redirectAsksHostBridge` begins. */
const SINCE = {
  exists: FIRST_P2PDMA_KERNEL,
  hostBridgeList: kernelVersion(5, 2),
  redirectAsksHostBridge: kernelVersion(5, 4),
  zenRule: kernelVersion(5, 9),
  rootPortStandsForHostBridge: kernelVersion(5, 19),
} as const;

/** The rules of a release. */
export function p2pdmaRules(kernel: KernelVersion): P2pdmaRules {
  const has = (rule: keyof typeof SINCE): boolean => kernelAtLeast(kernel, SINCE[rule]);
  return {
    exists: has('exists'),
    hostBridgeList: has('hostBridgeList'),
    iommuExcludes: has('hostBridgeList') && !has('redirectAsksHostBridge'),
    redirectAsksHostBridge: has('redirectAsksHostBridge'),
    zenRule: has('zenRule'),
    rootPortStandsForHostBridge: has('rootPortStandsForHostBridge'),
  };
}

/** All releases whose rules or host bridge list differ from those of the release before, ascending. */
export function ruleChanges(): readonly KernelVersion[] {
  const listed = HOST_BRIDGE_WHITELIST.flatMap(({ since, until }) => (until === undefined ? since : [...since, until]));
  const all = [...Object.values(SINCE), ...listed].toSorted(compareKernelVersion);
  return all.filter((kernel, at) => at === 0 || compareKernelVersion(kernel, all[at - 1] ?? kernel) !== 0);
}
