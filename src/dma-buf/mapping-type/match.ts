/**
 * Which way of mapping importer and exporter agree on. Proposed in "Add DMA-buf mapping types and convert vfio/iommufd to
 * use them", first posting of February 2026: in no release.
 */
import { type KernelResult, kernelError, kernelOk } from '../../uapi/index.ts';
import type { DmaBufMappingMatch, DmaBufMatchArgs } from '../dma-buf.ts';

/**
 * Holds an exporter's list against the importer's in `args`. The exporter's order decides; the importer's only breaks
 * ties within one type.
 * @returns what holds for the attachment, which has it from now on; EINVAL where nothing goes together; what a type's
 *   `match` says, but for EOPNOTSUPP, which only passes the pair over.
 * @kernel dma_buf_match_mapping drivers/dma-buf/dma-buf-mapping.c
 */
export function dmaBufMatchMapping(
  args: DmaBufMatchArgs,
  exporterList: readonly DmaBufMappingMatch[],
): KernelResult<DmaBufMappingMatch> {
  args.exporter = exporterList;
  for (const [exporter, offered] of exporterList.entries()) {
    for (const [importer, accepted] of args.importer.entries()) {
      if (offered.type !== accepted.type) {
        args.tried.push({ exporter, importer, outcome: 'passed' });
        continue;
      }
      const matched = offered.type.match?.(args, offered, accepted) ?? kernelOk(undefined);
      args.tried.push({ exporter, importer, outcome: matched.ok ? 'chosen' : matched });
      if (!matched.ok && matched.errno !== 'EOPNOTSUPP') return matched;
      if (!matched.ok) continue;
      const mapType = offered.type.finishMatch(args, offered, accepted);
      args.attach.mapType = mapType;
      return kernelOk(mapType);
    }
  }
  return kernelError('EINVAL', 'dma_buf_match_mapping: no mapping type in common');
}
