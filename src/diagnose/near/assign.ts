/** Which adapter serves which GPU, so that all of them together move most when all run at once. */
import { defined, gather } from '../../base/index.ts';
import { factValue } from '../../capture/index.ts';
import { fairRates } from './fair-share.ts';
import { distanceRank, linkKey, type Neighbour } from './neighbour.ts';

/** One GPU and its adapter. */
export interface Assigned {
  readonly neighbour: Neighbour;
  /** While all run, 1e9 bytes of payload per second; 0 where Linux refuses; undefined where a link is not known. */
  readonly rate: number | undefined;
}

/** An adapter for every GPU; adapters serve several where there are fewer of them. */
export interface Assignment {
  readonly pairs: readonly Assigned[];
  /** Of the rates that are known, 1e9 bytes of payload per second. */
  readonly total: number;
  /** No other assignment is better; false: the search was stopped, and those around this one are not. */
  readonly proved: boolean;
}

/** What one assignment is worth, compared from left to right: the total, then the less the better. */
type Worth = readonly [total: number, distance: number, crowding: number];

/** Assignments that are looked at, at most. */
const MOST_LOOKS = 4_000;

/** `choices`: by GPU, its adapters in order of preference; no GPU without one. */
export function assign(choices: readonly (readonly Neighbour[])[]): Assignment {
  const search = new Search(choices);
  search.improve(search.greedy());
  const proved = search.prove();
  return search.answer(proved);
}

class Search {
  readonly #choices: readonly (readonly Neighbour[])[];
  readonly #capacities: number[] = [];
  /** By GPU and choice: the links, by number; undefined where Linux refuses. */
  readonly #flows: readonly (readonly (readonly number[] | undefined)[])[];
  readonly #solo: readonly (readonly number[])[];
  /** What links that all flows of a GPU go through carry together, or those of adapters: no assignment moves more. */
  readonly #most: number;
  /** By GPU and choice: adapters of one number are alike for everybody as long as neither is used. */
  readonly #alike: readonly (readonly string[])[];
  #best: number[] = [];
  #worth: Worth = [-1, 0, 0];
  #looks = 0;

  constructor(choices: readonly (readonly Neighbour[])[]) {
    this.#choices = choices;
    const numbers = new Map<string, number>();
    this.#flows = choices.map((row) => row.map((each) => this.#flowOf(each, numbers)));
    this.#solo = this.#flows.map((row) => row.map((flow) => this.#rates([flow])[0] ?? 0));
    const ends = new Map<number, (readonly number[])[]>();
    for (const [gpu, row] of choices.entries()) {
      for (const [pick, { device }] of row.entries()) gather(ends, device.index, this.#flows[gpu]?.[pick] ?? []);
    }
    this.#most = Math.min(this.#carried(this.#flows), this.#carried([...ends.values()]));
    const classes = adapterClasses(choices);
    this.#alike = choices.map((row) => row.map(({ device }) => classes.get(device.index) ?? ''));
  }

  #flowOf({ links, verdict }: Neighbour, numbers: Map<string, number>): readonly number[] | undefined {
    if (verdict.mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED') return undefined;
    return links.flatMap((link) => {
      const capacity = factValue(link.ceiling);
      if (capacity === undefined) return [];
      const key = linkKey(link);
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      // Senders differ in payload size: the link carries what the best of them can put through.
      this.#capacities[number] = Math.max(this.#capacities[number] ?? 0, capacity);
      return [number];
    });
  }

  /**
   * The most that flows carry together. `rows`: by GPU or by adapter, the flows that it may have. Each row goes through
   * one link that all its flows have, that which most rows share for its capacity: rows of one link carry no more than it.
   */
  #carried(rows: readonly (readonly (readonly number[] | undefined)[])[]): number {
    const flowsOf = rows.map((row) => row.flatMap((flow) => (flow === undefined || flow.length === 0 ? [] : [flow])));
    const counted = flowsOf.filter((flows) => flows.length > 0);
    const common = counted.map(([first = [], ...others]) =>
      first.filter((link) => others.every((flow) => flow.includes(link))),
    );
    const sharers = new Map<number, number>();
    for (const link of common.flat()) sharers.set(link, (sharers.get(link) ?? 0) + 1);
    const price = (link: number): number => (this.#capacities[link] ?? 0) / (sharers.get(link) ?? 1);
    const links = new Set<number>();
    let alone = 0;
    for (const [at, shared] of common.entries()) {
      const [first, ...others] = shared;
      if (first === undefined) alone += Math.max(...(counted[at] ?? []).map((flow) => this.#rates([flow])[0] ?? 0));
      else links.add(others.reduce((best, link) => (price(link) < price(best) ? link : best), first));
    }
    return [...links].reduce((sum, link) => sum + (this.#capacities[link] ?? 0), alone);
  }

  /** A flow without a known link is not counted. */
  #rates(flows: readonly (readonly number[] | undefined)[]): number[] {
    const counted = flows.flatMap((flow, at) => (flow === undefined || flow.length === 0 ? [] : [{ flow, at }]));
    const rates = flows.map(() => 0);
    const shared = fairRates(
      counted.map(({ flow }) => flow),
      this.#capacities,
    );
    for (const [index, { at }] of counted.entries()) rates[at] = shared[index] ?? 0;
    return rates;
  }

  #flowsOf(picks: readonly number[]): (readonly number[] | undefined)[] {
    return picks.map((pick, gpu) => this.#flows[gpu]?.[pick]);
  }

  #worthOf(picks: readonly number[]): Worth {
    this.#looks++;
    const total = this.#rates(this.#flowsOf(picks)).reduce((sum, rate) => sum + rate, 0);
    const used = new Map<number, number>();
    let distance = 0;
    for (const [gpu, pick] of picks.entries()) {
      const chosen = defined(this.#choices[gpu]?.[pick], 'a choice of this GPU');
      distance += distanceRank(chosen);
      used.set(chosen.device.index, (used.get(chosen.device.index) ?? 0) + 1);
    }
    let crowding = 0;
    for (const count of used.values()) crowding += count * count;
    return [total, distance, crowding];
  }

  /** Each GPU takes the most preferred adapter that fewest have taken. */
  greedy(): number[] {
    const used = new Map<number, number>();
    return this.#choices.map((row) => {
      const loads = row.map(({ device }) => used.get(device.index) ?? 0);
      const least = Math.min(...loads);
      const pick = loads.indexOf(least);
      const { device } = defined(row[pick], 'every GPU has a choice');
      used.set(device.index, least + 1);
      return pick;
    });
  }

  /** Changes one GPU's adapter, or swaps those of two, as long as that is better. */
  improve(start: readonly number[]): void {
    this.#take([...start]);
    let better = true;
    while (better && this.#looks < MOST_LOOKS) {
      better = false;
      for (const picks of this.#around([...this.#best])) {
        if (this.#looks >= MOST_LOOKS) return;
        if (this.#take(picks)) better = true;
      }
    }
  }

  *#around(from: readonly number[]): Generator<number[]> {
    for (const [gpu, row] of this.#choices.entries()) {
      for (let pick = 0; pick < row.length; pick++) if (pick !== from[gpu]) yield from.with(gpu, pick);
      for (let other = 0; other < gpu; other++) yield this.#swapped(from, gpu, other);
    }
  }

  #swapped(from: readonly number[], a: number, b: number): number[] {
    const device = (gpu: number): number => this.#choices[gpu]?.[from[gpu] ?? 0]?.device.index ?? -1;
    const pickOf = (gpu: number, index: number): number =>
      Math.max(0, this.#choices[gpu]?.findIndex((each) => each.device.index === index) ?? 0);
    return from.with(a, pickOf(a, device(b))).with(b, pickOf(b, device(a)));
  }

  #take(picks: number[]): boolean {
    const worth = this.#worthOf(picks);
    if (!isBetter(worth, this.#worth)) return false;
    this.#best = picks;
    this.#worth = worth;
    return true;
  }

  /** Looks at all others that could be better; false where these are too many. */
  prove(): boolean {
    const bestRest = this.#suffix((gpu) => Math.max(...(this.#solo[gpu] ?? [0])), 0);
    const nearRest = this.#suffix((gpu) => Math.min(...(this.#choices[gpu] ?? []).map(distanceRank)), 0);
    return this.#descend([], 0, 0, bestRest, nearRest);
  }

  #suffix(of: (gpu: number) => number, last: number): number[] {
    const sums = [last];
    for (let gpu = this.#choices.length - 1; gpu >= 0; gpu--) sums.unshift(of(gpu) + (sums[0] ?? 0));
    return sums;
  }

  #descend(
    picks: readonly number[],
    solo: number,
    near: number,
    bestRest: readonly number[],
    nearRest: readonly number[],
  ): boolean {
    const gpu = picks.length;
    const row = this.#choices[gpu];
    if (row === undefined) {
      this.#take([...picks]);
      return true;
    }
    const bound: Worth = [
      Math.min(solo + (bestRest[gpu] ?? 0), this.#most),
      near + (nearRest[gpu] ?? 0),
      this.#leastCrowding(),
    ];
    if (!isBetter(bound, this.#worth)) return true;
    const taken = new Set(picks.map((pick, at) => this.#choices[at]?.[pick]?.device.index));
    const tried = new Set<string>();
    for (let pick = 0; pick < row.length; pick++) {
      if (this.#looks >= MOST_LOOKS) return false;
      const alike = this.#alike[gpu]?.[pick] ?? '';
      const free = !taken.has(row[pick]?.device.index);
      if (free && tried.has(alike)) continue;
      if (free) tried.add(alike);
      const next = near + distanceRank(defined(row[pick], 'a choice'));
      const more = solo + (this.#solo[gpu]?.[pick] ?? 0);
      if (!this.#descend([...picks, pick], more, next, bestRest, nearRest)) return false;
    }
    return true;
  }

  #leastCrowding(): number {
    const gpus = this.#choices.length;
    const adapters = this.#choices[0]?.length ?? 1;
    const each = Math.floor(gpus / adapters);
    const more = gpus % adapters;
    return (adapters - more) * each * each + more * (each + 1) ** 2;
  }

  answer(proved: boolean): Assignment {
    const flows = this.#flowsOf(this.#best);
    const rates = this.#rates(flows);
    const pairs = this.#best.map((pick, gpu): Assigned => {
      const chosen = defined(this.#choices[gpu]?.[pick], 'a choice of this GPU');
      const refused = chosen.verdict.mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED';
      return { neighbour: chosen, rate: refused ? 0 : chosen.ceiling.state === 'known' ? rates[gpu] : undefined };
    });
    return { pairs, total: rates.reduce((sum, rate) => sum + rate, 0), proved };
  }
}

/** Rates that differ by rounding are equal. */
function isBetter(a: Worth, b: Worth): boolean {
  if (Math.abs(a[0] - b[0]) > 1e-6) return a[0] > b[0];
  return a[1] === b[1] ? a[2] < b[2] : a[1] < b[1];
}

/** Adapters that stand to every GPU alike, but for a link of their own with one and the same ceiling. */
function adapterClasses(choices: readonly (readonly Neighbour[])[]): Map<number, string> {
  const users = new Map<string, Set<number>>();
  for (const { links, device } of choices.flat()) {
    for (const link of links) {
      const key = linkKey(link);
      users.set(key, (users.get(key) ?? new Set()).add(device.index));
    }
  }
  const classes = new Map<number, string>();
  for (const row of choices) {
    for (const each of row.toSorted((a, b) => a.device.index - b.device.index)) {
      const { device, links } = each;
      const names = links.map((link) => {
        const own = users.get(linkKey(link))?.size === 1;
        return `${own ? 'own' : linkKey(link)}:${factValue(link.ceiling) ?? '?'}`;
      });
      classes.set(device.index, `${classes.get(device.index) ?? ''}|${distanceRank(each)} ${names.join(' ')}`);
    }
  }
  return classes;
}
