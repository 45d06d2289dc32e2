/** What is open and what is looked at. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { Client } from './client.ts';
import { type LinkState, readLink, writeLink } from './link.ts';
import type { OpenInput } from './protocol.ts';
import { Tab } from './tab.ts';

/** What fills the main place. */
export type MainView = 'matrix' | 'tree' | 'table' | 'findings';
/** What stands beside it. */
export type SideView = 'pair' | 'device' | 'whatif';

export const tabs: Signal<readonly Tab[]> = signal([]);
export const activeTab: Signal<Tab | undefined> = signal(undefined);
/** The page to open machines from is shown, though machines are open. */
export const choosing: Signal<boolean> = signal(false);
export const mainView: Signal<MainView> = signal('matrix');
export const sideView: Signal<SideView> = signal('pair');
/** Which of the two a narrow screen shows. */
export const focus: Signal<'main' | 'side'> = signal('main');
/** Name of the input being read. */
export const reading: Signal<string | undefined> = signal(undefined);
/** Why the last input was not opened. */
export const openError: Signal<string | undefined> = signal(undefined);
/** Said to screen readers. */
export const announcement: Signal<string> = signal('');
export const theme: Signal<'auto' | 'light' | 'dark'> = signal('auto');
export const starting: ReadonlySignal<boolean> = computed(() => activeTab.value === undefined || choosing.value);

let spare: Client | undefined = new Client();
let inProgress: Client | undefined;
let pciIds: string | undefined;

/** Reads an input in a worker of its own and shows it. */
export async function openInput(input: OpenInput, address: string | undefined, link?: LinkState): Promise<void> {
  const client = spare ?? new Client();
  spare = undefined;
  inProgress?.end();
  inProgress = client;
  openError.value = undefined;
  reading.value = input.name;
  try {
    const opened = await client.ask('open', input);
    if (inProgress !== client) return;
    if (opened.ok) await show(new Tab(client, opened.machine, address), link);
    else refuse(client, opened.error);
  } catch (error) {
    if (inProgress === client) refuse(client, error instanceof Error ? error.message : String(error));
  } finally {
    if (inProgress === client) {
      inProgress = undefined;
      reading.value = undefined;
    }
    spare ??= new Client();
  }
}

/** Opens an example by name. */
export async function openExample(name: string, link?: LinkState): Promise<void> {
  const open = tabs.value.find(({ address }) => address === `example:${name}`);
  if (open !== undefined) {
    activate(open, link);
    return open.refresh();
  }
  return openInput({ from: 'example', name }, `example:${name}`, link);
}

/** Gives up reading. */
export function stopReading(): void {
  const client = inProgress;
  inProgress = undefined;
  reading.value = undefined;
  client?.end();
}

function refuse(client: Client, why: string): void {
  client.end();
  openError.value = why;
  announcement.value = why;
}

async function show(tab: Tab, link: LinkState | undefined): Promise<void> {
  if (link !== undefined) choose(tab, link);
  await tab.refresh();
  tabs.value = [...tabs.value, tab];
  activate(tab, link);
  const { functions, title } = tab.machine.value;
  announcement.value = `${title} is open: ${functions.length} functions.`;
  if (pciIds !== undefined) void tab.name(pciIds);
  void tab.rehearse();
}

/** Reads an open machine anew; what is looked at stays. Gives the reason where it cannot be read. */
export async function reread(tab: Tab, input: OpenInput): Promise<string | undefined> {
  const client = new Client();
  try {
    const opened = await client.ask('open', input);
    if (opened.ok) {
      const names = pciIds === undefined ? [] : await client.ask('names', pciIds);
      const functions = opened.machine.functions.map((fn, at) => ({ ...fn, name: names[at] ?? fn.name }));
      if (tabs.value.includes(tab)) await tab.become(client, { ...opened.machine, functions });
      return undefined;
    }
    client.end();
    return opened.error;
  } catch (error) {
    client.end();
    return error instanceof Error ? error.message : String(error);
  }
}

/** Shows a machine, all that a link says of it at once: each state between would be a step to go back to. */
function activate(tab: Tab, link: LinkState | undefined): void {
  batch(() => {
    if (link !== undefined) choose(tab, link);
    if (link?.view !== undefined) mainView.value = link.view;
    activeTab.value = tab;
    choosing.value = false;
  });
}

/** Chooses what a link names. */
function choose(tab: Tab, link: LinkState): void {
  const at = (bdf: string | undefined): number | undefined => (bdf === undefined ? undefined : tab.byBdf.get(bdf));
  const [provider, client] = [at(link.provider), at(link.client)];
  if (provider !== undefined && client !== undefined) tab.pair.value = { provider, client };
  const acs = link.acs.flatMap(({ bdf, mask, bits }) => {
    const port = at(bdf);
    return port === undefined ? [] : [{ port, mask, bits }];
  });
  tab.question.value = { kernel: link.kernel, iommu: link.iommu, acs };
}

/** What a link to a machine and its question says. */
function linkOf(tab: Tab): LinkState {
  const bdf = (index: number | undefined): string | undefined => (index === undefined ? undefined : tab.fn(index)?.bdf);
  const pair = tab.pair.value;
  const { kernel, iommu, acs } = tab.question.value;
  return {
    open: tab.address,
    view: undefined,
    provider: bdf(pair?.provider),
    client: bdf(pair?.client),
    kernel,
    iommu,
    acs: acs.map(({ port, mask, bits }) => ({ bdf: bdf(port) ?? '', mask, bits })),
  };
}

/** Closes a machine. */
export function closeTab(tab: Tab): void {
  const at = tabs.value.indexOf(tab);
  tabs.value = tabs.value.filter((other) => other !== tab);
  tab.client.end();
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
  if (view !== undefined) {
    mainView.value = view;
    focus.value = 'main';
  }
}

/** Names for devices come after the first view: they are larger than all else together. */
export function namesArrived(text: string): void {
  pciIds = text;
  for (const tab of tabs.value) void tab.name(text);
}

/** Keeps the address of the page telling what it shows. Another view or machine is a step that the browser can go back. */
export function followState(): void {
  let before: string | undefined;
  effect(() => {
    const tab = activeTab.value;
    if (tab === undefined) return;
    const link = { ...linkOf(tab), view: mainView.value };
    const hash = `#${writeLink(link)}`;
    const place = `${link.open} ${link.view}`;
    if (location.hash !== hash) {
      if (before === undefined || place === before) history.replaceState(null, '', hash);
      else history.pushState(null, '', hash);
    }
    before = place;
  });
  window.addEventListener('hashchange', () => void followLink());
}

/** Opens what the address of the page names; false where it names nothing. */
export async function followLink(): Promise<boolean> {
  const link = readLink(location.hash);
  const example = /^example:(.+)$/.exec(link.open ?? '')?.[1];
  if (example !== undefined) {
    await openExample(example, link);
    return true;
  }
  const named = [...(activeTab.value === undefined ? [] : [activeTab.value]), ...tabs.value];
  const tab = named.find(({ address }) => address === link.open);
  if (tab === undefined) return false;
  activate(tab, link);
  await tab.refresh();
  return true;
}
