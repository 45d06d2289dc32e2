/** Pairs of devices as people write them, `gpu* <-> nic*`, and what is too many to be weighed. */
import { isEndpoint, type Want } from '../diagnose/index.ts';
import type { PciTopology } from '../pci/index.ts';
import { selectPairs } from '../report/index.ts';
import { UsageError } from './exit-code.ts';
import { noteUnnamed, type OpenMachine } from './open-machine.ts';

/** The ordered pairs a text names, with a note on what this machine has none of. @throws UsageError naming `option` */
export function readWant({ analysis, names }: OpenMachine, text: string, option: string): readonly Want[] {
  const found = selectPairs(analysis.topology, names, text);
  if (!found.ok) throw new UsageError(`${option} ${found.error.text}`);
  noteUnnamed(found.value.unnamed, option);
  return found.value.wants;
}

const MOST_ENDPOINTS = 8192;
/** Where places are not known, each pair is a case of its own. */
const MOST_UNPLACED = 1024;
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
