/** What is open and what is looked at. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { messageOf } from '../src/base/index.ts';
import { addressBar } from './address.ts';
import { Client } from './client.ts';
import { looksDescribed, looksLikeScenario } from './description-mark.ts';
import { labClient } from './lab-client.ts';
import { LabPlay } from './lab-play.ts';
import type { LabInput } from './lab-protocol.ts';
import { type LinkState, type MainView, readLink, writeLink } from './link.ts';
import type { OpenInput } from './protocol.ts';
import { Tab } from './tab.ts';

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

/** What opening goes by, and nobody looks at. */
class Opening {
  /** A worker that has started already. */
  spare: Client | undefined = new Client();
  inProgress: Attempt | undefined;
  pciIds: string | undefined;
  incomplete: Incomplete | undefined;
}

const opening = new Opening();

/** An input being read, with its workers; a newer one ends it. */
class Attempt {
  readonly #clients: { end: () => void }[] = [];

  get current(): boolean {
    return opening.inProgress === this;
  }

  holds<T extends { end: () => void }>(client: T): T {
    this.#clients.push(client);
    return client;
  }

  end(): void {
    for (const client of this.#clients) client.end();
  }
}

async function attempt(name: string, work: (attempt: Attempt) => Promise<void>): Promise<void> {
  opening.inProgress?.end();
  const now = new Attempt();
  opening.inProgress = now;
  openError.value = undefined;
  reading.value = name;
  try {
    await work(now);
  } catch (error) {
    if (now.current) refuse(now, messageOf(error));
  } finally {
    if (now.current) {
      opening.inProgress = undefined;
      reading.value = undefined;
    }
    opening.spare ??= new Client();
  }
}

function refuse(attempt: Attempt, why: string): void {
  attempt.end();
  sayRefused(why);
}

function sayRefused(why: string): void {
  openError.value = why;
  announcement.value = why;
}

/** A worker that can read an input: of descriptions and scenarios not every worker knows. */
async function clientFor(input: OpenInput): Promise<Client> {
  if (input.from === 'example' || looksDescribed(input.bytes)) return labClient();
  const client = opening.spare ?? new Client();
  opening.spare = undefined;
  return client;
}

/** Reads an input in a worker of its own and shows it. */
export function openInput(input: OpenInput, address: string | undefined, link?: LinkState): Promise<void> {
  if (isStory(input)) return openStory(input, address, link);
  return attempt(input.name, async (now) => {
    const client = now.holds(await clientFor(input));
    const opened = await client.ask('open', input);
    if (!now.current) return;
    if (opened.ok) await show(new Tab(client, input, opened.machine, address), link);
    else refuse(now, opened.error);
  });
}

type BytesInput = OpenInput & { readonly from: 'bytes' };

function isStory(input: OpenInput): input is BytesInput {
  return input.from === 'bytes' && looksLikeScenario(input.bytes);
}

/** Opens a scenario: its machine in a tab, with the lab in front. */
async function openStory(input: LabInput, address: string | undefined, link?: LinkState): Promise<void> {
  let needs: string | undefined;
  await attempt(input.name, async (now) => {
    const player = now.holds(await labClient());
    const story = await player.ask('story', input);
    if (!now.current) return;
    if (!story.ok) {
      needs = story.needs;
      refuse(now, story.error);
      return;
    }
    const client = now.holds(await clientFor(story.machine));
    const opened = await client.ask('open', story.machine);
    if (!now.current) return;
    if (!opened.ok) {
      refuse(now, opened.error);
      return;
    }
    const tab = new Tab(client, story.machine, { ...opened.machine, title: story.head.name }, address);
    play(tab, new LabPlay(input, story.head, player, labClient), link?.step);
    await show(tab, link);
    if (link?.view === undefined) showMain('lab');
  });
  const incomplete = needs === undefined || input.from !== 'bytes' ? undefined : { input, needs };
  opening.incomplete = incomplete;
  if (incomplete !== undefined) await completeFromTabs(incomplete, link);
}

/** A scenario that could not be opened, and the name of the machine's file that it needs. */
interface Incomplete {
  readonly input: BytesInput;
  readonly needs: string;
}

/** The scenario that a file of this name makes complete. */
export function completedBy(name: string): BytesInput | undefined {
  const { incomplete } = opening;
  return incomplete !== undefined && baseName(name) === incomplete.needs ? incomplete.input : undefined;
}

/** An open machine of the name will do. */
async function completeFromTabs({ input, needs }: Incomplete, link: LinkState | undefined): Promise<void> {
  const inputs = tabs.value.map((tab) => tab.input);
  const open = inputs.find((other) => other.from === 'bytes' && baseName(other.name) === needs);
  const { beside = [] } = input;
  if (open?.from !== 'bytes' || beside.some(({ name }) => baseName(name) === needs)) return;
  await openStory({ ...input, beside: [...beside, open] }, undefined, link);
}

function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}

function play(tab: Tab, lab: LabPlay, step = 0): void {
  tab.lab.value?.end();
  tab.lab.value = lab;
  lab.go(step);
}

/** Fills the main place, and has it in front where there is room for one. */
export function showMain(view: MainView): void {
  batch(() => {
    mainView.value = view;
    focus.value = 'main';
  });
}

/** Plays a shipped scenario on the machine of a tab, or says why not. */
export async function playHere(tab: Tab, name: string, step?: number): Promise<void> {
  const input: LabInput = { from: 'scenario', name, on: tab.input };
  try {
    const player = await labClient();
    const story = await player.ask('story', input);
    if (story.ok) {
      play(tab, new LabPlay(input, story.head, player, labClient), step);
      return;
    }
    player.end();
    sayRefused(story.error);
  } catch (error) {
    sayRefused(messageOf(error));
  }
}

/** Opens a shipped scenario by name. */
export async function openScenario(name: string, link?: LinkState): Promise<void> {
  const open = tabs.value.find(({ address }) => address === `scenario:${name}`);
  if (open === undefined) return openStory({ from: 'scenario', name }, `scenario:${name}`, link);
  activate(open, link);
  if (link?.view === undefined) showMain('lab');
  return open.refresh();
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
  opening.inProgress?.end();
  opening.inProgress = undefined;
  reading.value = undefined;
}

async function show(tab: Tab, link: LinkState | undefined): Promise<void> {
  if (link !== undefined) choose(tab, link);
  await tab.refresh();
  tabs.value = [...tabs.value, tab];
  activate(tab, link);
  const { functions, title } = tab.machine.value;
  announcement.value = `${title} is open: ${functions.length} functions.`;
  if (opening.pciIds !== undefined) void tab.name(opening.pciIds);
  void tab.rehearse();
}

/** Reads what is open anew; what is looked at stays. Gives the reason where it cannot be read. */
export async function reread(tab: Tab, input: OpenInput): Promise<string | undefined> {
  try {
    return isStory(input) ? await rereadStory(tab, input) : await rereadMachine(tab, input, undefined);
  } catch (error) {
    return messageOf(error);
  }
}

async function rereadMachine(tab: Tab, input: OpenInput, title: string | undefined): Promise<string | undefined> {
  const client = await clientFor(input);
  try {
    const opened = await client.ask('open', input);
    if (opened.ok) {
      const { pciIds } = opening;
      const names = pciIds === undefined ? [] : await client.ask('names', pciIds);
      const functions = opened.machine.functions.map((fn, at) => ({ ...fn, name: names[at] ?? fn.name }));
      const machine = { ...opened.machine, functions, title: title ?? opened.machine.title };
      if (tabs.value.includes(tab)) await tab.become(client, input, machine);
      return undefined;
    }
    client.end();
    return opened.error;
  } catch (error) {
    client.end();
    throw error;
  }
}

async function rereadStory(tab: Tab, input: BytesInput): Promise<string | undefined> {
  const player = await labClient();
  const story = await player.ask('story', input);
  const why = story.ok ? await rereadMachine(tab, story.machine, story.head.name) : story.error;
  if (story.ok && why === undefined)
    play(tab, new LabPlay(input, story.head, player, labClient), tab.lab.value?.view.value?.taken);
  else player.end();
  return why;
}

/** Shows a machine, all that a link says of it at once: each state between would be a step to go back to. */
function activate(tab: Tab, link: LinkState | undefined): void {
  batch(() => {
    if (link !== undefined) choose(tab, link);
    if (link?.view !== undefined) mainView.value = link.view;
    if (link?.step !== undefined && link.play === playedHere(tab)) tab.lab.value?.go(link.step);
    activeTab.value = tab;
    choosing.value = false;
  });
  if (link?.play !== undefined && link.play !== playedHere(tab)) void playHere(tab, link.play, link.step);
}

/** The scenario that is played on the machine of a tab, where that is not the scenario's own. */
function playedHere(tab: Tab): string | undefined {
  const input = tab.lab.value?.input;
  return input?.from === 'scenario' && input.on !== undefined ? input.name : undefined;
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
    play: undefined,
    step: undefined,
  };
}

/** Closes a machine. */
export function closeTab(tab: Tab): void {
  const at = tabs.value.indexOf(tab);
  tabs.value = tabs.value.filter((other) => other !== tab);
  tab.client.end();
  tab.lab.value?.end();
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

/** Names for devices come after the first view: they are larger than all else together. */
export function namesArrived(text: string): void {
  opening.pciIds = text;
  for (const tab of tabs.value) void tab.name(text);
}

/** Keeps the address of the page telling what it shows. Another view or machine is a step that the browser can go back. */
export function followState(): void {
  let before: string | undefined;
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

/** Opens what the address of the page names; false where it names nothing. */
export async function followLink(): Promise<boolean> {
  const link = readLink(location.hash);
  const [, kind, name] = /^(example|scenario):(.+)$/.exec(link.open ?? '') ?? [];
  if (name !== undefined) {
    await (kind === 'example' ? openExample(name, link) : openScenario(name, link));
    return true;
  }
  const named = [...(activeTab.value === undefined ? [] : [activeTab.value]), ...tabs.value];
  const tab = named.find(({ address }) => address === link.open);
  if (tab === undefined) return false;
  activate(tab, link);
  await tab.refresh();
  return true;
}
