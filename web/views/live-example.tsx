/** One pair of a small machine, worked out here and now: the way its packets take, and what one setting changes. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { openExample } from '../opening.ts';
import type { DirectionView, FunctionView, MachineView, Place } from '../protocol.ts';
import { reading } from '../state.ts';
import { NO_QUESTION, Tab } from '../tab.ts';
import { type LabClient, labClient } from '../workers.ts';
import { KIND_PATHS } from './icons.tsx';
import { TYPE_CLASSES, VerdictMark } from './verdict-mark.tsx';

const NAME = 'vm-passthrough';
const [PROVIDER, CLIENT] = ['GPU0', 'NIC0'];

/** A picture to press at. Nothing where the machine cannot be loaded. */
export function LiveExample() {
  const tab = useExample();
  const { value } = tab;
  const view = value?.pairView.value?.forth;
  // Nobody is there to answer while a file is read.
  const waits = reading.value !== undefined;
  const cleared = value?.asksSomething.value === true;
  const fix = useSignal<DirectionView['fix']>(undefined);
  if (view?.fix !== undefined && !cleared) fix.value = view.fix;
  const choose = (clear: boolean): void => {
    if (value === undefined || fix.value === undefined || clear === cleared) return;
    if (clear) value.setAcs(fix.value.choices);
    else value.ask(NO_QUESTION);
  };
  return (
    <section class="live-example" aria-labelledby="live" aria-busy={value?.busy.value !== false}>
      <h3 id="live">An example: a NIC reads the memory of a GPU below the same switch</h3>
      <div class="live-frame">
        {value === undefined || view === undefined ? (
          <div class="live-picture waiting" />
        ) : (
          <Picture machine={value.machine.value} direction={view} />
        )}
        <div class="live-words">
          <div class="switches" role="group" aria-label="ACS of the ports">
            <button type="button" disabled={waits} aria-pressed={!cleared} onClick={() => choose(false)}>
              ACS redirect on
            </button>
            <button type="button" disabled={waits} aria-pressed={cleared} onClick={() => choose(true)}>
              ACS redirect off
            </button>
          </div>
          {view !== undefined && (
            <>
              <p class="live-answer" role="status">
                <VerdictMark code={view.type} large /> <b>{view.answer}</b>
              </p>
              <p>{view.sentence}</p>
              {view.route?.speed !== undefined && <p class="muted">{view.route.speed}</p>}
            </>
          )}
          <button type="button" onClick={() => void openExample(NAME)}>
            Open this machine
          </button>
        </div>
      </div>
    </section>
  );
}

/**
 * The machine, in a worker that ends with the page to start from. It waits for a page that has nothing to do, and ends
 * while a file is read: who drops one is first.
 */
function useExample(): Signal<Tab | undefined> {
  const tab = useSignal<Tab | undefined>(undefined);
  const waits = reading.value !== undefined;
  useEffect(() => {
    if (waits) return;
    let client: LabClient | undefined;
    let ended = false;
    const open = async (): Promise<void> => {
      client = await labClient('described');
      if (ended) return client.end();
      const input = { from: 'example', name: NAME } as const;
      const opened = await client.ask('open', input);
      if (ended || !opened.ok) return client.end();
      const made = new Tab({ client, input, knows: 'described' }, opened.machine, undefined);
      const at = (label: string): number => opened.machine.functions.findIndex((fn) => fn.label === label);
      made.pair.value = { provider: at(PROVIDER), client: at(CLIENT) };
      await made.refresh();
      if (!ended) tab.value = made;
    };
    // Without it the page says less, and does all else.
    const unplanned = whenIdle(() => void open().catch(() => client?.end()));
    return () => {
      ended = true;
      unplanned();
      client?.end();
    };
  }, [tab, waits]);
  return tab;
}

/** Milliseconds after which a page that is never idle does it all the same. */
const PATIENCE = 3000;

/** Does something when the page has nothing to do; gives what calls it off. */
function whenIdle(work: () => void): () => void {
  // Not every browser tells when it is idle.
  if (typeof requestIdleCallback !== 'function') {
    const timer = setTimeout(work, PATIENCE / 10);
    return () => clearTimeout(timer);
  }
  const planned = requestIdleCallback(work, { timeout: PATIENCE });
  return () => cancelIdleCallback(planned);
}

const [BOX_W, BOX_H, STEP, WIDTH] = [150, 34, 62, 340];
const MIDDLE = WIDTH / 2;

interface Box {
  readonly place: Place;
  readonly name: string;
  readonly kind: FunctionView['kind'];
  readonly x: number;
  readonly y: number;
}

/** Two columns that meet: memory at the left, who reads it at the right. */
function Picture({ machine, direction }: { readonly machine: MachineView; readonly direction: DirectionView }) {
  const boxes = layOut(machine, direction);
  const top = Math.min(...boxes.map(({ y }) => y));
  const height = Math.max(...boxes.map(({ y }) => y)) - top + BOX_H + 8;
  const byPlace = new Map(boxes.map((box) => [box.place, box]));
  const above = (box: Box): Box | undefined => parentBox(machine, box, byPlace);
  const way = wayOf(
    (direction.route?.stops ?? []).flatMap(({ place }) => byPlace.get(place) ?? []),
    above,
  );
  return (
    <svg
      class="live-picture"
      data-answer={TYPE_CLASSES[direction.type]}
      width={WIDTH}
      height={height}
      viewBox={`0 ${top - 4} ${WIDTH} ${height}`}
      role="img"
      aria-label={`The way: ${way.map(({ name }) => name).join(', ')}`}
    >
      {boxes.map((box) => {
        const to = above(box);
        return to === undefined ? null : (
          <line key={String(box.place)} x1={box.x} y1={box.y} x2={to.x} y2={to.y + BOX_H} class="wire" />
        );
      })}
      {/* Below the boxes: it covers no word. */}
      <path key={direction.type} class="live-way" d={wayPath(way)} />
      {boxes.map(({ place, name, kind: device, x, y }) => (
        <g key={String(place)} class={way.some((stop) => stop.place === place) ? 'live-box on' : 'live-box'}>
          <rect x={x - BOX_W / 2} y={y} width={BOX_W} height={BOX_H} rx={7} />
          <path d={KIND_PATHS[device]} transform={`translate(${x - BOX_W / 2 + 9} ${y + 9})`} />
          <text x={x - BOX_W / 2 + 32} y={y + BOX_H / 2 + 4}>
            {name}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** The stops, with the switch between two of its ports. */
function wayOf(stops: readonly Box[], above: (box: Box) => Box | undefined): readonly Box[] {
  return stops.flatMap((stop, at) => {
    const next = stops[at + 1];
    const between = next !== undefined && next.y === stop.y ? above(stop) : undefined;
    return between === undefined ? [stop] : [stop, between];
  });
}

/** How far the way up is from the way down. */
const ASIDE = 10;

function wayPath(way: readonly Box[]): string {
  const top = Math.min(...way.map(({ y }) => y));
  const turn = way.findIndex(({ y }) => y === top);
  const points = way.flatMap(({ x, y }, at) => {
    const middle = y + BOX_H / 2;
    if (at < turn) return [[x + ASIDE, middle]];
    return at > turn
      ? [[x - ASIDE, middle]]
      : [
          [x + ASIDE, middle],
          [x - ASIDE, middle],
        ];
  });
  return points.map((point, at) => `${at === 0 ? 'M' : 'L'}${point.join(' ')}`).join('');
}

function parentBox(machine: MachineView, { place }: Box, boxes: ReadonlyMap<Place, Box>): Box | undefined {
  const fn = typeof place === 'number' ? machine.functions[place] : undefined;
  return fn === undefined ? undefined : boxes.get(fn.parent < 0 ? -1 - fn.hostBridge : fn.parent);
}

function layOut(machine: MachineView, { provider, client }: DirectionView): Box[] {
  const [left, right] = [chainOf(machine, provider), chainOf(machine, client)];
  const shared = left.filter(({ index }) => right.some((other) => other.index === index));
  const boxes: Box[] = [];
  const hostBridge = machine.functions[provider]?.hostBridge ?? 0;
  boxes.push({ place: -1 - hostBridge, name: 'host bridge', kind: 'host-bridge', x: MIDDLE, y: 0 });
  for (const [chain, x] of [
    [left, BOX_W / 2 + 6],
    [right, WIDTH - BOX_W / 2 - 6],
  ] as const) {
    for (const [level, fn] of chain.entries()) {
      const isShared = shared.includes(fn) || shared.some(({ index }) => index === fn.index);
      if (isShared && chain === right) continue;
      const name = fn.label ?? PLAIN_NAMES[fn.kind] ?? fn.bdf;
      boxes.push({ place: fn.index, name, kind: fn.kind, x: isShared ? MIDDLE : x, y: (level + 1) * STEP });
    }
  }
  return boxes;
}

const PLAIN_NAMES: Partial<Record<FunctionView['kind'], string>> = {
  'root-port': 'root port',
  'switch-upstream': 'switch',
  'switch-downstream': 'switch port',
};

/** From the root down. */
function chainOf(machine: MachineView, index: number): FunctionView[] {
  const chain: FunctionView[] = [];
  for (let fn = machine.functions[index]; fn !== undefined; fn = machine.functions[fn.parent]) chain.unshift(fn);
  return chain;
}
