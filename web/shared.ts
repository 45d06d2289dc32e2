/**
 * What drawings that come in a script of their own have in common with the page: one of each, since two would not see
 * each other's state. The build replaces their imports of these modules by what stands here (`vite.config.js`).
 */
import * as signals from '@preact/signals';
import * as preact from 'preact';
import * as hooks from 'preact/hooks';
import * as jsx from 'preact/jsx-runtime';
import * as labPlay from './lab-play.ts';
import * as opening from './opening.ts';
import * as reportDesk from './report-desk.ts';
import * as state from './state.ts';
import * as tab from './tab.ts';
import * as copy from './views/copy.tsx';
import * as icons from './views/icons.tsx';
import * as pair from './views/pair.tsx';
import * as printing from './views/printing.ts';
import * as sheet from './views/sheet.tsx';
import * as verdictMark from './views/verdict-mark.tsx';
import * as workers from './workers.ts';

/** By the names that the build knows. */
export const SHARED: object = {
  signals,
  preact,
  hooks,
  jsx,
  labPlay,
  opening,
  reportDesk,
  state,
  tab,
  copy,
  icons,
  pair,
  printing,
  sheet,
  verdictMark,
  workers,
};
