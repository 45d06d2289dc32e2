/** The numbers that a packet's stops have on a picture. */
import type { PacketStop, Place } from '../protocol.ts';

/**
 * In which order a packet passes what is drawn: twice where it comes back.
 * @param drawnAt what stands for a place on the picture; undefined: nothing does
 */
export function stopNumbers<Drawn>(
  stops: readonly PacketStop[],
  drawnAt: (place: Place) => Drawn | undefined,
): ReadonlyMap<Drawn, readonly number[]> {
  const numbers = new Map<Drawn, number[]>();
  stops.forEach(({ place }, at) => {
    const drawn = drawnAt(place);
    if (drawn !== undefined) numbers.set(drawn, [...(numbers.get(drawn) ?? []), at + 1]);
  });
  return numbers;
}

interface Props {
  /** Corner of the box. */
  readonly x: number;
  readonly y: number;
  readonly numbers: readonly number[] | undefined;
}

/** The numbers at a box. */
export function StopNumbers({ x, y, numbers }: Props) {
  if (numbers === undefined) return null;
  const text = numbers.length > 3 ? `${numbers[0]} … ${numbers.at(-1)}` : numbers.join(' · ');
  const width = Math.max(18, text.length * 6.6 + 10);
  return (
    <g class="stop-number" transform={`translate(${x - 7} ${y - 9})`} aria-hidden="true">
      <rect width={width} height="18" rx="9" />
      <text x={width / 2} y="13" text-anchor="middle">
        {text}
      </text>
    </g>
  );
}
