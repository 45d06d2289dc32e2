/** A chart of counts as lines. */
import { type Paint, paintWords } from './paint.ts';
import type { BarsBlock } from './sheet.ts';

/** Cells of the longest bar. */
const CELLS = 32;
/** Most of a name that is shown. */
const MOST_NAME = 60;

/** A line for each bar: name, bar, words. What is there at all has a cell. */
export function barLines({ bars }: BarsBlock, paint: Paint): string[] {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const names = bars.map(({ name }) => (name.length > MOST_NAME ? `${name.slice(0, MOST_NAME - 1)}…` : name));
  const widest = Math.max(0, ...names.map((name) => name.length));
  return bars.map(({ value, words, tone }, at) => {
    const cells = value === 0 ? 0 : Math.max(1, Math.round((value / most) * CELLS));
    const bar = paintWords({ text: '█'.repeat(cells), tone, strong: false }, paint);
    return `${(names[at] ?? '').padEnd(widest)}  ${bar}${' '.repeat(CELLS - cells)}  ${words}`;
  });
}
