/** The tree on paper. */
import { useMemo } from 'preact/hooks';
import { treeLayout } from '../drawing/tree-layout.ts';
import type { Tab } from '../tab.ts';
import { describeBox } from './tree-box.tsx';

const MOST_LINES = 3000;

/** The tree as lines, deeper ones further in. */
export function PrintedTree({ tab }: { readonly tab: Tab }) {
  const machine = tab.machine.value;
  const { boxes } = useMemo(
    () => treeLayout(machine, { folds: allOpen(tab), only: undefined, everything: false, shown: new Set() }),
    [machine, tab],
  );
  return (
    <ul class="printed printed-tree">
      {boxes.slice(0, MOST_LINES).map((box) => (
        <li key={box.id} style={{ paddingLeft: `${Math.min(box.depth, 24) * 1.4}em` }}>
          {describeBox(tab, box)}
        </li>
      ))}
      {boxes.length > MOST_LINES && <li>{boxes.length - MOST_LINES} more lines are left out.</li>}
    </ul>
  );
}

function allOpen(tab: Tab): ReadonlyMap<string, boolean> {
  const { functions, hostBridges } = tab.machine.value;
  return new Map([
    ...hostBridges.map((_, index) => [`root ${index}`, true] as const),
    ...functions.map(({ bdf }) => [bdf, true] as const),
  ]);
}
