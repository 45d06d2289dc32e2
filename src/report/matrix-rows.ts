/** Rows and columns of a matrix: devices that nothing in it tells apart, and that sit together, share one. */
import { defined, gather } from '../base/index.ts';
import { standingOf } from '../diagnose/index.ts';
import type { MapTypeMatrix } from '../p2pdma/index.ts';
import { deviceKind, kindLabel, type PciFunction } from '../pci/index.ts';
import { byKind } from './name-list.ts';

/** Functions of one kind with equal answers towards and from everyone else, and one answer among each other. First one leads. */
export type EqualFunctions = readonly [PciFunction, ...PciFunction[]];

/** Rows that a screen has room for. */
const MOST_ROWS = 30;

/**
 * The rows, by kind and then in bus order. `matrices` are of one machine: functions are alike only where they are in each.
 * While there are more rows than a screen shows, first those fold that share a switch or a card, then those of one host
 * bridge, then all that are alike. `expand`: nothing folds.
 */
export function matrixRows(
  matrices: readonly [MapTypeMatrix, ...MapTypeMatrix[]],
  functions: readonly PciFunction[],
  expand: boolean,
): EqualFunctions[] {
  const ordered = byKind(functions);
  let rows = ordered.map((fn): EqualFunctions => [fn]);
  if (expand) return rows;
  for (const placeOf of TOGETHER) {
    if (rows.length <= MOST_ROWS) break;
    rows = foldRows(matrices, ordered, placeOf);
  }
  return rows;
}

/** Where functions of one kind must stand alike to share a row, from near to far: one text for one place. */
const TOGETHER: readonly ((fn: PciFunction) => string)[] = [
  (fn) => {
    const { switch: above, card, placed } = standingOf(fn);
    if (!placed) return `function ${fn.index}`;
    return above === undefined ? `card ${card}` : `switch ${above.index}`;
  },
  (fn) => `host bridge ${fn.hostBridge.index}`,
  () => '',
];
/** Groups of one kind and place that a function is held against: in a machine of thousands only its neighbours. */
const MOST_COMPARED = 64;

function foldRows(
  matrices: readonly [MapTypeMatrix, ...MapTypeMatrix[]],
  functions: readonly PciFunction[],
  placeOf: (fn: PciFunction) => string,
): EqualFunctions[] {
  const [{ functions: all, position }] = matrices;
  const at = functions.map((fn) => defined(position[fn.index], 'a function of the matrix'));
  const type = (row: number, column: number): number =>
    matrices.reduce((types, { cells }) => (types << 2) | ((cells[row * all.length + column] ?? 0) >> 14), 0);
  const alike = (a: number, b: number, inner: number | undefined): boolean => {
    const between = type(a, b);
    if (between !== type(b, a) || (inner !== undefined && inner !== between)) return false;
    return at.every((c) => c === a || c === b || (type(a, c) === type(b, c) && type(c, a) === type(c, b)));
  };
  const groups: Group[] = [];
  const near = new Map<string, Group[]>();
  functions.forEach((fn, i) => {
    const own = at[i] ?? 0;
    const key = `${kindLabel(deviceKind(fn))} ${placeOf(fn)}`;
    const group = near
      .get(key)
      ?.slice(-MOST_COMPARED)
      .find((each) => alike(each.at, own, each.inner));
    if (group === undefined) {
      const alone: Group = { members: [fn], at: own, inner: undefined };
      groups.push(alone);
      gather(near, key, alone);
    } else {
      group.inner = type(group.at, own);
      group.members.push(fn);
    }
  });
  return groups.map(({ members }) => members);
}

/** Functions that share a row so far: where the first stands in the matrices, and the answer among them. */
interface Group {
  readonly members: [PciFunction, ...PciFunction[]];
  readonly at: number;
  inner: number | undefined;
}
