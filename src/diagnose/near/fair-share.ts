/** What transfers get that run at the same time, when every link is shared evenly. */

/** A transfer by the links it passes, each by its number. */
export type Flow = readonly number[];

/**
 * Rates that are fair and leave no link idle that somebody waits for: all grow alike until a link is full, those through
 * it stop, the others go on (max-min fairness). `capacities`: by number of the link; a flow without a limit is limited
 * by `most`. Same unit in and out.
 */
export function fairRates(
  flows: readonly Flow[],
  capacities: readonly number[],
  most: number = Number.POSITIVE_INFINITY,
): number[] {
  const rates = flows.map(() => 0);
  const left = [...capacities];
  let waiting = flows.map((_, at) => at);
  let level = 0;
  while (waiting.length > 0) {
    const users = new Map<number, number>();
    for (const at of waiting) for (const link of flows[at] ?? []) users.set(link, (users.get(link) ?? 0) + 1);
    let step = most - level;
    for (const [link, count] of users) step = Math.min(step, (left[link] ?? 0) / count);
    if (!Number.isFinite(step)) step = 0;
    level += step;
    const full = new Set<number>();
    for (const [link, count] of users) {
      const rest = (left[link] ?? 0) - step * count;
      left[link] = rest;
      if (rest <= 1e-9) full.add(link);
    }
    for (const at of waiting) rates[at] = level;
    const still = waiting.filter((at) => !(flows[at] ?? []).some((link) => full.has(link)));
    // Nobody stopped: nothing limits those that are left but `most`.
    if (still.length === waiting.length) break;
    waiting = still;
  }
  return rates;
}
