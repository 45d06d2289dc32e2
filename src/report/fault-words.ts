/** Known faults of hardware in words. */
import type { FoundFault } from '../diagnose/index.ts';
import { faultsOfPair } from '../diagnose/index.ts';
import type { P2pdmaMachine, Verdict } from '../p2pdma/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { type Line, type Section, text, toned } from './sheet/index.ts';
import { counted } from './words.ts';

/** One fault, a sentence each. */
export function faultText(
  { fault, parts, pairs, atLeast }: FoundFault,
  names: DeviceNames,
): { readonly title: string; readonly evidence: string; readonly consequence: string; readonly fix: string } {
  const matters = pairs === 0 ? '' : ` It bears on ${atLeast ? 'at least ' : ''}${counted(pairs, 'pair')}.`;
  return {
    title: fault.title,
    evidence: `${nameList(parts, names, 6)}.${matters} Others met it: ${sourcesText({ fault })}.`,
    consequence: fault.happens,
    fix: fault.helps,
  };
}

/** `https://… (2026-04-08)`. */
function sourcesText({ fault }: Pick<FoundFault, 'fault'>): string {
  return fault.sources.map(({ url, date }) => `${url} (${date})`).join(', ');
}

/** What is known of the hardware between two devices; nothing where nothing is. */
export function faultSections(machine: P2pdmaMachine, verdict: Verdict): Section[] {
  const found = faultsOfPair(machine, verdict);
  if (found.length === 0) return [];
  const lines = found.flatMap(({ fault, parts }): Line[] => [
    [toned('warn', fault.title), ` (${parts.map(({ bdf }) => formatBdf(bdf)).join(', ')})`],
    `  ${fault.happens.slice(0, 1).toUpperCase()}${fault.happens.slice(1)} What helps: ${fault.helps}`,
    `  ${sourcesText({ fault })}`,
  ]);
  return [{ title: 'Known faults of this hardware', blocks: [text(...lines)] }];
}

/** Faults as JSON. */
export function faultsJson(found: readonly FoundFault[]): object[] {
  return found.map(({ fault, parts, pairs }) => ({
    name: fault.name,
    harm: fault.harm,
    title: fault.title,
    happens: fault.happens,
    helps: fault.helps,
    sources: fault.sources,
    devices: parts.map(({ bdf }) => formatBdf(bdf)),
    pairs,
  }));
}
