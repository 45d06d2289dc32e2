/** What travels, as far as decisions before the IOMMU look at it. */
import type { PciFunction } from '../pci/index.ts';
import type { AddressType, RequestKind } from './route-value.ts';
import type { Span } from './span.ts';

/** One request under way. */
export interface Packet {
  readonly requester: PciFunction;
  readonly kind: RequestKind;
  readonly addressType: AddressType;
  readonly span: Span;
}
