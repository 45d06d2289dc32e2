/** A worker of a fleet: takes captures from the queue, answers, writes Parquet, and acknowledges after it wrote. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsMsg } from '@nats-io/jetstream';
import type { Row } from '../fleet/index.ts';
import type { Outcome } from './capture-reader.ts';
import { firstLine } from './error-code.ts';
import { FleetFolderError, openForWriting } from './fleet-folder.ts';
import type { NatsOptions } from './nats-options.ts';
import { NatsQueue, PART_COMPLETE } from './nats-queue.ts';
import { PartCollector } from './part-collector.ts';
import { type PartRows, PartWriter } from './part-writer.ts';
import { ReaderPool } from './reader-pool.ts';
import type { Work } from './submit.ts';
import type { InputJob } from './worker-messages.ts';

/** What a worker is asked to do. */
export interface WorkOptions extends NatsOptions {
  /** Where parts go; `nats`: into the object store of results. */
  readonly out: string;
  /** Of peerpath. */
  readonly version: string;
  readonly threads?: number;
  /** Ends when nothing is queued and nothing is under way. */
  readonly untilEmpty?: boolean;
  /** Milliseconds after which a capture counts as abandoned; where the queue is made by this call. */
  readonly ackWait?: number;
  /** Told after each part how many captures this worker has done. */
  readonly report?: (done: number) => void;
  /** Ends the worker after the captures that it has. */
  readonly signal?: AbortSignal;
}

/** What a worker did. */
export interface WorkCounts {
  readonly machines: number;
  readonly failed: number;
}

/** Captures that are taken at once: one part. */
const BATCH = 256;
/** Milliseconds that a worker waits for more of them, and between two looks at a server that is away. */
const EXPIRES = 1_500;
/** How often the server is told that a worker lives. */
const ALIVE = 15_000;
/** How often a capture is read alone, after workers ended that had it, before it is given up. */
const MOST_TRIES = 3;

/** One capture that a worker has. */
interface Taken {
  readonly message: JsMsg;
  readonly hash: string;
  readonly work: Work;
}

/** Works until it is told to end. @throws FleetFolderError, NatsError, MissingPeer */
export async function workOnFleet(options: WorkOptions): Promise<WorkCounts> {
  const target = options.out === 'nats' ? undefined : options.out;
  const writer = await PartWriter.open();
  if (target !== undefined) openForWriting(target, options.version);
  const queue = await NatsQueue.open(options, options.ackWait);
  const pool = new ReaderPool({ threads: options.threads ?? availableParallelism() });
  const write = (rows: PartRows): Promise<void> =>
    target === undefined ? sendPart(queue, writer, rows, options.version) : writer.write(target, rows).then(() => {});
  const worker = new FleetWorker(queue, pool, write);
  try {
    while (options.signal?.aborted !== true) {
      const taken = await take(queue);
      if (taken.length > 0) {
        await worker.answer(taken);
        options.report?.(worker.counts.machines + worker.counts.failed);
      } else if (options.untilEmpty === true && (await isEmpty(queue))) break;
    }
  } finally {
    await pool.close();
    await queue.close();
  }
  return worker.counts;
}

class FleetWorker {
  readonly #queue: NatsQueue;
  readonly #pool: ReaderPool;
  readonly #write: (rows: PartRows) => Promise<void>;
  /** What is written for each fingerprint: by this worker, so that its parts stand alone. */
  readonly #summaries = new Map<string, Row>();
  #counts = { machines: 0, failed: 0 };

  constructor(queue: NatsQueue, pool: ReaderPool, write: (rows: PartRows) => Promise<void>) {
    this.#queue = queue;
    this.#pool = pool;
    this.#write = write;
  }

  get counts(): WorkCounts {
    return this.#counts;
  }

  /** Those that were with a worker before that ended are read one by one: one of them may have ended it. */
  async answer(taken: readonly Taken[]): Promise<void> {
    const alive = setInterval(() => {
      for (const { message } of taken) message.working();
    }, ALIVE);
    try {
      const fresh = taken.filter(({ message }) => !message.redelivered);
      if (fresh.length > 0) await this.#part(fresh);
      for (const one of taken.filter(({ message }) => message.redelivered)) await this.#again(one);
    } catch (error) {
      // Others may have more room.
      for (const { message } of taken) message.nak();
      throw error;
    } finally {
      clearInterval(alive);
    }
  }

  async #again(one: Taken): Promise<void> {
    if (await waitFor(() => this.#queue.isDone(one.hash))) {
      await acknowledge(one);
      return;
    }
    const tries = await waitFor(() => this.#queue.noteTry(one.hash));
    if (tries < MOST_TRIES) await this.#part([one]);
    else {
      const { source } = one.work;
      const sentence = `${source}: ${MOST_TRIES} workers ended while they read it; it was given up`;
      await this.#finish(
        [one],
        [[{ kind: 'failed', row: { source, hash: one.hash, bytes: null, code: 'reading-ended', sentence } }]],
      );
    }
  }

  async #part(taken: readonly Taken[]): Promise<void> {
    const jobs = await Promise.all(taken.map((one) => this.#job(one)));
    const size = Math.max(1, Math.ceil(jobs.length / this.#pool.threads / 2));
    const reads: Promise<readonly (readonly Outcome[])[]>[] = [];
    for (let from = 0; from < jobs.length; from += size) reads.push(this.#read(jobs.slice(from, from + size)));
    await this.#finish(taken, (await Promise.all(reads)).flat());
  }

  async #job({ hash, work }: Taken): Promise<InputJob & { readonly failed?: Outcome }> {
    const { source, unread } = work;
    const failed = (code: string, what: string): Outcome => ({
      kind: 'failed',
      row: { source, hash, bytes: null, code, sentence: `${source}: ${what}` },
    });
    if (unread !== undefined) return { source, failed: failed('not-readable', unread) };
    const bytes = await waitFor(() => this.#queue.captures.getBlob(hash));
    if (bytes === null) return { source, failed: failed('not-readable', 'is not in the object store any more') };
    return { source, bytes: new Uint8Array(bytes) };
  }

  async #read(jobs: readonly (InputJob & { readonly failed?: Outcome })[]): Promise<readonly (readonly Outcome[])[]> {
    const read = await this.#pool.read(jobs.filter(({ failed }) => failed === undefined));
    let at = 0;
    return jobs.map(({ failed }) => (failed === undefined ? (read[at++] ?? []) : [failed]));
  }

  /** Write, mark, acknowledge: whatever ends in between is done again, and counts once. */
  async #finish(taken: readonly Taken[], outcomes: readonly (readonly Outcome[])[]): Promise<void> {
    // A part that is not written leaves nothing behind: its answers are worked out again.
    const summaries = new Map(this.#summaries);
    const collector = new PartCollector({ write: this.#write, summaries });
    for (const [at, each] of outcomes.entries()) {
      const one = taken[at];
      if (one !== undefined) await collector.add({ source: one.work.source }, each);
    }
    await collector.finish(async ({ source }) => {
      const one = taken.find(({ work }) => work.source === source);
      return one === undefined ? [] : ((await this.#pool.read([await this.#job(one)], true))[0] ?? []);
    });
    for (const [fingerprint, summary] of summaries) this.#summaries.set(fingerprint, summary);
    const { machines, failed } = collector.counts;
    this.#counts = { machines: this.#counts.machines + machines, failed: this.#counts.failed + failed };
    await Promise.all(
      taken.map(async (one) => {
        await waitFor(() => this.#queue.markDone(one.hash));
        await acknowledge(one);
      }),
    );
  }
}

/** The next captures; none where there are none, or the server is away. */
async function take(queue: NatsQueue): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  try {
    const messages = await (await queue.consumer()).fetch({ max_messages: BATCH, expires: EXPIRES });
    for await (const message of messages) {
      const hash = message.subject.slice(message.subject.lastIndexOf('.') + 1);
      taken.push({ message, hash, work: message.json<Work>() });
    }
  } catch {
    await pause();
  }
  return taken;
}

async function isEmpty(queue: NatsQueue): Promise<boolean> {
  try {
    const { queued, underWay } = await queue.state();
    return queued === 0 && underWay === 0;
  } catch {
    return false;
  }
}

/** Asks again until a server that restarts is back; captures stay with this worker meanwhile, or are given to others. */
async function waitFor<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt >= MOST_ATTEMPTS) throw error;
      await pause();
    }
  }
}

/** Two minutes, with the pauses between. */
const MOST_ATTEMPTS = 120;

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, EXPIRES / 2));
}

/** One that is lost is delivered again, and its mark says that it is done. */
async function acknowledge({ message }: Taken): Promise<void> {
  await message.ackAck().catch(() => {});
}

/** Writes a part into the object store: its tables, then an object that says it is whole. */
async function sendPart(queue: NatsQueue, writer: PartWriter, rows: PartRows, version: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'peerpath-part-'));
  try {
    openForWriting(folder, version);
    const part = await writer.write(folder, rows);
    const files = readdirSync(join(folder, 'parts', part));
    for (const file of files) {
      const bytes = readFileSync(join(folder, 'parts', part, file));
      await waitFor(() => queue.results.putBlob({ name: `${part}/${file}` }, bytes));
    }
    const complete = new TextEncoder().encode(JSON.stringify(files));
    await waitFor(() => queue.results.putBlob({ name: `${part}${PART_COMPLETE}` }, complete));
  } catch (error) {
    if (error instanceof FleetFolderError) throw error;
    throw new FleetFolderError(`results: cannot be written (${firstLine(error)})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
