/** The page: opens what its address or its server names, then draws. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { followLink, followState, restoreFiles } from './following.ts';
import { namesArrived } from './opening.ts';
import { followServer } from './served.ts';
import { activeTab, starting, theme } from './state.ts';
import { App } from './views/app.tsx';

declare global {
  var peerpathPciIds: string | undefined;
}

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});
effect(() => {
  const title = starting.value ? undefined : activeTab.value?.machine.value.title;
  document.title = title === undefined ? 'peerpath' : `${title} - peerpath`;
});
void start();

async function start(): Promise<void> {
  await followLink();
  await restoreFiles();
  await followServer();
  followState();
  loadNames();
}

/** A script, since a page from disk can load nothing else. */
function loadNames(): void {
  const script = document.createElement('script');
  script.src = './pci-ids.js';
  script.addEventListener('load', () => {
    if (globalThis.peerpathPciIds !== undefined) namesArrived(globalThis.peerpathPciIds);
  });
  document.head.append(script);
}
