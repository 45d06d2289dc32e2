/** The page: opens what its address or its server names, then draws. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { followLink, followState, restoreFiles } from './following.ts';
import { namesArrived } from './opening.ts';
import { loadScript } from './script.ts';
import { followServer } from './served.ts';
import { activeTab, arrived, labelOf, starting, theme } from './state.ts';
import { App } from './views/app.tsx';
import { loadPictures } from './views/later.tsx';

declare global {
  var peerpathPciIds: string | undefined;
}

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});
effect(() => {
  const tab = starting.value ? undefined : activeTab.value;
  document.title = tab === undefined ? 'peerpath' : `${labelOf(tab)} - peerpath`;
});
void start();

async function start(): Promise<void> {
  await followLink();
  await restoreFiles();
  await followServer();
  followState();
  arrived.value = true;
  await loadTheRest();
}

/** What is of use soon, but not for the first view. */
async function loadTheRest(): Promise<void> {
  // The smaller one first: other views are to be had soon, also should the server end.
  await loadPictures();
  const names = await loadScript('pci-ids.js', () => globalThis.peerpathPciIds).catch(() => undefined);
  if (names !== undefined) namesArrived(names);
}
