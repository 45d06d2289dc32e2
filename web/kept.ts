/**
 * Files that are open, kept in this browser, so that a reload and the way back find them again. They stay on this device,
 * belong to this tab of the browser, and go when they are closed or forgotten, or after a day.
 */
import { type Signal, signal } from '@preact/signals';
import type { OpenInput } from './protocol.ts';

/** One input as it was opened. */
export interface KeptInput {
  readonly id: string;
  readonly session: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly input: OpenInput;
  /** What people named it. */
  readonly renamed?: string;
}

/** How many are kept. */
export const keptCount: Signal<number> = signal(0);

const STORE = 'files';
const DAY_MS = 86_400_000;
const PREFIX = 'file:';

/** How a link names a kept input; others than this tab cannot follow it. */
export function keptAddress(id: string): string {
  return `${PREFIX}${id}`;
}

/** Does an address name a file of this tab? */
export function isKeptAddress(address: string | undefined): boolean {
  return address?.startsWith(PREFIX) === true;
}

/** A name for an input that is about to be opened. */
export function newKeptId(): string {
  return [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Keeps an input. Where the browser has no room or no store, it is not kept, and nothing else happens. */
export async function keep(id: string, input: OpenInput): Promise<void> {
  const kept: KeptInput = { id, session: session(), time: Date.now(), input };
  if ((await inStore('readwrite', (store) => store.put(kept))) !== undefined) keptCount.value++;
}

/** Keeps what people named an input. */
export async function keepName(address: string | undefined, renamed: string | undefined): Promise<void> {
  if (address === undefined || !isKeptAddress(address)) return;
  const kept = (await all()).find(({ id }) => keptAddress(id) === address);
  if (kept === undefined) return;
  const { renamed: _, ...rest } = kept;
  await inStore('readwrite', (store) => store.put(renamed === undefined ? rest : { ...rest, renamed }));
}

/** Lets one go. */
export async function letGo(address: string | undefined): Promise<void> {
  if (address === undefined || !isKeptAddress(address)) return;
  await inStore('readwrite', (store) => store.delete(address.slice(PREFIX.length)));
  keptCount.value = Math.max(0, keptCount.value - 1);
}

/** Lets go of all that this tab has kept. */
export async function forgetAll(): Promise<void> {
  for (const { id } of await all()) await letGo(keptAddress(id));
  keptCount.value = 0;
}

/** What this tab has kept, the oldest first. What others have left behind for a day goes. */
export async function keptInputs(): Promise<readonly KeptInput[]> {
  const old = Date.now() - DAY_MS;
  const mine: KeptInput[] = [];
  for (const kept of await all(true)) {
    if (kept.time < old) await inStore('readwrite', (store) => store.delete(kept.id));
    else if (kept.session === session()) mine.push(kept);
  }
  keptCount.value = mine.length;
  return mine.sort((a, b) => a.time - b.time);
}

async function all(everyones = false): Promise<readonly KeptInput[]> {
  const found = (await inStore('readonly', (store) => store.getAll() as IDBRequest<KeptInput[]>))?.value ?? [];
  return everyones ? found : found.filter((kept) => kept.session === session());
}

/** Ends with the tab of the browser. */
function session(): string {
  const key = 'peerpath-session';
  const known = sessionStorage.getItem(key);
  if (known !== null) return known;
  const made = newKeptId();
  sessionStorage.setItem(key, made);
  return made;
}

/** One request; undefined where the browser refuses it. */
async function inStore<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>) {
  try {
    const open = indexedDB.open('peerpath', 1);
    open.onupgradeneeded = () => open.result.createObjectStore(STORE, { keyPath: 'id' });
    const database = await settled(open);
    try {
      return { value: await settled(ask(database.transaction(STORE, mode).objectStore(STORE))) };
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error('the store failed'));
  });
}
