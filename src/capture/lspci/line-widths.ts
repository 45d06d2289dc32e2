/** Where terminals and mail programs break lines. */

/** Columns of common terminals: where a line of exactly so many ends, the terminal may have broken it. */
export const TERMINAL_WIDTHS: ReadonlySet<number> = new Set([80, 100, 120, 132]);

/** Mail programs break lines at spaces, so that they have 72 columns or a few more or less. */
export const LONGEST_IN_MAIL = 80;

/** A line that mail broke has at least as many columns with the word for which there was no room. */
export const SHORTEST_FULL = 64;
