/** Functions that nothing in the matrix tells apart. */
import type { MapTypeMatrix } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';

/** Functions with equal map types towards and from everyone else, and among each other one map type. First one leads. */
export type EqualFunctions = readonly [PciFunction, ...PciFunction[]];

/**
 * Groups neighbours in the given order whose rows and columns are equal; `mayJoin` keeps apart what people want to see
 * apart (kinds). Several matrices are of one machine: functions must be equal in each.
 */
export function groupEqualRows(
  matrices: readonly [MapTypeMatrix, ...MapTypeMatrix[]],
  functions: readonly PciFunction[],
  mayJoin: (a: PciFunction, b: PciFunction) => boolean,
): EqualFunctions[] {
  const [matrix] = matrices;
  const n = matrix.functions.length;
  const at = functions.map((fn) => matrix.position[fn.index] ?? 0);
  const type = (row: number, column: number): number =>
    matrices.reduce((types, { cells }) => (types << 2) | ((cells[row * n + column] ?? 0) >> 14), 0);
  const groups: { members: [PciFunction, ...PciFunction[]]; at: number; inner: number | undefined }[] = [];
  functions.forEach((fn, i) => {
    const own = at[i] ?? 0;
    const group = groups.at(-1);
    const lead = group?.members[0];
    if (group === undefined || lead === undefined || !mayJoin(lead, fn) || !alike(group.at, own, group.inner)) {
      groups.push({ members: [fn], at: own, inner: undefined });
      return;
    }
    group.inner = type(group.at, own);
    group.members.push(fn);
  });
  return groups.map((group) => group.members);

  function alike(a: number, b: number, inner: number | undefined): boolean {
    const between = type(a, b);
    if (between !== type(b, a) || (inner !== undefined && inner !== between)) return false;
    return at.every((c) => c === a || c === b || (type(a, c) === type(b, c) && type(c, a) === type(c, b)));
  }
}
