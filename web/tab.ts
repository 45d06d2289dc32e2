/** One open machine: what was read, and the question it is under. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { messageOf } from '../src/base/index.ts';
import { type Client, Stopped } from './client.ts';
import type { LabPlay } from './lab-play.ts';
import { Latest } from './latest.ts';
import type {
  AcsChoice,
  ColourBy,
  ColourView,
  DetailView,
  ExaminationView,
  FunctionView,
  MachineView,
  OpenInput,
  PairView,
  Requests,
  SituationView,
  SummaryView,
  WhatIfChoice,
} from './protocol.ts';
import type { Knows } from './workers.ts';

/** The two functions of a pair. */
export interface PairChoice {
  readonly provider: number;
  readonly client: number;
}

/** After so many rounds the compiler has done most of its work; a large machine needs fewer and takes longer. */
const REHEARSALS = 3;
/** A rehearsal of a larger machine would keep real questions waiting. */
const MOST_REHEARSED = 4096;

/** The machine as it is. */
export const NO_QUESTION: WhatIfChoice = { acs: [] };

/** What a tab's machine was read from, and by whom. */
export interface TabSource {
  readonly client: Client;
  readonly input: OpenInput;
  readonly knows: Knows;
}

/** One open machine. */
export class Tab {
  /** How a link names the machine; undefined for files, which a link cannot carry. */
  readonly address: string | undefined;
  readonly machine: Signal<MachineView>;
  /** The scenario that is played on it. */
  readonly lab: Signal<LabPlay | undefined> = signal(undefined);
  readonly situation: Signal<SituationView | undefined> = signal(undefined);
  readonly question: Signal<WhatIfChoice> = signal(NO_QUESTION);
  /** What is asked where a link asks nothing: the boot of the scenario that the machine was opened for. */
  boot: WhatIfChoice = NO_QUESTION;
  readonly past: Signal<readonly WhatIfChoice[]> = signal([]);
  readonly future: Signal<readonly WhatIfChoice[]> = signal([]);
  readonly pair: Signal<PairChoice | undefined> = signal(undefined);
  readonly pairView: Signal<PairView | undefined> = signal(undefined);
  readonly device: Signal<number | undefined> = signal(undefined);
  readonly detail: Signal<DetailView | undefined> = signal(undefined);
  /** What the doctor finds; undefined until it was asked. */
  readonly examination: Signal<ExaminationView | undefined> = signal(undefined);
  readonly filter: Signal<string> = signal('');
  /** What holds for the pairs that are shown, and what their cells are coloured by; see {@link summarized}. */
  readonly summary: Signal<SummaryView | undefined> = signal(undefined);
  readonly colourBy: Signal<ColourBy | undefined> = signal(undefined);
  readonly colours: Signal<ColourView | undefined> = signal(undefined);
  readonly scope: Signal<'endpoints' | 'all'> = signal('endpoints');
  /** The matrix leaves out devices without a changed pair. */
  readonly onlyChanged: Signal<boolean> = signal(false);
  readonly defect: Signal<string | undefined> = signal(undefined);
  /** What people named it. */
  readonly renamed: Signal<string | undefined> = signal(undefined);
  readonly asksSomething: ReadonlySignal<boolean>;
  /** What is shown may answer an earlier question, or be about an earlier choice: the worker is at the new one. */
  readonly busy: ReadonlySignal<boolean>;
  /** The findings are those of the situation that is shown. */
  readonly examined: ReadonlySignal<boolean>;
  #source: TabSource;
  #byBdf: ReadonlyMap<string, number>;

  constructor(source: TabSource, machine: MachineView, address: string | undefined) {
    this.#source = source;
    this.address = address;
    this.machine = signal(machine);
    this.#byBdf = indexes(machine);
    this.asksSomething = computed(() => isQuestion(this.question.value));
    this.busy = computed(() => [this.#situations, this.#pairs, this.#details].some(({ busy }) => busy.value));
    this.examined = computed(() => this.#examinedSituation.value === this.situation.value);
  }

  /** Whom to ask about the machine. */
  get client(): Client {
    return this.#source.client;
  }

  /** What it was read from. */
  get input(): OpenInput {
    return this.#source.input;
  }

  /** What the worker knows that read it. */
  get knows(): Knows {
    return this.#source.knows;
  }

  /** Indexes by address. */
  get byBdf(): ReadonlyMap<string, number> {
    return this.#byBdf;
  }

  /** Goes over to a newer reading of the machine. What was chosen and asked stays, by address. */
  async become(source: TabSource, machine: MachineView): Promise<void> {
    const old = this.#source.client;
    const moved = movedIndexes(this.machine.value, machine);
    batch(() => {
      if (moved !== undefined) this.#move(moved);
      this.#source = source;
      this.#byBdf = indexes(machine);
      this.#before.clear();
      this.machine.value = machine;
    });
    old.end();
    await this.refresh();
    this.chooseDevice(this.device.value);
  }

  /** Functions came or went: indexes stand for others now, and what was worked out with the old ones is void. */
  #move(moved: (index: number) => number | undefined): void {
    const ask = (question: WhatIfChoice): WhatIfChoice => ({
      ...question,
      acs: question.acs.flatMap((choice) => {
        const port = moved(choice.port);
        return port === undefined ? [] : [{ ...choice, port }];
      }),
    });
    const { pair, device } = this;
    const provider = moved(pair.value?.provider ?? -1);
    const client = moved(pair.value?.client ?? -1);
    pair.value = provider === undefined || client === undefined ? undefined : { provider, client };
    device.value = moved(device.value ?? -1);
    this.question.value = ask(this.question.value);
    this.past.value = this.past.value.map(ask);
    this.future.value = this.future.value.map(ask);
    this.situation.value = undefined;
    this.pairView.value = undefined;
    this.detail.value = undefined;
    this.examination.value = undefined;
  }

  /** A function by index. */
  fn(index: number): FunctionView | undefined {
    return this.machine.value.functions[index];
  }

  /** What people call a function. */
  nameOf(index: number): string {
    const fn = this.fn(index);
    return fn?.label ?? fn?.bdf ?? '';
  }

  /** Asks a new question; the one before can be had back. */
  ask(question: WhatIfChoice): void {
    this.past.value = [...this.past.value, this.question.value].slice(-200);
    this.future.value = [];
    this.#become(question);
  }

  /** Sets bits of one port, or of several, on top of the question. */
  setAcs(choices: readonly AcsChoice[]): void {
    const byPort = new Map(this.question.value.acs.map((choice) => [choice.port, choice]));
    for (const choice of choices) {
      const merged = mergeAcs(byPort.get(choice.port), choice, this.#presentControl(choice.port));
      if (merged === undefined) byPort.delete(choice.port);
      else byPort.set(choice.port, merged);
    }
    this.ask({ ...this.question.value, acs: [...byPort.values()] });
  }

  /** The question before, or after, this one. */
  step(to: 'back' | 'forward'): void {
    const [from, other] = to === 'back' ? [this.past, this.future] : [this.future, this.past];
    const target = from.value.at(-1);
    if (target === undefined) return;
    other.value = [...other.value, this.question.value];
    from.value = from.value.slice(0, -1);
    this.#become(target);
  }

  /** Asks the worker again: all pairs, and then the chosen one. */
  refresh(): Promise<void> {
    return this.#situations.run();
  }

  readonly #situations = new Latest(() =>
    this.#guard(async () => {
      const { filter, scope, question } = this;
      const only = filter.value.trim() === '' ? undefined : Int32Array.from(this.matching(filter.value));
      const view = await this.client.ask('situation', { whatIf: question.value, scope: scope.value, only });
      // The same devices are the same value: what is worked out for them holds on.
      const old = this.situation.value?.shown;
      const same = old?.length === view.shown.length && old.every((index, at) => index === view.shown[at]);
      this.situation.value = same ? { ...view, shown: old } : view;
      void this.#pairs.run();
      void this.#summaries.run();
    }),
  );

  readonly #summaries = new Latest(() =>
    this.#guard(async () => {
      const { value: situation } = this.situation;
      const by = this.colourBy.value;
      const summary = await this.client.ask('summary', undefined);
      const colours = by === undefined ? undefined : await this.client.ask('colour', by);
      if (this.situation.value !== situation || this.colourBy.value !== by) return;
      batch(() => {
        this.summary.value = summary;
        this.colours.value = colours;
        this.#summarized.value = situation;
      });
    }),
  );

  readonly #summarized = signal<SituationView | undefined>(undefined);

  /** Are summary and colours those of the situation that is shown? */
  get summarized(): boolean {
    return this.#summarized.value === this.situation.value;
  }

  /** Colours cells by something else than the answer. */
  colour(by: ColourBy | undefined): void {
    this.colourBy.value = by;
    this.colours.value = undefined;
    void this.#summaries.run();
  }

  readonly #pairs = new Latest(() => this.#guard(() => this.#askPair()));

  async #askPair(): Promise<void> {
    const pair = this.pair.value;
    if (pair === undefined) return;
    const view = await this.client.ask('pair', pair);
    if (this.pair.value === pair) this.pairView.value = view;
  }

  /** Chooses a pair. */
  choosePair(pair: PairChoice | undefined): void {
    this.pair.value = pair;
    if (pair === undefined) this.pairView.value = undefined;
    else void this.#pairs.run();
  }

  /** Chooses a device to read about. */
  chooseDevice(index: number | undefined): void {
    this.device.value = index;
    if (index !== undefined) void this.#details.run();
  }

  readonly #details = new Latest(() =>
    this.#guard(async () => {
      const index = this.device.value;
      if (index === undefined) return;
      const detail = await this.client.ask('detail', index);
      if (this.device.value === index) this.detail.value = detail;
    }),
  );

  /** Asks the worker aside from what the tab shows; undefined where the worker was ended meanwhile. */
  async query<Name extends keyof Requests>(
    name: Name,
    argument: Requests[Name][0],
  ): Promise<Requests[Name][1] | undefined> {
    let answer: Requests[Name][1] | undefined;
    await this.#guard(async () => {
      answer = await this.client.ask(name, argument);
    });
    return answer;
  }

  /** Has the situation examined that is shown now. */
  examine(): void {
    const { value: situation } = this.situation;
    void this.#guard(async () => {
      const found = await this.client.ask('examine', undefined);
      if (this.situation.value !== situation) return;
      batch(() => {
        this.examination.value = found;
        this.#examinedSituation.value = situation;
      });
    });
  }

  readonly #examinedSituation = signal<SituationView | undefined>(undefined);

  /** Indexes of the functions that a filter leaves: any of its words, in label, address, kind or name. */
  matching(filter: string): number[] {
    const words = filter
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((word) => word !== '');
    const { functions } = this.machine.value;
    if (words.length === 0) return functions.map(({ index }) => index);
    return functions
      .filter((fn) => {
        const text = `${fn.label ?? ''}\n${fn.bdf}\n${fn.kind}\n${fn.name}`.toLowerCase();
        return words.some((word) => text.includes(word));
      })
      .map(({ index }) => index);
  }

  /** Gives the functions their names, when these come later than the machine. */
  async name(pciIds: string): Promise<void> {
    await this.#guard(async () => {
      const names = await this.client.ask('names', pciIds);
      const machine = this.machine.value;
      const functions = machine.functions.map((fn, at) => ({ ...fn, name: names[at] ?? fn.name }));
      this.machine.value = { ...machine, functions };
      // The answer that is shown stands until then: it is the same but for names.
      await this.#askPair();
    });
  }

  /** Lets the worker practise while nobody asks anything, so that the first question is answered as fast as others. */
  async rehearse(): Promise<void> {
    for (let round = 0; round < REHEARSALS && this.#mayRehearse(); round++) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      await this.#guard(() => this.client.ask('rehearse', undefined));
    }
  }

  #mayRehearse(): boolean {
    return !this.asksSomething.value && this.machine.value.functions.length <= MOST_REHEARSED;
  }

  #become(question: WhatIfChoice): void {
    this.question.value = question;
    void this.refresh();
  }

  /** The control register of a port without register changes; only they are compared with it. */
  #presentControl(port: number): number | undefined {
    const { iommu, acs } = this.question.value;
    // Registers of an earlier question are none to compare with.
    if (iommu !== undefined || this.#situations.busy.value) return undefined;
    const now = this.situation.value?.ports.find((other) => other.port === port);
    if (now === undefined) return undefined;
    if (acs.some((choice) => choice.port === port)) return this.#before.get(port);
    this.#before.set(port, now.control);
    return now.control;
  }

  readonly #before = new Map<number, number>();

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Stopped) return;
      batch(() => {
        this.defect.value = messageOf(error);
      });
    }
  }
}

function indexes({ functions }: MachineView): ReadonlyMap<string, number> {
  return new Map(functions.map((fn) => [fn.bdf, fn.index]));
}

/** Where functions went, by address; undefined where all are in their places. */
function movedIndexes(from: MachineView, to: MachineView): ((index: number) => number | undefined) | undefined {
  const same =
    from.functions.length === to.functions.length &&
    from.functions.every(({ bdf }, index) => to.functions[index]?.bdf === bdf);
  if (same) return undefined;
  const byBdf = indexes(to);
  return (index) => byBdf.get(from.functions[index]?.bdf ?? '');
}

/** Does a question change anything? */
export function isQuestion({ acs, ...settings }: WhatIfChoice): boolean {
  return acs.length > 0 || Object.values(settings).some((setting) => setting !== undefined);
}

/** Two choices for one port as one; undefined where nothing is left to change. */
function mergeAcs(before: AcsChoice | undefined, next: AcsChoice, present: number | undefined): AcsChoice | undefined {
  const bits = ((before?.bits ?? 0) & ~next.mask) | (next.bits & next.mask);
  const mask = (before?.mask ?? 0) | next.mask;
  if (present === undefined) return { port: next.port, mask, bits };
  if ((mask & (bits ^ present)) === 0) return undefined;
  // A single switch put back is no change any more; a change of several bits stays whole.
  const single = (next.mask & (next.mask - 1)) === 0;
  const kept = single && (next.mask & (bits ^ present)) === 0 ? mask & ~next.mask : mask;
  return { port: next.port, mask: kept, bits: bits & kept };
}
