/** How machines and scenarios come to be open: each input is read in a worker of its own that knows enough. */
import { batch } from '@preact/signals';
import { messageOf } from '../src/base/index.ts';
import { Client } from './client.ts';
import { looksDescribed, looksLikeScenario } from './description-mark.ts';
import { keep, keptAddress, newKeptId } from './kept.ts';
import { LabPlay } from './lab-play.ts';
import type { LabInput } from './lab-protocol.ts';
import type { LinkState } from './link.ts';
import { choose, playedHere } from './linked.ts';
import type { Opened, OpenInput, Refused } from './protocol.ts';
import { activeTab, announcement, choosing, mainView, reading, refusals, sayRefused, showMain, tabs } from './state.ts';
import { Tab } from './tab.ts';
import { atLeastDescribed, type Knows, type LabClient, labClient } from './workers.ts';

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

/** The least that a worker must know, as far as the first line of an input tells. */
function leastFor(input: OpenInput): Knows {
  if (input.from === 'example' || looksDescribed(input.bytes)) return 'described';
  return (input.others ?? []).length > 0 || (input.machine ?? 0) > 0 ? 'texts' : 'captures';
}

async function clientThat(knows: Knows): Promise<Client> {
  if (knows !== 'captures') return labClient(knows);
  const client = opening.spare ?? new Client();
  opening.spare = undefined;
  return client;
}

/** A worker that has read an input, or why none could. */
interface Read {
  readonly client: Client;
  readonly knows: Knows;
  readonly opened: Opened;
}

/** Has an input read, by a worker that knows more where one does not know enough. */
async function readIn(input: OpenInput, start: Knows, holds: (client: Client) => void): Promise<Read> {
  const client = await clientThat(start);
  holds(client);
  const opened = await client.ask('open', input);
  if (opened.ok || opened.texts === undefined || start === 'texts') return { client, knows: start, opened };
  client.end();
  return readIn(unpackedInput(input, opened), 'texts', holds);
}

/** The same input, with what was unpacked already. */
function unpackedInput(input: OpenInput, { texts = [] }: Refused): OpenInput {
  const [first, ...others] = texts;
  if (first === undefined || input.from === 'example' || looksDescribed(input.bytes)) return input;
  return { ...input, bytes: first.bytes, others };
}

/** Reads an input and shows it; every machine that it shows, where it shows several. */
export function openInput(input: OpenInput, address: string | undefined, link?: LinkState): Promise<void> {
  if (input.from === 'bytes' && looksLikeScenario(input.bytes)) return openStory(input, address, link);
  return attempt(input.name, async (now) => {
    let left = 1;
    for (let machine = 0; left > 0 && now.current; machine++)
      left = await openMachine(now, input.from === 'bytes' ? { ...input, machine } : input, address, link);
  });
}

/** Opens an input of an earlier view of the page: that one machine alone. Nothing is said where it cannot be read. */
export async function reopen(input: OpenInput, address: string, link: LinkState | undefined): Promise<void> {
  if (input.from === 'bytes' && looksLikeScenario(input.bytes)) return openStory(input, address, link);
  await attempt(input.name, async (now) => {
    await openMachine(now, input, address, link);
  });
}

/** Opens one machine of an input, or says why not; gives how many come after it. */
async function openMachine(
  now: Attempt,
  input: OpenInput,
  address: string | undefined,
  link: LinkState | undefined,
): Promise<number> {
  const { client, knows, opened } = await readIn(input, leastFor(input), (each) => now.holds(each));
  if (!now.current) return 0;
  if (opened.ok) await show(new Tab({ client, input, knows }, opened.machine, address ?? keepFile(input)), link);
  else {
    client.end();
    sayRefused(opened.error);
  }
  return opened.more ?? 0;
}

/** Files have no address that others could open; in this tab of the browser they do. */
function keepFile(input: OpenInput): string {
  const id = newKeptId();
  void keep(id, input);
  return keptAddress(id);
}

type BytesInput = OpenInput & { readonly from: 'bytes' };

/** A scenario that is ready to be played, or why it is not. */
async function readStory(input: LabInput, knows: Knows, holds: (client: LabClient) => void) {
  let worker = atLeastDescribed(knows);
  let player = await labClient(worker);
  holds(player);
  let story = await player.ask('story', input);
  if (!story.ok && story.texts !== undefined && worker !== 'texts') {
    player.end();
    worker = 'texts';
    player = await labClient(worker);
    holds(player);
    story = await player.ask('story', input);
  }
  return { story, player, worker, again: () => labClient(worker) };
}

/** Opens a scenario: its machine in a tab, with the lab in front. */
async function openStory(input: LabInput, address: string | undefined, link?: LinkState): Promise<void> {
  let needs: string | undefined;
  await attempt(input.name, async (now) => {
    const { story, player, worker, again } = await readStory(input, 'described', (each) => now.holds(each));
    if (!now.current) return;
    if (!story.ok) {
      needs = story.needs;
      refuse(now, story.error);
      return;
    }
    const { client, knows, opened } = await readIn(story.machine, worker, (each) => now.holds(each));
    if (!now.current) return;
    if (!opened.ok) {
      refuse(now, opened.error);
      return;
    }
    const kept = address ?? (input.from === 'bytes' ? keepFile(input) : undefined);
    const machine = { ...opened.machine, title: story.head.name };
    const tab = new Tab({ client, input: story.machine, knows }, machine, kept);
    // All views answer for the boot that is played.
    tab.boot = { ...story.head.asks, acs: [] };
    tab.question.value = tab.boot;
    play(tab, new LabPlay(input, story.head, player, again), link?.step);
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
  refusals.value = [];
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

/** Plays a shipped scenario on the machine of a tab, or says why not. */
export async function playHere(tab: Tab, name: string, step?: number): Promise<void> {
  const input: LabInput = { from: 'scenario', name, on: tab.input };
  try {
    const { story, player, again } = await readStory(input, tab.knows, () => undefined);
    if (story.ok) {
      play(tab, new LabPlay(input, story.head, player, again), step);
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
  refusals.value = [];
  const open = tabs.value.find(({ address }) => address === `scenario:${name}`);
  if (open === undefined) return openStory({ from: 'scenario', name }, `scenario:${name}`, link);
  activate(open, link);
  if (link?.view === undefined) showMain('lab');
  return open.refresh();
}

/** Opens an example by name. */
export async function openExample(name: string, link?: LinkState): Promise<void> {
  refusals.value = [];
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

/** Shows a machine, all that a link says of it at once: each state between would be a step to go back to. */
export function activate(tab: Tab, link: LinkState | undefined): void {
  batch(() => {
    if (link !== undefined) choose(tab, link);
    if (link?.view !== undefined) mainView.value = link.view;
    if (link?.step !== undefined && link.play === playedHere(tab)) tab.lab.value?.go(link.step);
    activeTab.value = tab;
    choosing.value = false;
  });
  if (link?.play !== undefined && link.play !== playedHere(tab)) void playHere(tab, link.play, link.step);
}

/** Reads what is open anew; what is looked at stays. Gives the reason where it cannot be read. */
export async function reread(tab: Tab, input: OpenInput): Promise<string | undefined> {
  try {
    const isStory = input.from === 'bytes' && looksLikeScenario(input.bytes);
    return isStory ? await rereadStory(tab, input) : await rereadMachine(tab, input, undefined);
  } catch (error) {
    return messageOf(error);
  }
}

async function rereadMachine(tab: Tab, input: OpenInput, title: string | undefined): Promise<string | undefined> {
  const started: Client[] = [];
  try {
    const { client, knows, opened } = await readIn(input, leastFor(input), (each) => started.push(each));
    if (opened.ok) {
      const { pciIds } = opening;
      const names = pciIds === undefined ? [] : await client.ask('names', pciIds);
      const functions = opened.machine.functions.map((fn, at) => ({ ...fn, name: names[at] ?? fn.name }));
      const machine = { ...opened.machine, functions, title: title ?? opened.machine.title };
      if (tabs.value.includes(tab)) await tab.become({ client, input, knows }, machine);
      return undefined;
    }
    client.end();
    return opened.error;
  } catch (error) {
    for (const client of started) client.end();
    throw error;
  }
}

async function rereadStory(tab: Tab, input: BytesInput): Promise<string | undefined> {
  const { story, player, again } = await readStory(input, 'described', () => undefined);
  const why = story.ok ? await rereadMachine(tab, story.machine, story.head.name) : story.error;
  if (story.ok && why === undefined)
    play(tab, new LabPlay(input, story.head, player, again), tab.lab.value?.view.value?.taken);
  else player.end();
  return why;
}

/** Names for devices come after the first view: they are larger than all else together. */
export function namesArrived(text: string): void {
  opening.pciIds = text;
  for (const tab of tabs.value) void tab.name(text);
}
