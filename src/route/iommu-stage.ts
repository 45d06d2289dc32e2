/** What an IOMMU does with the address of one request that has reached it. */
import type { PciFunction } from '../pci/index.ts';
import type { Bus } from './bus-tree.ts';
import type { IommuStage } from './options.ts';
import { missingOf } from './registers.ts';
import type { AddressType, Hop, RequestKind } from './route-value.ts';
import type { RouteRule } from './rules.ts';
import type { Span } from './span.ts';
import { atHostBridge, fork, hop, stop, type Walk } from './walk.ts';

/** On to a physical address (the span stands at it), or an end. */
export type IommuAnswer =
  | { readonly kind: 'physical'; readonly hop: Hop }
  | { readonly kind: 'ends'; readonly walk: Walk };

/** A request as the IOMMU sees it. */
export interface IommuRequest {
  readonly requester: PciFunction;
  readonly rootBus: Bus;
  readonly kind: RequestKind;
  readonly addressType: AddressType;
}

/** Applies `stage` to the address of `span`, and moves the span to the physical address. */
export function passIommu(stage: IommuStage, request: IommuRequest, span: Span): IommuAnswer {
  const place = atHostBridge(request.rootBus.hostBridge);
  const physical = (rule: RouteRule): IommuAnswer => ({ kind: 'physical', hop: hop(place, 'inside', rule) });
  const fault = (rule: 'iommu-blocked' | 'iommu-no-permission' | 'iommu-not-mapped'): IommuAnswer => ({
    kind: 'ends',
    walk: stop(place, 'inside', { reason: 'iommu-fault', rule }),
  });
  if (stage.mode === 'off') return physical('iommu-off');
  if (stage.mode === 'blocked') return fault('iommu-blocked');
  // With ATS enabled the IOMMU has given the address out itself.
  if (request.addressType === 'translated' && stage.mode !== 'unknown') return physical('iommu-ats');
  if (stage.mode === 'passthrough') return physical('iommu-passthrough');
  if (stage.mode === 'unknown') {
    const missing = [missingOf(request.requester, 'IOMMU translation', stage.why)];
    return { kind: 'ends', walk: fork(place, 'inside', 'iommu-unknown', missing, [], true) };
  }
  const answer = stage.table.translate(span.address, request.kind === 'write');
  span.within({ start: span.address, end: span.address + answer.contiguousBytes });
  if (!answer.ok) return fault(answer.fault === 'not-mapped' ? 'iommu-not-mapped' : 'iommu-no-permission');
  span.moveTo(answer.phys);
  return physical('iommu-translated');
}
