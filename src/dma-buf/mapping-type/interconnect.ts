/**
 * A private mapping type: memory by the addresses of a link of the devices' own, which no other device can use. No kernel
 * has this one; it is what a driver adds for itself, without touching anything here.
 */
import { assert } from '../../base/index.ts';
import type { PhysVec } from '../../scatterlist/index.ts';
import { type KernelResult, kernelError, kernelOk } from '../../uapi/index.ts';
import type { DmaBufAttachment, DmaBufMappingMatch, DmaBufMappingType } from '../dma-buf.ts';

/** Where a buffer lies on a link. */
export interface InterconnectPlace {
  /** Which link: only members of the same one reach each other. */
  readonly link: string;
  /** Address of the buffer's first byte there; its ranges follow each other. */
  readonly base: bigint;
}

/** A stretch of link addresses. */
export interface InterconnectRun {
  readonly address: bigint;
  readonly length: bigint;
}

/** What the exporter keeps in place while an importer has its addresses. */
export interface InterconnectExporter {
  readonly ranges: Iterable<PhysVec>;
  pin(): KernelResult<undefined>;
  unpin(): void;
}

/** An item of this type. */
export interface InterconnectMatch extends DmaBufMappingMatch {
  readonly link: string;
  /** Undefined in an importer's item. */
  readonly offer: { readonly place: InterconnectPlace; readonly exporter: InterconnectExporter } | undefined;
}

/** Two members of one link go together. */
export const DMA_BUF_MAPPING_INTERCONNECT: DmaBufMappingType = {
  name: 'Private Interconnect',
  match(_args, exporter, importer) {
    const same = (exporter as InterconnectMatch).link === (importer as InterconnectMatch).link;
    return same ? kernelOk(undefined) : kernelError('EOPNOTSUPP', 'interconnect_match: another link');
  },
  finishMatch: (_args, exporter) => exporter,
};

/** The item of a member of a link. */
export function interconnectImporter(link: string): InterconnectMatch {
  return { type: DMA_BUF_MAPPING_INTERCONNECT, link, offer: undefined };
}

/** The item of an exporter on a link. */
export function interconnectExporter(place: InterconnectPlace, exporter: InterconnectExporter): InterconnectMatch {
  return { type: DMA_BUF_MAPPING_INTERCONNECT, link: place.link, offer: { place, exporter } };
}

/** The link addresses of a buffer, which stays in place until {@link unmapInterconnect}. */
export function mapInterconnect(attach: DmaBufAttachment): KernelResult<readonly InterconnectRun[]> {
  const { place, exporter } = offerOf(attach);
  const pinned = exporter.pin();
  if (!pinned.ok) return pinned;
  let at = place.base;
  return kernelOk(
    [...exporter.ranges].map(({ len: length }) => {
      const address = at;
      at += length;
      return { address, length };
    }),
  );
}

/** Lets go of the buffer. */
export function unmapInterconnect(attach: DmaBufAttachment): void {
  offerOf(attach).exporter.unpin();
}

function offerOf({ mapType }: DmaBufAttachment): NonNullable<InterconnectMatch['offer']> {
  assert(mapType?.type === DMA_BUF_MAPPING_INTERCONNECT, 'link addresses are mapped where they were agreed on');
  const { offer } = mapType as InterconnectMatch;
  assert(offer !== undefined, 'the item of the exporter holds');
  return offer;
}
