/** Recorded answer against the model's: every field, but for the exceptions that the recordings name. */
import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './recording.ts';

/** A field that the input leaves open. The recorded value must be among those it can have. */
export class Unknown {
  readonly candidates: readonly unknown[];

  constructor(candidates: readonly unknown[]) {
    this.candidates = candidates;
  }
}

/** One field that differs; undefined where a side has none. */
export interface Difference {
  readonly field: string;
  readonly recorded: unknown;
  readonly model: unknown;
}

/** What is not compared of one answer. */
export interface CompareOptions {
  readonly skipped: ReadonlySet<string>;
  /** I/O addresses are looked at elsewhere; here only how many there are and their lengths. */
  readonly shapeOnly: boolean;
  /** Of groups who is with whom, not their numbers nor the order of functions. Default false. */
  readonly membersOnly?: boolean;
}

const NOT_COMPARED: ReadonlySet<string> = new Set(['n', 'request']);

/** All differences, in the order of the recorded fields. Empty: the answers agree. */
export function compareAnswers(recorded: Answer, model: Answer, options: CompareOptions): Difference[] {
  const fields = new Set([...Object.keys(recorded), ...Object.keys(model)]);
  const differences: Difference[] = [];
  for (const field of fields) {
    if (NOT_COMPARED.has(field) || options.skipped.has(field)) continue;
    const open = model[field];
    if (open instanceof Unknown && open.candidates.includes(recorded[field])) continue;
    const pair = [recorded[field], model[field]].map((value) => comparable(field, value, options));
    if (!isDeepStrictEqual(pair[0], pair[1])) {
      differences.push({ field, recorded: recorded[field], model: model[field] });
    }
  }
  return differences;
}

/** The part of a field that counts. */
function comparable(field: string, value: unknown, { shapeOnly, membersOnly = false }: CompareOptions): unknown {
  if (membersOnly && field === 'devices') return byAddress(value as readonly Answer[]);
  if (!Array.isArray(value)) return shapeOnly && field === 'after_last' ? value !== undefined : value;
  if (field === 'warns') return value.map((place) => String(place).replace(/:\d+$/, ''));
  if (!shapeOnly) return value;
  if (field === 'translates') return value.length;
  if (field === 'sg') return value.map(([at, len]) => (at === '0' && len === '0' ? [at, len] : ['address', len]));
  if (field === 'sg_runs') return value.map(([, len, count]) => [len, count]);
  return value;
}

/** Functions by address; a group is called by the first function that it has. */
function byAddress(devices: readonly Answer[]): Answer[] {
  const sorted = [...devices].sort((a, b) => (String(a['dev']) < String(b['dev']) ? -1 : 1));
  const firsts = new Map<unknown, unknown>([[-1, -1]]);
  for (const { group, dev } of sorted) if (!firsts.has(group)) firsts.set(group, dev);
  return sorted.map((device) => ({ ...device, group: firsts.get(device['group']) }));
}
