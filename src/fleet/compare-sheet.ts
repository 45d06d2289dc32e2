/** Two scans held against each other, as a report and as JSON. */
import { counted, type Line, list, MAP_TYPE_WORDS, type Section, type Sheet, strong } from '../report/index.ts';
import type { ChangedMachine, FleetDiff } from './compare.ts';

/** What changed, the machines whose pairs answer otherwise first. */
export function fleetDiffSheet(diff: FleetDiff): Sheet {
  const { both, same, added, gone, changed, failedNow } = diff;
  const otherwise = changed.filter((machine) => machine.otherwise > 0);
  const answer =
    otherwise.length > 0
      ? `Pairs answer otherwise on ${otherwise.length} of ${counted(both, 'machine')} that both scans have.`
      : changed.length > 0
        ? `All pairs answer as before; ${counted(changed.length, 'machine')} of ${both} ${changed.length === 1 ? 'differs' : 'differ'} in something else.`
        : `Nothing changed on the ${counted(both, 'machine')} that both scans have.`;
  const sections: Section[] = [
    ...section('Pairs answer otherwise', otherwise.flatMap(machineLines)),
    ...section('Something else differs', changed.filter((machine) => machine.otherwise === 0).flatMap(machineLines)),
    ...section('New machines', added),
    ...section('Machines that are gone', gone),
    ...section('Inputs that could be read before and cannot now', failedNow),
  ];
  return {
    title: 'peerpath fleet diff',
    answer,
    context: [`${same} unchanged, ${changed.length} changed, ${added.length} new, ${gone.length} gone.`],
    sections,
  };
}

function section(title: string, lines: readonly Line[]): Section[] {
  return lines.length === 0 ? [] : [{ title, blocks: [list(lines, 40)] }];
}

function machineLines({ machine, changes, changeCount, otherwise, pairs }: ChangedMachine): Line[] {
  const words = (mapType: string): string => MAP_TYPE_WORDS[mapType as keyof typeof MAP_TYPE_WORDS]?.short ?? mapType;
  const told = pairs.map(
    ({ provider, client, before, after }) => `${provider} <- ${client} ${words(before)}, now ${words(after)}`,
  );
  const morePairs = otherwise - pairs.length;
  const moreChanges = changeCount - changes.length;
  const parts = [
    ...(otherwise > 0
      ? [`${counted(otherwise, 'pair')}: ${told.join('; ')}${morePairs > 0 ? ` and ${morePairs} more` : ''}`]
      : []),
    ...changes.map(
      ({ trait, bdf, before, after }) => `${trait}${bdf === undefined ? '' : ` of ${bdf}`}: ${before}, now ${after}`,
    ),
    ...(moreChanges > 0 ? [`and ${moreChanges} more`] : []),
  ];
  return [[strong(machine), `: ${parts.length === 0 ? 'facts that are in no table' : parts.join('; ')}`]];
}

/** `fleet diff --json`. */
export function fleetDiffJson(diff: FleetDiff): object {
  return {
    schema: 'peerpath.fleet-diff/1',
    ...diff,
    changed: diff.changed.map((machine) => ({
      ...machine,
      changes: machine.changes.map((change) => ({ ...change, bdf: change.bdf ?? null })),
    })),
  };
}
