/** Runs a scenario: one event for each step, until the end or the first expectation that does not hold. */
import { defined, err, ok, type Result } from '../../base/index.ts';
import type { MachineCapture } from '../../capture/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import { cpuStep, moveBytes, sourceOf, stretchesOf } from './data-steps.ts';
import { deviceStep } from './device-steps.ts';
import type { LabBytes, LabEvent, LabTable, LabTransfer, StepOutcome } from './events.ts';
import { checkStep } from './expectations.ts';
import { makeAddressSpace, mapFile, noteLostFiles, unmapFile } from './iommufd-steps.ts';
import {
  attachImporter,
  closeBuffer,
  detachImporter,
  exportBuffer,
  invalidateBuffer,
  mapBuffer,
  unmapBuffer,
} from './kernel-steps.ts';
import { Lab } from './lab.ts';
import { bootLabMachine, type LabMachineOptions } from './lab-machine.ts';
import { deregisterRegion, moveByRegion, noteLostTranslations, registerRegion } from './rdma-steps.ts';
import { type DeviceTable, resolveNames, type ScenarioProblem } from './resolve.ts';
import type { NamedStep, Scenario, Step, TransferStep } from './scenario.ts';
import { stepTitle } from './step-text.ts';

/** Everything that a run told. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly lab: Lab;
  readonly events: readonly LabEvent[];
  /**
   * - `passed`: every step was taken, every expectation holds, no call is left waiting that was not expected to.
   * - `failed`: the last event's expectation does not hold; the steps after it were not taken.
   */
  readonly outcome: 'passed' | 'failed';
}

/** A run, step by step. */
export class ScenarioRun implements IterableIterator<LabEvent, undefined> {
  readonly scenario: Scenario;
  readonly lab: Lab;
  /** Devices by the names that the steps use. */
  readonly devices: DeviceTable;
  #taken = 0;
  #failed = false;

  /** Made by {@link openScenario}. */
  constructor(scenario: Scenario, lab: Lab, devices: DeviceTable) {
    this.scenario = scenario;
    this.lab = lab;
    this.devices = devices;
  }

  /** `running` while steps are left and none has failed. */
  get state(): 'running' | ScenarioResult['outcome'] {
    if (this.#failed) return 'failed';
    return this.#taken < this.scenario.steps.length ? 'running' : 'passed';
  }

  /** Takes the next step. Nothing is taken after one whose expectation does not hold. */
  next(): IteratorResult<LabEvent, undefined> {
    const step = this.#failed ? undefined : this.scenario.steps[this.#taken];
    if (step === undefined) return { done: true, value: undefined };
    const event = this.#take(step, ++this.#taken);
    this.#failed = !event.ok;
    return { done: false, value: event };
  }

  [Symbol.iterator](): this {
    return this;
  }

  #take(step: Step, number: number): LabEvent {
    const { lab } = this;
    const { log } = lab.machine.world;
    const [warns, defects] = [log.warns.length, log.defectTouches];
    const result = this.#perform(step);
    noteLostTranslations(lab);
    noteLostFiles(lab);
    const looks = step.action === 'expect';
    const found = {
      number,
      step,
      title: stepTitle(step),
      outcome: result.outcome,
      verdict:
        step.action === 'verdict' ? lab.machine.verdict(this.#fn(step.provider), this.#fn(step.client)) : undefined,
      table: result.table,
      transfer: result.transfer,
      bytes: result.bytes,
      effects: lab.takeEffects(),
      warns: log.warns.slice(looks ? 0 : warns).map(({ file, text }) => `${file}: ${text}`),
      defects: log.defectsSince(looks ? 0 : defects),
    };
    const checks = checkStep(lab, found);
    return { ...found, checks, ok: checks.every((check) => check.ok) };
  }

  #perform(step: Step): StepResult {
    const { lab } = this;
    switch (step.action) {
      case 'verdict':
      case 'expect':
        return DONE;
      case 'export':
        return { outcome: exportBuffer(lab, this.#fn(step.device), step) };
      case 'attach':
        return { outcome: attachImporter(lab, this.#fn(step.device), step) };
      case 'map':
        return mapBuffer(lab, step);
      case 'reg-mr':
        return registerRegion(lab, this.#fn(step.device), step);
      case 'ioas':
        return { outcome: makeAddressSpace(lab, this.#fn(step.device), step) };
      case 'map-file':
        return { outcome: mapFile(lab, step) };
      case 'unmap-file':
        return { outcome: unmapFile(lab, step) };
      case 'write':
      case 'read':
        return this.#transfer(step);
      case 'peek':
      case 'poke':
        return cpuStep(lab, this.#fn(step.device), step);
      case 'elapse':
        lab.machine.world.elapse(step.milliseconds);
        return DONE;
      case 'revoke':
      case 'restore':
      case 'reset':
      case 'close-device':
      case 'unplug':
        return { outcome: deviceStep(lab, this.#fn(step.device), step.action) };
      default:
        return { outcome: NAMED[step.action](lab, step.name) };
    }
  }

  #transfer({ action, target, length, data }: TransferStep): StepResult {
    if (target.kind === 'address') {
      return moveBytes(this.lab, this.#fn(target.device), action, [[target.address, length]], length, sourceOf(data));
    }
    const region = this.lab.regions.get(target.mapping);
    if (region !== undefined) return moveByRegion(this.lab, region, action, target.offset, length, sourceOf(data));
    const { entries, attachment } = this.lab.mapping(target.mapping);
    const stretches = stretchesOf(entries, target.offset, length);
    return moveBytes(this.lab, attachment.client, action, stretches, length, sourceOf(data));
  }

  #fn(name: string): PciFunction {
    return defined(this.devices.get(name), `device ${name}`);
  }
}

interface StepResult {
  readonly outcome: StepOutcome;
  readonly table?: LabTable;
  readonly transfer?: LabTransfer;
  readonly bytes?: LabBytes;
}

const DONE: StepResult = { outcome: { kind: 'done' } };

const NAMED: Readonly<Record<NamedStep['action'], (lab: Lab, name: string) => StepOutcome>> = {
  unmap: unmapBuffer,
  detach: detachImporter,
  'dereg-mr': deregisterRegion,
  invalidate: invalidateBuffer,
  'close-buffer': closeBuffer,
};

/**
 * Boots the machine of a scenario, ready for its first step.
 * @param fault makes steps of the kernel fail
 */
export function openScenario(
  scenario: Scenario,
  capture: MachineCapture,
  fault?: LabMachineOptions['fault'],
): Result<ScenarioRun, ScenarioProblem> {
  const machine = bootLabMachine(capture, { ...scenario, fault });
  if (machine === undefined) {
    const text = 'whether an IOMMU runs is not known from the machine; say it with "iommu"';
    return err({ line: undefined, step: undefined, text });
  }
  const devices = resolveNames(scenario, machine.topology);
  return devices instanceof Map
    ? ok(new ScenarioRun(scenario, new Lab(machine), devices))
    : err(devices as ScenarioProblem);
}

/**
 * Runs a scenario to its end, or to the first expectation that does not hold.
 * @param report how far it is, from 0 to 1, by the bytes that its reads look at
 */
export function runScenario(
  scenario: Scenario,
  capture: MachineCapture,
  report: (share: number) => void = () => {},
): Result<ScenarioResult, ScenarioProblem> {
  const run = openScenario(scenario, capture);
  if (!run.ok) return run;
  const total = scenario.steps.reduce((sum, step) => sum + bytesToLookAt(step), 0);
  let done = 0;
  run.value.lab.looked = (bytes) => {
    done += bytes;
    report(done / total);
  };
  const events = [...run.value];
  return ok({ scenario, lab: run.value.lab, events, outcome: run.value.state === 'passed' ? 'passed' : 'failed' });
}

/** What is read is hashed, and so is what it is held against. */
function bytesToLookAt(step: Step): number {
  if (step.action !== 'read' && step.action !== 'peek') return 0;
  return Number(step.length) * (step.expect?.data === undefined ? 1 : 2);
}
