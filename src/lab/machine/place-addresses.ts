/**
 * BARs and bridge windows, given out as firmware does: every bus is sized bottom-up, then placed top-down, largest
 * alignment first. Non-prefetchable memory and 32-bit BARs go below 4 GiB, 64-bit prefetchable ones above.
 */
import { err, hex, ok, type Result } from '../../base/index.ts';
import {
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  IORESOURCE_READONLY,
  IORESOURCE_SIZEALIGN,
  IORESOURCE_UNSET,
} from '../../uapi/index.ts';
import type { BarSpec, MachineSpec, WindowSpec } from './machine-spec.ts';
import type { PlacedFunction, PlacedRoot, PlacementError } from './placed.ts';
import { ramRanges } from './ram.ts';

/** Sizes in bytes. */
export const KIB: number = 1024;
export const MIB: number = 1024 * KIB;
export const GIB: number = 1024 * MIB;

/** End of RAM below 4 GiB when all 32-bit windows fit above it; else RAM ends at half of that. */
const LOW_RAM_END = 2 * GIB;
/** Bus addresses from here up to 4 GiB belong to configuration space, interrupt controllers and firmware. */
const LOW_WINDOWS_END: number = 0xe000_0000;
/** 64-bit windows start here, or above RAM if there is more. */
const HIGH_WINDOWS_START = 256 * GIB;

/** No machine here has windows larger than this. */
const MOST = 1024 * 1024 * GIB;

/** Fills in resources and host bridge windows; gives the end of RAM below 4 GiB, bytes. */
export function placeAddresses(
  machine: MachineSpec,
  roots: readonly PlacedRoot[],
): Result<{ readonly lowRamEnd: number }, PlacementError> {
  const plans = roots.map((root) => planRoot(root));
  const free = freeSpace(machine, roots, plans);
  for (const [index, root] of roots.entries()) {
    const plan = plans[index];
    if (plan === undefined) continue;
    const text = placeRoot(root, plan, free, roots);
    if (text !== undefined) return err({ hostBridge: index, text });
  }
  const clash = findClash(machine, roots, free.lowRamEnd);
  return clash === undefined ? ok({ lowRamEnd: free.lowRamEnd }) : err(clash);
}

/** Windows that a description gives may lie over RAM or over each other. */
function findClash(machine: MachineSpec, roots: readonly PlacedRoot[], lowRamEnd: number): PlacementError | undefined {
  const taken = ramRanges(machine, lowRamEnd).map(([start, end]) => ({ start, end, what: 'RAM' }));
  for (const [hostBridge, root] of roots.entries()) {
    if (root.spec.behind !== undefined) continue;
    for (const window of [root.memory, root.prefetchable]) {
      if (window === undefined) continue;
      const other = taken.find((range) => range.start < window.end && window.start < range.end);
      if (other !== undefined) {
        return { hostBridge, text: `has its window at ${hex(window.start)} where ${other.what} is` };
      }
      taken.push({ ...window, what: 'another window' });
    }
  }
  return undefined;
}

type Pool = 'io' | 'memory' | 'prefetchable';

/** A block of addresses to be placed: its size and alignment in bytes, and what to do when its start is known. */
interface Want {
  readonly size: number;
  readonly align: number;
  readonly place: (start: number, offset: number) => void;
}

/** What one bus needs of each pool. */
type BusPlan = Readonly<Record<Pool, Want>>;

/** First addresses not yet given to a host bridge. */
interface FreeSpace {
  io: number;
  low: number;
  high: number;
  readonly lowRamEnd: number;
}

function freeSpace(machine: MachineSpec, roots: readonly PlacedRoot[], plans: readonly BusPlan[]): FreeSpace {
  let wanted = 0;
  for (const [index, root] of roots.entries()) {
    const plan = plans[index];
    if (plan === undefined || root.spec.memoryWindow !== undefined || root.spec.behind !== undefined) continue;
    wanted = alignUp(wanted, plan.memory.align) + alignUp(plan.memory.size, MIB);
  }
  const lowRamEnd = LOW_RAM_END + wanted <= LOW_WINDOWS_END ? LOW_RAM_END : LOW_RAM_END / 2;
  const ramEnd = Math.max(...ramRanges(machine, lowRamEnd).map(([, end]) => end));
  return { io: 0x1000, low: lowRamEnd, high: Math.max(HIGH_WINDOWS_START, alignUp(ramEnd, GIB)), lowRamEnd };
}

/** Gives a host bridge its windows and places what is below. A text says what does not fit. */
function placeRoot(root: PlacedRoot, plan: BusPlan, free: FreeSpace, roots: readonly PlacedRoot[]): string | undefined {
  if (plan.memory.size > MOST || plan.prefetchable.size > MOST) return 'needs more than 1 PiB of addresses';
  if (plan.io.size > 0) {
    root.io = { start: free.io, end: free.io + plan.io.size, offset: 0 };
    if (root.io.end > 0x1_0000) return 'no I/O ports are left for it';
    free.io = root.io.end;
    plan.io.place(root.io.start, 0);
  }
  const endpoint = root.spec.behind === undefined ? undefined : findLabel(roots, root.spec.behind);
  const [given32, given64] =
    endpoint === undefined
      ? [root.spec.memoryWindow, root.spec.prefetchableWindow]
      : [barWindow(endpoint, 2), barWindow(endpoint, 4)];
  if (root.spec.behind !== undefined && given32 === undefined) {
    return `no endpoint before it is labelled "${root.spec.behind}" and has memory BARs 2 and 4`;
  }
  root.memory = given32 ?? take(free, 'low', plan.memory, MIB);
  if (given32 === undefined && root.memory.end > LOW_WINDOWS_END) {
    return `its 32-bit BARs and bridge windows need ${plan.memory.size / MIB} MiB below 4 GiB, which has no room left`;
  }
  if (!fits(root.memory, plan.memory)) return tooSmall('32-bit', root.memory, plan.memory);
  plan.memory.place(firstFit(root.memory, plan.memory), root.memory.offset);

  if (given64 === 'none' || (plan.prefetchable.size === 0 && given64 === undefined)) return undefined;
  root.prefetchable = given64 ?? take(free, 'high', plan.prefetchable, GIB);
  if (!fits(root.prefetchable, plan.prefetchable)) {
    return tooSmall('prefetchable', root.prefetchable, plan.prefetchable);
  }
  plan.prefetchable.place(firstFit(root.prefetchable, plan.prefetchable), root.prefetchable.offset);
  return undefined;
}

function take(free: FreeSpace, side: 'low' | 'high', want: Want, unit: number): WindowSpec {
  const start = alignUp(free[side], Math.max(unit, want.align));
  const end = start + alignUp(want.size, unit);
  free[side] = end;
  return { start, end, offset: 0 };
}

/** BARs are aligned in bus addresses: the CPU side of a translating window need not be. */
function firstFit(window: WindowSpec, want: Want): number {
  return alignUp(window.start - window.offset, want.align) + window.offset;
}

function fits(window: WindowSpec, want: Want): boolean {
  return firstFit(window, want) + want.size <= window.end;
}

function tooSmall(name: string, window: WindowSpec, want: Want): string {
  const has = window.end - window.start;
  return `its ${name} window has ${has / MIB} MiB, and what is below needs ${want.size / MIB} MiB`;
}

function findLabel(roots: readonly PlacedRoot[], label: string): PlacedFunction | undefined {
  const search = (functions: readonly PlacedFunction[]): PlacedFunction | undefined => {
    for (const fn of functions) {
      const found = fn.spec.label === label ? fn : search(fn.children);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (const root of roots) {
    const found = search(root.functions);
    if (found !== undefined) return found;
  }
  return undefined;
}

function barWindow(fn: PlacedFunction, bar: number): WindowSpec | undefined {
  const resource = fn.resources[bar];
  return resource && { start: resource.start, end: resource.start + resource.size, offset: resource.offset };
}

/** A root bus whose firmware maps nothing above 4 GiB has all memory in one pool. */
function planRoot(root: PlacedRoot): BusPlan {
  const plan = planBus(root.functions);
  if (root.spec.prefetchableWindow !== 'none') return plan;
  const memory = stack([plan.memory, plan.prefetchable].filter((want) => want.size > 0));
  return { io: plan.io, memory, prefetchable: stack([]) };
}

function planBus(functions: readonly PlacedFunction[]): BusPlan {
  const wants: Record<Pool, Want[]> = { io: [], memory: [], prefetchable: [] };
  for (const fn of functions) {
    planBars(fn, wants);
    if (fn.spec.bridge === undefined) continue;
    const behind = planBus(fn.children);
    const { reserve } = fn.spec.bridge;
    planWindow(fn, 13, IORESOURCE_IO, 4 * KIB, behind.io, 0, wants.io);
    planWindow(fn, 14, IORESOURCE_MEM, MIB, behind.memory, reserve.memory, wants.memory);
    const flags = IORESOURCE_MEM | IORESOURCE_PREFETCH | IORESOURCE_MEM_64 | 1;
    planWindow(fn, 15, flags, MIB, behind.prefetchable, reserve.prefetchable, wants.prefetchable);
  }
  return { io: stack(wants.io), memory: stack(wants.memory), prefetchable: stack(wants.prefetchable) };
}

function planWindow(
  fn: PlacedFunction,
  index: number,
  flags: number,
  unit: number,
  behind: Want,
  reserve: number,
  wants: Want[],
): void {
  const size = alignUp(Math.max(behind.size, reserve), unit);
  if (size === 0) return;
  wants.push({
    size,
    align: Math.max(unit, behind.align),
    place: (start, offset) => {
      fn.resources[index] = { start, size, flags, offset };
      behind.place(start, offset);
    },
  });
}

function planBars(fn: PlacedFunction, wants: Record<Pool, Want[]>): void {
  for (const [bar, spec] of fn.spec.bars.entries()) {
    if (spec !== undefined) planBar(fn, bar, spec, 1, wants);
  }
  if (fn.spec.rom > 0) {
    const flags = IORESOURCE_MEM | IORESOURCE_PREFETCH | IORESOURCE_READONLY | IORESOURCE_SIZEALIGN;
    wants.memory.push({ size: fn.spec.rom, align: fn.spec.rom, place: putAt(fn, 6, fn.spec.rom, flags) });
  }
  const { sriov } = fn.spec;
  if (sriov === undefined) return;
  for (const [bar, spec] of sriov.bars.entries()) {
    if (spec !== undefined) planBar(fn, 7 + bar, spec, sriov.totalVfs, wants);
  }
}

/** One BAR, or `count` of them side by side (the virtual functions' BARs). */
function planBar(fn: PlacedFunction, index: number, bar: BarSpec, count: number, wants: Record<Pool, Want[]>): void {
  const flags = barFlags(bar);
  const size = bar.size * count;
  if (bar.unassigned) {
    fn.resources[index] = { start: 0, size, flags: flags | IORESOURCE_UNSET, offset: 0 };
    return;
  }
  const pool = bar.space === 'io' ? 'io' : bar.wide && bar.prefetchable ? 'prefetchable' : 'memory';
  wants[pool].push({ size, align: bar.size, place: putAt(fn, index, size, flags) });
}

function putAt(fn: PlacedFunction, index: number, size: number, flags: number): Want['place'] {
  return (start, offset) => {
    fn.resources[index] = { start, size, flags, offset };
  };
}

/** The flags that Linux derives from the low bits of the BAR. */
function barFlags(bar: BarSpec): number {
  if (bar.space === 'io') return IORESOURCE_IO | IORESOURCE_SIZEALIGN | 1;
  const wide = bar.wide ? IORESOURCE_MEM_64 | 4 : 0;
  const prefetchable = bar.prefetchable ? IORESOURCE_PREFETCH | 8 : 0;
  return IORESOURCE_MEM | IORESOURCE_SIZEALIGN | wide | prefetchable;
}

/** Wants side by side, the largest alignment first so that no hole is left between them. */
function stack(wants: readonly Want[]): Want {
  const sorted = [...wants].sort((a, b) => b.align - a.align || b.size - a.size);
  const starts: number[] = [];
  let size = 0;
  for (const want of sorted) {
    size = alignUp(size, want.align);
    starts.push(size);
    size += want.size;
  }
  return {
    size,
    align: sorted[0]?.align ?? 1,
    place: (start, offset) => {
      for (const [i, want] of sorted.entries()) want.place(start + (starts[i] ?? 0), offset);
    },
  };
}

/** The next multiple of `align` (a power of two, bytes); exact, as sizes above 2^50 are refused. */
function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
