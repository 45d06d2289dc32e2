/** Tells apart the machines that one text lists: lspci prints addresses in order, so each listing is an ascending run. */
import type { ParsedFunction } from './parsed-function.ts';

/**
 * Mentions by machine, in the order in which the text shows the machines. A run belongs to the machine whose devices it
 * has at the same addresses; one that has mostly others there is of another machine, one that has none in common of the
 * machine before it.
 */
export function machineRuns(mentions: readonly ParsedFunction[]): readonly (readonly ParsedFunction[])[] {
  const machines: ParsedFunction[][] = [];
  for (const run of ascendingRuns(mentions)) {
    const judged = machines.map((machine) => ({ machine, ...compare(run, machine) })).reverse();
    const same = judged.find(({ agree, differ }) => agree > 0 && agree >= differ);
    const [last] = judged;
    const unrelated = last !== undefined && last.differ === 0 ? last : undefined;
    const owner = (same ?? unrelated)?.machine;
    if (owner === undefined) machines.push([...run]);
    // One by one: a run may be longer than arguments of a call.
    else for (const mention of run) owner.push(mention);
  }
  return machines;
}

function ascendingRuns(mentions: readonly ParsedFunction[]): ParsedFunction[][] {
  const runs: ParsedFunction[][] = [];
  let last: ParsedFunction | undefined;
  for (const mention of mentions) {
    if (last === undefined || mention.bdf <= last.bdf) runs.push([]);
    runs.at(-1)?.push(mention);
    last = mention;
  }
  return runs;
}

/** How many addresses of both have the same device, and how many another one. */
function compare(
  run: readonly ParsedFunction[],
  machine: readonly ParsedFunction[],
): { agree: number; differ: number } {
  const there = new Map(machine.map((mention) => [mention.bdf, mention]));
  let [agree, differ] = [0, 0];
  for (const mention of run) {
    const other = there.get(mention.bdf);
    const same = other === undefined ? undefined : isSame(mention, other);
    if (same === true) agree++;
    else if (same === false) differ++;
  }
  return { agree, differ };
}

/** Undefined where the titles do not tell. A function that does not answer reads as all ones. */
function isSame({ title: a }: ParsedFunction, { title: b }: ParsedFunction): boolean | undefined {
  if (a.vendor === 0xffff || b.vendor === 0xffff) return undefined;
  if (a.vendor !== undefined && b.vendor !== undefined && a.device !== undefined && b.device !== undefined) {
    return a.vendor === b.vendor && a.device === b.device;
  }
  if (a.classCode !== undefined && b.classCode !== undefined && a.classCode !== b.classCode) return false;
  if (a.name === undefined || b.name === undefined) return undefined;
  // Broken at the width of a terminal, a name is cut.
  return a.name.startsWith(b.name) || b.name.startsWith(a.name);
}
