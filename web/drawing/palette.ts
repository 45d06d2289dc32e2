/** Colours for canvases, from the style sheets: a canvas knows no custom properties. */
import { TYPE_CLASSES } from '../views/verdict-mark.tsx';

/** The colours of a matrix. */
export interface Palette {
  /** The theme that was chosen when the colours were read. */
  readonly theme: string | undefined;
  readonly fills: readonly string[];
  readonly letters: readonly string[];
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly accent: string;
  readonly paper: string;
}

/** Reads the colours that hold at `element` now. */
export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement('span');
  element.append(probe);
  const read = (className: string, property: 'color' | 'backgroundColor'): string => {
    probe.className = className;
    return getComputedStyle(probe)[property];
  };
  const palette: Palette = {
    theme: document.documentElement.dataset['theme'],
    fills: TYPE_CLASSES.map((name) => read(`mark ${name}`, 'backgroundColor')),
    letters: TYPE_CLASSES.map((name) => read(`mark ${name}`, 'color')),
    ink: read('probe-ink', 'color'),
    muted: read('probe-muted', 'color'),
    line: read('probe-line', 'color'),
    accent: read('probe-accent', 'color'),
    paper: read('probe-paper', 'color'),
  };
  probe.remove();
  return palette;
}
