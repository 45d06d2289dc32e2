/** One box of the tree. */
import { type BoxContent, boxParts, type Tag, type TextPart } from '../../drawing/box-parts.ts';
import { type Box, HEIGHT } from '../../drawing/packed-tree.ts';
import type { MachineView } from '../../protocol.ts';
import { KIND_PATHS } from '../icons.tsx';
import { boxKind, boxWords } from './box-words.ts';
import { type Looks, placeOf } from './looks.ts';

interface BoxProps {
  readonly machine: MachineView;
  readonly box: Box;
  readonly looks: Looks;
  /** All about it in words. */
  readonly title: string;
  readonly current: boolean;
  readonly chosen: boolean;
  /** Left out on paper and in files. */
  readonly onAct?: () => void;
  readonly onFold?: () => void;
}

/** What it is, what it is called, and what there is to say about it, all within the box. */
export function TreeBox({ machine, box, looks, title, current, chosen, onAct, onFold }: BoxProps) {
  const { node, x, y, width } = box;
  const fn = node.what === 'function' ? node.fn : undefined;
  const kind = boxKind(node);
  const onWay = fn !== undefined && looks.way.has(fn.index);
  const content = contentOf(machine, box, looks, onFold !== undefined);
  const parts = boxParts(content, width);
  const classes = [
    'box',
    node.what,
    `kind-${kind}`,
    fn !== undefined && fn.label === undefined ? 'unnamed' : '',
    onWay ? 'on-way' : '',
    fn !== undefined && looks.redirects.has(fn.index) ? 'redirects' : '',
    current ? 'current' : '',
    chosen ? 'chosen' : '',
  ];
  return (
    <g
      id={onAct === undefined ? undefined : `box-${box.id}`}
      class={classes.filter((name) => name !== '').join(' ')}
      {...(onAct === undefined ? {} : itemOf(box, chosen))}
      transform={`translate(${x} ${y})`}
      onClick={onAct}
    >
      <title>{title}</title>
      {node.what === 'alike' && <path class="stack" d={`M5 ${HEIGHT}v3h${width - 2}v-${HEIGHT - 2}h-3`} />}
      <rect class="body" width={width} height={HEIGHT} rx="4" />
      {parts.icon !== undefined && (
        <path class="icon" d={KIND_PATHS[kind]} transform={`translate(${parts.icon.x} 3)`} aria-hidden="true" />
      )}
      <text class="title" x={parts.title.x} y="15.5">
        {parts.title.text}
      </text>
      {parts.detail !== undefined && (
        <text class="detail" x={parts.detail.x} y="15">
          {parts.detail.text}
        </text>
      )}
      {parts.numbers !== undefined && <TagDrawing tag={{ ...parts.numbers, looks: 'stop-number' }} />}
      {parts.tags.map((tag) => (
        <TagDrawing key={tag.text} tag={tag} />
      ))}
      {parts.fold !== undefined && onFold !== undefined && (
        <g
          class="fold"
          transform={`translate(${parts.fold.x + parts.fold.width / 2} ${HEIGHT / 2})`}
          onClick={(event) => {
            event.stopPropagation();
            onFold();
          }}
        >
          <circle r="8" />
          <path d={box.folded === true ? 'M-3.5 0H3.5M0 -3.5V3.5' : 'M-3.5 0H3.5'} />
        </g>
      )}
    </g>
  );
}

function TagDrawing({ tag: { x, width, text, looks } }: { readonly tag: TextPart & Tag }) {
  return (
    <g class={`tag ${looks}`}>
      <rect x={x} y="3" width={width} height="16" rx="8" />
      <text x={x + width / 2} y="15" text-anchor="middle">
        {text}
      </text>
    </g>
  );
}

function contentOf(machine: MachineView, box: Box, looks: Looks, folds: boolean): BoxContent {
  const { node } = box;
  const { title, detail } = boxWords(machine, node);
  const fn = node.what === 'function' ? node.fn : undefined;
  const heads = node.what === 'alike' ? node.heads : fn === undefined ? [] : [fn];
  const place = placeOf(box);
  const mark = heads.map(({ index }) => looks.marks.get(index)).find((each) => each !== undefined);
  const group = fn === undefined ? undefined : looks.groups?.of.get(fn.index);
  const at = fn?.index ?? -1;
  const role = looks.way.get(at) ?? '';
  const tags: Tag[] = [
    ...(place !== undefined && place === looks.stop ? [{ text: 'stop', looks: 'stop-sign' }] : []),
    ...(role === '' ? [] : [{ text: role, looks: 'role' }]),
    ...(mark === undefined ? [] : [mark]),
    ...(mark?.text.endsWith('ACS') !== true && heads.some(({ index }) => looks.redirects.has(index))
      ? [{ text: 'ACS', looks: 'turn' }]
      : []),
    ...(box.hidden > 0 && node.what !== 'alike' ? [{ text: `+${box.hidden}`, looks: 'more' }] : []),
  ];
  // A port has one thing below it, seen at a glance: room for what it does is worth more than a button.
  const port = fn?.kind === 'root-port' || fn?.kind === 'switch-downstream';
  return {
    icon: !port && node.what !== 'rest',
    numbers: (place === undefined ? undefined : looks.numbers.get(place)) ?? '',
    title,
    plain: node.what === 'rest' || node.what === 'root' || (fn !== undefined && fn.label === undefined),
    detail: group === undefined ? detail : `${fn?.label === undefined ? 'g' : 'group '}${group}`,
    tags,
    folds: folds && box.folded !== undefined && (box.folded || !(port || (node.what === 'root' && tags.length > 0))),
  };
}

/** What a box is to who cannot see it. */
function itemOf(box: Box, chosen: boolean): object {
  const unfolds = box.folded === undefined ? {} : { 'aria-expanded': !box.folded };
  return { role: 'treeitem', 'aria-level': box.depth + 1, 'aria-selected': chosen, ...unfolds };
}
