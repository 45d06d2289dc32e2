/** The tree of a scenario's machine, with the way of the last step's packets. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { outline } from '../../drawing/outline.ts';
import { arrowsText, type PacketPath, Places, type Point, packetPath, pathText } from '../../drawing/packet-path.ts';
import {
  BOX_HEIGHT,
  BOX_WIDTH,
  type Box,
  hangingLine,
  type StandingTree,
  standingTree,
} from '../../drawing/standing-tree.ts';
import type { LabPlay } from '../../lab-play.ts';
import type { DeviceState, FlightView, LabView } from '../../lab-protocol.ts';
import type { MachineView, Place } from '../../protocol.ts';
import type { Tab } from '../../tab.ts';
import { StopNumbers, stopNumbers } from '../stop-numbers.tsx';
import { LinkLine } from '../tree/link-line.tsx';
import { Callout } from './callout.tsx';
import { HopList } from './hops.tsx';
import { BoxDrawing } from './lab-box.tsx';
import { type DrawnFlight, Packets } from './packets.tsx';

interface PictureProps {
  readonly tab: Tab;
  readonly play: LabPlay;
  readonly view: LabView;
}

/** The picture, and the hops in words beside it. */
export function Picture({ tab, play, view }: PictureProps) {
  const everything = useSignal(false);
  const chosen = useSignal(0);
  const round = useSignal(0);
  const { flights } = view;
  useEffect(() => {
    chosen.value = 0;
  }, [view, chosen]);
  const tree = useTree(tab, play, view, everything.value);
  const places = useMemo(() => new Places(tree, (fn) => tab.fn(fn)?.parent ?? -1), [tree, tab]);
  const drawn = useMemo(() => drawnFlights(flights, places), [flights, places]);
  const flight = flights[chosen.value] ?? flights[0];
  return (
    <section class="lab-panel picture" aria-label="Packets">
      <Canvas {...{ tab, play, view, tree, places, drawn, flight }} round={round.value} />
      <HopList
        view={view}
        chosen={Math.min(chosen.value, Math.max(0, flights.length - 1))}
        onChoose={(at) => {
          chosen.value = at;
        }}
        onAgain={() => {
          round.value += 1;
        }}
      />
      <label class="whole">
        <input
          type="checkbox"
          checked={everything.value}
          onChange={(event) => {
            everything.value = event.currentTarget.checked;
          }}
        />{' '}
        whole machine
      </label>
    </section>
  );
}

/** The part of the tree that the scenario is about. What was once drawn stays: nothing moves between steps. */
function useTree(tab: Tab, play: LabPlay, view: LabView, everything: boolean): StandingTree {
  const seen = useRef({ functions: new Set(play.head.devices.map(({ fn }) => fn)), ram: false });
  const { functions, ram } = seen.current;
  const passed = view.flights.flatMap(({ stops, back }) => [...stops, ...back].map(({ place }) => place));
  for (const place of passed) if (place !== 'ram' && place >= 0) functions.add(place);
  const withRam = ram || passed.includes('ram') || view.memories.some(({ key }) => key === 'ram');
  seen.current.ram = withRam;
  const count = functions.size;
  const machine = useNamedMachine(tab, play);
  return useMemo(() => {
    const shown = new Set(seen.current.functions);
    const only = everything ? undefined : shown;
    return standingTree(outline(machine, { folds: new Map(), only, everything: false, shown }), withRam);
  }, [machine, everything, withRam, count]);
}

/** The machine with the names that the scenario uses. */
function useNamedMachine(tab: Tab, { head }: LabPlay): MachineView {
  const machine = tab.machine.value;
  return useMemo(() => {
    const names = new Map(head.devices.map(({ fn, name }) => [fn, name]));
    const functions = machine.functions.map((fn) => ({ ...fn, label: names.get(fn.index) ?? fn.label }));
    return { ...machine, functions };
  }, [machine, head]);
}

function drawnFlights(flights: readonly FlightView[], places: Places): DrawnFlight[] {
  return flights.flatMap((flight) => {
    const out = packetPath(flight.stops, places);
    if (out === undefined) return [];
    return [{ flight, out, back: flight.back.length > 1 ? packetPath(flight.back, places) : undefined }];
  });
}

interface CanvasProps extends PictureProps {
  readonly tree: StandingTree;
  readonly places: Places;
  readonly drawn: readonly DrawnFlight[];
  readonly flight: FlightView | undefined;
  /** Counts how often the packets were asked for again. */
  readonly round: number;
}

/** Smaller boxes cannot be read. */
const LEAST_SCALE = 0.75;
const MOST_SCALE = 1.2;
/** A picture this much wider is seen from further away. */
const WALL = 1100;

function Canvas({ tab, play, view, tree, places, drawn, flight, round }: CanvasProps) {
  const frame = useRef<HTMLDivElement>(null);
  const room = useSignal({ width: 700, height: 420 });
  const settled = useSignal(false);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const look = (): void => {
      room.value = { width: element.clientWidth, height: window.innerHeight * 0.4 };
    };
    const watch = new ResizeObserver(look);
    watch.observe(element);
    look();
    return () => watch.disconnect();
  }, [room]);
  const scale = Math.max(
    LEAST_SCALE,
    Math.min(
      room.value.width > WALL ? 2 * MOST_SCALE : MOST_SCALE,
      room.value.width / tree.width,
      room.value.height / tree.height,
    ),
  );
  const width = Math.max(tree.width, room.value.width / scale - 1);
  // More room at the right, where it is said why a packet stops.
  const shift = Math.round((width - tree.width) * 0.25);
  useEffect(() => {
    const [element, place] = [frame.current, view.flights[0]?.stops[0]?.place ?? view.actor?.fn];
    const from = place === undefined ? undefined : middleOf(places, place);
    if (element === null || from === undefined || width * scale <= element.clientWidth) return;
    const end = middleOf(places, view.flights[0]?.stops.at(-1)?.place ?? place ?? -1) ?? from;
    element.scrollLeft = ((from.x + end.x) / 2 + shift) * scale - element.clientWidth / 2;
  }, [view, places, width, scale, shift]);
  const corners = tree.ram === undefined ? tree.boxes : [...tree.boxes, tree.ram];
  const words = { left: -shift, right: width - shift, bottom: tree.height, boxes: corners };
  const numbers =
    flight === undefined
      ? new Map<number, readonly number[]>()
      : stopNumbers(flight.stops, (place) => places.boxAt(place));
  return (
    <div class="picture-frame" ref={frame} tabIndex={width * scale > room.value.width + 1 ? 0 : undefined}>
      <svg
        class="lab-tree"
        role="img"
        aria-label={pictureWords(view)}
        width={width * scale}
        height={tree.height * scale}
        viewBox={`${-shift} 0 ${width} ${tree.height}`}
      >
        <g>
          {tree.boxes.map((box) => {
            const parent = tree.boxes[box.parent];
            if (parent === undefined) return null;
            return <LinkLine key={box.id} item={box} parent={parent} d={hangingLine(parent, box)} />;
          })}
        </g>
        {drawn.map(({ flight: each, out, back }, at) => (
          <g key={at} class={`flight ${each.end}`}>
            <path class="way-band" d={pathText(out)} />
            <path class="request-way" d={pathText(out)} />
            <path class="arrows" d={arrowsText(out)} />
            {back !== undefined && (
              <>
                <path class="completion-way" d={pathText(back)} />
                <path class="arrows back" d={arrowsText(back)} />
              </>
            )}
          </g>
        ))}
        {tree.boxes.map((box, at) => (
          <LabBox key={box.id} {...{ tab, play, view, box }} numbers={numbers.get(at)} />
        ))}
        <Ram
          tree={tree}
          numbers={numbers.get(-1)}
          hit={drawn.some(({ flight: each }) => each.stops.some(({ place }) => place === 'ram'))}
        />
        <Packets
          key={`${view.taken} ${round}`}
          drawn={drawn}
          pace={play.playing.value ? Math.max(1, play.speed.value) : 1}
          settled={settled}
        />
        {settled.value &&
          drawn.map(({ flight: each, out, back }, at) => (
            <Callout
              key={at}
              end={each.end}
              what={each.endText}
              why={each.rule}
              at={endPoint(each, out, back, places)}
              room={words}
            />
          ))}
        {view.actor?.trouble !== undefined && (
          <Callout end="stopped" {...view.actor.trouble} at={middleOf(places, view.actor.fn)} room={words} />
        )}
      </svg>
    </div>
  );
}

function pictureWords({ flights, taken }: LabView): string {
  if (flights.length === 0) return `The devices of the scenario after step ${taken}; no packets move in it`;
  return flights
    .map(({ text, stops, endText }) => `${text}, by ${stops.map(({ name }) => name).join(', ')}: ${endText}`)
    .join('. ');
}

/** Middle of the box where a flight ended. */
function endPoint(
  flight: FlightView,
  out: PacketPath,
  back: PacketPath | undefined,
  places: Places,
): Point | undefined {
  const stops = flight.lostOnReturn ? flight.back : flight.stops;
  const end = (flight.lostOnReturn ? back : out)?.points.at(-1);
  return middleOf(places, stops.at(-1)?.place ?? -1) ?? end;
}

function middleOf(places: Places, place: Place): Point | undefined {
  const box = places.boxAt(place);
  const corner = box === undefined ? undefined : places.cornerOf(box);
  return corner === undefined ? undefined : { x: corner.x + BOX_WIDTH / 2, y: corner.y + BOX_HEIGHT / 2 };
}

interface LabBoxProps extends PictureProps {
  readonly box: Box;
  readonly numbers: readonly number[] | undefined;
}

function LabBox({ tab, play, view, box, numbers }: LabBoxProps) {
  const fn = box.node.what === 'function' ? box.node.fn.index : undefined;
  const state = view.devices.find((each) => each.fn === fn);
  const memories = view.memories.filter((memory) => memory.fn === fn && fn !== undefined);
  const shown = memories.some(({ key }) => key === play.memory.value);
  const gone = state?.gone === true;
  return (
    <g>
      <BoxDrawing
        tab={tab}
        box={box}
        role={roleOf(view, box, state)}
        redirects={fn !== undefined && view.redirects.includes(fn)}
        chosen={shown}
        looks={`${gone ? 'gone' : ''}${fn !== undefined && view.actor?.fn === fn ? ' acting' : ''}${numbers === undefined ? '' : ' passed'}${memories.length > 0 ? ' has-memory' : ''}`}
        onAct={() => {
          const memory = memories.find(({ whole }) => whole.exported.length > 0) ?? memories[0];
          if (memory !== undefined) play.memory.value = memory.key;
        }}
      />
      {state !== undefined && (gone || state.memoryOff) && (
        <g class="state-tag" transform={`translate(${box.x + BOX_WIDTH - 42} ${box.y - 10})`}>
          <rect x="-45" width="90" height="17" rx="8.5" />
          <text y="12.4" text-anchor="middle">
            {gone ? 'unplugged' : 'memory off'}
          </text>
        </g>
      )}
      <StopNumbers x={box.x} y={box.y} numbers={numbers} />
    </g>
  );
}

function roleOf(view: LabView, { node }: Box, state: DeviceState | undefined): string | undefined {
  if (node.what === 'root') return 'host bridge';
  if (node.what !== 'function') return undefined;
  const { verdict } = view;
  if (verdict?.provider === node.fn.index) return 'memory';
  if (verdict?.client === node.fn.index) return 'reads, writes';
  if (state === undefined || state.words === '' || state.gone || state.memoryOff) return undefined;
  return state.words.length > 24 ? `${state.words.slice(0, 23)}…` : state.words;
}

function Ram({
  tree,
  numbers,
  hit,
}: {
  readonly tree: StandingTree;
  readonly numbers: readonly number[] | undefined;
  readonly hit: boolean;
}) {
  const { ram } = tree;
  if (ram === undefined) return null;
  return (
    <g class={`box ram${hit ? ' passed' : ''}`}>
      <rect class="body" x={ram.x} y={ram.y} width={BOX_WIDTH} height={BOX_HEIGHT} rx="6" />
      <text class="title" x={ram.x + BOX_WIDTH / 2} y={ram.y + 18.5} text-anchor="middle">
        System RAM
      </text>
      <StopNumbers x={ram.x} y={ram.y} numbers={numbers} />
    </g>
  );
}
