/** What a route depends on besides the topology. */
import type { AcsView, PciFunction } from '../pci/index.ts';

/** What an IOMMU makes of the untranslated requests of one function. */
export type IommuStage =
  | { readonly mode: 'off' }
  | { readonly mode: 'passthrough' }
  | { readonly mode: 'translated'; readonly table: IoTranslation }
  | { readonly mode: 'blocked' }
  | { readonly mode: 'unknown'; readonly why: string };

/** Any I/O page table, as far as the hardware walk of one address shows it. */
export interface IoTranslation {
  /** @param iova 0 ... 2^64-1 */
  translate(iova: bigint, write: boolean): TranslatedAddress | TranslationFault;
}

/** The leaf found. */
export interface TranslatedAddress {
  readonly ok: true;
  readonly phys: bigint;
  /** Bytes from `iova` on, at least 1, that translate to the bytes from `phys` on with the same permission. */
  readonly contiguousBytes: bigint;
}

/** No leaf, or one without the permission asked for. */
export interface TranslationFault {
  readonly ok: false;
  readonly fault: 'not-mapped' | 'no-permission';
  /** Bytes from `iova` on, at least 1, that fault in the same way. */
  readonly contiguousBytes: bigint;
}

/** Choices and assumptions of a router. */
export interface RouteOptions {
  /** The ACS registers; default: as captured. */
  readonly acs?: AcsView;
  /** What the IOMMU does with each function; default: as the capture tells, unknown where it translates. */
  readonly iommu?: (requester: PciFunction) => IommuStage;
  /**
   * Which ports a root complex routes between. No register tells. Default: all, and every route that uses it says
   * that it is assumed.
   */
  readonly rootComplexP2P?: 'all' | 'same-host-bridge' | 'none';
  /** Do the functions of a device without ACS reach each other inside it? Default: unknown. */
  readonly functionToFunction?: 'all' | 'none';
  /**
   * Memory and bus master enable as captured (default), or taken as set everywhere: a driver sets them when it binds,
   * so a question about what could be done does not depend on them.
   */
  readonly commandRegister?: 'as-captured' | 'assume-enabled';
}
