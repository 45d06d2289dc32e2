/** Puts captures into the queue of a fleet. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { collectedCaptures, unpack } from '../archive/index.ts';
import { nodeGunzip } from '../node/index.ts';
import { errorCode } from './error-code.ts';
import { NatsError, type NatsOptions } from './nats-options.ts';
import { NatsQueue } from './nats-queue.ts';

/** What stands in a message of work. */
export interface Work {
  readonly source: string;
  /** Why there are no bytes: the file could not be read. */
  readonly unread?: string;
}

/** What a submission did. */
export interface SubmitCounts {
  readonly inputs: number;
  readonly submitted: number;
  /** Queued or done already. */
  readonly known: number;
  /** Inputs that could not be read; they are queued too, and become rows of failed. */
  readonly unread: number;
}

/** Captures that are sent at once. */
const AT_ONCE = 16;

/** @throws NatsError, MissingPeer */
export async function submitCaptures(
  inputs: readonly string[],
  options: NatsOptions,
  report?: (done: number) => void,
): Promise<SubmitCounts> {
  const queue = await NatsQueue.open(options);
  const counts = { inputs: inputs.length, submitted: 0, known: 0, unread: 0 };
  try {
    let done = 0;
    let next = 0;
    const send = async (): Promise<void> => {
      for (let at = next++; at < inputs.length; at = next++) {
        for await (const { source, bytes, unread } of capturesOf(inputs[at] ?? '')) {
          const hash = hashOf(source, bytes);
          const isNew = !(await queue.isDone(hash)) && (await putAndQueue(queue, hash, { source, unread }, bytes));
          if (!isNew) counts.known++;
          else if (bytes === undefined) counts.unread++;
          else counts.submitted++;
        }
        report?.(++done);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, send));
  } finally {
    await queue.close();
  }
  return counts;
}

/** The object first: whoever takes the work finds it. */
async function putAndQueue(
  queue: NatsQueue,
  hash: string,
  { source, unread }: { readonly source: string; readonly unread: string | undefined },
  bytes: Uint8Array | undefined,
): Promise<boolean> {
  if (bytes !== undefined && (await queue.captures.info(hash)) === null)
    await queue.captures.putBlob({ name: hash }, bytes);
  const work: Work = unread === undefined ? { source } : { source, unread };
  return queue.enqueue(hash, work);
}

interface Sent {
  readonly source: string;
  readonly bytes: Uint8Array | undefined;
  readonly unread: string | undefined;
}

/** The captures in a file: itself, or those that it collects. */
async function* capturesOf(path: string): AsyncGenerator<Sent> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(path));
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EISDIR') throw new NatsError(`${path}: is a folder that is one machine; pack it with tar first`);
    const unread = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    yield { source: path, bytes: undefined, unread };
    return;
  }
  const unpacked = await unpack(bytes, path, { gunzip: nodeGunzip });
  const collected = unpacked.ok ? collectedCaptures(unpacked.value) : undefined;
  if (collected === undefined) yield { source: path, bytes, unread: undefined };
  else
    for (const member of collected) yield { source: `${path}!${member.name}`, bytes: member.bytes, unread: undefined };
}

/** The same as a scan has: of the bytes, else of the name. */
function hashOf(source: string, bytes: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(bytes ?? `not read: ${source}`)
    .digest('hex');
}
