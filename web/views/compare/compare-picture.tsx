/** What differs between two machines, or before and after a change, as pictures: pairs that answer otherwise, and trees. */
import { useMemo, useRef } from 'preact/hooks';
import type { Tag } from '../../drawing/box-parts.ts';
import { packedTree } from '../../drawing/packed-tree.ts';
import type { MachineView, TypeCode } from '../../protocol.ts';
import type { CompareView, MarkView } from '../../report-protocol.ts';
import type { Tab } from '../../tab.ts';
import { boxWords } from '../tree/box-words.ts';
import { TreeDrawing } from '../tree/drawing.tsx';
import { ACS_MARKS, type Looks } from '../tree/looks.ts';
import { useRoom } from '../tree/room.ts';
import { letterOf, TYPE_CLASSES, wordsOf } from '../verdict-mark.tsx';

interface ComparePictureProps {
  readonly tab: Tab;
  readonly picture: CompareView;
}

/** Below the report in words. */
export function ComparePicture({ tab, picture }: ComparePictureProps) {
  const { b, marksA, marksB } = picture;
  return (
    <div class="compare-picture">
      <DifferentPairs picture={picture} />
      <div class={b === undefined ? 'trees' : 'trees beside'}>
        {b !== undefined && (
          <MarkedTree title={`A: ${tab.machine.value.title}`} machine={tab.machine.value} marks={marksA} />
        )}
        <MarkedTree
          title={b === undefined ? 'What is changed' : `B: ${b.title}`}
          machine={b ?? tab.machine.value}
          marks={marksB}
        />
      </div>
    </div>
  );
}

const [CELL, LINE, LETTER] = [30, 20, 6.7];

/** A cell for each pair that answers otherwise: its answer in A, and in B. */
function DifferentPairs({ picture: { devices, before, after, leftOut, alike } }: { readonly picture: CompareView }) {
  const n = devices.length;
  const place = useRef<HTMLDivElement>(null);
  const room = useRoom(place);
  if (n === 0) return null;
  const left = 14 + LETTER * devices.reduce((most, name) => Math.max(most, name.length), 0);
  const width = left + n * CELL + 4;
  const code = (types: Uint8Array, at: number): TypeCode => (types[at] ?? 0) as TypeCode;
  const cells = Array.from(before.keys()).filter((at) => before[at] !== after[at] && at % n !== Math.floor(at / n));
  return (
    <>
      <h3>Pairs that answer otherwise: A, then B</h3>
      <div
        class="scrolls"
        ref={place}
        tabIndex={width > room ? 0 : undefined}
        role="group"
        aria-label="Matrix of pairs that answer otherwise"
      >
        <svg
          class="difference-matrix"
          role="img"
          aria-label={`${cells.length} pairs of ${n} devices answer otherwise; they are listed above`}
          width={width}
          height={left + n * LINE + 4}
        >
          {devices.map((name, at) => (
            <g key={name}>
              <text x={left - 6} y={left + at * LINE + 14} text-anchor="end">
                {name}
              </text>
              <text transform={`translate(${left + at * CELL + CELL / 2 + 4} ${left - 6}) rotate(-90)`}>{name}</text>
              <path
                class="rule"
                d={`M${left} ${left + at * LINE}h${n * CELL}M${left + at * CELL} ${left}v${n * LINE}`}
              />
            </g>
          ))}
          {cells.map((at) => {
            const [row, column] = [Math.floor(at / n), at % n];
            const [was, is] = [code(before, at), code(after, at)];
            const [x, y] = [left + column * CELL + 1, left + row * LINE + 1];
            return (
              <g key={at}>
                <title>{`${devices[column]} uses memory of ${devices[row]}: ${wordsOf(was)}, then ${wordsOf(is)}`}</title>
                <rect class={`half ${TYPE_CLASSES[was]}`} x={x} y={y} width={CELL / 2 - 1} height={LINE - 2} />
                <rect
                  class={`half ${TYPE_CLASSES[is]}`}
                  x={x + CELL / 2 - 1}
                  y={y}
                  width={CELL / 2 - 1}
                  height={LINE - 2}
                />
                <text class={TYPE_CLASSES[was]} x={x + 7} y={y + 13} text-anchor="middle">
                  {letterOf(was)}
                </text>
                <text class={TYPE_CLASSES[is]} x={x + 21} y={y + 13} text-anchor="middle">
                  {letterOf(is)}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
      <p class="muted">
        Row: whose memory. Column: who reads and writes it.
        {alike > 0 && ` Left out: ${alike} devices whose pairs all answer alike.`}
        {leftOut > 0 && ` ${leftOut} more devices have pairs that answer otherwise; the report above names them.`}
      </p>
    </>
  );
}

const MARKS: Readonly<Record<MarkView['what'], Tag>> = {
  new: { text: 'new', looks: 'changed' },
  gone: { text: 'gone', looks: 'stop-sign' },
  slower: { text: 'slower', looks: 'stop-sign' },
  faster: { text: 'faster', looks: 'changed' },
  moved: { text: 'moved', looks: 'changed' },
  'redirect-on': ACS_MARKS.on,
  'redirect-off': ACS_MARKS.off,
  acs: ACS_MARKS.same,
};

interface MarkedTreeProps {
  readonly title: string;
  readonly machine: MachineView;
  readonly marks: readonly MarkView[];
}

/** A tree that shows what is marked, and the rest as folded as it can be. */
function MarkedTree({ title, machine, marks }: MarkedTreeProps) {
  const place = useRef<HTMLDivElement>(null);
  const room = useRoom(place);
  const tree = useMemo(() => {
    const marked = new Set(marks.map(({ fn }) => fn));
    const wish = { folds: new Map(), only: undefined, everything: false, shown: marked, alike: 'all' } as const;
    return packedTree(machine, wish, room);
  }, [machine, marks, room]);
  const looks: Looks = {
    way: new Map(),
    verdict: '',
    narrow: undefined,
    stop: undefined,
    numbers: new Map(),
    redirects: new Set(),
    marks: new Map(marks.map(({ fn, what }) => [fn, MARKS[what]])),
    groups: undefined,
  };
  const said = [...new Set(marks.map(({ what }) => what))].map(
    (what) => `${marks.filter((mark) => mark.what === what).length} ${MARKS[what].text}`,
  );
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <p class="muted">{said.length === 0 ? 'Nothing is marked.' : said.join(', ')}</p>
      <div
        class="scrolls"
        ref={place}
        tabIndex={tree.width > room ? 0 : undefined}
        role="group"
        aria-label={`Tree of ${title}`}
      >
        <svg
          class="tree-picture"
          role="img"
          aria-label={`${title}: ${said.join(', ')}`}
          width={tree.width}
          height={tree.height}
          viewBox={`0 0 ${tree.width} ${tree.height}`}
        >
          <TreeDrawing
            machine={machine}
            tree={tree}
            looks={looks}
            sight={{ top: 0, bottom: tree.height }}
            titleOf={(box) => boxWords(machine, box.node).title}
          />
        </svg>
      </div>
    </section>
  );
}
