/** Every ACS bit of every port, as a grid with one tab stop; only rows in sight exist. */
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { ACS_BITS, acsBitNames } from '../../src/uapi/index.ts';
import type { AcsChoice, MachineView, PortAcs } from '../protocol.ts';
import { showDevice } from '../state.ts';
import type { Tab } from '../tab.ts';

/** Bit masks of the seven switches, and their names in the head. */
const BITS = ACS_BITS.map(({ bit }) => bit);
const SHORT = ACS_BITS.map(({ short }) => short);
const COLUMNS = BITS.length + 1;
const ROW = 34;
const HEAD = 28;

/** Which cell the keyboard is at: the port's name is column 0, its bits follow. */
interface Cell {
  readonly port: number;
  readonly column: number;
}

/** The grid. */
export function PortsGrid({ tab, ports }: { readonly tab: Tab; readonly ports: readonly PortAcs[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const window = useWindow(scroller, ports.length);
  const current = useSignal<Cell>({ port: -1, column: 0 });
  const wanted = useRef(false);
  const rowOf = useMemo(() => new Map(ports.map(({ port }, row) => [port, row])), [ports]);
  const at = rowOf.get(current.value.port) ?? 0;
  const edits = useMemo(() => new Map(tab.question.value.acs.map((edit) => [edit.port, edit])), [tab.question.value]);
  useLayoutEffect(() => {
    if (!wanted.current) return;
    wanted.current = false;
    scroller.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const column = current.value.column;
    const next = stepOf(event, { row: at, column }, ports.length, window.room);
    if (next === undefined) return;
    event.preventDefault();
    reveal(scroller.current, next.row);
    wanted.current = true;
    current.value = { port: ports[next.row]?.port ?? -1, column: next.column };
  };
  const below = useMemo(() => namesBelow(tab.machine.value), [tab.machine.value]);
  const rows = new Set([at]);
  for (let row = window.from; row < Math.min(ports.length, window.from + window.room); row++) rows.add(row);
  return (
    <div
      ref={scroller}
      class="acs"
      role="grid"
      aria-label="ACS control. Arrow keys move, Enter changes a bit."
      aria-rowcount={ports.length + 1}
      aria-colcount={COLUMNS}
      onKeyDown={onKeyDown}
      onScroll={window.look}
      onFocusIn={(event) => {
        const cell = cellOf(event.target);
        if (cell !== undefined && (cell.port !== current.value.port || cell.column !== current.value.column))
          current.value = cell;
      }}
    >
      <div role="row" class="row head" aria-rowindex={1}>
        <span role="columnheader">Port</span>
        {BITS.map((bit, which) => (
          <span key={bit} role="columnheader" title={nameOf(bit)} aria-label={nameOf(bit)}>
            {SHORT[which]}
          </span>
        ))}
      </div>
      <div role="presentation" style={{ height: `${ports.length * ROW}px` }}>
        {[...rows]
          .sort((a, b) => a - b)
          .map((row) => {
            const acs = ports[row];
            if (acs === undefined) return null;
            const column = row === at ? current.value.column : undefined;
            return (
              <PortRow
                key={acs.port}
                tab={tab}
                acs={acs}
                row={row}
                column={column}
                edit={edits.get(acs.port)}
                below={below.get(acs.port)}
              />
            );
          })}
      </div>
    </div>
  );
}

interface PortRowProps {
  readonly tab: Tab;
  readonly acs: PortAcs;
  readonly row: number;
  /** The cell that the tab key leads to, if it is in this row. */
  readonly column: number | undefined;
  readonly edit: AcsChoice | undefined;
  /** What hangs on the port: says more than its own name. */
  readonly below: string | undefined;
}

function PortRow({ tab, acs, row, column, edit, below }: PortRowProps) {
  const fn = tab.fn(acs.port);
  const name = fn?.label ?? below ?? fn?.name;
  return (
    <div
      role="row"
      class={`row${acs.redirects ? ' redirects' : ''}`}
      aria-rowindex={row + 2}
      style={{ top: `${HEAD + row * ROW}px` }}
    >
      <span role="rowheader" class="port">
        <button
          type="button"
          class="link"
          tabIndex={column === 0 ? 0 : -1}
          data-cell={`${acs.port} 0`}
          onClick={() => showDevice(tab, acs.port)}
        >
          {fn?.bdf}
        </button>
        <span class="name" title={name}>
          {name}
        </span>
      </span>
      {BITS.map((bit, which) => (
        <BitCell
          key={bit}
          tab={tab}
          acs={acs}
          bdf={fn?.bdf ?? ''}
          bit={bit}
          place={`${acs.port} ${which + 1}`}
          tabIndex={column === which + 1 ? 0 : -1}
          edit={edit}
        />
      ))}
    </div>
  );
}

interface BitCellProps {
  readonly tab: Tab;
  readonly acs: PortAcs;
  readonly bdf: string;
  readonly bit: number;
  readonly place: string;
  readonly tabIndex: 0 | -1;
  readonly edit: AcsChoice | undefined;
}

function BitCell({ tab, acs, bdf, bit, place, tabIndex, edit }: BitCellProps) {
  const edited = ((edit?.mask ?? 0) & bit) !== 0;
  // What was just asked for stands at once, before it is answered: a second press takes it back.
  const on = ((edited ? (edit?.bits ?? 0) : acs.control) & bit) !== 0;
  const known = edited || (acs.known & bit) !== 0;
  const name = nameOf(bit);
  if ((acs.cap & bit) === 0)
    return (
      <span
        role="gridcell"
        class="cannot"
        tabIndex={tabIndex}
        data-cell={place}
        title={`${name}: this function cannot`}
      >
        <span aria-hidden="true">·</span>
        <span class="unseen">
          {name} of {bdf}: cannot
        </span>
      </span>
    );
  return (
    <span role="gridcell">
      <button
        type="button"
        role="switch"
        tabIndex={tabIndex}
        aria-checked={on}
        aria-label={`${name} of ${bdf}${known ? '' : ', not known'}${edited ? ', changed' : ''}`}
        title={`${name}${known ? '' : ': not known'}`}
        class={`bit${on ? ' on' : ''}${edited ? ' edited' : ''}${known ? '' : ' open'}`}
        data-cell={place}
        data-port={bdf}
        data-bit={name}
        onClick={() => tab.setAcs([{ port: acs.port, mask: bit, bits: on ? 0 : bit }])}
      >
        {known ? (on ? '1' : '0') : '?'}
      </button>
    </span>
  );
}

/** By port, the devices right below it. */
function namesBelow({ functions }: MachineView): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const { parent, physfn, label, bdf, endpoint } of functions) {
    if (parent < 0 || physfn >= 0 || !endpoint) continue;
    const before = names.get(parent);
    const name = label ?? bdf;
    names.set(parent, before === undefined ? `to ${name}` : `${before}, ${name}`);
  }
  return names;
}

function nameOf(bit: number): string {
  return acsBitNames(bit).replace('+', '');
}

function cellOf(target: EventTarget | null): Cell | undefined {
  const [port, column] = ((target as HTMLElement | null)?.dataset['cell'] ?? '').split(' ');
  return port === undefined || column === undefined ? undefined : { port: Number(port), column: Number(column) };
}

/** Which rows are in sight, with a few more on both sides. */
function useWindow(scroller: { readonly current: HTMLElement | null }, count: number) {
  const sight = useSignal({ from: 0, room: 24 });
  const look = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const from = Math.max(0, Math.floor(element.scrollTop / ROW) - 4);
    const room = Math.ceil(element.clientHeight / ROW) + 8;
    if (from !== sight.peek().from || room !== sight.peek().room) sight.value = { from, room };
  };
  // A shorter list may have moved what is in sight.
  useLayoutEffect(look, [count]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const watch = new ResizeObserver(look);
    watch.observe(element);
    return () => watch.disconnect();
  }, [scroller]);
  return { ...sight.value, look };
}

interface GridPlace {
  readonly row: number;
  readonly column: number;
}

/** Where a key leads from a cell; undefined: it is no key of the grid. */
function stepOf(event: KeyboardEvent, { row, column }: GridPlace, rows: number, room: number): GridPlace | undefined {
  const page = Math.max(1, room - 10);
  const to = (nextRow: number, nextColumn: number): GridPlace => ({
    row: Math.max(0, Math.min(rows - 1, nextRow)),
    column: Math.max(0, Math.min(COLUMNS - 1, nextColumn)),
  });
  switch (event.key) {
    case 'ArrowUp':
      return to(row - 1, column);
    case 'ArrowDown':
      return to(row + 1, column);
    case 'ArrowLeft':
      return to(row, column - 1);
    case 'ArrowRight':
      return to(row, column + 1);
    case 'PageUp':
      return to(row - page, column);
    case 'PageDown':
      return to(row + page, column);
    case 'Home':
      return event.ctrlKey ? to(0, 0) : to(row, 0);
    case 'End':
      return event.ctrlKey ? to(rows - 1, COLUMNS - 1) : to(row, COLUMNS - 1);
    default:
      return undefined;
  }
}

function reveal(element: HTMLElement | null, row: number): void {
  if (element === null) return;
  const top = row * ROW;
  const room = element.clientHeight - HEAD;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + ROW > element.scrollTop + room) element.scrollTop = top + ROW - room;
}
