/** Flow `bus-addr`: the ranges as the switches know them. */
import { mapAsIs } from './map-as-is.ts';
import type { MappingRequest } from './mapping-request.ts';
import { maskError } from './range-defects.ts';
import type { FlowResult } from './sgt-mapping.ts';

/**
 * Every range gets entries of its own, cut where the kernel cuts.
 * @kernel dma_buf_phys_vec_to_sgt drivers/dma-buf/dma-buf-mapping.c
 */
export function mapBusAddr(request: MappingRequest): FlowResult {
  const { rules } = request.kernel;
  const refusal = rules.checksArguments ? maskError(request) : undefined;
  const at = `${rules.mapFunction}: ${refusal}`;
  if (refusal !== undefined) return { outcome: 'failed', errno: 'ENOMEM', at, flow: 'bus-addr' };
  return mapAsIs(request, 'bus-addr', 'bus', request.provider.busOffset);
}
