/**
 * Text whose lines end where a terminal or a pager ended: known by lines that lspci always prints whole. What such a line
 * tells in its last word, and what it says by having no further word, is not known.
 */
import { PCI_BASE_ADDRESS_SPACE_IO } from '../../uapi/index.ts';
import { cutWidth, mayLackRegions } from './line-loss.ts';
import { type ParsedFunction, withoutEnd } from './parsed-function.ts';
import type { PrintedRegion, PrintedWindow } from './printed-region.ts';

/**
 * The functions with what was cut taken for not known.
 * @param cut last words that may be cut are marked, see `withWholeWords`
 */
export function withoutCutColumns(functions: readonly ParsedFunction[], cut: boolean): readonly ParsedFunction[] {
  const width = textWidth(functions);
  const isCut = cut || width > 0;
  const sized = isCut || functions.some(({ text }) => text.regions.some(({ size }) => size !== undefined));
  const measured = isCut || functions.some(({ text }) => text.windows.some(({ bits }) => bits !== undefined));
  const isWholeRegion = (region: PrintedRegion): boolean =>
    !region.cut && (!sized || region.size !== undefined || region.address === undefined);
  const isWholeWindow = (window: PrintedWindow): boolean =>
    !measured || window.bits !== undefined || window.first === undefined;
  // A filter may leave out all of them, or those of memory (`grep -v Memory`): of several functions one has some.
  const regions = functions.flatMap(({ text }) => text.regions);
  const filtered = regions.length === 0 || (functions.length > 1 && !regions.some(isMemory));
  return functions.map((fn) => {
    const { text, title } = fn;
    const regionsLost = fn.regionsLost || filtered || mayLackRegions(fn) || !text.regions.every(isWholeRegion);
    const regions = text.regions.filter(isWholeRegion);
    const windows = text.windows.filter(isWholeWindow);
    const kept = { ...fn, regionsLost, text: { ...text, regions, windows } };
    if (!isCut) return regionsLost || windows.length < text.windows.length ? kept : fn;
    const values = cut
      ? text.values
      : new Map([...text.values].filter(([key, value]) => key.length + value.length + 2 < width));
    return { ...kept, title: withoutEnd(title), text: { ...kept.text, values } };
  });
}

function isMemory({ typeBits }: PrintedRegion): boolean {
  return (typeBits & PCI_BASE_ADDRESS_SPACE_IO) === 0;
}

/** Who shortens by hand leaves less. */
const SHORTEST_CUT = 20;

/** Columns of a text that was cut, without indentation; 0 of one that was not. */
function textWidth(functions: readonly ParsedFunction[]): number {
  const width = functions.reduce((most, { text }) => Math.max(most, cutWidth(text)), 0);
  const told = functions.flatMap(({ text }) => text.values.get('Control') ?? []);
  // The end of a word may be where all lines end.
  const [first = ''] = told;
  const short =
    told.length > 1 &&
    first.length >= SHORTEST_CUT &&
    told.every((value) => value.length === first.length && !value.includes('FastB2B'));
  return short ? Math.max(width, 'Control: '.length + first.length) : width;
}
