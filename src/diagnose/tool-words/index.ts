export { type PairToolWords, toolWordsOfPair } from './pair-tool-words.ts';
