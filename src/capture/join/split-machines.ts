/** Tells machines apart in what one source says: a mail may show two, and a log may be of another time. */
import type { CapturePart } from '../capture-part.ts';
import type { Finding } from '../finding.ts';
import { contradiction } from './contradiction.ts';
import { gatherMentions } from './join-functions.ts';
import { byStrength, strengthOf } from './strength.ts';

/** Parts by machine, in the order in which the source shows the machines. */
export interface SplitMachines {
  readonly machines: readonly (readonly CapturePart[])[];
  /** Parts that belong to none of them, with why. */
  readonly findings: readonly Finding[];
}

interface Group {
  readonly parts: CapturePart[];
  readonly strength: number;
}

/**
 * Parts that have other devices at the same addresses are of two machines, if they are equally near to the running
 * machine; a log that contradicts registers is of another time or another machine, and is left out.
 */
export function splitMachines(parts: readonly CapturePart[]): SplitMachines {
  const findings: Finding[] = [];
  const groups: Group[] = [];
  const loose: CapturePart[] = [];
  for (const part of byStrength(parts)) {
    if ((part.functions ?? []).length === 0) {
      loose.push(part);
      continue;
    }
    const group = groups.find((each) => belongs(part, each.parts));
    const strength = strengthOf(part);
    const top = groups[0];
    if (group !== undefined) group.parts.push(part);
    else if (top === undefined || strength === top.strength) groups.push({ parts: [part], strength });
    else findings.push(leftOut(part, contradictionOf([part, ...top.parts]) ?? 'it is of another host'));
  }
  const [only] = groups;
  if (groups.length <= 1 || only === undefined) {
    const kept = new Set([...(only?.parts ?? []), ...loose]);
    return { machines: [parts.filter((part) => kept.has(part))], findings };
  }
  const machines = groups.map((group) => group.parts).sort((a, b) => firstLine(a) - firstLine(b));
  for (const part of loose) {
    const owner = machines.filter((machine) => ownsLoose(machine, part, loose, machines));
    if (owner.length === 1) owner[0]?.push(part);
    else findings.push(leftOut(part, 'the text shows several machines, and not which of them it is of'));
  }
  return { machines, findings };
}

function belongs(part: CapturePart, parts: readonly CapturePart[]): boolean {
  if (parts.some(({ host }) => host !== undefined && part.host !== undefined && host !== part.host)) return false;
  return contradictionOf([part, ...parts]) === undefined;
}

function contradictionOf(parts: readonly CapturePart[]): string | undefined {
  return contradiction(gatherMentions(parts, byStrength(parts)))?.text;
}

function leftOut({ origin }: CapturePart, why: string): Finding {
  const where = origin.line === undefined ? origin.source : `line ${origin.line}`;
  return { code: 'passage-left-out', severity: 'notice', where, text: `a passage is left out: ${why}` };
}

/** By its host name; else by its place, where each machine has one passage of that kind. */
function ownsLoose(
  machine: readonly CapturePart[],
  part: CapturePart,
  loose: readonly CapturePart[],
  machines: readonly (readonly CapturePart[])[],
): boolean {
  if (part.host !== undefined) return machine.some(({ host }) => host === part.host);
  const kin = loose
    .filter(({ origin }) => origin.passage === part.origin.passage)
    .toSorted((a, b) => (a.origin.line ?? 0) - (b.origin.line ?? 0));
  return kin.length === machines.length && machines.indexOf(machine) === kin.indexOf(part);
}

function firstLine(parts: readonly CapturePart[]): number {
  return Math.min(...parts.map(({ origin }) => origin.line ?? 0));
}
