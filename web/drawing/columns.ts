/** Things of several heights in columns, in their order: the first fill the first column, as in a newspaper. */

/** What is to be placed. */
export interface Sized {
  readonly width: number;
  readonly height: number;
}

/** Which things stand in which column, and how much room all take. */
export interface Columns<Thing> extends Sized {
  readonly columns: readonly (readonly Thing[])[];
}

/** Between columns, and between what stands in one. */
export interface Gaps {
  readonly across: number;
  readonly down: number;
}

/** As many columns as `width` holds, as long as more of them make it less high. One in any case, however wide. */
export function inColumns<Thing extends Sized>(things: readonly Thing[], width: number, gaps: Gaps): Columns<Thing> {
  let best = asColumns([things], gaps);
  const narrowest = things.reduce((least, thing) => Math.min(least, thing.width), Number.POSITIVE_INFINITY);
  const most = Math.min(things.length, Math.floor((width + gaps.across) / (narrowest + gaps.across)));
  for (let count = 2; count <= most; count++) {
    const found = asColumns(cut(things, count, gaps.down), gaps);
    if (found.width <= width && found.height < best.height) best = found;
  }
  return best;
}

function asColumns<Thing extends Sized>(columns: readonly (readonly Thing[])[], gaps: Gaps): Columns<Thing> {
  const used = columns.filter((column) => column.length > 0);
  return {
    columns: used,
    width: used.reduce((sum, column) => sum + widest(column) + gaps.across, -gaps.across),
    height: used.reduce((most, column) => Math.max(most, heightOf(column, gaps.down)), 0),
  };
}

/** The widest of a column. */
export function widest(column: readonly Sized[]): number {
  return column.reduce((most, { width }) => Math.max(most, width), 0);
}

function heightOf(column: readonly Sized[], gap: number): number {
  return column.reduce((sum, { height }) => sum + height + gap, -gap);
}

/** The least height at which `count` columns hold all, by halving. */
function cut<Thing extends Sized>(things: readonly Thing[], count: number, gap: number): (readonly Thing[])[] {
  let [low, high] = [things.reduce((most, { height }) => Math.max(most, height), 0), heightOf(things, gap)];
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (fill(things, middle, gap).length <= count) high = middle;
    else low = middle;
  }
  return fill(things, high, gap);
}

function fill<Thing extends Sized>(things: readonly Thing[], height: number, gap: number): Thing[][] {
  const columns: Thing[][] = [];
  let room = 0;
  for (const thing of things) {
    const column = columns.at(-1);
    if (column !== undefined && thing.height + gap <= room + 0.01) {
      column.push(thing);
      room -= thing.height + gap;
    } else {
      columns.push([thing]);
      room = height - thing.height;
    }
  }
  return columns;
}
