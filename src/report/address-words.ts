/** Which addresses devices do DMA with, in words. */
import type { AddressKind } from '../answers/index.ts';
import { counted } from './words.ts';

const WORDS: Readonly<Record<AddressKind, string>> = {
  strict: 'I/O addresses that end with the mapping (translate, strict)',
  lazy: 'I/O addresses that may lead on for a while after the mapping (translate, lazy)',
  physical: 'physical addresses',
  unknown: 'addresses that are not known',
};

/** Pairs through the host bridge that get other addresses than before, in a sentence. */
export function addressChangeWords(from: AddressKind, to: AddressKind, pairs: number): string {
  const get = pairs === 1 ? 'gets' : 'get';
  return `${counted(pairs, 'pair')} through the host bridge ${get} ${WORDS[to]} in place of ${WORDS[from]}.`;
}
