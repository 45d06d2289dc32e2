/** Makes one machine of what any number of passages tell: the only way into the house. */
import { err, ok, type Result } from '../../base/index.ts';
import type { CapturePart, MachineCapture } from '../capture-part.ts';
import type { Finding } from '../finding.ts';
import type { SourceKind } from '../machine-capture.ts';
import { contradiction } from './contradiction.ts';
import { disagreements } from './disagreements.ts';
import { gatherMentions, joinFunction } from './join-functions.ts';
import { joinSystem } from './join-system.ts';
import { byStrength } from './strength.ts';
import { withLabels } from './system-names.ts';
import { withUngrouped } from './ungrouped.ts';

/** Why parts do not make one machine. */
export interface JoinRefusal {
  /** One sentence for people, without a stop: what stands where, twice. */
  readonly text: string;
}

/**
 * Joins parts by address. Where two disagree, the one nearer to the running machine counts and a finding names both.
 * Parts that have different devices at one address are refused.
 */
export function joinParts(parts: readonly CapturePart[]): Result<MachineCapture, JoinRefusal> {
  const strongestFirst = byStrength(parts);
  const mentions = gatherMentions(parts, strongestFirst);
  const contradicted = contradiction(mentions);
  if (contradicted !== undefined) return err({ text: contradicted.text });
  const findings: Finding[] = [];
  const joined = [...mentions].map(([bdf, each]) => {
    if (each.length > 1) findings.push(...disagreements(each));
    return joinFunction(bdf, each);
  });
  const functions = withLabels(withUngrouped(joined), parts);
  return ok({
    source: { kind: sourceKind(strongestFirst), name: sourceNames(parts).join(', ') },
    parts,
    functions,
    ...joinSystem(strongestFirst, functions),
    findings: [...placedFindings(parts), ...findings],
  });
}

/** Of the strongest part with functions; text without lspci output is a report. */
function sourceKind(strongestFirst: readonly CapturePart[]): SourceKind {
  const kinds = strongestFirst.flatMap(({ sourceKind: kind }) => kind ?? []);
  if (kinds.includes('lspci-hex') && kinds[0] === 'lspci-text') return 'lspci-hex';
  return kinds[0] ?? 'report';
}

function sourceNames(parts: readonly CapturePart[]): string[] {
  return [...new Set(parts.map(({ origin }) => origin.source))];
}

/** The findings of the parts; of several sources each says which one. */
function placedFindings(parts: readonly CapturePart[]): Finding[] {
  const several = sourceNames(parts).length > 1;
  return parts.flatMap(({ origin, findings }) =>
    several ? findings.map((finding) => ({ ...finding, where: placed(origin.source, finding.where) })) : findings,
  );
}

function placed(source: string, where: string): string {
  return where === source || where.startsWith(`${source}:`) ? where : `${source}: ${where}`;
}
