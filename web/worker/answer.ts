/** Answers messages of the page, one after the other. Defects are caught here and sent as text. */
import { messageOf } from '../../src/base/index.ts';
import type { MemoryBytes } from '../lab-protocol.ts';
import type { MapView } from '../map-protocol.ts';
import type { ColourView, ReplyMessage, RequestMessage, SituationView } from '../protocol.ts';

/** Answers by the name of the request. */
export function answerMessages(handlers: object): void {
  const byName = new Map(Object.entries(handlers) as [string, (argument: unknown) => unknown][]);
  let last: Promise<void> = Promise.resolve();
  self.addEventListener('message', (event: MessageEvent<RequestMessage>) => {
    last = last.then(() => answer(byName, event.data));
  });
}

async function answer(
  handlers: ReadonlyMap<string, (argument: unknown) => unknown>,
  { id, name, argument }: RequestMessage,
): Promise<void> {
  try {
    const value = await handlers.get(name)?.(argument);
    reply({ id, value }, buffersOf(value));
  } catch (error) {
    reply({ id, defect: messageOf(error) }, []);
  }
}

function reply(message: ReplyMessage, transfer: Transferable[]): void {
  self.postMessage(message, { transfer });
}

/** Large arrays go over without being copied; no handler keeps them. */
function buffersOf(value: unknown): Transferable[] {
  const { types, before, addrLo, addrHi, lengths } = (value ?? {}) as Partial<SituationView & MapView>;
  const { codes } = (value ?? {}) as Partial<ColourView>;
  const { marks } = (value ?? {}) as Partial<MemoryBytes>;
  return [codes, types, before, addrLo, addrHi, lengths, marks].flatMap((array) =>
    array !== undefined && array.byteLength > 0 ? [array.buffer] : [],
  );
}
