/** Flow `bus-addr`: the ranges as the switches know them. Nothing is mapped, so nothing can fail once there is a table. */
import { calcSgNents, fillBusAddresses, PAST_END } from '../scatterlist/index.ts';
import { allocTable, finishTable, pastTable } from './finish-table.ts';
import type { MappingRequest } from './mapping-request.ts';
import type { FlowResult } from './sgt-mapping.ts';
import { touchBusAddrDefects, touchSplitDefects } from './survey-ranges.ts';

/**
 * Every range gets entries of its own, cut where the kernel cuts.
 * @kernel dma_buf_phys_vec_to_sgt drivers/dma-buf/dma-buf-mapping.c
 */
export function mapBusAddr(request: MappingRequest): FlowResult {
  const { kernel, importer, provider, ranges, size, dir } = request;
  const { rules } = kernel;
  const refusal = touchBusAddrDefects(request);
  const at = `${rules.mapFunction}: ${refusal}`;
  if (refusal !== undefined) return { outcome: 'failed', errno: 'ENOMEM', at, flow: 'bus-addr' };
  const allocated = allocTable(kernel, calcSgNents(ranges, rules.split), 'bus', 'any');
  if (!allocated.ok) return { outcome: 'failed', errno: allocated.errno, at: allocated.at, flow: 'bus-addr' };
  const table = allocated.value;
  const cursor = fillBusAddresses(table, ranges, provider.busOffset, rules.split);
  if (cursor === PAST_END) return pastTable(kernel, 'bus-addr');
  touchSplitDefects(kernel, ranges, table.nents);
  finishTable(kernel, table, cursor);
  const { busOffset } = provider;
  const mapping = { table, flow: 'bus-addr', importer, ranges, size, dir, busOffset, state: undefined } as const;
  return { outcome: 'mapped', mapping };
}
