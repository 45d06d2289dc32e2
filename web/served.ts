/** What `peerpath web` adds to the page: the machine it was started on, and word when that changes. */
import { type Signal, signal } from '@preact/signals';
import { machineChanges } from './changes.ts';
import { Latest } from './latest.ts';
import { readLink } from './link.ts';
import { openInput, reread } from './opening.ts';
import type { BesideFile, OpenInput } from './protocol.ts';
import { siteAround } from './site-around.ts';
import { announcement, refusals, tabs } from './state.ts';
import type { Tab } from './tab.ts';

/** How the page stands with a server of `peerpath web`; undefined: it came from disk or from another server. */
export const serverState: Signal<'live' | 'unreadable' | 'away' | undefined> = signal(undefined);
/** Why the machine that is shown is not the present one. */
export const serverError: Signal<string | undefined> = signal(undefined);
/** What the last change of the machine was, until it is put away. */
export const changes: Signal<readonly string[]> = signal([]);

const ADDRESS = 'source';
/** Between attempts to reach a server that has gone away. */
const RETRY_MS = 2000;

/** The machine as it is shown, by the mark that the server gave it: it tells of others. */
const shown: { mark: string | undefined } = { mark: undefined };

/** Opens the server's machine and follows it; does nothing for a page from disk or from any other server. */
export async function followServer(): Promise<void> {
  if (!location.protocol.startsWith('http') || siteAround !== undefined) return;
  await fetchSource();
  if (serverState.value !== undefined) listen();
}

function listen(): void {
  const events = new EventSource('./events');
  events.addEventListener('mark', ({ data }: MessageEvent<string>) => {
    if (serverState.value === 'away' || data !== shown.mark) void refreshed.run();
  });
  events.addEventListener('error', () => {
    away();
    // A browser gives up where the answer was no stream: another program may have the port for a while.
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(listen, RETRY_MS);
  });
}

const refreshed = new Latest(fetchSource);

/** Asks for the machine once more: after a change, or because its view was closed. */
export function showSource(): void {
  void refreshed.run();
}

function away(): void {
  serverState.value = 'away';
  say('The server does not answer: it was ended, or cannot be reached. What is shown is the machine as it was.');
}

function say(error: string | undefined): void {
  if (error !== undefined && error !== serverError.value) announcement.value = error;
  serverError.value = error;
}

async function fetchSource(): Promise<void> {
  let response: Response;
  let bytes: Uint8Array;
  try {
    response = await fetch('./source', { headers: { accept: 'application/octet-stream' } });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch {
    if (serverState.value !== undefined) away();
    return;
  }
  const kind = response.headers.get('x-peerpath');
  if (kind === null) {
    if (serverState.value !== undefined) away();
    return;
  }
  shown.mark = response.headers.get('x-peerpath-mark') ?? '';
  const name = decodeURIComponent(response.headers.get('x-peerpath-name') ?? 'machine');
  const beside = await fetchBeside(response.headers.get('x-peerpath-beside'));
  const others = await fetchOthers(Number(response.headers.get('x-peerpath-others') ?? 0));
  const why =
    kind === 'error' ? new TextDecoder().decode(bytes) : await take({ from: 'bytes', bytes, name, beside, others });
  serverState.value = why === undefined ? 'live' : 'unreadable';
  const isShown = tabs.value.some(({ address }) => address === ADDRESS);
  say(why === undefined || !isShown ? why : `${why} What is shown is the machine as it was.`);
}

/** Shows the machine; gives the reason where it cannot be read. */
async function take(input: OpenInput): Promise<string | undefined> {
  const tab = tabs.value.find(({ address }) => address === ADDRESS);
  if (tab !== undefined) return renew(tab, input);
  const link = readLink(location.hash);
  refusals.value = [];
  await openInput(input, ADDRESS, link.open === ADDRESS || link.open === undefined ? link : undefined);
  const [why] = refusals.value;
  refusals.value = [];
  return why;
}

async function renew(tab: Tab, input: OpenInput): Promise<string | undefined> {
  const before = { machine: tab.machine.value, situation: tab.situation.value };
  const why = await reread(tab, input);
  if (why !== undefined) return why;
  const found = machineChanges(before, { machine: tab.machine.value, situation: tab.situation.value });
  if (found.length === 0) return undefined;
  changes.value = found;
  announcement.value = `The machine changed: ${found.join(' ')}`;
  return undefined;
}

/** Further files of the same machine. One that is gone is told by the mark: the next reading is without it. */
async function fetchOthers(count: number): Promise<BesideFile[]> {
  const files: BesideFile[] = [];
  for (let at = 0; at < count; at++) {
    const response = await fetch(`./others/${at}`);
    if (response.headers.get('x-peerpath') !== 'machine') continue;
    const name = decodeURIComponent(response.headers.get('x-peerpath-name') ?? '');
    files.push({ name, bytes: new Uint8Array(await response.arrayBuffer()) });
  }
  return files;
}

/** The machine that a served scenario names. */
async function fetchBeside(name: string | null): Promise<BesideFile[]> {
  if (name === null) return [];
  try {
    const response = await fetch('./beside');
    if (response.headers.get('x-peerpath') !== 'machine') return [];
    return [{ name: decodeURIComponent(name), bytes: new Uint8Array(await response.arrayBuffer()) }];
  } catch {
    return [];
  }
}
