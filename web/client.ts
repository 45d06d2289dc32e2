/** One worker, asked by name. Each machine has a worker of its own: what one input does to it touches no other. */
import type { ReplyMessage, Requests } from './protocol.ts';
import ModelWorker from './worker/worker.ts?worker&inline';

/** The worker was ended before it answered: nobody waits for the answer any more. */
export class Stopped extends Error {}

/** What can be asked: by name, what goes in and what comes out. */
type Asked<All> = { readonly [Name in keyof All]: readonly [argument: unknown, answer: unknown] };

/** Asks one worker; that of the model where no other is given. */
export class Client<All extends Asked<All> = Requests> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #next = 1;

  constructor(worker: Worker = new ModelWorker()) {
    this.#worker = worker;
    this.#worker.addEventListener('message', (event: MessageEvent<ReplyMessage>) => this.#settle(event.data));
    this.#worker.addEventListener('error', (event) =>
      this.#failAll(new Error(event.message || 'the worker could not start')),
    );
  }

  /** One question. Rejects for defects of peerpath only. */
  ask<Name extends keyof All>(name: Name, argument: All[Name][0]): Promise<All[Name][1]> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, name, argument });
    });
  }

  /** Ends the worker, whatever it does. */
  end(): void {
    this.#worker.terminate();
    this.#failAll(new Stopped('stopped'));
  }

  #settle(message: ReplyMessage): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('defect' in message) waiting?.reject(new Error(message.defect));
    else waiting?.resolve(message.value);
  }

  #failAll(why: Error): void {
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }
}
