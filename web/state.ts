/** What is open and what is looked at. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { letGo } from './kept.ts';
import type { MainView } from './link.ts';
import { endDesk } from './report-desk.ts';
import type { Tab } from './tab.ts';
import { type TabName, tabNames } from './tab-names.ts';

/** What stands beside it. */
export type SideView = 'pair' | 'device' | 'whatif';

export const tabs: Signal<readonly Tab[]> = signal([]);
export const activeTab: Signal<Tab | undefined> = signal(undefined);
/** What each is called, in their order. */
export const namesOfTabs: ReadonlySignal<readonly TabName[]> = computed(() =>
  tabNames(tabs.value.map(({ machine: { value }, renamed }) => ({ ...value, renamed: renamed.value }))),
);
/** The page to open machines from is shown, though machines are open. */
export const choosing: Signal<boolean> = signal(false);
export const mainView: Signal<MainView> = signal('matrix');
export const sideView: Signal<SideView> = signal('pair');
/** Which of the two a narrow screen shows. */
export const focus: Signal<'main' | 'side'> = signal('main');
/** Name of the input being read. */
export const reading: Signal<string | undefined> = signal(undefined);
/** Why inputs were not opened, since somebody last gave some. */
export const refusals: Signal<readonly string[]> = signal([]);
/** What a link said that was left out, in sentences. */
export const leftOut: Signal<readonly string[]> = signal([]);
/** What the address or the server names is open, if they name something. */
export const arrived: Signal<boolean> = signal(false);
/** Search, keys and words of the page are in front. */
export const helping: Signal<boolean> = signal(false);
/** Which report somebody asked for elsewhere; the reports take it from here. */
export const askedReport: Signal<'compare' | undefined> = signal(undefined);
/** Said to screen readers. */
export const announcement: Signal<string> = signal('');
export const theme: Signal<'auto' | 'light' | 'dark'> = signal('auto');
export const starting: ReadonlySignal<boolean> = computed(() => activeTab.value === undefined || choosing.value);

/** Says why something was not opened. */
export function sayRefused(why: string): void {
  refusals.value = [...refusals.value, why];
  announcement.value = why;
}

/** Says what of a link was left out; nothing where that is nothing. */
export function sayLeftOut(sentences: readonly string[]): void {
  leftOut.value = sentences;
  if (sentences.length > 0) announcement.value = sentences.join(' ');
}

/** What a tab is called, in one line. */
export function labelOf(tab: Tab): string {
  const own = namesOfTabs.value[tabs.value.indexOf(tab)];
  return own === undefined ? tab.machine.value.title : [own.name, own.beside].filter((part) => part !== '').join(' ');
}

/** Goes to an open machine. */
export function goTo(tab: Tab): void {
  batch(() => {
    activeTab.value = tab;
    choosing.value = false;
  });
}

/** Fills the main place, and has it in front where there is room for one. */
export function showMain(view: MainView): void {
  batch(() => {
    mainView.value = view;
    focus.value = 'main';
  });
}

/** Closes a machine. */
export function closeTab(tab: Tab): void {
  const at = tabs.value.indexOf(tab);
  tabs.value = tabs.value.filter((other) => other !== tab);
  tab.client.end();
  tab.lab.value?.end();
  endDesk(tab);
  void letGo(tab.address);
  if (activeTab.value === tab) activeTab.value = tabs.value[at] ?? tabs.value[at - 1];
}

/** Shows a pair. */
export function showPair(tab: Tab, provider: number, client: number): void {
  tab.choosePair({ provider, client });
  sideView.value = 'pair';
}

/** Shows a function in the tree. */
export function showDevice(tab: Tab, index: number, view?: MainView): void {
  tab.chooseDevice(index);
  sideView.value = 'device';
  if (view !== undefined) showMain(view);
}

/** Shows where a function is on the tree, and leaves what stands beside it. */
export function showOnTree(tab: Tab, index: number): void {
  tab.chooseDevice(index);
  showMain('tree');
}

/** Shows the way of the chosen pair on the tree, and not a device that was chosen before. */
export function showWay(tab: Tab): void {
  tab.chooseDevice(undefined);
  showMain('tree');
}
