/**
 * Sorted, disjoint runs of pages, each leading to a run of physical pages: the memory behind an I/O page table.
 *
 * Runs lie in chunks of one array each, four numbers a run; a list of chunks is searched by the first page of each.
 * Neighbours that continue each other are kept as one run, so a mapping of terabytes is one entry.
 */
import type { Pfn } from './pfn.ts';

/** Runs in a chunk. */
const CAPACITY = 128;
/** Emptied chunks kept for later, 4 KiB each: new memory takes longer to get than to fill. */
const SPARES = 256;
const STRIDE = 4;
const START = 0;
const PAGES = 1;
const PHYS = 2;
const TAG = 3;

/** One run, as {@link RunStore} hands it out. */
export interface Run {
  readonly start: Pfn;
  readonly pages: Pfn;
  readonly phys: Pfn;
  /** What else must be equal for runs to be one. */
  readonly tag: number;
}

interface Chunk {
  readonly data: Float64Array;
  count: number;
}

/** A map from page ranges to page ranges. */
export class RunStore {
  #chunks: Chunk[] = [newChunk()];
  /** First page of each chunk; 0 for the only, empty one. */
  #firsts: number[] = [0];
  readonly #spares: Chunk[] = [];
  /** Where the last search or insertion ended: runs mostly come and go in rising order, so the next one is there. */
  #chunk = 0;
  #slot = 0;
  /** The page that led there; NaN once runs have changed since. */
  #sought = Number.NaN;

  /** The run that holds `pfn`, else the first one above it; undefined when there is none. */
  atOrAbove(pfn: Pfn): Run | undefined {
    return this.#seek(pfn) ? this.#current() : undefined;
  }

  /** The run that holds `pfn`. */
  at(pfn: Pfn): Run | undefined {
    if (!this.#seek(pfn) || this.#read(START) > pfn) return undefined;
    return this.#current();
  }

  /** Is any page of [`start`, `start` + `pages`) in a run? */
  overlaps(start: Pfn, pages: Pfn): boolean {
    return pages > 0 && this.#seek(start) && this.#read(START) < start + pages;
  }

  /** Does one run hold all of [`start`, `start` + `pages`)? */
  covers(start: Pfn, pages: Pfn): boolean {
    return this.#seek(start) && this.#read(START) <= start && this.#read(START) + this.#read(PAGES) >= start + pages;
  }

  /** Adds a run that overlaps none; it becomes one with neighbours that it continues. `pages` > 0. */
  insert(start: Pfn, pages: Pfn, phys: Pfn, tag: number): void {
    const above = this.#seek(start);
    this.#sought = Number.NaN;
    if (above && this.#startsAt(start + pages, phys + pages, tag)) {
      const total = pages + this.#read(PAGES);
      this.#deleteSlots(1);
      this.insert(start, total, phys, tag);
    } else if (this.#stepBackTo(start, phys, tag)) {
      this.#write(PAGES, this.#read(PAGES) + pages);
    } else {
      this.#insertHere(start, pages, phys, tag);
    }
  }

  /** Removes every page of [`start`, `start` + `pages`); runs that reach out of it keep their rest. */
  remove(start: Pfn, pages: Pfn): void {
    const end = start + pages;
    while (end > start && this.#seek(start) && this.#read(START) < end) {
      this.#sought = Number.NaN;
      const run = this.#current();
      const runEnd = run.start + run.pages;
      if (run.start < start) {
        this.#write(PAGES, start - run.start);
        if (runEnd > end) this.insert(end, runEnd - end, run.phys + (end - run.start), run.tag);
      } else if (runEnd > end) {
        this.#setFirst(end, runEnd - end, run.phys + (end - run.start));
      } else {
        this.#deleteUpTo(end);
      }
    }
  }

  /** All runs, ascending. */
  runs(): readonly Run[] {
    const all: Run[] = [];
    for (const { data, count } of this.#chunks) {
      for (let i = 0; i < count; i++) all.push(runAt(data, i));
    }
    return all;
  }

  /** Moves to the first run that ends above `pfn`; false when there is none (then to the place after the last). */
  #seek(pfn: Pfn): boolean {
    if (pfn !== this.#sought) {
      this.#sought = pfn;
      if (this.#isAfterCurrent(pfn)) this.#slot++;
      else this.#search(pfn);
    }
    if (this.#slot < (this.#chunks[this.#chunk] as Chunk).count) return true;
    if (this.#chunk + 1 >= this.#chunks.length) return false;
    this.#chunk++;
    this.#slot = 0;
    return true;
  }

  /** Is the run after the current one, or the end, what {@link #seek} looks for? */
  #isAfterCurrent(pfn: Pfn): boolean {
    const { data, count } = this.#chunks[this.#chunk] as Chunk;
    const slot = this.#slot;
    if (slot >= count || endOf(data, slot) > pfn) return false;
    if (slot + 1 < count) return endOf(data, slot + 1) > pfn;
    const next = this.#chunks[this.#chunk + 1];
    return next === undefined || endOf(next.data, 0) > pfn;
  }

  /** {@link #seek} among all runs, as far as the end of the chunk. */
  #search(pfn: Pfn): void {
    this.#chunk = lastAtMost(this.#firsts, pfn);
    const { data, count } = this.#chunks[this.#chunk] as Chunk;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (endOf(data, middle) > pfn) high = middle;
      else low = middle + 1;
    }
    this.#slot = low;
  }

  #current(): Run {
    return runAt((this.#chunks[this.#chunk] as Chunk).data, this.#slot);
  }

  #read(field: number): number {
    return (this.#chunks[this.#chunk] as Chunk).data[this.#slot * STRIDE + field] as number;
  }

  #write(field: number, value: number): void {
    (this.#chunks[this.#chunk] as Chunk).data[this.#slot * STRIDE + field] = value;
  }

  /** Does the current run start with these pages? */
  #startsAt(start: Pfn, phys: Pfn, tag: number): boolean {
    return this.#read(START) === start && this.#read(PHYS) === phys && this.#read(TAG) === tag;
  }

  /** Goes back to the run before this place if it ends where these pages start; else stays. */
  #stepBackTo(start: Pfn, phys: Pfn, tag: number): boolean {
    const chunk = this.#slot > 0 ? this.#chunk : this.#chunk - 1;
    const before = this.#chunks[chunk];
    if (before === undefined) return false;
    const { data } = before;
    const slot = (this.#slot > 0 ? this.#slot : before.count) - 1;
    const pages = data[slot * STRIDE + PAGES] as number;
    if (data[slot * STRIDE + START] !== start - pages) return false;
    if (data[slot * STRIDE + PHYS] !== phys - pages || data[slot * STRIDE + TAG] !== tag) return false;
    this.#chunk = chunk;
    this.#slot = slot;
    return true;
  }

  /** Lets the current run begin elsewhere. */
  #setFirst(start: Pfn, pages: Pfn, phys: Pfn): void {
    this.#write(START, start);
    this.#write(PAGES, pages);
    this.#write(PHYS, phys);
    if (this.#slot === 0) this.#firsts[this.#chunk] = start;
  }

  #insertHere(start: Pfn, pages: Pfn, phys: Pfn, tag: number): void {
    // A run that falls between two chunks goes to the end of the lower one: runs are mostly added in rising order.
    if (this.#slot === 0 && this.#chunk > 0) {
      this.#chunk--;
      this.#slot = (this.#chunks[this.#chunk] as Chunk).count;
    }
    if ((this.#chunks[this.#chunk] as Chunk).count === CAPACITY) this.#splitCurrent();
    const chunk = this.#chunks[this.#chunk] as Chunk;
    const at = this.#slot * STRIDE;
    if (this.#slot < chunk.count) chunk.data.copyWithin(at + STRIDE, at, chunk.count * STRIDE);
    chunk.data[at + START] = start;
    chunk.data[at + PAGES] = pages;
    chunk.data[at + PHYS] = phys;
    chunk.data[at + TAG] = tag;
    chunk.count++;
    if (this.#slot === 0) this.#firsts[this.#chunk] = start;
  }

  /** Makes room in the full current chunk, and stays at the same place among the runs. */
  #splitCurrent(): void {
    const chunk = this.#chunks[this.#chunk] as Chunk;
    // Appending leaves the full chunk as it is, so that rising runs fill their chunks.
    const keep = this.#slot === CAPACITY ? CAPACITY : this.#slot === 0 ? 0 : CAPACITY >>> 1;
    const upper = this.#spares.pop() ?? newChunk();
    upper.data.set(chunk.data.subarray(keep * STRIDE));
    upper.count = CAPACITY - keep;
    chunk.count = keep;
    this.#chunks.splice(this.#chunk + 1, 0, upper);
    this.#firsts.splice(this.#chunk + 1, 0, upper.data[START] as number);
    if (this.#slot > keep || keep === CAPACITY) {
      this.#chunk++;
      this.#slot -= keep;
    }
  }

  /** Deletes the current run and those after it that end at or below `end`, as far as one step can. */
  #deleteUpTo(end: Pfn): void {
    // Every chunk before the last one that starts at or below `end` ends at or below it.
    const last = lastAtMost(this.#firsts, end);
    if (this.#slot === 0 && last > this.#chunk) {
      this.#deleteChunks(last - this.#chunk);
      return;
    }
    const { data, count } = this.#chunks[this.#chunk] as Chunk;
    let slot = this.#slot;
    while (slot < count && endOf(data, slot) <= end) slot++;
    this.#deleteSlots(slot - this.#slot);
  }

  #deleteChunks(count: number): void {
    this.#firsts.splice(this.#chunk, count);
    for (const chunk of this.#chunks.splice(this.#chunk, count)) {
      if (this.#spares.length < SPARES) this.#spares.push(chunk);
    }
  }

  #deleteSlots(slots: number): void {
    const chunk = this.#chunks[this.#chunk] as Chunk;
    chunk.data.copyWithin(this.#slot * STRIDE, (this.#slot + slots) * STRIDE, chunk.count * STRIDE);
    chunk.count -= slots;
    if (chunk.count === 0 && this.#chunks.length > 1) {
      this.#deleteChunks(1);
      this.#chunk = 0;
    } else if (this.#slot === 0) {
      this.#firsts[this.#chunk] = chunk.count === 0 ? 0 : (chunk.data[START] as number);
    }
  }
}

function newChunk(): Chunk {
  return { data: new Float64Array(CAPACITY * STRIDE), count: 0 };
}

function runAt(data: Float64Array, slot: number): Run {
  const at = slot * STRIDE;
  return {
    start: data[at + START] as number,
    pages: data[at + PAGES] as number,
    phys: data[at + PHYS] as number,
    tag: data[at + TAG] as number,
  };
}

/** The page after the last one of a run. */
function endOf(data: Float64Array, slot: number): Pfn {
  return (data[slot * STRIDE + START] as number) + (data[slot * STRIDE + PAGES] as number);
}

/** Index of the last element that is at most `value`; 0 when there is none. `sorted` is ascending and not empty. */
function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= value) low = middle;
    else high = middle;
  }
  return low;
}
