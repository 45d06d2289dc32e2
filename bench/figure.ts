/** What a benchmark says: one figure, with what it is compared to. */

/** One measured figure. Keys in the order in which they are printed. */
export interface Figure {
  /** `matrix/1000-functions/4-levels`: the benchmark, and what it was asked to do. */
  readonly name: string;
  readonly unit: 'ms' | 'ns/operation' | 'bytes/pair';
  readonly value: number;
  /** How many things were done: pairs, ranges, functions, operations. */
  readonly n: number;
  readonly baseline: { readonly name: string; readonly value: number } | null;
  /** baseline / value: 3 is three times as fast as the baseline (or a third of its size). */
  readonly ratio: number | null;
  /** Of the work's result, FNV-1a with 32 bits; equal for a baseline that does the same, or there is no figure. */
  readonly hash: string;
  /** Why there is no baseline, or what else to know. */
  readonly note?: string;
}

/** What a benchmark may be asked to do. */
export interface BenchSettings {
  /** Timed rounds of each side. */
  readonly rounds: number;
  /** Take sizes up to this; tests take small ones. */
  readonly most: number;
  /** How long the model runs before the clock counts, milliseconds: the compiler needs some hundred. */
  readonly warmUpMs: number;
  /** Takes a sentence about what is left out. */
  readonly say: (sentence: string) => void;
}

/** One benchmark: figures come one by one, as they are measured. */
export type Bench = (settings: BenchSettings) => Iterable<Figure> | AsyncIterable<Figure>;

/** A run of one side: how long the work took, and the hash of its result; undefined where it cannot be compared. */
export interface Run {
  readonly ms: number;
  readonly hash: string | undefined;
}

/** Both sides of one figure. */
export interface Contest {
  readonly name: string;
  readonly n: number;
  readonly unit?: 'ms' | 'ns/operation';
  readonly model: () => Run;
  readonly baseline?: { readonly name: string; readonly run: (() => Run) | undefined; readonly note?: string };
}

/**
 * Runs both sides in turn and takes the least of each: what the machine can do when nothing else runs. Throws when the
 * results differ, because then the figure compares different work.
 */
export function measure(contest: Contest, { rounds, warmUpMs }: BenchSettings): Figure {
  const { model, baseline, unit = 'ms' } = contest;
  const warm = performance.now() + warmUpMs;
  while (performance.now() < warm) model();
  let [best, bestBaseline, hash] = [Infinity, Infinity, ''];
  for (let round = 0; round < rounds; round++) {
    const run = model();
    best = Math.min(best, run.ms);
    if (hash !== '' && hash !== run.hash) throw new Error(`${contest.name}: two runs gave ${hash} and ${run.hash}`);
    hash = run.hash ?? '';
    const other = baseline?.run?.();
    if (other === undefined) continue;
    bestBaseline = Math.min(bestBaseline, other.ms);
    if (other.hash !== undefined && other.hash !== hash) {
      throw new Error(`${contest.name}: the model's result has hash ${hash}, that of ${baseline?.name} ${other.hash}`);
    }
  }
  const scale = unit === 'ms' ? 1 : 1e6 / contest.n;
  const measured = bestBaseline < Infinity && baseline !== undefined;
  const note = baseline?.note ?? (baseline !== undefined && !measured ? 'no C compiler: baseline left out' : undefined);
  return {
    name: contest.name,
    unit,
    value: round(best * scale),
    n: contest.n,
    baseline: measured ? { name: baseline.name, value: round(bestBaseline * scale) } : null,
    ratio: measured ? round(bestBaseline / best) : null,
    hash,
    ...(note === undefined ? {} : { note }),
  };
}

/** Four significant digits: more would be noise. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
