export {
  type Agreement,
  agreement,
  kernelDisagreements,
  kernelWords,
  type PairWords,
  wordsOfPair,
} from './pair-words.ts';
