/** A thread that reads captures. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/index.ts';
import { CaptureReader, type Outcome } from './capture-reader.ts';
import { Claims } from './claims.ts';
import { KnownHashes } from './known-hashes.ts';
import type { BatchMessage, WorkerStart } from './worker-messages.ts';

assert(parentPort !== null, 'runs as a thread');
const port = parentPort;
const { claims: memory, known: hashes } = workerData as WorkerStart;
const claims = new Claims(memory);
const known = new KnownHashes(hashes);
let alone = false;
const reader = new CaptureReader({
  isKnown: (hash) => known.has(hash),
  claims: (fingerprint) => claims.claim(fingerprint) || alone,
});

port.on('message', (message: BatchMessage) => {
  alone = message.alone;
  void readBatch(message).then((reply) => port.postMessage(reply));
});

async function readBatch({ inputs }: BatchMessage): Promise<(readonly Outcome[])[]> {
  const outcomes: (readonly Outcome[])[] = [];
  for (const { source, bytes } of inputs)
    outcomes.push(await (bytes === undefined ? reader.readPath(source) : reader.readBytes(source, bytes)));
  return outcomes;
}
