/**
 * The page table of SMMUv3. drivers/iommu/io-pgtable-arm.c; behaviour as recorded.
 *
 * Whether a table of smaller pages hangs below a slot shows in what unmapping does, so it is kept: emptied tables stay
 * until a block takes their place or the slot is unmapped as a whole.
 */
import { defined } from '../base/index.ts';
import type { Errno } from '../uapi/index.ts';
import { IOMMU_READ, IOMMU_WRITE, type IoPageTable, type IoPageTableSpec, type LeafRun } from './io-page-table.ts';
import { nextStretch } from './leaf-plan.ts';
import { leafRun, leafTag, tagOrder } from './leaf-tag.ts';
import { type Pfn, pfnOf, powerOfTwo } from './pfn.ts';
import { RunStore } from './run-store.ts';

const ARM_FILE = 'drivers/iommu/io-pgtable-arm.c';

/** Why a stretch could not be mapped, and how many of its pages were. */
interface Failure {
  readonly errno: Errno;
  readonly mapped: Pfn;
}

/** Puts a block over a table of pages, and refuses to take part of a block away. */
export class ArmPageTable implements IoPageTable {
  readonly #spec: IoPageTableSpec;
  readonly #orders: readonly number[];
  readonly #tableOrder: number;
  readonly #inputEnd: Pfn;
  readonly #outputEnd: Pfn;
  readonly #leaves = new RunStore();
  /** Per block size (same index as `#orders`, entry 0 unused): the slots with a table below, counted in slots. */
  readonly #tables: readonly RunStore[];

  constructor(spec: IoPageTableSpec) {
    const { granuleShift, pageShifts, apertureEnd, outputBits } = spec.geometry;
    this.#spec = spec;
    this.#orders = pageShifts.map((shift) => shift - granuleShift);
    this.#tableOrder = granuleShift - 3;
    this.#inputEnd = pfnOf(apertureEnd, granuleShift) + 1;
    this.#outputEnd = 2 ** (outputBits - granuleShift);
    this.#tables = this.#orders.map(() => new RunStore());
  }

  /** @kernel iommu_map_nosync drivers/iommu/iommu.c */
  map(iova: Pfn, iovaMisaligned: boolean, phys: Pfn, pages: Pfn, prot: number): Errno | undefined {
    if (iovaMisaligned) return 'EINVAL';
    let done = 0;
    while (done < pages) {
      const stretch = nextStretch(this.#orders, iova + done, phys + done, pages - done);
      if (stretch === undefined) break;
      const failure = this.#mapStretch(iova + done, phys + done, stretch.pages, stretch.order, prot);
      if (failure !== undefined) {
        this.unmap(iova, done + failure.mapped);
        return failure.errno;
      }
      done += stretch.pages;
    }
    return undefined;
  }

  /** @kernel arm_lpae_map_pages drivers/iommu/io-pgtable-arm.c */
  #mapStretch(iova: Pfn, phys: Pfn, pages: Pfn, order: number, prot: number): Failure | undefined {
    if (iova >= this.#inputEnd || phys >= this.#outputEnd) {
      this.#spec.log.warn(ARM_FILE, 'arm_lpae_map_pages: address beyond the table');
      return { errno: 'ERANGE', mapped: 0 };
    }
    if ((prot & (IOMMU_READ | IOMMU_WRITE)) === 0) return { errno: 'EINVAL', mapped: 0 };
    if (this.#spec.fault?.('iommu_map: table page') === true) return { errno: 'ENOMEM', mapped: 0 };
    const clear = this.#clearFor(iova, pages, order);
    // Entries of one table are looked at together before any is written: those of the table with the obstacle are not.
    const span = powerOfTwo(order + this.#tableOrder);
    const mapped = clear === pages ? pages : Math.max(0, Math.floor((iova + clear) / span) * span - iova);
    if (mapped > 0) this.#leaves.insert(iova, mapped, phys, leafTag(order, prot));
    if (clear > 0) this.#noteTables(iova, clear, order);
    if (clear === pages) return undefined;
    this.#spec.log.warn(ARM_FILE, 'arm_lpae_init_pte: already mapped');
    return { errno: 'EEXIST', mapped };
  }

  /**
   * Takes smaller leaves and their tables out of the way of leaves of `order`, up to the first leaf that may not go.
   * @returns how many pages from `iova` are free now.
   */
  #clearFor(iova: Pfn, pages: Pfn, order: number): Pfn {
    const end = iova + pages;
    const slot = powerOfTwo(order);
    let free = iova;
    while (this.#leaves.overlaps(free, end - free)) {
      const run = defined(this.#leaves.atOrAbove(free), 'a run in the way');
      if (tagOrder(run.tag) >= order || !this.#spec.behaviour.blockReplacesTable) {
        const blocked = Math.max(free, Math.floor(run.start / slot) * slot);
        this.#freeBelow(free, blocked, order);
        return blocked - iova;
      }
      this.#spec.log.touchDefect('smmu-block-over-table');
      const upTo = Math.min(end, Math.ceil((run.start + run.pages) / slot) * slot);
      this.#freeBelow(free, upTo, order);
      free = upTo;
    }
    this.#freeBelow(free, end, order);
    return pages;
  }

  /** Removes the smaller leaves and the tables in the slots of `order` from `from` to `to`. */
  #freeBelow(from: Pfn, to: Pfn, order: number): void {
    if (order === 0 || from >= to) return;
    for (const [index, level] of this.#orders.entries()) {
      const slot = powerOfTwo(level);
      if (index > 0 && level <= order) this.#tables[index]?.remove(from / slot, (to - from) / slot);
    }
    this.#leaves.remove(from, to - from);
  }

  /** Leaves of `order` need a table below every slot of the larger sizes. */
  #noteTables(iova: Pfn, pages: Pfn, order: number): void {
    for (let index = this.#orders.length - 1; (this.#orders[index] as number) > order; index--) {
      const slot = powerOfTwo(this.#orders[index] as number);
      const first = Math.floor(iova / slot);
      const count = Math.floor((iova + pages - 1) / slot) - first + 1;
      const tables = this.#tables[index] as RunStore;
      if (tables.covers(first, count)) continue;
      tables.remove(first, count);
      tables.insert(first, count, first, 0);
    }
  }

  /** @kernel __iommu_unmap drivers/iommu/iommu.c */
  unmap(iova: Pfn, pages: Pfn): Pfn {
    let done = 0;
    while (done < pages) {
      const stretch = nextStretch(this.#orders, iova + done, iova + done, pages - done);
      if (stretch === undefined) break;
      const removed = this.#unmapStretch(iova + done, stretch.pages, stretch.order);
      if (removed === 0) break;
      done += removed;
    }
    return done;
  }

  /**
   * Removes leaves of `order`, or tables in their place, from one table; returns the pages removed.
   * @kernel arm_lpae_unmap_pages drivers/iommu/io-pgtable-arm.c
   */
  #unmapStretch(iova: Pfn, pages: Pfn, order: number): Pfn {
    const tableSpan = powerOfTwo(order + this.#tableOrder);
    const end = Math.min(iova + pages, (Math.floor(iova / tableSpan) + 1) * tableSpan);
    let at = iova;
    while (at < end) {
      const removed = this.#unmapSlots(at, end, order);
      if (removed === 'partial') {
        this.#spec.log.warnOnce(ARM_FILE, 'arm_lpae_unmap: part of a large leaf');
        return 0;
      }
      if (removed === 0) {
        this.#spec.log.warn(ARM_FILE, at === iova ? 'arm_lpae_unmap: nothing mapped' : 'arm_lpae_unmap: hole');
        break;
      }
      at += removed;
    }
    return at - iova;
  }

  /** Removes the equal slots that begin at `at`; 0 at a hole, `partial` inside a larger leaf. */
  #unmapSlots(at: Pfn, end: Pfn, order: number): Pfn | 'partial' {
    const run = this.#leaves.at(at);
    if (run !== undefined && tagOrder(run.tag) > order) return 'partial';
    if (run !== undefined && tagOrder(run.tag) === order) {
      const taken = Math.min(run.start + run.pages, end) - at;
      this.#leaves.remove(at, taken);
      return taken;
    }
    if (order === 0) return 0;
    const slot = powerOfTwo(order);
    const tables = this.#tables[this.#orders.indexOf(order)]?.at(at / slot);
    if (tables === undefined) return 0;
    const upTo = Math.min((tables.start + tables.pages) * slot, end);
    this.#freeBelow(at, upTo, order);
    return upTo - at;
  }

  find(iova: Pfn): LeafRun | undefined {
    const run = this.#leaves.at(iova);
    return run === undefined ? undefined : leafRun(run);
  }

  runs(): readonly LeafRun[] {
    return this.#leaves.runs().map(leafRun);
  }
}
