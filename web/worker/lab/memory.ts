/** Memory of a running scenario: what there is, what was written where, and the bytes. */
import { byteText, hex, printable } from '../../../src/base/index.ts';
import {
  type ByteRun,
  ByteRuns,
  firstEndingAt,
  type Lab,
  type LabEvent,
  type SparseMemory,
  type Step,
} from '../../../src/lab/index.ts';
import type { PciFunction } from '../../../src/pci/index.ts';
import type { MemoryBytes, MemoryPlace, MemoryView, StripSpan, StripView } from '../../lab-protocol.ts';

/** What a step did to one memory. */
export interface Touch {
  readonly key: string;
  readonly wrote: ByteRuns;
  readonly read: ByteRuns;
}

/** Name of the memory of the machine. */
const RAM = 'ram';

function barKey(fn: PciFunction, bar: number): string {
  return `${fn.index}/${bar}`;
}

/** What the step of an event touched, in order. */
export function touchesOf(event: LabEvent, fnOf: (name: string) => PciFunction | undefined): Touch[] {
  const touches = new Map<string, Touch>();
  const note = (key: string, kind: 'read' | 'wrote', from: bigint, length: bigint): void => {
    const touch = touches.get(key) ?? { key, wrote: new ByteRuns(), read: new ByteRuns() };
    touches.set(key, touch);
    touch[kind].add(from, from + length);
  };
  const { step, transfer, outcome } = event;
  if ((step.action === 'peek' || step.action === 'poke') && outcome.kind === 'done') {
    const fn = fnOf(step.device);
    if (fn !== undefined)
      note(barKey(fn, step.bar), step.action === 'peek' ? 'read' : 'wrote', step.offset, step.length);
  }
  for (const { end, length } of transfer?.landings ?? []) {
    const kind = transfer?.kind === 'read' ? 'read' : 'wrote';
    if (end.kind === 'function') note(barKey(end.fn, end.bar), kind, end.offset, length);
    if (end.kind === 'memory') note(RAM, kind, end.phys, length);
  }
  return [...touches.values()];
}

const IORESOURCE_MEM = 0x200;
const MOST_MEMORIES = 64;

/** Where bytes lie: a BAR, or the written part of the machine's memory. */
interface Space {
  readonly key: string;
  readonly title: string;
  readonly fn: PciFunction | undefined;
  readonly bar: number;
  readonly from: bigint;
  readonly size: bigint;
  readonly memory: SparseMemory | undefined;
}

function spacesOf(lab: Lab, devices: readonly PciFunction[]): Space[] {
  const held = new Map([...lab.barMemories()].map(({ fn, bar, memory }) => [barKey(fn, bar), { fn, bar, memory }]));
  const wanted = new Map(held as ReadonlyMap<string, { fn: PciFunction; bar: number; memory?: SparseMemory }>);
  for (const fn of devices) {
    for (const resource of fn.resources.slice(0, 6)) {
      if (resource === undefined || (resource.flags & IORESOURCE_MEM) === 0) continue;
      const key = barKey(fn, resource.index);
      if (!wanted.has(key)) wanted.set(key, { fn, bar: resource.index });
    }
  }
  const spaces = [...wanted].flatMap(([key, { fn, bar, memory }]): Space[] => {
    const cpu = fn.resources[bar]?.cpu;
    if (cpu === undefined || cpu.end <= cpu.start) return [];
    const title = `${printable(lab.nameOf(fn))} BAR ${bar}`;
    return [{ key, title, fn, bar, from: 0n, size: cpu.end - cpu.start, memory }];
  });
  spaces.sort((a, b) => (a.fn?.index ?? 0) - (b.fn?.index ?? 0) || a.bar - b.bar);
  const [first, last] = [lab.ram.written[0], lab.ram.written.at(-1)];
  if (first === undefined || last === undefined) return spaces;
  const from = first.from & ~0xffffn;
  return [
    ...spaces,
    {
      key: RAM,
      title: 'System RAM',
      fn: undefined,
      bar: -1,
      from,
      size: ((last.to + 0xffffn) & ~0xffffn) - from,
      memory: lab.ram,
    },
  ];
}

/** Everything that can be looked at. */
export function memoryViews(lab: Lab, devices: readonly PciFunction[], touches: readonly Touch[]): MemoryView[] {
  return spacesOf(lab, devices)
    .slice(0, MOST_MEMORIES)
    .map((space) =>
      memoryView(
        lab,
        space,
        touches.find(({ key }) => key === space.key),
      ),
    );
}

function memoryView(lab: Lab, space: Space, touch: Touch | undefined): MemoryView {
  const { key, title, fn, size, memory } = space;
  const written = memory?.written ?? [];
  const [wrote, read] = [touch?.wrote.runs ?? [], touch?.read.runs ?? []];
  const place =
    (what: MemoryPlace['what']) =>
    ({ from: start, to }: ByteRun): MemoryPlace => ({
      from: start.toString(),
      text: `${hex(start)} + ${byteText(to - start)}`,
      what,
    });
  const exported = exportedRuns(lab, space);
  const near = nearOf(space, [exported, written, wrote, read]);
  const strip = (window: Window): StripView => ({
    from: window.from.toString(),
    size: window.size.toString(),
    exported: spans(exported, window),
    written: spans(written, window),
    wrote: spans(wrote, window),
    read: spans(read, window),
  });
  const places = [
    ...wrote.map(place('wrote')),
    ...read.map(place('read')),
    ...written.slice(0, MOST_PLACES).map(place('written')),
  ];
  return {
    key,
    title,
    fn: fn?.index ?? -1,
    sizeText: byteText(size),
    start: (wrote[0] ?? read[0] ?? written[0] ?? exported[0] ?? space).from.toString(),
    whole: strip(space),
    near: near === undefined ? undefined : strip(near),
    places: places.slice(0, MOST_PLACES),
    morePlaces: Math.max(0, wrote.length + read.length + written.length - MOST_PLACES),
  };
}

const MOST_PLACES = 12;

function exportedRuns(lab: Lab, { fn, bar }: Space): readonly ByteRun[] {
  const runs = new ByteRuns();
  for (const { owner, bar: exported, parts, dmabuf } of lab.buffers.values()) {
    if (owner !== fn || exported !== bar || dmabuf.references === 0) continue;
    for (const { offset, length } of parts) runs.add(offset, offset + length);
  }
  return runs.runs;
}

/** Part of a space. */
interface Window {
  readonly from: bigint;
  readonly size: bigint;
}

/** A window around all runs; undefined where it would be nearly everything, or there are none. */
function nearOf({ from, size }: Window, kinds: readonly (readonly ByteRun[])[]): Window | undefined {
  const ends = kinds.flatMap((runs) => [runs[0], runs.at(-1)]).filter((run) => run !== undefined);
  const [first] = ends;
  if (first === undefined) return undefined;
  let [low, high] = [first.from, first.to];
  for (const run of ends) {
    if (run.from < low) low = run.from;
    if (run.to > high) high = run.to;
  }
  let grain = 16n;
  while (grain * 16n < high - low) grain *= 2n;
  const margin = (high - low) / 16n;
  const start = low - margin < from ? from : ((low - margin) / grain) * grain;
  const stop = high + margin > from + size ? from + size : ((high + margin + grain - 1n) / grain) * grain;
  return (stop - start) * 4n > size * 3n ? undefined : { from: start, size: stop - start };
}

/** Narrower than a pixel of a wide strip. */
const GRAIN = 4096;

/** Runs as fractions of a space; those that a drawing could not tell apart are one. */
function spans(runs: readonly ByteRun[], { from, size }: Window): StripSpan[] {
  const result: { from: number; to: number }[] = [];
  const fraction = (at: bigint): number => Number(((at - from) * 1_000_000_000n) / size) / 1_000_000_000;
  for (const run of runs) {
    const next = { from: fraction(run.from), to: fraction(run.to) };
    const last = result.at(-1);
    if (last !== undefined && next.from - last.to < 1 / GRAIN) last.to = next.to;
    else result.push(next);
  }
  return result;
}

const MOST_BYTES = 0x1_0000;

/** Bytes of one memory, each with what happened to it. */
export function memoryBytes(
  lab: Lab,
  touches: readonly Touch[],
  { key, from, length }: { readonly key: string; readonly from: string; readonly length: number },
): MemoryBytes {
  const start = BigInt(from);
  const bytes = new Uint8Array(Math.min(length, MOST_BYTES));
  const marks = new Uint8Array(bytes.length);
  const memory = key === RAM ? lab.ram : [...lab.barMemories()].find(({ fn, bar }) => barKey(fn, bar) === key)?.memory;
  memory?.read(start, bytes);
  mark(marks, start, memory?.written ?? [], 1);
  const touch = touches.find((each) => each.key === key);
  mark(marks, start, touch?.read.runs ?? [], 3);
  mark(marks, start, touch?.wrote.runs ?? [], 2);
  return { bytes, marks };
}

function mark(marks: Uint8Array, start: bigint, runs: readonly ByteRun[], value: number): void {
  const end = start + BigInt(marks.length);
  for (let index = firstEndingAt(runs, start); index < runs.length; index++) {
    const { from, to } = runs[index] ?? { from: end, to: end };
    if (from >= end) return;
    marks.fill(value, from > start ? Number(from - start) : 0, to < end ? Number(to - start) : marks.length);
  }
}

/** A step's own target in the memory it names, for a first look. */
export function namedMemory(
  step: Step | undefined,
  fnOf: (name: string) => PciFunction | undefined,
): string | undefined {
  if (step === undefined || !('bar' in step)) return undefined;
  const fn = fnOf(step.device);
  return fn === undefined ? undefined : barKey(fn, step.bar);
}
