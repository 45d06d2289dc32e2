/** What is too large to be weighed pair by pair: said at once, not after minutes or when memory is used up. */
import { isEndpoint } from '../diagnose/index.ts';
import type { PciTopology } from '../pci/index.ts';
import { UsageError } from './exit-code.ts';

const MOST_ENDPOINTS = 8192;
/** Where places are not known, each pair is a case of its own. */
const MOST_UNPLACED = 1024;
/** Pairs that are asked for by name. */
const MOST_PAIRS = 2_000_000;

/** @param instead what to do, as the end of a sentence. @throws UsageError where all pairs are too many */
export function requireWeighable({ functions }: PciTopology, instead: string): void {
  const endpoints = functions.filter(isEndpoint);
  const unplaced = endpoints.filter(({ placement }) => !placement.certain).length;
  if (unplaced > MOST_UNPLACED)
    throw new UsageError(
      `the input does not tell where ${unplaced} endpoints are in the tree, and all their pairs are weighed for at most ${MOST_UNPLACED}; ${instead}`,
    );
  if (endpoints.length > MOST_ENDPOINTS)
    throw new UsageError(
      `all pairs of ${endpoints.length} endpoints are too many to weigh, the most is ${MOST_ENDPOINTS} endpoints; ${instead}`,
    );
}

/** @throws UsageError where providers with clients make too many pairs */
export function requireFewPairs(providers: number, clients: number, text: string): void {
  if (providers * clients > MOST_PAIRS)
    throw new UsageError(`${text} makes ${providers * clients} pairs; name at most ${MOST_PAIRS}`);
}
