/** Holds the names in a scenario against the machine and against each other, before anything is run. */
import { factValue } from '../../capture/index.ts';
import type { PciFunction, PciTopology } from '../../pci/index.ts';
import { formatBdf, parseBdf } from '../../uapi/index.ts';
import type { Scenario, Step } from './scenario.ts';

/** Why a scenario cannot be run. */
export interface ScenarioProblem {
  /** Line in the file; undefined for scenarios that were made in code. */
  readonly line: number | undefined;
  /** Step, from 1; undefined for the scenario as a whole. */
  readonly step: number | undefined;
  /** One sentence that continues "NAME: ". */
  readonly text: string;
}

/** Devices by the names that steps use. */
export type DeviceTable = ReadonlyMap<string, PciFunction>;

/** The devices that the steps name; or the first step that names something that is not there. */
export function resolveNames(scenario: Scenario, topology: PciTopology): DeviceTable | ScenarioProblem {
  const devices = new Map<string, PciFunction>();
  const made = new Map<string, Kind>();
  for (const [index, step] of scenario.steps.entries()) {
    const fault = deviceFault(step, topology, devices) ?? nameFault(step, made);
    if (fault !== undefined) {
      return { line: step.line, step: index + 1, text: `step ${index + 1} (${step.action}) ${fault}` };
    }
  }
  return devices;
}

/** The function that a label or an address names. */
function findDevice(topology: PciTopology, name: string): PciFunction | undefined {
  const byLabel = topology.functions.find((fn) => factValue(fn.captured.label) === name);
  const bdf = parseBdf(name);
  return byLabel ?? topology.functions.find((fn) => fn.bdf === bdf);
}

function deviceFault(step: Step, topology: PciTopology, devices: Map<string, PciFunction>): string | undefined {
  for (const name of devicesOf(step)) {
    const fn = devices.get(name) ?? findDevice(topology, name);
    if (fn === undefined) return `names "${name}", which is no device of the machine (devices: ${labels(topology)})`;
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

function labels(topology: PciTopology): string {
  const names = topology.functions.flatMap((fn) => factValue(fn.captured.label) ?? []);
  const endpoints = topology.functions.filter((fn) => factValue(fn.headerType) === 0).map((fn) => formatBdf(fn.bdf));
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
