/** What `peerpath web` adds to the page: the machine it was started on, and word when that changes. */
import { signal } from '@preact/signals';
import { readLink } from './link.ts';
import { openInput } from './state.ts';

/** Why the server cannot show its machine, in its words. */
export const serverError = signal<string | undefined>(undefined);
/** The page stands on a server of `peerpath web`. */
export const served = signal(false);

/** Opens the server's machine and follows it; does nothing for a page from disk or from any other server. */
export async function followServer(): Promise<void> {
  if (!location.protocol.startsWith('http')) return;
  const found = await fetchSource();
  if (!found) return;
  served.value = true;
  const events = new EventSource('./events');
  events.addEventListener('changed', () => void fetchSource());
}

async function fetchSource(): Promise<boolean> {
  try {
    const response = await fetch('./source', { headers: { accept: 'application/octet-stream' } });
    const kind = response.headers.get('x-peerpath');
    if (kind === null) return false;
    if (kind === 'error') {
      serverError.value = await response.text();
      return true;
    }
    const name = decodeURIComponent(response.headers.get('x-peerpath-name') ?? 'machine');
    const link = readLink(location.hash);
    serverError.value = undefined;
    await openInput(
      { from: 'bytes', bytes: new Uint8Array(await response.arrayBuffer()), name },
      'source',
      link.open === 'source' || link.open === undefined ? link : undefined,
    );
    return true;
  } catch {
    return false;
  }
}
