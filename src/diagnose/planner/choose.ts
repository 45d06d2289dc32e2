/**
 * Which wanted pairs can be had together. A pair needs the redirect of all its ports to go, so a set of pairs needs the
 * union of theirs: there is one smallest set of ports for each set of pairs. A choice arises only where something must
 * stay isolated: then the most pairs are searched that leave it so.
 */
import type { PciFunction } from '../../pci/index.ts';
import type { Want } from './want.ts';

/** Pairs that need the same ports. */
export interface Bundle {
  readonly wants: readonly Want[];
  readonly ports: readonly PciFunction[];
}

/** What may be cleared, and what it costs. */
export interface ChoiceRules {
  /** May these ports be cleared together? More ports are never allowed where fewer are not. */
  readonly allowed: (ports: readonly PciFunction[]) => boolean;
  /** Lower is better, among choices with equally many pairs. */
  readonly cost: (ports: readonly PciFunction[]) => number;
}

/** The ports of several bundles, each once, ascending. */
export function portsOf(bundles: readonly Bundle[]): readonly PciFunction[] {
  return [...new Set(bundles.flatMap(({ ports }) => ports))].sort((a, b) => a.index - b.index);
}

/**
 * The bundles with the most pairs; among those with the least cost, then the fewest ports. Exact: where some bundles
 * are not allowed together, each choice lacks at least one of them, and all these cases are tried.
 */
export function chooseBundles(bundles: readonly Bundle[], { allowed, cost }: ChoiceRules): readonly Bundle[] {
  const seen = new Set<string>();
  let best: readonly Bundle[] = [];
  const possible = bundles.filter((bundle) => allowed(bundle.ports));
  const pending = [possible];
  for (let chosen = pending.pop(); chosen !== undefined; chosen = pending.pop()) {
    const key = chosen.map((bundle) => possible.indexOf(bundle)).join(' ');
    if (seen.has(key) || countWants(chosen) < countWants(best)) continue;
    seen.add(key);
    const conflict = smallestConflict(chosen, allowed);
    if (conflict === undefined) best = better(best, chosen, cost);
    else for (const without of conflict) pending.push(chosen.filter((bundle) => bundle !== without));
  }
  return best;
}

/** Bundles that are not allowed together, but without any one of them are; undefined when all are. */
function smallestConflict(chosen: readonly Bundle[], allowed: ChoiceRules['allowed']): readonly Bundle[] | undefined {
  if (allowed(portsOf(chosen))) return undefined;
  let conflict = chosen;
  for (const bundle of chosen) {
    const without = conflict.filter((other) => other !== bundle);
    if (!allowed(portsOf(without))) conflict = without;
  }
  return conflict;
}

function better(a: readonly Bundle[], b: readonly Bundle[], cost: ChoiceRules['cost']): readonly Bundle[] {
  const more = countWants(b) - countWants(a);
  if (more !== 0) return more > 0 ? b : a;
  const [portsA, portsB] = [portsOf(a), portsOf(b)];
  const dearer = cost(portsB) - cost(portsA);
  return dearer < 0 || (dearer === 0 && portsB.length < portsA.length) ? b : a;
}

function countWants(bundles: readonly Bundle[]): number {
  return bundles.reduce((sum, { wants }) => sum + wants.length, 0);
}
