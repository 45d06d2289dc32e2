/** A scenario that is played: forward step by step, back by playing it again from the start. */
import { defined } from '../../../src/base/index.ts';
import { factValue, type MachineCapture } from '../../../src/capture/index.ts';
import {
  bootText,
  type LabEvent,
  openScenario,
  type Scenario,
  type ScenarioRun,
  scenarioSentence,
} from '../../../src/lab/index.ts';
import { acsRedirectBits } from '../../../src/p2pdma/index.ts';
import { deviceKind, isBridgeKind, type PciFunction } from '../../../src/pci/index.ts';
import { formatKernelVersion } from '../../../src/uapi/index.ts';
import type { LabView, MemoryBytes, ScenarioHead, StepResult, StepRow } from '../../lab-protocol.ts';
import { TYPE_OF_CODE, type TypeCode } from '../../protocol.ts';
import { actorOf } from './actor.ts';
import { flightsOf } from './flight.ts';
import { memoryBytes, memoryViews, namedMemory, type Touch, touchesOf } from './memory.ts';
import type { Story } from './read-story.ts';
import { deviceStates, objectsOf } from './state.ts';
import { clipped, stepResult, stepRow } from './step.ts';

/** Results further back than this are let go. */
const KEPT_RESULTS = 2000;
/** As long as one message may take, milliseconds, unless a single step takes longer. */
const SLICE = 60;

/** One scenario on one machine. */
export class LabPlayer {
  readonly head: ScenarioHead;
  readonly #scenario: Scenario;
  readonly #capture: MachineCapture;
  readonly #names: ReadonlyMap<string, PciFunction>;
  #run: ScenarioRun;
  #taken = 0;
  #last: LabEvent | undefined;
  #touches: readonly Touch[] = [];
  readonly #results = new Map<number, StepResult>();

  private constructor(scenario: Scenario, capture: MachineCapture, run: ScenarioRun) {
    this.#scenario = scenario;
    this.#capture = capture;
    this.#run = run;
    this.#names = run.devices;
    this.head = {
      name: clipped(scenario.name),
      about: scenario.about === undefined ? undefined : clipped(scenario.about),
      boot: clipped(bootText(run.lab)),
      asks: {
        kernel: scenario.kernel === undefined ? undefined : formatKernelVersion(scenario.kernel),
        iommu: scenario.iommu,
        cmdline: scenario.cmdline,
      },
      steps: scenario.steps.length,
      devices: [...new Map([...run.devices].map(([name, fn]) => [fn.index, clipped(name)]))].map(([fn, name]) => ({
        fn,
        name,
      })),
    };
  }

  /** Boots the machine; or the sentence that says why the scenario cannot be played on it. */
  static open({ scenario, file, capture }: Story): LabPlayer | string {
    const run = openScenario(scenario, capture);
    return run.ok ? new LabPlayer(scenario, capture, run.value) : `${scenarioSentence(file, run.error)}.`;
  }

  /** Goes towards the state after `to` steps for a moment. */
  go(to: number): { taken: number; ended: boolean } {
    if (to < this.#taken) this.#restart();
    const until = performance.now() + SLICE;
    while (this.#taken < to && this.#run.state === 'running' && performance.now() < until) this.#step();
    return { taken: this.#taken, ended: this.#run.state !== 'running' };
  }

  #restart(): void {
    const run = openScenario(this.#scenario, this.#capture);
    this.#run = defined(run.ok ? run.value : undefined, 'a scenario that could be opened before');
    this.#taken = 0;
    this.#last = undefined;
    this.#touches = [];
    this.#results.clear();
  }

  #step(): void {
    const { value } = this.#run.next();
    if (value === undefined) return;
    this.#taken = value.number;
    this.#last = value;
    this.#touches = touchesOf(value, (name) => this.#names.get(name));
    this.#results.set(value.number, stepResult(this.#run.lab, value));
    this.#results.delete(value.number - KEPT_RESULTS);
  }

  /** Everything as it is now. */
  view(): LabView {
    const { lab } = this.#run;
    const event = this.#last;
    const nameToFn = (name: string): PciFunction | undefined => this.#names.get(name);
    const { flights, more } = event === undefined ? { flights: [], more: 0 } : flightsOf(lab, event, nameToFn);
    const { objects, more: moreObjects } = objectsOf(lab);
    const devices = this.head.devices.flatMap(({ fn }) => lab.machine.topology.functions[fn] ?? []);
    return {
      taken: this.#taken,
      state: this.#run.state,
      last: event === undefined ? undefined : stepRow(event.step, event.number, this.#results.get(event.number)),
      flights,
      moreFlights: more,
      actor: event === undefined || flights.length > 0 ? undefined : actorOf(lab, event, nameToFn),
      verdict: event === undefined ? undefined : this.#verdict(event),
      devices: deviceStates(lab),
      redirects: this.#redirects(),
      objects,
      moreObjects,
      memories: memoryViews(lab, devices, this.#touches),
      touched: this.#touches[0]?.key ?? namedMemory(event?.step, nameToFn),
    };
  }

  #verdict({ step, verdict }: LabEvent): LabView['verdict'] {
    if (step.action !== 'verdict' || verdict === undefined) return undefined;
    const [provider, client] = [this.#names.get(step.provider), this.#names.get(step.client)];
    if (provider === undefined || client === undefined) return undefined;
    const type = Math.max(0, TYPE_OF_CODE.indexOf(verdict.mapType)) as TypeCode;
    return { provider: provider.index, client: client.index, type };
  }

  #redirects(): number[] {
    const { topology, situation } = this.#run.lab.machine;
    return topology.functions
      .filter((fn) => isBridgeKind(deviceKind(fn)))
      .filter((fn) => (factValue(acsRedirectBits(situation.machine, fn)) ?? 0) !== 0)
      .map((fn) => fn.index);
  }

  /** Steps `from` (from 1) on. */
  rows({ from, count }: { readonly from: number; readonly count: number }): StepRow[] {
    return this.#scenario.steps
      .slice(from - 1, from - 1 + count)
      .map((step, at) => stepRow(step, from + at, this.#results.get(from + at)));
  }

  /** Bytes of a memory. */
  bytes(place: { readonly key: string; readonly from: string; readonly length: number }): MemoryBytes {
    return memoryBytes(this.#run.lab, this.#touches, place);
  }
}
