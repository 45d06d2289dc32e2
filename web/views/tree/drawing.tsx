/** The picture itself: frames, lines and boxes, on the screen, on paper and in files. */
import { type Box, type Frame, GAP, HEIGHT, type PackedTree, type Socket } from '../../drawing/packed-tree.ts';
import type { MachineView } from '../../protocol.ts';
import { LinkLine } from './link-line.tsx';
import type { Groups, Looks } from './looks.ts';
import { TreeBox } from './tree-box.tsx';

/** From where to where something is looked at, from the top. */
export interface Sight {
  readonly top: number;
  readonly bottom: number;
}

interface DrawingProps {
  readonly machine: MachineView;
  readonly tree: PackedTree;
  readonly looks: Looks;
  readonly sight: Sight;
  readonly titleOf: (box: Box) => string;
  /** What people do with a box; left out where there is nobody to do anything. */
  readonly hands?: {
    readonly current: string | undefined;
    readonly chosen: string | undefined;
    readonly act: (box: Box) => void;
    readonly fold: (box: Box) => void;
  };
}

/** All that is in sight. What is drawn later lies over what is drawn earlier: a lit way over other lines. */
export function TreeDrawing({ machine, tree, looks, sight, titleOf, hands }: DrawingProps) {
  const { boxes } = tree;
  const links = boxes.filter((box) => {
    const parent = boxes[box.parent];
    return box.line !== '' && parent !== undefined && meets(sight, parent.y, box.y + HEIGHT);
  });
  const lit = (box: Box): boolean => isLit(box, boxes[box.parent], looks);
  const seen = boxes.filter(({ y }) => meets(sight, y, y + HEIGHT));
  return (
    <>
      <g aria-hidden="true">
        {tree.sockets.map((socket) => (
          <SocketHead key={socket.id} socket={socket} />
        ))}
        {tree.frames
          .filter(({ y, height }) => meets(sight, y, y + height))
          .map(({ id, x, y, width, height }: Frame) => (
            <rect key={id} class="frame" x={x} y={y} width={width} height={height} rx="8" />
          ))}
        {looks.groups !== undefined && <Hulls boxes={boxes} groups={looks.groups} sight={sight} />}
        {[...links.filter((box) => !lit(box)), ...links.filter(lit)].map((box) => (
          <Link key={box.id} box={box} parent={boxes[box.parent]} looks={looks} lit={lit(box)} />
        ))}
        {seen.map((box) => (
          <Slow key={box.id} box={box} parent={boxes[box.parent]} />
        ))}
      </g>
      {seen.map((box) => (
        <TreeBox
          key={box.id}
          machine={machine}
          box={box}
          looks={looks}
          title={titleOf(box)}
          current={box.id === hands?.current}
          chosen={box.id === hands?.chosen}
          {...(hands === undefined ? {} : { onAct: () => hands.act(box), onFold: () => hands.fold(box) })}
        />
      ))}
    </>
  );
}

/** Colours of hulls; the numbers in the boxes tell the groups apart. */
const HULLS = 6;

/** Behind the boxes of each group of several, and along the lines between them. */
function Hulls({
  boxes,
  groups,
  sight,
}: {
  readonly boxes: readonly Box[];
  readonly groups: Groups;
  readonly sight: Sight;
}) {
  const groupOf = ({ node }: Box): number | undefined =>
    node.what === 'function' ? groups.of.get(node.fn.index) : undefined;
  const members = new Map<number, Box[]>();
  for (const box of boxes) {
    const group = groupOf(box);
    if (group === undefined || !groups.shared.has(group)) continue;
    const list = members.get(group);
    if (list === undefined) members.set(group, [box]);
    else list.push(box);
  }
  return [...members].map(([group, list]) => (
    <g key={group} class={`hull hull-${group % HULLS}`}>
      {list
        .filter(({ y }) => meets(sight, y, y + HEIGHT))
        .map((box) => {
          const parent = boxes[box.parent];
          return (
            <g key={box.id}>
              <rect x={box.x - 3} y={box.y - 3} width={box.width + 6} height={HEIGHT + 6} rx="6" />
              {parent !== undefined && groupOf(parent) === group && <path d={box.line} />}
            </g>
          );
        })}
    </g>
  ));
}

function meets({ top, bottom }: Sight, from: number, to: number): boolean {
  return from < bottom && to > top;
}

interface LinkProps {
  readonly box: Box;
  readonly parent: Box | undefined;
  readonly looks: Looks;
  readonly lit: boolean;
}

/** A line that lights up where the way of the pair passes it. */
function Link({ box, parent, looks, lit }: LinkProps) {
  if (parent === undefined) return null;
  const narrow = box.node.what === 'function' && looks.narrow === box.node.fn.index;
  return (
    <LinkLine item={box} parent={parent} d={box.line} lit={lit} narrow={narrow} looks={lit ? looks.verdict : ''} />
  );
}

function isLit({ node }: Box, parent: Box | undefined, { way }: Looks): boolean {
  if (node.what !== 'function' || parent === undefined || !way.has(node.fn.index)) return false;
  return parent.node.what === 'root' || (parent.node.what === 'function' && way.has(parent.node.fn.index));
}

/** How a link runs that could be faster, above and below its line. */
function Slow({ box, parent }: { readonly box: Box; readonly parent: Box | undefined }) {
  const slow = box.node.what === 'function' ? box.node.fn.link?.slow : undefined;
  if (slow === undefined || parent === undefined || parent.x + parent.width + GAP !== box.x) return null;
  return (
    <g class="slow" text-anchor="middle">
      <text x={box.x - GAP / 2} y={box.y + 8}>
        ▼{slow.speed}
      </text>
      <text x={box.x - GAP / 2} y={box.y + 22}>
        {slow.width}
      </text>
    </g>
  );
}

function SocketHead({ socket: { numaNode, x, y, width } }: { readonly socket: Socket }) {
  return (
    <g class="socket">
      <path d={`M${x} ${y + 20.5}H${x + width}`} />
      <text x={x + 2} y={y + 14}>
        {numaNode === undefined ? 'NUMA node not known' : `NUMA node ${numaNode}`}
      </text>
    </g>
  );
}
