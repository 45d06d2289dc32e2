/** How the rules of P2PDMA changed from release to release. */
import { type KernelVersion, kernelAtLeast, kernelVersion } from '../uapi/index.ts';

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

/** The rules of a release. */
export function p2pdmaRules(kernel: KernelVersion): P2pdmaRules {
  const since = (major: number, minor: number): boolean => kernelAtLeast(kernel, kernelVersion(major, minor));
  return {
    exists: since(4, 20),
    hostBridgeList: since(5, 2),
    iommuExcludes: since(5, 2) && !since(5, 4),
    redirectAsksHostBridge: since(5, 4),
    zenRule: since(5, 9),
    rootPortStandsForHostBridge: since(5, 19),
  };
}
