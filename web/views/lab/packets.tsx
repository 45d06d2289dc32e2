/** Packets under way: a train of dots for the requests, one of squares for the answers. */
import type { Signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import {
  DOT_GAP,
  DOTS,
  FLIGHT_DELAY,
  type PacketPath,
  pointAt,
  travelled,
  travelTime,
} from '../../drawing/packet-path.ts';
import type { FlightView } from '../../lab-protocol.ts';

/** A flight, and the lines it is drawn on. */
export interface DrawnFlight {
  readonly flight: FlightView;
  readonly out: PacketPath;
  readonly back: PacketPath | undefined;
}

interface PacketsProps {
  readonly drawn: readonly DrawnFlight[];
  /** 1: as fast as usual. */
  readonly pace: number;
  /** Becomes true when all have arrived, or stopped. */
  readonly settled: Signal<boolean>;
}

/** Moves once, then rests; at once at rest for those who want no movement. */
export function Packets({ drawn, pace, settled }: PacketsProps) {
  const group = useRef<SVGGElement>(null);
  useLayoutEffect(() => {
    const trains = trainsOf(drawn);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (still || trains.length === 0) {
      settled.value = true;
      return;
    }
    settled.value = false;
    const marks = [...(group.current?.children ?? [])];
    const end = Math.max(...trains.map(({ start, path }) => start + travelTime(path)));
    const begin = performance.now();
    let frame = requestAnimationFrame(function tick(now) {
      const time = (now - begin) * pace;
      for (const [at, train] of trains.entries()) moveTrain(train, time, marks.slice(at * DOTS, (at + 1) * DOTS));
      if (time < end) frame = requestAnimationFrame(tick);
      else {
        // A cross stands where packets stopped.
        for (const mark of marks) mark.setAttribute('visibility', 'hidden');
        settled.value = true;
      }
    });
    return () => cancelAnimationFrame(frame);
  }, [drawn, pace, settled]);
  return (
    <g class="packets" ref={group} aria-hidden="true">
      {trainsOf(drawn).flatMap(({ answers, stops }, train) =>
        Array.from({ length: DOTS }, (_, at) => (
          <g
            key={`${train} ${at}`}
            class={`packet${answers ? ' answer' : ''}${stops ? ' stops' : ''}`}
            visibility="hidden"
          >
            {answers ? <rect x="-4.5" y="-4.5" width="9" height="9" rx="1.5" /> : <circle r="5.5" />}
          </g>
        )),
      )}
    </g>
  );
}

interface Train {
  readonly path: PacketPath;
  /** Milliseconds after the beginning. */
  readonly start: number;
  readonly answers: boolean;
  /** Stops at the end of its path instead of arriving. */
  readonly stops: boolean;
}

function trainsOf(drawn: readonly DrawnFlight[]): Train[] {
  return drawn.flatMap(({ flight, out, back }, at): Train[] => {
    const start = at * FLIGHT_DELAY;
    const stopped = flight.end !== 'arrives';
    const request: Train = { path: out, start, answers: false, stops: stopped && !flight.lostOnReturn };
    if (back === undefined) return [request];
    return [request, { path: back, start: start + travelTime(out), answers: true, stops: flight.lostOnReturn }];
  });
}

function moveTrain({ path, start, stops }: Train, time: number, marks: readonly Element[]): void {
  marks.forEach((mark, at) => {
    const distance = travelled(time - start) - at * DOT_GAP;
    const there = distance >= path.length;
    const visible = distance >= 0 && (stops || !there);
    mark.setAttribute('visibility', visible ? 'visible' : 'hidden');
    if (!visible) return;
    const { x, y } = pointAt(path, distance);
    mark.setAttribute('transform', `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  });
}
