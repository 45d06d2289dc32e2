/** A scenario as the page plays it: in a worker of its own, so that a long step holds up nothing else. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { messageOf } from '../src/base/index.ts';
import type { LabInput, LabView, MemoryBytes, MemoryView, ScenarioHead, StepRow } from './lab-protocol.ts';
import type { LabClient } from './workers.ts';

/** Steps that are listed at once. */
export const LISTED = 200;

/** How fast to play. */
export const SPEEDS: readonly number[] = [0.5, 1, 2, 4, 16];

/** Steps in the list. */
export interface ListedSteps {
  readonly from: number;
  readonly rows: readonly StepRow[];
}

/** One scenario that is played. */
export class LabPlay {
  readonly head: ScenarioHead;
  readonly input: LabInput;
  /** The state that is shown; undefined until the machine has booted. */
  readonly view: Signal<LabView | undefined> = signal(undefined);
  readonly listed: Signal<ListedSteps> = signal({ from: 1, rows: [] });
  /** Where it is going; that of `view` when it has arrived. */
  readonly target: Signal<number>;
  /** It is on its way: what is shown is not yet the state that was asked for. */
  readonly busy: ReadonlySignal<boolean>;
  /** Steps taken on the way to a far target; undefined while at rest. */
  readonly onTheWay: Signal<number | undefined> = signal(undefined);
  /** Steps taken where it was told to rest: what a link says. */
  readonly rest: Signal<number> = signal(0);
  readonly playing: Signal<boolean> = signal(false);
  readonly speed: Signal<number> = signal(1);
  /** The memory looked at. */
  readonly memory: Signal<string | undefined> = signal(undefined);
  readonly defect: Signal<string | undefined> = signal(undefined);
  readonly #makeClient: () => Promise<LabClient>;
  #client: Promise<LabClient> | undefined;
  #current: LabClient | undefined;
  #running = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dwell: (view: LabView) => number = () => 0;
  #ended = false;

  /** @param client has opened the input */
  constructor(input: LabInput, head: ScenarioHead, client: LabClient, makeClient: () => Promise<LabClient>) {
    this.input = input;
    this.head = head;
    this.#client = Promise.resolve(client);
    this.#current = client;
    this.#makeClient = makeClient;
    this.target = signal(0);
    this.busy = computed(() => this.view.value?.taken !== this.target.value);
  }

  /** Goes to the state after so many steps. */
  go(to: number): void {
    this.target.value = Math.min(this.head.steps, Math.max(0, to));
    if (!this.#running && !this.#ended) void this.#travel();
  }

  /** One step forward, or back. */
  move(by: number): void {
    this.pause();
    this.go(this.target.value + by);
  }

  /** Takes step after step. @param dwell milliseconds that a state is to be looked at */
  play(dwell: (view: LabView) => number): void {
    this.#dwell = dwell;
    this.playing.value = true;
    const view = this.view.value;
    this.go(view === undefined || view.state !== 'running' ? 0 : view.taken + 1);
  }

  pause(): void {
    this.playing.value = false;
    this.rest.value = this.view.value?.taken ?? 0;
    clearTimeout(this.#timer);
  }

  /** Gives up a step that takes long, and goes back to what was shown; to the start if that takes long, too. */
  stop(): void {
    this.pause();
    const shown = this.view.value?.taken ?? 0;
    const to = this.target.value === shown ? 0 : shown;
    this.#current?.end();
    this.#client = undefined;
    this.target.value = to;
  }

  /** Ends it for good. */
  end(): void {
    this.#ended = true;
    this.pause();
    this.#current?.end();
  }

  /** Lists the steps around one. */
  async list(around: number): Promise<void> {
    const { steps } = this.head;
    const from = Math.max(1, Math.min(around - LISTED / 2, steps - LISTED + 1));
    const rows = await (await this.#ready()).ask('rows', { from, count: LISTED });
    this.listed.value = { from, rows };
  }

  /** Bytes of a memory as they are now. */
  async bytes(key: string, from: bigint, length: number): Promise<MemoryBytes> {
    return (await this.#ready()).ask('bytes', { key, from: from.toString(), length });
  }

  #ready(): Promise<LabClient> {
    this.#client ??= this.#open();
    return this.#client;
  }

  async #open(): Promise<LabClient> {
    const client = await this.#makeClient();
    this.#current = client;
    const opened = await client.ask('story', this.input);
    if (!opened.ok) throw new Error(opened.error);
    return client;
  }

  async #travel(): Promise<void> {
    this.#running = true;
    // What takes no time shows no progress.
    const slow = setTimeout(() => {
      this.onTheWay.value ??= this.view.value?.taken ?? 0;
    }, 400);
    try {
      while (!this.#ended && !(await this.#leg()));
    } catch (error) {
      this.defect.value = messageOf(error);
    } finally {
      clearTimeout(slow);
      this.#running = false;
      this.onTheWay.value = undefined;
    }
  }

  /** A moment of travelling; true when it has arrived. */
  async #leg(): Promise<boolean> {
    const to = this.target.value;
    try {
      const client = await this.#ready();
      const { taken, ended } = await client.ask('go', { to });
      if (to !== this.target.value) return false;
      if (taken < to && !ended) {
        if (this.onTheWay.value !== undefined) this.onTheWay.value = taken;
        return false;
      }
      const view = await client.ask('view', undefined);
      const around = Math.max(1, taken);
      const from = Math.max(1, Math.min(around - LISTED / 2, this.head.steps - LISTED + 1));
      const rows = await client.ask('rows', { from, count: LISTED });
      if (to !== this.target.value) return false;
      this.#arrive(view, { from, rows });
      return true;
    } catch (error) {
      if (to !== this.target.value || this.#client === undefined) return this.#ended;
      throw error;
    }
  }

  #arrive(view: LabView, listed: ListedSteps): void {
    batch(() => {
      this.view.value = view;
      this.listed.value = listed;
      this.target.value = view.taken;
      if (!this.playing.value || view.state !== 'running') this.rest.value = view.taken;
      const known = view.memories.some(({ key }) => key === this.memory.value);
      if (view.touched !== undefined) this.memory.value = view.touched;
      else if (!known) this.memory.value = (view.memories.find(inUse) ?? view.memories[0])?.key;
    });
    if (!this.playing.value) return;
    if (view.state !== 'running') this.pause();
    else this.#timer = setTimeout(() => this.go(view.taken + 1), this.#dwell(view) / this.speed.value);
  }
}

function inUse({ whole }: MemoryView): boolean {
  return whole.exported.length + whole.written.length > 0;
}
