/** Single facts in words: answers, links, counts. */
import { factValue } from '../capture/index.ts';
import type { PciFunction } from '../pci/index.ts';
import type { MapType } from '../uapi/index.ts';
import type { Tone } from './sheet/index.ts';

/** How one answer is shown. */
export interface MapTypeWords {
  /** One letter for matrix cells. */
  readonly letter: string;
  /** One or two words for lists and legends. */
  readonly short: string;
  readonly tone: Tone;
}

/** Letters and words by answer. */
export const MAP_TYPE_WORDS: Readonly<Record<MapType | 'unknown', MapTypeWords>> = {
  PCI_P2PDMA_MAP_BUS_ADDR: { letter: 'D', short: 'direct', tone: 'good' },
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: { letter: 'H', short: 'through the host bridge', tone: 'warn' },
  PCI_P2PDMA_MAP_NOT_SUPPORTED: { letter: '-', short: 'not supported', tone: 'bad' },
  unknown: { letter: '?', short: 'unknown', tone: 'open' },
};

/** In the order of legends. */
export const MAP_TYPES: readonly (MapType | 'unknown')[] = [
  'PCI_P2PDMA_MAP_BUS_ADDR',
  'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
  'PCI_P2PDMA_MAP_NOT_SUPPORTED',
  'unknown',
];

/** `16 GT/s x16`, with what it could be where it is less: `8 GT/s x8 of 16 x16`. */
export function linkText(fn: PciFunction): string {
  const link = factValue(fn.link);
  if (link === undefined) return '-';
  const speed = factValue(link.speed);
  const width = factValue(link.width);
  const maxSpeed = factValue(link.maxSpeed);
  const maxWidth = factValue(link.maxWidth);
  if (speed === undefined || width === undefined) return '-';
  const below = (maxSpeed !== undefined && speed < maxSpeed) || (maxWidth !== undefined && width < maxWidth);
  return `${speed} GT/s x${width}${below ? ` of ${maxSpeed ?? '?'} x${maxWidth ?? '?'}` : ''}`;
}

/** `3 pairs`, `1 pair`. */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}
