/** What is different between two readings of a machine, in sentences. */
import type { FunctionView, MachineView, PortAcs, SituationView } from './protocol.ts';

/** A machine, and what it answers under the question that is asked. */
export interface Reading {
  readonly machine: MachineView;
  readonly situation: SituationView | undefined;
}

const MOST_NAMES = 6;
/** Comparing all pairs of more devices would hold up the page. */
const MOST_ROWS = 1024;

/** What changed, what matters most first; nothing where both say the same. */
export function machineChanges(before: Reading, after: Reading): readonly string[] {
  const old = byBdf(before.machine.functions);
  const now = byBdf(after.machine.functions);
  const came = after.machine.functions.filter(({ bdf }) => !old.has(bdf));
  const went = before.machine.functions.filter(({ bdf }) => !now.has(bdf));
  const others = after.machine.functions.filter((fn) => differs(old.get(fn.bdf), fn, ({ kind }) => kind));
  const links = after.machine.functions.filter((fn) => differs(old.get(fn.bdf), fn, ({ link }) => link?.text));
  const places = after.machine.functions.filter((fn) => differs(old.get(fn.bdf), fn, ({ parent }) => parent));
  const pairs = changedPairs(before, after);
  return [
    pairs > 0 ? `${pairs} pair${pairs === 1 ? '' : 's'} answer${pairs === 1 ? 's' : ''} differently.` : '',
    sentence(came, 'is new', 'are new'),
    sentence(went, 'is gone', 'are gone'),
    sentence(others, 'is another device', 'are other devices'),
    sentence(acsChanges(before, after), 'has another ACS setting', 'have another ACS setting'),
    sentence(links, 'has another link', 'have another link'),
    came.length + went.length > 0 ? '' : sentence(places, 'is in another place', 'are in another place'),
    before.machine.kernel === after.machine.kernel ? '' : `The kernel is ${after.machine.kernel}.`,
    before.machine.cmdline === after.machine.cmdline ? '' : 'The kernel command line is another.',
  ].filter((text) => text !== '');
}

function byBdf(functions: readonly FunctionView[]): ReadonlyMap<string, FunctionView> {
  return new Map(functions.map((fn) => [fn.bdf, fn]));
}

function differs(old: FunctionView | undefined, now: FunctionView, of: (fn: FunctionView) => unknown): boolean {
  return old !== undefined && of(old) !== of(now);
}

function sentence(functions: readonly FunctionView[], one: string, many: string): string {
  const names = functions.slice(0, MOST_NAMES).map(({ label, bdf }) => (label === undefined ? bdf : `${label} ${bdf}`));
  if (names.length === 0) return '';
  const more = functions.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${functions.length === 1 ? one : many}.`;
}

function acsChanges(before: Reading, after: Reading): readonly FunctionView[] {
  const settings = ({ machine, situation }: Reading): ReadonlyMap<string, PortAcs> =>
    new Map(situation?.ports.map((acs) => [machine.functions[acs.port]?.bdf ?? '', acs]));
  const [old, now] = [settings(before), settings(after)];
  return after.machine.functions.filter(({ bdf }) => {
    const [was, is] = [old.get(bdf), now.get(bdf)];
    return was !== undefined && is !== undefined && (was.control !== is.control || was.known !== is.known);
  });
}

/** Pairs of devices that both readings have, and for which they have another answer. */
function changedPairs(before: Reading, after: Reading): number {
  const [old, now] = [before.situation, after.situation];
  if (old === undefined || now === undefined || now.shown.length > MOST_ROWS) return 0;
  const rows = new Map(Array.from(old.shown, (index, row) => [before.machine.functions[index]?.bdf, row]));
  const rowOf = Array.from(now.shown, (index) => rows.get(after.machine.functions[index]?.bdf) ?? -1);
  let changed = 0;
  for (const [r, oldRow] of rowOf.entries())
    for (const [c, oldColumn] of rowOf.entries()) {
      if (oldRow < 0 || oldColumn < 0) continue;
      if (now.types[r * now.shown.length + c] !== old.types[oldRow * old.shown.length + oldColumn]) changed++;
    }
  return changed;
}
