/** What stands for a placeholder of the command table: from `<file>` in `--file <file>` to what a shell offers for it. */
import { GOALS, IOMMU_MODE_PARAMETERS, WISHES } from '../../diagnose/index.ts';
import { SHELLS } from './shell-scripts.ts';

/**
 * What completes a value. `labels`: devices of the machine, several with commas; `memory`: `gpu0:2`, a device and its BAR;
 * `pairs`: devices left and right of an arrow; `ports`: an ACS change of ports; `labels-or-files`: either.
 */
export type ValueKind =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'none' | 'files' | 'folders' | 'commands' }
  | { readonly kind: 'labels' | 'memory' | 'memory-or-label' | 'pairs' | 'ports' | 'labels-or-files' };

/** Releases that answers differ between, newest first. */
const RELEASES = ['7.3', '7.0', '6.19', '6.12', '6.6', '6.1', '5.15', '5.10', '5.4', '4.20', 'intended'];

const NONE: ValueKind = { kind: 'none' };
const FILES: ValueKind = { kind: 'files' };
const LABELS: ValueKind = { kind: 'labels' };

/** Placeholders that name what they stand for. `<a|b>` lists its values itself. */
const PLACEHOLDERS: ReadonlyMap<string, ValueKind> = new Map<string, ValueKind>([
  ['a', FILES],
  ['address', NONE],
  ['b', FILES],
  ['bits', { kind: 'values', values: ['64', '48', '40', '39', '32'] }],
  ['change', { kind: 'ports' }],
  ['client', LABELS],
  ['command', { kind: 'commands' }],
  ['devices', LABELS],
  ['dir', { kind: 'folders' }],
  ['file', FILES],
  ['first', { kind: 'memory-or-label' }],
  ['goal', { kind: 'values', values: GOALS.map(({ name }) => name) }],
  ['ids', NONE],
  ['importer', LABELS],
  ['mode', { kind: 'values', values: Object.keys(IOMMU_MODE_PARAMETERS) }],
  ['n', NONE],
  ['offset+length', NONE],
  ['pairs', { kind: 'pairs' }],
  ['provider', LABELS],
  ['provider:bar', { kind: 'memory' }],
  ['provider:bar=client', { kind: 'memory' }],
  ['requirement', { kind: 'pairs' }],
  ['second', LABELS],
  ['shell', { kind: 'values', values: SHELLS }],
  ['source', FILES],
  ['sources', FILES],
  ['text', NONE],
  ['version', { kind: 'values', values: RELEASES }],
  ['words', { kind: 'labels-or-files' }],
]);

/** Pairs that have a name of their own. */
export const NAMED_PAIRS: readonly string[] = WISHES;

/** What completes a placeholder; undefined for one that the table above does not know (a test finds those). */
export function valueKind(placeholder: string): ValueKind | undefined {
  const known = PLACEHOLDERS.get(placeholder);
  if (known !== undefined || !placeholder.includes('|')) return known;
  return { kind: 'values', values: placeholder.split('|') };
}

/** The placeholder of `--file <file>`; undefined for a switch. */
export function placeholderOf(flags: string): string | undefined {
  return /[<[]([^>\]]+?)(?:\.\.\.)?[>\]]/.exec(flags)?.[1];
}
