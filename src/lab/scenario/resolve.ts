/** Holds the names in a scenario against the machine and against each other, before anything is run. */
import type { Failure } from '../../base/index.ts';
import { factValue } from '../../capture/index.ts';
import { type DeviceLabels, deviceLabels, type PciFunction, type PciTopology } from '../../pci/index.ts';
import { formatBdf, parseBdf } from '../../uapi/index.ts';
import type { Scenario, Step } from './scenario.ts';

/** Why a scenario cannot be run. */
export interface ScenarioProblem extends Failure {
  /** Line in the file; undefined for scenarios that were made in code. */
  readonly line: number | undefined;
  /** Step, from 1; undefined for the scenario as a whole. */
  readonly step: number | undefined;
}

/** Devices by the names that steps use. */
export type DeviceTable = ReadonlyMap<string, PciFunction>;

/** The devices that the steps name; or the first step that names something that is not there. */
export function resolveNames(scenario: Scenario, topology: PciTopology): DeviceTable | ScenarioProblem {
  const devices = new Map<string, PciFunction>();
  const made = new Map<string, Kind>();
  const labels = deviceLabels(topology);
  for (const [index, step] of scenario.steps.entries()) {
    const fault = deviceFault(step, { topology, labels, devices }) ?? nameFault(step, made);
    if (fault !== undefined) {
      return { line: step.line, step: index + 1, text: `step ${index + 1} (${step.action}) ${fault}` };
    }
  }
  return devices;
}

/** A machine's devices: all, and those that were named so far. */
interface NamedDevices {
  readonly topology: PciTopology;
  readonly labels: DeviceLabels;
  readonly devices: Map<string, PciFunction>;
}

function deviceFault(step: Step, { topology, labels, devices }: NamedDevices): string | undefined {
  for (const name of devicesOf(step)) {
    const address = parseBdf(name);
    const found = address === undefined ? labels.named(name) : topology.functions.filter(({ bdf }) => bdf === address);
    const [fn, ...others] = found;
    if (fn === undefined) {
      const some = someNames(topology, labels);
      return `names "${name}", which is no device of the machine (devices: ${some})`;
    }
    if (others.length > 0) {
      const all = found.map(({ bdf }) => formatBdf(bdf)).join(', ');
      return `names "${name}", which is what ${found.length} devices are called (${all})`;
    }
    devices.set(name, fn);
  }
  return undefined;
}

function devicesOf(step: Step): string[] {
  switch (step.action) {
    case 'verdict':
      return [step.provider, step.client];
    case 'write':
    case 'read':
      return step.target.kind === 'address' ? [step.target.device] : [];
    default:
      return 'device' in step ? [step.device] : [];
  }
}

function someNames({ functions }: PciTopology, { labelOf }: DeviceLabels): string {
  const names = functions.flatMap((fn) => labelOf(fn) ?? []);
  const endpoints = functions.filter((fn) => factValue(fn.headerType) === 0).map((fn) => formatBdf(fn.bdf));
  return (names.length > 0 ? names : endpoints).slice(0, 12).join(', ');
}

type Kind = 'buffer' | 'attachment' | 'mapping' | 'region' | 'space';

/** A step may use only what a step before it made, and makes nothing where it is expected to fail. */
function nameFault(step: Step, made: Map<string, Kind>): string | undefined {
  for (const [name, kind] of usesOf(step)) {
    const known = made.get(name);
    if (known === undefined) return `uses "${name}", which no step before it makes`;
    const moves = (step.action === 'write' || step.action === 'read') && known === 'region';
    if (known !== kind && !moves) return `uses "${name}" as ${KIND_TEXT[kind]}, and it is ${KIND_TEXT[known]}`;
  }
  const makes = makesOf(step);
  if (makes === undefined) return undefined;
  const [name, kind] = makes;
  if (made.has(name)) return `makes "${name}", which a step before it has made`;
  if (step.expect?.errno === undefined) made.set(name, kind);
  return undefined;
}

const KIND_TEXT: Readonly<Record<Kind, string>> = {
  buffer: 'a buffer',
  attachment: 'an attachment',
  mapping: 'a mapping',
  region: 'a region',
  space: 'an address space',
};

function usesOf(step: Step): (readonly [string, Kind])[] {
  switch (step.action) {
    case 'attach':
    case 'reg-mr':
      return [[step.buffer, 'buffer']];
    case 'map-file':
      return [
        [step.space, 'space'],
        [step.buffer, 'buffer'],
      ];
    case 'unmap-file':
      return [[step.space, 'space']];
    case 'dereg-mr':
      return [[step.name, 'region']];
    case 'map':
      return [[step.attachment, 'attachment']];
    case 'write':
    case 'read':
      return step.target.kind === 'mapping' ? [[step.target.mapping, 'mapping']] : [];
    case 'unmap':
      return [[step.name, 'mapping']];
    case 'detach':
      return [[step.name, 'attachment']];
    case 'invalidate':
    case 'close-buffer':
      return [[step.name, 'buffer']];
    default:
      return [];
  }
}

function makesOf(step: Step): readonly [string, Kind] | undefined {
  switch (step.action) {
    case 'export':
      return [step.as, 'buffer'];
    case 'attach':
      return [step.as, 'attachment'];
    case 'map':
      return [step.as, 'mapping'];
    case 'reg-mr':
      return [step.as, 'region'];
    case 'ioas':
      return [step.as, 'space'];
    default:
      return undefined;
  }
}
