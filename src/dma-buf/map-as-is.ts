/** Tables of addresses that the importer can use without any mapping. */
import {
  calcSgNents,
  type DmaSpace,
  fillBusAddresses,
  fillOneEntryEach,
  oneEntryEach,
  PAST_END,
} from '../scatterlist/index.ts';
import { allocTable, finishTable, pastTable } from './finish-table.ts';
import type { MappingRequest } from './mapping-request.ts';
import type { FlowResult, MapFlow } from './sgt-mapping.ts';

/**
 * Every range gets entries of its own, `busOffset` above its physical address and cut where the kernel cuts. Nothing is
 * mapped, so nothing can fail once there is a table.
 */
export function mapAsIs(request: MappingRequest, flow: MapFlow, space: DmaSpace, busOffset: bigint): FlowResult {
  const { kernel, importer, ranges, size, dir } = request;
  const { split } = kernel.rules;
  const short = oneEntryEach(ranges);
  const nents = short ? ranges.length : calcSgNents(ranges, split);
  const allocated = allocTable(kernel, nents, space, 'any');
  if (!allocated.ok) return { outcome: 'failed', errno: allocated.errno, at: allocated.at, flow };
  const table = allocated.value;
  const cursor = short ? fillOneEntryEach(table, ranges, busOffset) : fillBusAddresses(table, ranges, busOffset, split);
  if (cursor === PAST_END) return pastTable(kernel, flow);
  finishTable(kernel, table, cursor);
  return { outcome: 'mapped', mapping: { table, flow, importer, ranges, size, dir, busOffset, state: undefined } };
}
