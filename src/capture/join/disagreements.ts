/** Where parts tell different things of one function. */
import { formatBdf } from '../../uapi/index.ts';
import type { Fact } from '../fact.ts';
import type { Finding } from '../finding.ts';
import type { FactName, Mention } from './join-functions.ts';
import { whyCounts } from './strength.ts';

/** Facts that stay as they are while a machine runs, and how people call them. */
const LASTING: Partial<Record<FactName, string>> = {
  vendor: 'vendor',
  device: 'device',
  classCode: 'class',
  parent: 'the bridge above it',
  physfn: 'its physical function',
  driver: 'driver',
  numaNode: 'NUMA node',
  iommuGroup: 'IOMMU group',
};

/** A finding for each fact that two parts tell differently: both places, which counts, and why. */
export function disagreements(mentions: readonly Mention[]): Finding[] {
  return (Object.keys(LASTING) as FactName[]).flatMap((name) => {
    const known = mentions.flatMap((mention) => {
      const fact: Fact<unknown> | undefined = mention.told[name];
      return fact?.state === 'known' && fact.origin?.inferredFrom === undefined ? [{ mention, fact }] : [];
    });
    const [first, ...others] = known;
    const other = others.find(({ fact }) => fact.value !== first?.fact.value);
    if (first === undefined || other === undefined) return [];
    const text =
      `${LASTING[name]}: ${placeOf(first.mention, first.fact)} says ${wordOf(name, first.fact.value)}, ` +
      `${placeOf(other.mention, other.fact)} says ${wordOf(name, other.fact.value)}; the first counts: ` +
      whyCounts(first.mention.part, other.mention.part);
    return [{ code: 'sources-disagree', severity: 'notice', where: formatBdf(first.mention.told.bdf), text }];
  });
}

/** `dmesg.txt:120`; a part without lines by its source alone. */
export function placeOf({ part, told }: Mention, fact?: Fact<unknown>): string {
  const line = (fact?.state === 'known' ? fact.origin?.line : undefined) ?? told.line ?? part.origin.line;
  return line === undefined ? part.origin.source : `${part.origin.source}:${line}`;
}

function wordOf(name: FactName, value: unknown): string {
  if (name === 'parent' || name === 'physfn') return formatBdf(value as Parameters<typeof formatBdf>[0]);
  if (typeof value !== 'number') return String(value);
  const digits = name === 'vendor' || name === 'device' ? 4 : name === 'classCode' ? 6 : 0;
  return digits === 0 ? String(value) : value.toString(16).padStart(digits, '0');
}
