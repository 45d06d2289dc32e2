/** The worker: answers messages of the page, one after the other. Defects are caught here and sent as text. */
import type { MapView, ReplyMessage, RequestMessage, SituationView } from '../protocol.ts';
import { session } from './session.ts';

const handlers = session();
let last: Promise<void> = Promise.resolve();

self.addEventListener('message', (event: MessageEvent<RequestMessage>) => {
  last = last.then(() => answer(event.data));
});

async function answer({ id, name, argument }: RequestMessage): Promise<void> {
  try {
    const handler = handlers[name] as (argument: unknown) => unknown;
    const value = await handler(argument);
    reply({ id, value }, buffersOf(value));
  } catch (error) {
    reply({ id, defect: error instanceof Error ? error.message : String(error) }, []);
  }
}

function reply(message: ReplyMessage, transfer: Transferable[]): void {
  self.postMessage(message, { transfer });
}

/** Large arrays go over without being copied; no handler keeps them. */
function buffersOf(value: unknown): Transferable[] {
  const { types, before, addrLo, addrHi, lengths } = (value ?? {}) as Partial<SituationView & MapView>;
  return [types, before, addrLo, addrHi, lengths].flatMap((array) =>
    array !== undefined && array.byteLength > 0 ? [array.buffer] : [],
  );
}
