export { comparePair, explainPair, type PairRouters, pairRouters, peerBar } from './compare-pair.ts';
export { type ComparedPair, KNOWN_DIFFERENCES, type KnownDifference, type Way } from './known-differences.ts';
