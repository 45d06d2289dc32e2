/** The bytes behind a BAR: where in it something lies, and what. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { LabPlay } from '../../lab-play.ts';
import type { LabView, MemoryView, StripSpan, StripView } from '../../lab-protocol.ts';
import { HexDump } from './dump.tsx';

/** One memory of those that can be looked at. */
export function MemoryPanel({ play, view }: { readonly play: LabPlay; readonly view: LabView }) {
  const { memories } = view;
  const memory = memories.find(({ key }) => key === play.memory.value);
  const aim = useSignal<{ readonly at: bigint } | undefined>(undefined);
  const position = useSignal(0n);
  const first = memory?.places[0];
  useEffect(() => {
    // Only what the step itself did is worth a jump; to look elsewhere stays possible in between.
    if (memory === undefined) return;
    if (first?.what === 'wrote' || first?.what === 'read' || aim.value === undefined)
      aim.value = { at: BigInt(memory.start) };
  }, [view, memory?.key]);
  if (memory === undefined) return null;
  return (
    <section class="lab-panel memory" aria-labelledby="memory-title">
      <div class="memory-head">
        <h3 id="memory-title">Memory</h3>
        <label>
          <span class="unseen">Which memory</span>
          <select
            value={memory.key}
            onChange={(event) => {
              play.memory.value = event.currentTarget.value;
              aim.value = undefined;
            }}
          >
            {memories.map(({ key, title, sizeText }) => (
              <option key={key} value={key}>
                {title}, {sizeText}
              </option>
            ))}
          </select>
        </label>
        <Key />
      </div>
      <Strips
        memory={memory}
        position={position.value}
        onAim={(at) => {
          aim.value = { at };
        }}
      />
      <Places
        memory={memory}
        onAim={(at) => {
          aim.value = { at };
        }}
      />
      <HexDump key={memory.key} play={play} view={view} memory={memory} aim={aim.value} position={position} />
    </section>
  );
}

function Key() {
  return (
    <ul class="memory-key">
      <li>
        <span class="sample exported" aria-hidden="true" /> exported
      </li>
      <li>
        <span class="sample written" aria-hidden="true" /> written before
      </li>
      <li>
        <span class="sample wrote" aria-hidden="true" /> by this step
      </li>
      <li>
        <span class="sample read" aria-hidden="true" /> read by it
      </li>
    </ul>
  );
}

const STRIP = 1000;
const GRAINS = 1_000_000;

interface StripProps {
  readonly memory: MemoryView;
  /** Where the dump is. */
  readonly position: bigint;
  readonly onAim: (at: bigint) => void;
}

/** The whole memory in one line, and below it the part where something lies. */
function Strips({ memory, position, onAim }: StripProps) {
  const { whole, near, title, sizeText } = memory;
  return (
    <div class="strips">
      <Strip strip={whole} title={`${title}, all ${sizeText}`} position={position} onAim={onAim} near={near} />
      {near !== undefined && (
        <>
          <Lens whole={whole} near={near} />
          <Strip strip={near} title={`${title}, enlarged`} position={position} onAim={onAim} near={undefined} />
          <p class="strip-ends">
            <span>0x{BigInt(near.from).toString(16)}</span>
            <span>0x{(BigInt(near.from) + BigInt(near.size)).toString(16)}</span>
          </p>
        </>
      )}
    </div>
  );
}

/** Leads the eye from the part to what is enlarged. */
function Lens({ whole, near }: { readonly whole: StripView; readonly near: StripView }) {
  const at = (offset: bigint): number =>
    (Number(((offset - BigInt(whole.from)) * BigInt(GRAINS)) / BigInt(whole.size)) / GRAINS) * STRIP;
  const [from, to] = [at(BigInt(near.from)), at(BigInt(near.from) + BigInt(near.size))];
  return (
    <svg class="lens" viewBox={`0 0 ${STRIP} 10`} preserveAspectRatio="none" aria-hidden="true">
      <path d={`M${from} 0L0 10H${STRIP}L${Math.max(to, from + 2)} 0Z`} />
    </svg>
  );
}

interface OneStripProps {
  readonly strip: StripView;
  readonly title: string;
  readonly position: bigint;
  readonly onAim: (at: bigint) => void;
  readonly near: StripView | undefined;
}

/** A press leads to that place. */
function Strip({ strip, title, position, onAim, near }: OneStripProps) {
  const { exported, written, wrote, read } = strip;
  const [from, size] = [BigInt(strip.from), BigInt(strip.size)];
  const part = Number(((position - from) * BigInt(GRAINS)) / size) / GRAINS;
  const aim = (to: number): void => {
    const grains = Math.min(GRAINS - 1, Math.max(0, Math.floor(to * GRAINS)));
    onAim(from + (size * BigInt(grains)) / BigInt(GRAINS));
  };
  const keys: Record<string, number> = { ArrowLeft: part - 0.01, ArrowRight: part + 0.01, Home: 0, End: 1 };
  const height = near === undefined ? 26 : 12;
  const inside = part >= 0 && part <= 1;
  return (
    <svg
      class={`strip${near === undefined ? '' : ' thin'}`}
      viewBox={`0 0 ${STRIP} ${height}`}
      preserveAspectRatio="none"
      role="slider"
      tabIndex={0}
      aria-label={`Place in ${title}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(Math.min(1, Math.max(0, part)) * 100)}
      aria-valuetext={`0x${position.toString(16)}`}
      onClick={(event) => {
        const { left, width } = event.currentTarget.getBoundingClientRect();
        aim((event.clientX - left) / width);
      }}
      onKeyDown={(event) => {
        const to = keys[event.key];
        if (to === undefined) return;
        event.preventDefault();
        aim(to);
      }}
    >
      <rect class="all" width={STRIP} height={height} />
      <Spans kind="exported" spans={exported} y={0} height={height} />
      <Spans kind="written" spans={written} y={height * 0.25} height={height * 0.5} />
      <Spans kind="wrote" spans={wrote} y={height * 0.25} height={height * 0.5} />
      <Spans kind="read" spans={read} y={height * 0.62} height={height * 0.38} />
      {inside && <rect class="needle" x={Math.min(STRIP - 2, part * STRIP)} width="2" height={height} />}
    </svg>
  );
}

const MOST_SPANS = 600;

function Spans({
  kind,
  spans,
  y,
  height,
}: {
  readonly kind: string;
  readonly spans: readonly StripSpan[];
  readonly y: number;
  readonly height: number;
}) {
  return (
    <g class={kind}>
      {spans.slice(0, MOST_SPANS).map(({ from, to }) => (
        <rect key={from} x={from * STRIP} y={y} width={Math.max(2.5, (to - from) * STRIP)} height={height} />
      ))}
    </g>
  );
}

const WHAT = { wrote: 'wrote', read: 'read', written: 'holds' } as const;

/** Runs of bytes to jump to. */
function Places({ memory, onAim }: { readonly memory: MemoryView; readonly onAim: (at: bigint) => void }) {
  const { places, morePlaces } = memory;
  if (places.length === 0)
    return <p class="muted memory-places-none">Nothing was written here yet: all bytes read as zero.</p>;
  return (
    <ul class="memory-places">
      {places.map(({ from, text, what }) => (
        <li key={`${what} ${from}`}>
          <button type="button" class={`place ${what}`} onClick={() => onAim(BigInt(from))}>
            <span>{WHAT[what]}</span> {text}
          </button>
        </li>
      ))}
      {morePlaces > 0 && <li class="muted">and {morePlaces} more</li>}
    </ul>
  );
}
