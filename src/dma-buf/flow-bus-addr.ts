/** Flow `bus-addr`: the ranges as the switches know them. Nothing is mapped, so nothing can fail once there is a table. */
import { calcSgNents, fillBusAddresses, fillOneEntryEach, oneEntryEach, PAST_END } from '../scatterlist/index.ts';
import { allocTable, finishTable, pastTable } from './finish-table.ts';
import type { MappingRequest } from './mapping-request.ts';
import { maskError } from './range-defects.ts';
import type { FlowResult } from './sgt-mapping.ts';

/**
 * Every range gets entries of its own, cut where the kernel cuts.
 * @kernel dma_buf_phys_vec_to_sgt drivers/dma-buf/dma-buf-mapping.c
 */
export function mapBusAddr(request: MappingRequest): FlowResult {
  const { kernel, importer, provider, ranges, size, dir } = request;
  const { rules } = kernel;
  const refusal = rules.checksArguments ? maskError(request) : undefined;
  const at = `${rules.mapFunction}: ${refusal}`;
  if (refusal !== undefined) return { outcome: 'failed', errno: 'ENOMEM', at, flow: 'bus-addr' };
  const short = oneEntryEach(ranges);
  const nents = short ? ranges.length : calcSgNents(ranges, rules.split);
  const allocated = allocTable(kernel, nents, 'bus', 'any');
  if (!allocated.ok) return { outcome: 'failed', errno: allocated.errno, at: allocated.at, flow: 'bus-addr' };
  const table = allocated.value;
  const { busOffset } = provider;
  const cursor = short
    ? fillOneEntryEach(table, ranges, busOffset)
    : fillBusAddresses(table, ranges, busOffset, rules.split);
  if (cursor === PAST_END) return pastTable(kernel, 'bus-addr');
  finishTable(kernel, table, cursor);
  const mapping = { table, flow: 'bus-addr', importer, ranges, size, dir, busOffset, state: undefined } as const;
  return { outcome: 'mapped', mapping };
}
