/** The tree on paper. */
import { useMemo } from 'preact/hooks';
import { HEIGHT, LINE, type PackedTree, packedTree } from '../../drawing/packed-tree.ts';
import type { Tab } from '../../tab.ts';
import { describeBox } from './box-words.ts';
import { TreeDrawing } from './drawing.tsx';
import { looksOf } from './looks.ts';

/** A4 less its margins, upright: what boxes stand side by side on, and how much of it a sheet holds. */
const WIDTH = 680;
const SHEET = 900;

/** All of the picture, in parts that fit on a sheet. */
export function PrintedTree({ tab }: { readonly tab: Tab }) {
  const machine = tab.machine.value;
  const tree = useMemo(
    () =>
      packedTree(
        machine,
        { folds: new Map(), only: undefined, everything: false, shown: new Set(), alike: 'none' },
        WIDTH,
      ),
    [machine],
  );
  const looks = looksOf(tab);
  return (
    <div class="printed printed-tree">
      {parts(tree).map(({ top, bottom }) => (
        <svg
          key={top}
          class="tree-picture"
          role="img"
          aria-label={`The tree, from ${top} to ${bottom}`}
          width="100%"
          viewBox={`0 ${top} ${Math.max(WIDTH, tree.width)} ${bottom - top}`}
        >
          <TreeDrawing
            machine={machine}
            tree={tree}
            looks={looks}
            sight={{ top, bottom }}
            titleOf={(box) => describeBox(tab, box)}
          />
        </svg>
      ))}
    </div>
  );
}

/** Cuts where no box is cut. */
function parts({ boxes, height }: PackedTree): { readonly top: number; readonly bottom: number }[] {
  const found: { top: number; bottom: number }[] = [];
  for (let top = 0; top < height; ) {
    let bottom = Math.min(height, top + SHEET);
    const crosses = (): boolean => boxes.some(({ y }) => y < bottom && y + HEIGHT > bottom);
    for (let tries = 0; bottom < height && tries < LINE && crosses(); tries++) bottom--;
    found.push({ top, bottom });
    top = bottom;
  }
  return found;
}
