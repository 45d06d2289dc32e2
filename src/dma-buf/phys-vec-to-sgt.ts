/**
 * Turning physical ranges of a BAR into a table for one importer. drivers/dma-buf/dma-buf-mapping.c.
 *
 * ```
 *   map type BUS_ADDR ──────────────────────────────▶ flow bus-addr: paddr + bus offset, range by range
 *   map type THRU_HOST_BRIDGE ─▶ try I/O addresses
 *                                  ├─ room ─────────▶ flow iova: link every range into one run
 *                                  └─ none ─────────▶ flow direct: dma_map_phys of every range
 *   anything else ──────────────────────────────────▶ -EINVAL
 * ```
 */
import type { PhysAddr } from '../base/index.ts';
import { dmaIovaTryAlloc, newDmaIovaState } from '../dma/index.ts';
import type { PhysVecArray } from '../scatterlist/index.ts';
import type { DmaDirection } from '../uapi/index.ts';
import type { DmaBufKernel, PeerProvider } from './dma-buf-kernel.ts';
import { mapBusAddr } from './flow-bus-addr.ts';
import { mapDirect } from './flow-direct.ts';
import { mapIova } from './flow-iova.ts';
import type { MappingAttachment, MappingRequest } from './mapping-request.ts';
import { argumentError, rangeDefects } from './range-defects.ts';
import type { FlowResult, PhysVecToSgtOutcome } from './sgt-mapping.ts';

/**
 * Maps `ranges` for the importer of `attach`. The caller holds the reservation lock.
 * @param size sum of the lengths, as the caller computed it; the kernel believes it
 * @kernel dma_buf_phys_vec_to_sgt drivers/dma-buf/dma-buf-mapping.c
 */
export function physVecToSgt(
  kernel: DmaBufKernel,
  attach: MappingAttachment | undefined,
  provider: PeerProvider | undefined,
  ranges: PhysVecArray,
  size: bigint,
  dir: DmaDirection,
): PhysVecToSgtOutcome {
  const touches = kernel.log.defectTouches;
  const request = checkArguments(kernel, attach, provider, ranges, size, dir);
  if ('outcome' in request) return { ...request, defects: kernel.log.defectsSince(touches) };
  const result = mapRanges(request);
  const touched = kernel.log.defectsSince(touches);
  const flow = result.outcome === 'mapped' ? result.mapping.flow : result.flow;
  let defects: readonly string[] | undefined;
  return {
    ...result,
    get defects() {
      defects ??= [...new Set([...touched, ...(flow === undefined ? [] : rangeDefects(request, flow))])];
      return defects;
    },
  };
}

/** Steps 1 and 2: what is NULL ends here. */
function checkArguments(
  kernel: DmaBufKernel,
  attach: MappingAttachment | undefined,
  provider: PeerProvider | undefined,
  ranges: PhysVecArray,
  size: bigint,
  dir: DmaDirection,
): MappingRequest | FlowResult {
  const { rules, log } = kernel;
  if (attach?.dmabuf === undefined && kernel.lockdep && rules.has('null-test-after-use')) {
    log.touchDefect('null-test-after-use');
    return { outcome: 'crashed', at: `${rules.mapFunction}: NULL attachment or dma-buf`, flow: undefined };
  }
  attach?.dmabuf?.resv.assertHeld(kernel, rules.mapFunction);
  if (attach?.dmabuf === undefined || provider === undefined) {
    log.warn(rules.file, `${rules.mapFunction}: NULL argument`);
    return failed(kernel, 'EINVAL', 'NULL argument');
  }
  return { kernel, importer: attach.dev, provider, ranges, size, dir };
}

function mapRanges(request: MappingRequest): FlowResult {
  const { kernel } = request;
  const refusal = kernel.rules.checksArguments ? argumentError(request) : undefined;
  if (refusal !== undefined) return failed(kernel, 'EINVAL', refusal);
  if (kernel.fault?.('dma_buf_phys_vec_to_sgt: handle') === true) return failed(kernel, 'ENOMEM', 'handle');
  return chooseFlow(request);
}

function chooseFlow(request: MappingRequest): FlowResult {
  const { kernel, importer, provider, size, ranges } = request;
  const mapType = kernel.mapType(provider, importer);
  if (mapType === 'PCI_P2PDMA_MAP_BUS_ADDR') return mapBusAddr(request);
  if (mapType !== 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE') {
    if (kernel.rules.has('unreachable-is-einval')) kernel.log.touchDefect('unreachable-is-einval');
    return failed(kernel, 'EINVAL', 'the importer cannot reach the provider');
  }
  if (kernel.fault?.('dma_buf_phys_vec_to_sgt: iova state') === true) return failed(kernel, 'ENOMEM', 'IOVA state');
  const state = newDmaIovaState();
  const keepsOffset = !kernel.rules.has('iova-alloc-ignores-page-offset') && ranges.length > 0;
  const phys = keepsOffset ? ranges.at(0).paddr : (0n as PhysAddr);
  return dmaIovaTryAlloc(importer, state, phys, size) ? mapIova(request, state) : mapDirect(request);
}

function failed(kernel: DmaBufKernel, errno: 'EINVAL' | 'ENOMEM', step: string): FlowResult {
  return { outcome: 'failed', errno, at: `${kernel.rules.mapFunction}: ${step}`, flow: undefined };
}
