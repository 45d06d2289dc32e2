/**
 * Sorted, disjoint runs of pages, each leading to a run of physical pages: the memory behind an I/O page table.
 *
 * Runs lie in chunks of one array each, four numbers a run; a list of chunks is searched by the first page of each.
 * Neighbours that continue each other are kept as one run, so a mapping of terabytes is one entry.
 */
import type { Pfn } from './pfn.ts';

/** Runs in a chunk. */
const CAPACITY = 128;
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
  /** Where the last search ended: the next one is often near. */
  #chunk = 0;
  #slot = 0;

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

  /** Adds a run that overlaps none; it grows a neighbour that it continues. `pages` > 0. */
  insert(start: Pfn, pages: Pfn, phys: Pfn, tag: number): void {
    this.#seek(start);
    const joinsNext = this.#continues(this.#chunk, this.#slot, start + pages, phys + pages, tag);
    const before = this.#previous();
    if (before !== undefined && this.#endsAt(before.chunk, before.slot, start, phys, tag)) {
      this.#write(before, PAGES, this.#get(before, PAGES) + pages + (joinsNext ? this.#read(PAGES) : 0));
      if (joinsNext) this.#deleteCurrent();
    } else if (joinsNext) {
      this.#growDown(start, pages, phys);
    } else {
      this.#insertHere(start, pages, phys, tag);
    }
  }

  /** Removes every page of [`start`, `start` + `pages`); runs that reach out of it keep their rest. */
  remove(start: Pfn, pages: Pfn): void {
    const end = start + pages;
    while (end > start && this.#seek(start) && this.#read(START) < end) {
      const run = this.#current();
      const runEnd = run.start + run.pages;
      if (run.start < start) {
        this.#write(this.#place(), PAGES, start - run.start);
        if (runEnd > end) this.insert(end, runEnd - end, run.phys + (end - run.start), run.tag);
      } else if (runEnd > end) {
        this.#growDown(end, run.start - end, run.phys + (end - run.start));
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
    const firsts = this.#firsts;
    let index = this.#chunk;
    if (!(index < firsts.length && pfn >= (firsts[index] as number) && !(pfn >= (firsts[index + 1] ?? Infinity)))) {
      index = lastAtMost(firsts, pfn);
    }
    const { data, count } = this.#chunks[index] as Chunk;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle * STRIDE;
      if ((data[at + START] as number) + (data[at + PAGES] as number) > pfn) high = middle;
      else low = middle + 1;
    }
    this.#chunk = index;
    this.#slot = low;
    if (low < count) return true;
    if (index + 1 >= this.#chunks.length) return false;
    this.#chunk = index + 1;
    this.#slot = 0;
    return true;
  }

  #current(): Run {
    return runAt((this.#chunks[this.#chunk] as Chunk).data, this.#slot);
  }

  #read(field: number): number {
    return (this.#chunks[this.#chunk] as Chunk).data[this.#slot * STRIDE + field] as number;
  }

  #get(place: Place, field: number): number {
    return (this.#chunks[place.chunk] as Chunk).data[place.slot * STRIDE + field] as number;
  }

  #write(place: Place, field: number, value: number): void {
    (this.#chunks[place.chunk] as Chunk).data[place.slot * STRIDE + field] = value;
  }

  #previous(): Place | undefined {
    if (this.#slot > 0) return { chunk: this.#chunk, slot: this.#slot - 1 };
    if (this.#chunk === 0) return undefined;
    return { chunk: this.#chunk - 1, slot: (this.#chunks[this.#chunk - 1] as Chunk).count - 1 };
  }

  #continues(chunk: number, slot: number, start: Pfn, phys: Pfn, tag: number): boolean {
    const { data, count } = this.#chunks[chunk] as Chunk;
    const at = slot * STRIDE;
    return slot < count && data[at + START] === start && data[at + PHYS] === phys && data[at + TAG] === tag;
  }

  #endsAt(chunk: number, slot: number, end: Pfn, phys: Pfn, tag: number): boolean {
    const { data } = this.#chunks[chunk] as Chunk;
    const at = slot * STRIDE;
    const pages = data[at + PAGES] as number;
    return (
      (data[at + START] as number) + pages === end &&
      (data[at + PHYS] as number) + pages === phys &&
      data[at + TAG] === tag
    );
  }

  #place(): Place {
    return { chunk: this.#chunk, slot: this.#slot };
  }

  /** Moves the start of the current run to `start`, `pages` down (or up, where negative). */
  #growDown(start: Pfn, pages: Pfn, phys: Pfn): void {
    const place = this.#place();
    const total = this.#read(PAGES) + pages;
    this.#write(place, START, start);
    this.#write(place, PAGES, total);
    this.#write(place, PHYS, phys);
    if (place.slot === 0) this.#firsts[place.chunk] = start;
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
    const upper = newChunk();
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

  #deleteCurrent(): void {
    this.#deleteSlots(1);
  }

  /** Deletes the current run and those after it that end at or below `end`, as far as one step can. */
  #deleteUpTo(end: Pfn): void {
    // Every chunk before the last one that starts at or below `end` ends at or below it.
    const last = lastAtMost(this.#firsts, end);
    if (this.#slot === 0 && last > this.#chunk) {
      this.#chunks.splice(this.#chunk, last - this.#chunk);
      this.#firsts.splice(this.#chunk, last - this.#chunk);
      return;
    }
    const { data, count } = this.#chunks[this.#chunk] as Chunk;
    let slot = this.#slot;
    while (slot < count && (data[slot * STRIDE + START] as number) + (data[slot * STRIDE + PAGES] as number) <= end)
      slot++;
    this.#deleteSlots(slot - this.#slot);
  }

  #deleteSlots(slots: number): void {
    const chunk = this.#chunks[this.#chunk] as Chunk;
    chunk.data.copyWithin(this.#slot * STRIDE, (this.#slot + slots) * STRIDE, chunk.count * STRIDE);
    chunk.count -= slots;
    if (chunk.count === 0 && this.#chunks.length > 1) {
      this.#chunks.splice(this.#chunk, 1);
      this.#firsts.splice(this.#chunk, 1);
      this.#chunk = 0;
    } else if (this.#slot === 0) {
      this.#firsts[this.#chunk] = chunk.count === 0 ? 0 : (chunk.data[START] as number);
    }
  }
}

interface Place {
  readonly chunk: number;
  readonly slot: number;
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
