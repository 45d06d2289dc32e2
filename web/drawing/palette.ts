/** Colours for canvases, from the style sheets: a canvas knows no custom properties. */
import { TYPE_CLASSES } from '../views/verdict-mark.tsx';

/** The colours of a matrix. */
export interface Palette {
  /** The theme that was chosen when the colours were read. */
  readonly theme: string | undefined;
  /** The browser chooses colours: those of the system are used, and marks are drawn strongly. */
  readonly forced: boolean;
  readonly fills: readonly string[];
  readonly letters: readonly string[];
  /** For what has an order and is no answer: from near to far, then what is not known and what is not there. */
  readonly ramp: { readonly fills: readonly string[]; readonly letters: readonly string[] };
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly accent: string;
  readonly paper: string;
}

/** By {@link TypeCode}: colours of the system, and what is written on each. */
const FORCED_FILLS = ['Mark', 'GrayText', 'Highlight', 'Canvas'];
const FORCED_LETTERS = ['MarkText', 'Canvas', 'HighlightText', 'CanvasText'];

/** The ramp in colours of the system: letters tell what three steps cannot. */
const FORCED_RAMP = ['Highlight', 'Mark', 'Canvas', 'Canvas', 'Canvas', 'GrayText', 'GrayText'];
const FORCED_RAMP_LETTERS = ['HighlightText', 'MarkText', 'CanvasText', 'CanvasText', 'CanvasText', 'Canvas', 'Canvas'];

/** Class names of the ramp. */
export const RAMP: readonly string[] = ['ramp-0', 'ramp-1', 'ramp-2', 'ramp-3', 'ramp-4', 'ramp-5', 'ramp-6'];

/** Reads the colours that hold at `element` now. */
export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement('span');
  element.append(probe);
  const read = (className: string, property: 'color' | 'backgroundColor'): string => {
    probe.removeAttribute('style');
    probe.className = className;
    return getComputedStyle(probe)[property];
  };
  const system = (name: string): string => {
    probe.className = '';
    probe.style.setProperty('forced-color-adjust', 'none');
    probe.style.color = name;
    return getComputedStyle(probe).color;
  };
  // A browser that forces colours gives every answer the same one.
  const forced = matchMedia('(forced-colors: active)').matches;
  const palette: Palette = {
    forced,
    theme: document.documentElement.dataset['theme'],
    fills: forced ? FORCED_FILLS.map(system) : TYPE_CLASSES.map((name) => read(`mark ${name}`, 'backgroundColor')),
    letters: forced ? FORCED_LETTERS.map(system) : TYPE_CLASSES.map((name) => read(`mark ${name}`, 'color')),
    ramp: {
      fills: forced ? FORCED_RAMP.map(system) : RAMP.map((name) => read(`mark ${name}`, 'backgroundColor')),
      letters: forced ? FORCED_RAMP_LETTERS.map(system) : RAMP.map((name) => read(`mark ${name}`, 'color')),
    },
    ink: read('probe-ink', 'color'),
    muted: read('probe-muted', 'color'),
    line: read('probe-line', 'color'),
    accent: read('probe-accent', 'color'),
    paper: read('probe-paper', 'color'),
  };
  probe.remove();
  return palette;
}
