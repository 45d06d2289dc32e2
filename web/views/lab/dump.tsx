/** Bytes in hexadecimal and as letters: only rows in sight exist. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { LabPlay } from '../../lab-play.ts';
import type { LabView, MemoryBytes, MemoryView } from '../../lab-protocol.ts';

const ROW = 21;
/** One stretch of rows that scrolls; a BAR may be larger than anything that scrolls. */
const STRETCH = 0x10_0000n;

/** As many bytes as find room in a row. */
function perRowIn(width: number): number {
  return width < 520 ? 8 : width < 1150 ? 16 : 32;
}

interface HexDumpProps {
  readonly play: LabPlay;
  readonly view: LabView;
  readonly memory: MemoryView;
  /** Where to look; a new object jumps there again. */
  readonly aim: { readonly at: bigint } | undefined;
  /** Told where it is. */
  readonly position: Signal<bigint>;
}

/** The dump, and the ways to the stretches before and after. */
export function HexDump({ play, view, memory, aim, position }: HexDumpProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const start = useSignal(0n);
  const first = useSignal(0);
  const room = useSignal({ rows: 12, perRow: 16 });
  const held = useSignal<(MemoryBytes & { readonly from: bigint }) | undefined>(undefined);
  const lowest = BigInt(memory.whole.from);
  const end = lowest + BigInt(memory.whole.size);
  const { perRow } = room.value;
  const stop = start.value + STRETCH < end ? start.value + STRETCH : end;
  const rows = Number((stop - start.value + BigInt(perRow) - 1n) / BigInt(perRow));
  const wanted = useRef<bigint | undefined>(undefined);
  const look = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const next = { rows: Math.ceil(element.clientHeight / ROW) + 2, perRow: perRowIn(element.clientWidth) };
    if (next.perRow !== room.value.perRow)
      wanted.current ??= start.value + BigInt(Math.floor(element.scrollTop / ROW) * room.value.perRow);
    if (next.rows !== room.value.rows || next.perRow !== room.value.perRow) room.value = next;
    first.value = Math.max(0, Math.floor(element.scrollTop / ROW));
  };
  useEffect(() => {
    const watch = new ResizeObserver(look);
    if (scroller.current !== null) watch.observe(scroller.current);
    return () => watch.disconnect();
  }, []);
  const jump = (to: bigint): void => {
    const at = to < lowest ? lowest : to >= end ? end - 1n : to;
    start.value = lowest + ((at - lowest) / STRETCH) * STRETCH;
    wanted.current = at;
  };
  useEffect(() => {
    if (aim !== undefined) jump(aim.at);
  }, [aim]);
  // Scrolled after the stretch has got its height.
  useEffect(() => {
    const [element, at] = [scroller.current, wanted.current];
    if (element === null || at === undefined || perRow !== room.value.perRow) return;
    wanted.current = undefined;
    element.scrollTop = Number((at - start.value) / BigInt(perRow)) * ROW;
    look();
  });
  const from = start.value + BigInt(Math.min(first.value, Math.max(0, rows - 1)) * perRow);
  const shown = Math.max(0, Math.min(room.value.rows, rows - first.value));
  const length = Math.min(shown * perRow, Number(stop - from));
  useEffect(() => {
    let current = true;
    position.value = from;
    if (length <= 0) return;
    void play
      .bytes(memory.key, from, length)
      .then((bytes) => {
        if (current) held.value = { ...bytes, from };
      })
      .catch(() => undefined);
    return () => {
      current = false;
    };
  }, [play, view, memory.key, from, length, held]);
  return (
    <div class="dump-place">
      <div
        class="dump"
        ref={scroller}
        tabIndex={0}
        role="group"
        aria-label={`Bytes of ${memory.title}`}
        onScroll={look}
      >
        <div style={{ height: `${rows * ROW}px` }}>
          <div class="dump-window" style={{ transform: `translateY(${first.value * ROW}px)` }}>
            {Array.from({ length: shown }, (_, at) => (
              <Row key={at} at={from + BigInt(at * perRow)} {...{ perRow, end, held: held.value }} />
            ))}
          </div>
        </div>
      </div>
      {end - lowest > STRETCH && (
        <div class="stretches">
          <button
            type="button"
            aria-disabled={start.value === lowest}
            onClick={() => jump(start.value - BigInt(perRow))}
          >
            ◂ before 0x{start.value.toString(16)}
          </button>
          <button type="button" aria-disabled={stop === end} onClick={() => jump(stop)}>
            from 0x{stop.toString(16)} ▸
          </button>
        </div>
      )}
    </div>
  );
}

interface RowProps {
  readonly at: bigint;
  readonly perRow: number;
  readonly end: bigint;
  readonly held: (MemoryBytes & { readonly from: bigint }) | undefined;
}

function Row({ at, perRow, end, held }: RowProps) {
  const begin = held === undefined ? -1 : Number(at - held.from);
  const known = held !== undefined && begin >= 0 && begin < held.bytes.length;
  const bytes = known ? held.bytes.subarray(begin, begin + perRow) : new Uint8Array(0);
  const marks = known ? held.marks.subarray(begin, begin + perRow) : bytes;
  const width = Math.max(8, (end - 1n).toString(16).length);
  return (
    <div class="dump-row">
      <span class="address">{at.toString(16).padStart(width, '0')}</span>
      <span class="hex">
        {runs(marks).map(({ from, to, mark }) => (
          <span key={from} class={MARKS[mark]}>
            {hexOf(bytes, from, to)}
          </span>
        ))}
      </span>
      <span class="letters">
        {runs(marks).map(({ from, to, mark }) => (
          <span key={from} class={MARKS[mark]}>
            {lettersOf(bytes, from, to)}
          </span>
        ))}
      </span>
    </div>
  );
}

const MARKS: readonly string[] = ['untouched', 'written', 'wrote', 'read'];

/** Bytes in a row that have the same mark. */
function runs(marks: Uint8Array): { from: number; to: number; mark: number }[] {
  const found: { from: number; to: number; mark: number }[] = [];
  marks.forEach((mark, at) => {
    const last = found.at(-1);
    if (last !== undefined && last.mark === mark) last.to = at + 1;
    else found.push({ from: at, to: at + 1, mark });
  });
  return found;
}

function hexOf(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++)
    text += `${(bytes[at] ?? 0).toString(16).padStart(2, '0')}${at % 8 === 7 ? '  ' : ' '}`;
  return text;
}

function lettersOf(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
  }
  return text;
}
