/** The mapping type "DMA Mapped Scatter Gather Table": what every importer got before there were others. */
import { assert } from '../../base/index.ts';
import type { DmaDevice } from '../../dma/index.ts';
import { type KernelResult, kernelError, kernelOk } from '../../uapi/index.ts';
import {
  DMA_BUF_FILE,
  type DmaBufAttachment,
  type DmaBufMappingMatch,
  type DmaBufMappingType,
  type DmaBufMatchArgs,
  type DmaBufOps,
} from '../dma-buf.ts';
import type { PeerProvider } from '../dma-buf-kernel.ts';

/** How an exporter makes tables. */
export type SgtExporterOps = Pick<DmaBufOps, 'map' | 'unmap'>;

/** An item of this type: an importer's, an exporter's, or what holds for an attachment. */
export interface SgtMatch extends DmaBufMappingMatch {
  /** The importer's device; undefined in an exporter's item. */
  readonly dev: DmaDevice | undefined;
  /** The importer can use memory of other devices. */
  readonly acceptsPeer2peer: boolean;
  readonly expOps: SgtExporterOps | undefined;
  /** The exporter's memory is that of a device, so the importer must be able to reach it. */
  readonly requiresDistance: boolean;
  /** The memory whose device the distance is measured from; missing: a fault of the exporter. */
  readonly from: PeerProvider | undefined;
}

/** @kernel dma_buf_mapping_sgt_type drivers/dma-buf/dma-buf-mapping.c */
export const DMA_BUF_MAPPING_SGT: DmaBufMappingType = {
  name: 'DMA Mapped Scatter Gather Table',
  match(args, exporter, importer) {
    return isSgt(exporter) && isSgt(importer) ? matchSgt(args, exporter, importer) : kernelOk(undefined);
  },
  finishMatch({ attach }, exporter, importer) {
    assert(isSgt(exporter) && isSgt(importer), 'both items are tables');
    const { dev, acceptsPeer2peer } = importer;
    assert(dev !== undefined, 'an importer of tables has a device');
    attach.setDevice(dev, acceptsPeer2peer);
    return { ...exporter, dev, acceptsPeer2peer, from: undefined };
  },
};

/** The item of an importer that wants a table for `dev`. */
export function sgtImporter(dev: DmaDevice, acceptsPeer2peer: boolean): SgtMatch {
  return {
    type: DMA_BUF_MAPPING_SGT,
    dev,
    acceptsPeer2peer,
    expOps: undefined,
    requiresDistance: false,
    from: undefined,
  };
}

/** The item of an exporter whose memory any device can use. */
export function sgtExporter(expOps: SgtExporterOps): SgtMatch {
  return {
    type: DMA_BUF_MAPPING_SGT,
    dev: undefined,
    acceptsPeer2peer: false,
    expOps,
    requiresDistance: false,
    from: undefined,
  };
}

/** The item of an exporter whose memory lies behind a device. */
export function sgtPeerExporter(expOps: SgtExporterOps, from: PeerProvider | undefined): SgtMatch {
  return { ...sgtExporter(expOps), requiresDistance: true, from };
}

/**
 * The device for which an attachment gets a table; undefined where it gets something else.
 * @kernel dma_buf_sgt_dma_device include/linux/dma-buf-mapping.h
 */
export function dmaBufSgtDmaDevice({ mapType }: DmaBufAttachment): DmaDevice | undefined {
  return mapType !== undefined && isSgt(mapType) ? mapType.dev : undefined;
}

/**
 * Was it made sure that the importer can reach the memory of a device?
 * @kernel dma_buf_sgt_p2p_allowed include/linux/dma-buf-mapping.h
 */
export function dmaBufSgtP2pAllowed({ mapType }: DmaBufAttachment): boolean {
  return mapType !== undefined && isSgt(mapType) && mapType.requiresDistance;
}

/** How tables are made for an attachment: as negotiated, or by the exporter's own operations where nothing was. */
export function sgtOps({ dmabuf, mapType }: DmaBufAttachment): SgtExporterOps {
  if (mapType === undefined) return dmabuf.ops;
  assert(isSgt(mapType) && mapType.expOps !== undefined, 'a table is mapped where a table was agreed on');
  return mapType.expOps;
}

function isSgt(match: DmaBufMappingMatch): match is SgtMatch {
  return match.type === DMA_BUF_MAPPING_SGT;
}

function matchSgt({ dmabuf }: DmaBufMatchArgs, exporter: SgtMatch, importer: SgtMatch): KernelResult<undefined> {
  const { kernel } = dmabuf;
  const at = 'dma_buf_sgt_match';
  if (!exporter.requiresDistance) return kernelOk(undefined);
  if (exporter.from === undefined) {
    kernel.log.warn(DMA_BUF_FILE, `${at}: no exporting device`);
    return kernelError('EOPNOTSUPP', `${at}: no exporting device`);
  }
  if (!importer.acceptsPeer2peer) return kernelError('EOPNOTSUPP', `${at}: the importer accepts no peer memory`);
  assert(importer.dev !== undefined, 'an importer of tables has a device');
  const reached = kernel.mapType(exporter.from, importer.dev) !== 'PCI_P2PDMA_MAP_NOT_SUPPORTED';
  return reached ? kernelOk(undefined) : kernelError('EOPNOTSUPP', `${at}: the importer cannot reach the exporter`);
}
