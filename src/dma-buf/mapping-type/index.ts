export {
  DMA_BUF_MAPPING_INTERCONNECT,
  type InterconnectExporter,
  type InterconnectPlace,
  type InterconnectRun,
  interconnectExporter,
  interconnectImporter,
  mapInterconnect,
  unmapInterconnect,
} from './interconnect.ts';
export { dmaBufMappingAttach, type MappingAttachResult, type Negotiation } from './mapping-attach.ts';
export { dmaBufMatchMapping } from './match.ts';
export {
  DMA_BUF_MAPPING_PAL,
  type DmaBufPhysList,
  dmaBufPalMapPhys,
  dmaBufPalUnmapPhys,
  PAL_IMPORTER,
  type PalExporterOps,
  type PalMatch,
  PhysLists,
  palExporter,
} from './pal.ts';
export {
  DMA_BUF_MAPPING_SGT,
  dmaBufSgtDmaDevice,
  dmaBufSgtP2pAllowed,
  type SgtExporterOps,
  type SgtMatch,
  sgtExporter,
  sgtImporter,
  sgtOps,
  sgtPeerExporter,
} from './sgt.ts';
