/** Pairs of devices as people write them, `gpu* <-> nic*`, and what is too many to be weighed. */
import { focusOf, isEndpoint, type Want, WISHES, type Wish, wantPairs, wishPairs } from '../diagnose/index.ts';
import type { PciTopology } from '../pci/index.ts';
import { UsageError } from './exit-code.ts';
import { type OpenMachine, someFunctions } from './open-machine.ts';

/**
 * The ordered pairs a text names; the left side of `->` is the provider, the right one the client. Some wishes have a
 * name of their own. @throws UsageError where a side names nothing, or there is no arrow.
 */
export function readWant(machine: OpenMachine, text: string, option: string): readonly Want[] {
  const wish = WISHES.find((name) => name === text.trim());
  if (wish !== undefined) return wishedPairs(machine, wish, option);
  const sides = /^(.+?)\s*(<->|->)\s*(.+)$/.exec(text.trim());
  if (sides === null)
    throw new UsageError(
      `${option} ${text}: write PROVIDER->CLIENT or A<->B, for example 'gpu*<->nic*', or ${WISHES.join(', ')}`,
    );
  const [, left = '', arrow, right = ''] = sides;
  const both = arrow === '<->';
  const [providers, clients] = [someFunctions(machine, left, option), someFunctions(machine, right, option)];
  requireFewPairs(providers.length, clients.length, `${option} ${text}`);
  const wants = wantPairs(providers, clients, both);
  if (wants.length === 0) throw new UsageError(`${option} ${text}: both sides are one and the same device`);
  return wants;
}

function wishedPairs({ analysis }: OpenMachine, wish: Wish, option: string): readonly Want[] {
  const { functions } = analysis.topology;
  const count = focusOf(functions).devices.length;
  requireFewPairs(count, count, `${option} ${wish}`);
  const wants = wishPairs(functions, wish);
  if (wants.length === 0) throw new UsageError(`${option} ${wish}: this machine has no such pairs`);
  return wants;
}

const MOST_ENDPOINTS = 8192;
/** Where places are not known, each pair is a case of its own. */
const MOST_UNPLACED = 1024;
/** Pairs that are asked for by name. */
const MOST_PAIRS = 2_000_000;

/** What is too large to be weighed is said at once, not after minutes. @param instead what to do, as the end of a sentence. @throws UsageError where all pairs are too many */
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
function requireFewPairs(providers: number, clients: number, text: string): void {
  if (providers * clients > MOST_PAIRS)
    throw new UsageError(`${text} makes ${providers * clients} pairs; name at most ${MOST_PAIRS}`);
}
