/** The address of the page and what the page shows follow each other. */
import { effect } from '@preact/signals';
import { addressBar } from './address.ts';
import { keptAddress, keptInputs } from './kept.ts';
import { readLink, writeLink } from './link.ts';
import { linkOf, playedHere } from './linked.ts';
import { activate, openExample, openScenario, reopen } from './opening.ts';
import { activeTab, choosing, mainView, tabs } from './state.ts';

/** Keeps the address of the page telling what it shows. Another view or machine is a step that the browser can go back. */
export function followState(): void {
  // From the page to open machines from, the first machine is a step that can be gone back.
  let before: string | undefined = activeTab.value === undefined ? '' : undefined;
  effect(() => {
    const tab = activeTab.value;
    if (tab === undefined) return;
    const view = mainView.value;
    const lab = view === 'lab' ? { play: playedHere(tab), step: tab.lab.value?.rest.value } : {};
    const link = { ...linkOf(tab), view, ...lab };
    const hash = `#${writeLink(link)}`;
    const place = `${link.open} ${link.view}`;
    if (before === undefined || place === before) addressBar.replace(hash);
    else addressBar.push(hash);
    before = place;
  });
  window.addEventListener('hashchange', () => void followLink());
}

/** Opens the files of this tab of the browser again, after a reload or on the way back. */
export async function restoreFiles(): Promise<void> {
  const link = readLink(location.hash);
  for (const { id, input, renamed } of await keptInputs()) {
    const address = keptAddress(id);
    if (tabs.value.some((tab) => tab.address === address)) continue;
    await reopen(input, address, link.open === address ? link : undefined);
    const tab = tabs.value.find((each) => each.address === address);
    if (tab !== undefined) tab.renamed.value = renamed;
  }
  const named = tabs.value.find(({ address }) => address === link.open);
  if (named !== undefined) activeTab.value = named;
}

/** Opens what the address of the page names; false where it names nothing. */
export async function followLink(): Promise<boolean> {
  const link = readLink(location.hash);
  const [, kind, name] = /^(example|scenario):(.+)$/.exec(link.open ?? '') ?? [];
  if (name !== undefined) {
    await (kind === 'example' ? openExample(name, link) : openScenario(name, link));
    return true;
  }
  const named = [...(activeTab.value === undefined ? [] : [activeTab.value]), ...tabs.value];
  const tab = link.open === undefined ? undefined : named.find(({ address }) => address === link.open);
  if (tab === undefined) {
    // Back to where machines are opened; those that are open stay so.
    choosing.value = tabs.value.length > 0 && link.open === undefined;
    return false;
  }
  activate(tab, link);
  await tab.refresh();
  return true;
}
