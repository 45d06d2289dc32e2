/** The map types in words and single letters. */
import type { MapType } from '../uapi/index.ts';
import type { Paint } from './paint.ts';

/** How one answer is shown. */
export interface MapTypeWords {
  /** One letter for matrix cells. */
  readonly letter: string;
  /** One or two words for lists and legends. */
  readonly short: string;
  readonly colour: (paint: Paint) => (text: string) => string;
}

/** Letters and words by answer. */
export const MAP_TYPE_WORDS: Readonly<Record<MapType | 'unknown', MapTypeWords>> = {
  PCI_P2PDMA_MAP_BUS_ADDR: { letter: 'D', short: 'direct', colour: (paint) => paint.green },
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: { letter: 'H', short: 'through the host bridge', colour: (paint) => paint.yellow },
  PCI_P2PDMA_MAP_NOT_SUPPORTED: { letter: '-', short: 'not supported', colour: (paint) => paint.red },
  unknown: { letter: '?', short: 'unknown', colour: (paint) => paint.cyan },
};

/** In the order of legends. */
export const MAP_TYPES: readonly (MapType | 'unknown')[] = [
  'PCI_P2PDMA_MAP_BUS_ADDR',
  'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
  'PCI_P2PDMA_MAP_NOT_SUPPORTED',
  'unknown',
];
