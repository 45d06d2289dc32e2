/** Threads that read captures: batches go in, what became of them comes out in the order in which they were given. */
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { printable } from '../base/index.ts';
import type { Outcome } from './capture-reader.ts';
import { Claims } from './claims.ts';
import { KnownHashes } from './known-hashes.ts';
import type { BatchMessage, BatchReply, InputJob, WorkerStart } from './worker-messages.ts';

/** How a pool is made. */
export interface PoolOptions {
  readonly threads: number;
  /** Fingerprints that are answered, or being answered. */
  readonly claims?: Claims;
  readonly known?: KnownHashes;
  /** Milliseconds that a thread may take for one input. */
  readonly patience?: number;
  /** Most heap of a thread, MiB. */
  readonly heap?: number;
}

/** An input may be a report of a gigabyte. */
const PATIENCE = 300_000;
const HEAP_MIB = 2048;

/** The threads. */
export class ReaderPool {
  readonly #start: WorkerStart;
  readonly #patience: number;
  readonly #heap: number;
  readonly #free: Worker[] = [];
  readonly #waiting: ((worker: Worker) => void)[] = [];
  readonly threads: number;
  #made = 0;

  constructor({ threads, claims, known, patience = PATIENCE, heap = HEAP_MIB }: PoolOptions) {
    this.threads = threads;
    this.#patience = patience;
    this.#heap = heap;
    this.#start = { claims: (claims ?? new Claims()).memory, known: (known ?? KnownHashes.of([])).memory };
  }

  /**
   * Reads a batch. Where a thread does not survive it, or takes too long, its inputs are read one by one, and those that
   * end a thread again are failures.
   * @param alone answer fingerprints that another claimed, too
   */
  async read(inputs: readonly InputJob[], alone = false): Promise<readonly (readonly Outcome[])[]> {
    const together = await this.#run({ inputs, alone }, this.#patience);
    if (together.ok) return together.reply;
    const outcomes: (readonly Outcome[])[] = [];
    for (const input of inputs) {
      const one = await this.#run({ inputs: [input], alone: true }, this.#patience);
      outcomes.push(one.ok ? (one.reply[0] ?? []) : [lost(input, one.why)]);
    }
    return outcomes;
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    await Promise.all(this.#free.map((worker) => worker.terminate()));
  }

  async #run(message: BatchMessage, patience: number): Promise<Attempt> {
    const worker = await this.#take();
    const attempt = await new Promise<Attempt>((resolve) => {
      const end = (result: Attempt): void => {
        clearTimeout(timer);
        for (const [event, listener] of Object.entries(listeners)) worker.off(event, listener);
        resolve(result);
      };
      const listeners = {
        message: (reply: BatchReply) => end({ ok: true, reply }),
        error: ({ code, message: words }: NodeJS.ErrnoException) =>
          end({ ok: false, why: code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : printable(words) }),
        exit: () => end({ ok: false, why: 'ended' }),
      };
      const timer = setTimeout(() => end({ ok: false, why: 'slow' }), patience);
      for (const [event, listener] of Object.entries(listeners)) worker.on(event, listener);
      worker.postMessage(message);
    });
    if (attempt.ok) this.#give(worker);
    else {
      worker.on('error', () => {});
      await worker.terminate();
      this.#made--;
      const next = this.#waiting.shift();
      if (next !== undefined) next(this.#make());
    }
    return attempt;
  }

  async #take(): Promise<Worker> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made < this.threads) return this.#make();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(worker);
    else this.#free.push(worker);
  }

  #make(): Worker {
    this.#made++;
    return new Worker(new URL(THREAD, import.meta.url), {
      workerData: this.#start,
      resourceLimits: { maxOldGenerationSizeMb: this.#heap },
    });
  }
}

/** Beside this file in the library; the bundle of the command has it under the same name. */
const THREAD = import.meta.url.endsWith('.ts') ? './scan-worker.ts' : './scan-worker.js';

type Attempt = { readonly ok: true; readonly reply: BatchReply } | { readonly ok: false; readonly why: string };

const WHY: Readonly<Record<string, string>> = {
  slow: 'reading it takes too long; it was given up',
  memory: 'reading it takes more memory than a thread may have; it was given up',
  ended: 'reading it ended the thread',
};

function lost({ source, bytes }: InputJob, why: string): Outcome {
  const hash = createHash('sha256');
  if (bytes === undefined) hash.update(`not read: ${source}`);
  else hash.update(bytes);
  const sentence = `${printable(source)}: ${WHY[why] ?? `a defect of peerpath ended its reading: ${why}`}`;
  const code = why in WHY ? `reading-${why}` : 'defect';
  return { kind: 'failed', row: { source, hash: hash.digest('hex'), bytes: bytes?.length ?? null, code, sentence } };
}
