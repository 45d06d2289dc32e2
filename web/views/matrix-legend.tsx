/** What the colours of the matrix stand for, how often each is there, and what else they can stand for. */
import { RAMP } from '../drawing/palette.ts';
import type { ColourBy, ColourView, SituationView } from '../protocol.ts';
import type { Tab } from '../tab.ts';
import { LEGEND_ORDER, VerdictMark, wordsOf } from './verdict-mark.tsx';

const CHOICES: readonly (readonly [ColourBy | undefined, string])[] = [
  [undefined, 'answer'],
  ['class', 'class'],
  ['distance', 'distance'],
  ['rate', 'GB/s'],
  ['node', 'NUMA node'],
];

/** What cells are coloured by. */
export function ColourChoice({ tab }: { readonly tab: Tab }) {
  return (
    <label>
      Colour by{' '}
      <select
        value={tab.colourBy.value ?? ''}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          tab.colour(CHOICES.find(([by]) => by === chosen)?.[0]);
        }}
      >
        {CHOICES.map(([by, words]) => (
          <option key={words} value={by ?? ''}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

interface LegendProps {
  readonly tab: Tab;
  readonly situation: SituationView;
  /** What the pointer is on, in words; '' for nothing. */
  readonly said: { readonly value: string };
}

/** Below the matrix. */
export function MatrixLegend({ tab, situation, said }: LegendProps) {
  const { shown, scopeSize, leftOut } = situation;
  const colours = tab.summarized ? tab.colours.value : undefined;
  return (
    <div class="legend">
      {colours === undefined ? <Answers situation={situation} /> : <Others colours={colours} />}
      {/* A line of its own: what is below the matrix keeps its height while the pointer moves. */}
      <p class="hovered" aria-hidden="true">
        {said.value}
      </p>
      <p>
        Row: whose memory. Column: who reads and writes it.
        {scopeSize > shown.length &&
          ` The matrix has room for ${shown.length} of ${scopeSize} devices; filter to see others.`}
        {leftOut !== '' && ` ${leftOut}`}
      </p>
    </div>
  );
}

function Answers({ situation }: { readonly situation: SituationView }) {
  const { counts, countsBefore, changedPairs } = situation;
  return (
    <ul>
      {LEGEND_ORDER.map((code) => (
        <li key={code} class={counts[code] === 0 ? 'none' : ''}>
          <VerdictMark code={code} /> {wordsOf(code)} <b>{counts[code]}</b>
          {countsBefore !== undefined && counts[code] !== countsBefore[code] && (
            <span class="was"> was {countsBefore[code]}</span>
          )}
        </li>
      ))}
      {changedPairs > 0 && (
        <li>
          <span class="corner" aria-hidden="true" /> {changedPairs} pair{changedPairs === 1 ? '' : 's'} changed
        </li>
      )}
    </ul>
  );
}

function Others({ colours: { legend } }: { readonly colours: ColourView }) {
  return (
    <ul>
      {legend.map(({ letter, words, count }, code) =>
        count === 0 ? null : (
          <li key={words}>
            <span class={`mark ${RAMP[code]}`} aria-hidden="true">
              {letter}
            </span>{' '}
            {words} <b>{count}</b>
          </li>
        ),
      )}
    </ul>
  );
}
