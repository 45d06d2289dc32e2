/** The answer for one ordered pair, as a value with its reasons. Text is made from it in `report/`. */
import type { HostBridge, PciFunction } from '../pci/index.ts';
import type { KernelVersion, MapType } from '../uapi/index.ts';
import type { HostBridgeLookup } from './host-bridge-rule.ts';

/** May `client` do DMA to memory of `provider`, and how? */
export interface Verdict {
  readonly provider: PciFunction;
  readonly client: PciFunction;
  readonly mapType: MapType | 'unknown';
  /** What `pci_p2pdma_distance()` returns: hops, or -1 where not supported; undefined while that is open. */
  readonly distance: number | undefined;
  /** Hops of the path, also of a refused pair; undefined where the place in the tree is not certain. */
  readonly hops: number | undefined;
  /** The answers that the input leaves open: exactly one where the verdict is known. */
  readonly candidates: readonly MapType[];
  /** What the kernel met, in its order. */
  readonly reasons: readonly Reason[];
  /** Facts that would settle an unknown verdict; empty otherwise. */
  readonly missing: readonly MissingFact[];
  /** The nearest bridge (or function) that both paths pass; undefined when they meet in none. */
  readonly commonUpstream: PciFunction | undefined;
  /** From the provider up and down to the client, both included; without a common bridge over both root ports. */
  readonly path: readonly PciFunction[];
}

/** A port that redirects, and by which bits (PCI_ACS_RR, PCI_ACS_CR, PCI_ACS_EC). */
export interface RedirectingPort {
  readonly port: PciFunction;
  readonly bits: number;
}

/** What a pair would be under the rules of one release. */
export interface KernelAnswer {
  readonly kernel: KernelVersion;
  readonly mapType: MapType | 'unknown';
}

/** Something that the kernel met on the way to its answer. */
export type Reason =
  | { readonly code: 'kernel-too-old' }
  /** `source`: who knows, where the configuration is not in the input. */
  | { readonly code: 'config-p2pdma-off'; readonly source: string | undefined }
  | { readonly code: 'same-function' }
  | { readonly code: 'common-upstream-bridge'; readonly bridge: PciFunction }
  | { readonly code: 'place-uncertain' }
  /** Places are not known, and yet they share no bridge, whichever they are. */
  | { readonly code: 'apart' }
  | { readonly code: 'no-common-upstream-bridge'; readonly hostBridges: readonly HostBridge[] }
  | { readonly code: 'acs-redirect'; readonly ports: readonly RedirectingPort[] }
  | { readonly code: 'redirect-refused' }
  | { readonly code: 'no-host-bridge-rule' }
  | { readonly code: 'cpu-zen' | 'cpu-not-zen'; readonly inferredFrom: PciFunction | undefined }
  | { readonly code: HostBridgeReasonCode; readonly lookup: HostBridgeLookup }
  | { readonly code: 'host-bridges-unlisted' }
  | { readonly code: 'iommu-excludes' }
  | { readonly code: 'kernels-differ'; readonly answers: readonly KernelAnswer[] };

/** What the list said of one host bridge. */
export type HostBridgeReasonCode =
  | 'host-bridge-listed'
  | 'host-bridge-same-only'
  | 'host-bridge-not-listed'
  | 'host-bridge-no-device';

/** A fact whose absence leaves the verdict open, and why it is not there. */
export type MissingFact =
  | {
      readonly fact: 'acs-control' | 'placement' | 'host-bridge-ids' | 'host-bridge-type' | 'host-bridge-first';
      readonly device: PciFunction;
      readonly why: string;
    }
  | { readonly fact: 'cpu' | 'iommu' | 'kernel-rules'; readonly device: undefined; readonly why: string };

/** Is it known where the two stand to each other? What is drawn, and sent, between them rests on that. */
export function isPlaced({ reasons }: Verdict): boolean {
  return reasons[0]?.code !== 'place-uncertain' && reasons[0]?.code !== 'apart';
}
