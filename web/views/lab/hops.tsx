/** The way of packets in words: stop by stop, with the rule that sent them on. */
import type { LabView } from '../../lab-protocol.ts';
import { PacketStops } from '../packet-stops.tsx';
import { TYPE_CLASSES, VerdictMark, wordsOf } from '../verdict-mark.tsx';

interface HopListProps {
  readonly view: LabView;
  readonly chosen: number;
  readonly onChoose: (flight: number) => void;
  readonly onAgain: () => void;
}

/** What moved in the last step. */
export function HopList({ view, chosen, onChoose, onAgain }: HopListProps) {
  const { flights, moreFlights } = view;
  const flight = flights[chosen];
  if (flight === undefined) return <Quiet view={view} />;
  return (
    <div class="packet-words">
      {flights.length > 1 && (
        <div class="which-flight" role="group" aria-label="Runs of packets">
          {flights.map(({ endText }, at) => (
            <button key={at} type="button" aria-pressed={at === chosen} title={endText} onClick={() => onChoose(at)}>
              {at + 1}
            </button>
          ))}
          {moreFlights > 0 && <span class="muted">and {moreFlights} more</span>}
        </div>
      )}
      <p class="flight-text">{flight.text}</p>
      <p class={`flight-end ${flight.end}`}>
        <span aria-hidden="true">{flight.end === 'arrives' ? '✓' : flight.end === 'stopped' ? '✕' : '?'}</span>{' '}
        {flight.endText}
        {flight.rule !== undefined && `: ${flight.rule}`}
      </p>
      <div class="packet-hops" tabIndex={0} role="group" aria-label="Hops">
        <PacketStops stops={flight.stops} way="out" />
        {flight.back.length > 1 && (
          <>
            <h4>The answer</h4>
            <PacketStops stops={flight.back} way="back" />
          </>
        )}
      </div>
      <button type="button" class="quiet again" onClick={onAgain}>
        ↻ Send again
      </button>
    </div>
  );
}

/** A step without packets. */
function Quiet({ view }: { readonly view: LabView }) {
  const { verdict, last, actor } = view;
  if (last === undefined) {
    return (
      <div class="packet-words">
        <p class="flight-text">The machine has booted.</p>
        <p class="muted">Press Play, or Step. Arrow keys step, too; space plays and pauses.</p>
      </div>
    );
  }
  const { result, title } = last;
  return (
    <div class="packet-words">
      <p class="flight-text">{title}</p>
      {verdict !== undefined && (
        <p class={`verdict ${TYPE_CLASSES[verdict.type]}`}>
          <VerdictMark code={verdict.type} large /> <span>{wordsOf(verdict.type)}</span>
        </p>
      )}
      {actor?.trouble !== undefined && (
        <p class="flight-end stopped">
          <span aria-hidden="true">✕</span> {actor.trouble.what}: {actor.trouble.why}
        </p>
      )}
      {result?.facts.map((fact) => (
        <p key={fact} class="fact">
          {fact}
        </p>
      ))}
      {result?.effects.map((effect, at) => (
        <p key={at} class="effect">
          <span aria-hidden="true">↳ </span>
          {effect}
        </p>
      ))}
      <p class="muted">No packets move in this step.</p>
    </div>
  );
}
