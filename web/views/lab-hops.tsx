/** The way of packets in words: stop by stop, with the rule that sent them on. */
import type { LabView } from '../lab-protocol.ts';
import { PacketStops } from './packet-stops.tsx';
import { TYPE_CLASSES, VerdictMark, wordsOf } from './verdict-mark.tsx';

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
  const { verdict, taken } = view;
  return (
    <div class="packet-words quiet-step">
      {verdict !== undefined ? (
        <p class={`verdict ${TYPE_CLASSES[verdict.type]}`}>
          <VerdictMark code={verdict.type} large /> <span>{wordsOf(verdict.type)}</span>
        </p>
      ) : (
        <p class="muted">
          {taken === 0 ? 'The machine has booted. Press Play, or Step.' : 'No packets move in this step.'}
        </p>
      )}
    </div>
  );
}
