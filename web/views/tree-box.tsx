/** One box of a drawn tree, and the line to the box above it. */
import { BOX_HEIGHT, BOX_WIDTH, type Box } from '../drawing/tree-layout.ts';
import type { Tab } from '../tab.ts';
import { KIND_PATHS, KIND_WORDS } from './icons.tsx';
import { wordsOf } from './verdict-mark.tsx';

interface LinkProps {
  readonly box: Box;
  readonly parent: Box;
  /** The line, from the box above. */
  readonly d: string;
  readonly lit: boolean;
  /** The narrowest of a lit way. */
  readonly narrow?: boolean;
  /** Class name of the answer for the pair whose way is lit. */
  readonly verdict?: string;
}

/** The line to the box above: as thick as the link is fast. */
export function LinkLine({ box, parent, d, lit, narrow = false, verdict = '' }: LinkProps) {
  const fn = box.node.what === 'function' ? box.node.fn : undefined;
  const rate = fn?.link?.rate;
  const onRoot = parent.node.what === 'root';
  const weight = onRoot || rate === undefined ? 1.25 : 1 + Math.sqrt(rate) * 0.62;
  const slow = fn?.link?.slow === undefined ? '' : 'downgraded';
  const classes = ['link', lit ? `lit ${verdict}` : '', slow, narrow ? 'narrow' : ''];
  return <path class={classes.join(' ')} d={d} stroke-width={lit ? Math.max(weight, 3) : weight} />;
}

interface BoxProps {
  readonly tab: Tab;
  readonly box: Box;
  readonly role: string | undefined;
  readonly redirects: boolean;
  readonly current: boolean;
  readonly chosen: boolean;
  /** Part of a picture that is described elsewhere, and not an item of a tree to move in. */
  readonly picture?: boolean;
  /** More class names. */
  readonly looks?: string;
  readonly onAct: () => void;
  readonly onFold: () => void;
}

/** One box: what it is, what it is called, and what there is to say about it. */
export function BoxDrawing({
  tab,
  box,
  role,
  redirects,
  current,
  chosen,
  picture,
  looks = '',
  onAct,
  onFold,
}: BoxProps) {
  const { node, x, y } = box;
  const kind = node.what === 'root' ? 'host-bridge' : node.what === 'rest' ? node.kind : node.fn.kind;
  const link = node.what === 'function' ? node.fn.link : undefined;
  const classes = [
    'box',
    node.what,
    `kind-${kind}`,
    role === undefined ? '' : 'on-way',
    redirects ? 'redirects' : '',
    current ? 'current' : '',
    chosen ? 'chosen' : '',
    looks,
  ];
  const { title, detail } = words(tab, box);
  const shownTitle = clip(title, node.what === 'rest' ? 22 : 12);
  const roomLeft = BOX_WIDTH - (box.folded === undefined ? 42 : 60) - shownTitle.length * 8;
  const shownDetail = clip(detail, Math.max(0, Math.floor(roomLeft / 6.6)));
  return (
    <g
      id={`box-${box.id}`}
      class={classes.join(' ')}
      {...(picture === true ? {} : itemOf(box, chosen))}
      transform={`translate(${x} ${y})`}
      onClick={onAct}
    >
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
      {link?.slow !== undefined && (
        <g class="slow" text-anchor="end">
          <text x="-4" y="9">
            ▼{link.slow.speed}
          </text>
          <text x="-4" y="26">
            {link.slow.width}
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
      {role !== undefined && role !== '' && (
        <RoleTag role={role} right={BOX_WIDTH - (redirects ? 24 : 6)} top={picture === true ? -12 : -8} />
      )}
      {box.folded !== undefined && (
        <g
          class="fold"
          transform={`translate(${BOX_WIDTH - 12} ${BOX_HEIGHT / 2})`}
          onClick={(event) => {
            event.stopPropagation();
            onFold();
          }}
        >
          <circle r="9" />
          <path d={box.folded ? 'M-3 0H3M0 -3V3' : 'M-3 0H3'} />
        </g>
      )}
    </g>
  );
}

/** On the upper edge, over whatever is above: there is no room between two boxes. */
function RoleTag({ role, right, top }: { readonly role: string; readonly right: number; readonly top: number }) {
  const text = clip(role, 19);
  const width = text.length * 6.7 + 14;
  return (
    <g class="role" transform={`translate(${right - width} ${top})`}>
      <rect width={width} height="15" rx="7.5" />
      <text x={width / 2} y="11" text-anchor="middle">
        {text}
      </text>
    </g>
  );
}

/** What a box is to who cannot see it. */
function itemOf(box: Box, chosen: boolean): object {
  const unfolds = box.folded === undefined ? {} : { 'aria-expanded': !box.folded };
  return { role: 'treeitem', 'aria-level': box.depth + 1, 'aria-selected': chosen, ...unfolds };
}

function words(tab: Tab, { node, hidden }: Box): { readonly title: string; readonly detail: string } {
  const more = hidden === 0 ? '' : `+${hidden}`;
  switch (node.what) {
    case 'root':
      return { title: tab.machine.value.hostBridges[node.hostBridge]?.name ?? '', detail: more };
    case 'rest':
      return { title: node.text, detail: '' };
    case 'function': {
      const { fn } = node;
      const short = fn.bdf.replace(/^0000:/, '');
      if (fn.label !== undefined) return { title: fn.label, detail: more === '' ? short : more };
      return { title: short, detail: more === '' ? (SHORT_KIND[fn.kind] ?? '') : more };
    }
  }
}

const SHORT_KIND: Partial<Record<string, string>> = {
  'root-port': 'root',
  'switch-upstream': 'switch',
  'switch-downstream': 'port',
  bridge: 'bridge',
  'host-bridge': 'host bridge',
  system: 'platform',
};

/** All about a box in words: its title, and what a screen reader says. */
export function describeBox(tab: Tab, box: Box): string {
  const { node } = box;
  const below = box.hidden === 0 ? '' : `, ${box.hidden} functions folded away`;
  if (node.what === 'root') {
    const { name = '', numaNode } = tab.machine.value.hostBridges[node.hostBridge] ?? {};
    return `${name}, root bus${numaNode === undefined ? '' : ` of NUMA node ${numaNode}`}${below}`;
  }
  if (node.what === 'rest') return node.text;
  const { fn } = node;
  const names = [...(fn.label === undefined ? [] : [fn.label]), fn.bdf, KIND_WORDS[fn.kind], fn.name];
  const link = fn.link === undefined ? '' : `, link ${fn.link.text}`;
  const slow = fn.link?.slow === undefined ? '' : ', slower than both ends could be';
  const acs = tab.situation.value?.ports.some(({ port, redirects }) => port === fn.index && redirects) === true;
  const pair = tab.pairView.value?.forth;
  const role =
    pair?.provider === fn.index || pair?.client === fn.index ? `, of the chosen pair: ${wordsOf(pair.type)}` : '';
  return `${names.join(', ')}${link}${slow}${acs ? ', redirects peer traffic by ACS' : ''}${role}${below}`;
}

function clip(text: string, most: number): string {
  return text.length <= most ? text : most < 2 ? '' : `${text.slice(0, most - 1)}…`;
}
