import { type ReadonlySignal, signal } from '@preact/signals';

/** Work on the newest state only: calls that come while it is under way become one more round of it. */
export class Latest {
  readonly #work: () => Promise<void>;
  #underWay: Promise<void> | undefined;
  #again = false;
  readonly #busy = signal(false);

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** From a call until nothing is left to do: what the work gave before may be out of date. */
  get busy(): ReadonlySignal<boolean> {
    return this.#busy;
  }

  /** Resolves when nothing is left to do. */
  run(): Promise<void> {
    this.#busy.value = true;
    if (this.#underWay === undefined) this.#underWay = this.#rounds();
    else this.#again = true;
    return this.#underWay;
  }

  async #rounds(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.#work();
      } while (this.#again);
    } finally {
      this.#underWay = undefined;
      this.#busy.value = false;
    }
  }
}
