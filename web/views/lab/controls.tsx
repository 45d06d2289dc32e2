/** Forward, back, and playing by itself. */
import { flightsTime } from '../../drawing/packet-path.ts';
import { type LabPlay, SPEEDS } from '../../lab-play.ts';
import type { LabView } from '../../lab-protocol.ts';

/** Milliseconds to look at a state while playing. */
export function dwellOf({ flights }: LabView): number {
  return flights.length === 0 ? 1300 : 700 + flightsTime(flights);
}

/** The buttons of a player, and where it is. */
export function Controls({ play }: { readonly play: LabPlay }) {
  const view = play.view.value;
  const { steps } = play.head;
  const taken = view?.taken ?? 0;
  const ended = view !== undefined && view.state !== 'running';
  const onTheWay = play.onTheWay.value;
  const playing = play.playing.value;
  return (
    <div class="controls" role="toolbar" aria-label="Player">
      <Control label="Restart" path="M3.5 3v10M13 3.5L6 8l7 4.5z" off={taken === 0} onPress={() => play.move(-steps)} />
      <Control label="Back" path="M11.5 3L4.5 8l7 5z" off={taken === 0} onPress={() => play.move(-1)} />
      <button
        type="button"
        class="primary play"
        data-control={playing ? 'Pause' : 'Play'}
        onClick={() => (playing ? play.pause() : play.play(dwellOf))}
      >
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path d={playing ? 'M4.5 3v10M11.5 3v10' : 'M4 2.5L13 8l-9 5.5z'} />
        </svg>
        {playing ? 'Pause' : ended ? 'Replay' : 'Play'}
      </button>
      <Control label="Step" path="M4.5 3l7 5-7 5z" off={ended} onPress={() => play.move(1)} />
      <Control label="To the end" path="M12.5 3v10M3 3.5L10 8l-7 4.5z" off={ended} onPress={() => play.move(steps)} />
      <label class="scrub">
        <span class="unseen">Steps taken</span>
        <input
          type="range"
          min={0}
          max={steps}
          value={play.target.value}
          onInput={(event) => {
            play.pause();
            play.go(Number(event.currentTarget.value));
          }}
        />
      </label>
      <label class="speed">
        <span class="unseen">Speed</span>
        <select
          value={play.speed.value}
          onChange={(event) => {
            play.speed.value = Number(event.currentTarget.value);
          }}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
      <span class={`where ${view?.state ?? ''}`} style={{ '--digits': `${String(steps).length}` }}>
        {onTheWay === undefined ? (
          <>
            <b>{taken}</b> of {steps}
            {view?.state === 'passed' && <span class="ending passed"> ✓ passed</span>}
            {view?.state === 'failed' && <span class="ending failed"> ✕ failed</span>}
          </>
        ) : (
          <>
            step {onTheWay} of {play.target.value}…{' '}
            <button type="button" class="link" onClick={() => play.stop()}>
              Stop
            </button>
          </>
        )}
      </span>
    </div>
  );
}

interface ControlProps {
  readonly label: string;
  readonly path: string;
  readonly off: boolean;
  readonly onPress: () => void;
}

/** Stays focusable when there is nowhere to go, so that the focus is not lost at either end. */
function Control({ label, path, off, onPress }: ControlProps) {
  return (
    <button
      type="button"
      class="control"
      data-control={label}
      title={label}
      aria-label={label}
      aria-disabled={off}
      onClick={() => !off && onPress()}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
}
