/** One box of the lab's tree: what it is, what it is called, and what it does in the step that is shown. */
import { BOX_HEIGHT, BOX_WIDTH, type Box } from '../../drawing/standing-tree.ts';
import type { Tab } from '../../tab.ts';
import { KIND_PATHS } from '../icons.tsx';
import { boxKind, boxWords, describeBox } from '../tree/box-words.ts';

interface BoxProps {
  readonly tab: Tab;
  readonly box: Box;
  readonly role: string | undefined;
  readonly redirects: boolean;
  readonly chosen: boolean;
  /** More class names. */
  readonly looks: string;
  readonly onAct: () => void;
}

/** The box. */
export function BoxDrawing({ tab, box, role, redirects, chosen, looks, onAct }: BoxProps) {
  const { node, x, y } = box;
  const kind = boxKind(node);
  const classes = [
    'box',
    node.what,
    `kind-${kind}`,
    role === undefined ? '' : 'on-way',
    redirects ? 'redirects' : '',
    chosen ? 'chosen' : '',
    looks,
  ];
  const { title, detail } = boxWords(tab.machine.value, node);
  const shownTitle = clip(title, node.what === 'rest' ? 22 : 12);
  const shownDetail = clip(detail, Math.max(0, Math.floor((BOX_WIDTH - 42 - shownTitle.length * 8) / 6.6)));
  const slow = node.what === 'function' ? node.fn.link?.slow : undefined;
  return (
    <g id={`box-${box.id}`} class={classes.join(' ')} transform={`translate(${x} ${y})`} onClick={onAct}>
      <title>{describeBox(tab, box)}</title>
      <rect class="body" width={BOX_WIDTH} height={BOX_HEIGHT} rx="6" />
      <svg class="icon" x="7" y="6" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <path d={KIND_PATHS[kind]} />
      </svg>
      <text x="29" y="18.5">
        <tspan class="title">{shownTitle}</tspan>
        {shownDetail !== '' && (
          <tspan class="detail" dx="7">
            {shownDetail}
          </tspan>
        )}
      </text>
      {slow !== undefined && (
        <g class="slow" text-anchor="end">
          <text x="-4" y="9">
            ▼{slow.speed}
          </text>
          <text x="-4" y="26">
            {slow.width}
          </text>
        </g>
      )}
      {redirects && (
        <g class="turn" transform={`translate(${BOX_WIDTH - 6} -7)`}>
          <rect width="26" height="15" rx="7.5" x="-13" />
          <text y="11" text-anchor="middle">
            ACS
          </text>
        </g>
      )}
      {role !== undefined && role !== '' && <RoleTag role={role} right={BOX_WIDTH - (redirects ? 24 : 6)} />}
    </g>
  );
}

/** On the upper edge, over whatever is above: there is no room between two boxes. */
function RoleTag({ role, right }: { readonly role: string; readonly right: number }) {
  const text = clip(role, 19);
  const width = text.length * 6.7 + 14;
  return (
    <g class="role" transform={`translate(${right - width} -12)`}>
      <rect width={width} height="15" rx="7.5" />
      <text x={width / 2} y="11" text-anchor="middle">
        {text}
      </text>
    </g>
  );
}

function clip(text: string, most: number): string {
  return text.length <= most ? text : most < 2 ? '' : `${text.slice(0, most - 1)}…`;
}
