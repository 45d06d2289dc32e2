/** Requirements over a fleet, as a report, as JSON and for Prometheus. */
import { counted, type Line, list, type Section, type Sheet, toned } from '../report/index.ts';
import { prometheusText } from './prometheus.ts';

/** How a machine meets requirements. `without`: it has none of the devices that they name. */
export type MachineState = 'holds' | 'fails' | 'unknown' | 'without';

/** A machine that was asked. */
export interface CheckedMachine {
  readonly machine: string;
  readonly source: string;
  readonly state: MachineState;
  /** Pairs that fail, those that are open, and pairs asked. */
  readonly failed: number;
  readonly open: number;
  readonly pairs: number;
  /** The first that fails, else the first that is open, in words. */
  readonly first: string | undefined;
}

/** All machines. */
export interface CheckedFleet {
  readonly requirements: readonly string[];
  readonly machines: readonly CheckedMachine[];
  /** Inputs that could not be read: what holds for them is not known. */
  readonly unread: number;
}

/** The answer over all machines: `fails` before `unknown` before `holds`; `without` where no machine was asked. */
export function fleetState({ machines, unread }: CheckedFleet): MachineState {
  const states = new Set(machines.map(({ state }) => state));
  if (states.has('fails')) return 'fails';
  if (states.has('unknown') || unread > 0) return 'unknown';
  return states.has('holds') ? 'holds' : 'without';
}

/** Machines that fail first, then those that are open. */
export function fleetCheckSheet(fleet: CheckedFleet): Sheet {
  const { machines, requirements, unread } = fleet;
  const of = (state: MachineState): readonly CheckedMachine[] => machines.filter((machine) => machine.state === state);
  const [fails, open, holds, without] = [of('fails'), of('unknown'), of('holds'), of('without')];
  const counts = [
    `${holds.length} hold`,
    `${fails.length} fail`,
    `${open.length} unknown`,
    ...(without.length > 0 ? [`${without.length} without such devices`] : []),
    ...(unread > 0 ? [`${counted(unread, 'input')} could not be read`] : []),
  ];
  const sections: Section[] = [
    ...section(
      'Fail',
      fails.map((machine) => machineLine(machine, 'bad')),
    ),
    ...section(
      'Unknown',
      open.map((machine) => machineLine(machine, 'open')),
    ),
  ];
  return {
    title: 'peerpath fleet check',
    answer: answerText(fleet, { fails: fails.length, open: open.length, asked: machines.length - without.length }),
    context: [`Required: ${requirements.join('; ')}`, `${counts.join(', ')}.`],
    sections,
  };
}

function answerText(
  fleet: CheckedFleet,
  { fails, open, asked }: { readonly fails: number; readonly open: number; readonly asked: number },
): string {
  switch (fleetState(fleet)) {
    case 'fails':
      return `No: ${fails} of ${counted(asked, 'machine')} ${fails === 1 ? 'does' : 'do'} not meet what is required.`;
    case 'unknown':
      return `Unknown: ${counted(open + fleet.unread, 'input')} ${open + fleet.unread === 1 ? 'lacks' : 'lack'} what decides.`;
    case 'holds':
      return `Yes: all ${counted(asked, 'machine')} meet what is required.`;
    case 'without':
      return 'No machine has the devices that the requirements name.';
  }
}

function section(title: string, lines: readonly Line[]): Section[] {
  return lines.length === 0 ? [] : [{ title, blocks: [list(lines, 40)] }];
}

function machineLine({ machine, failed, open, pairs, first }: CheckedMachine, tone: 'bad' | 'open'): Line {
  const count =
    tone === 'bad' ? `${failed} of ${counted(pairs, 'pair')} fail` : `${open} of ${counted(pairs, 'pair')} unknown`;
  return [toned(tone, machine), `: ${count}${first === undefined ? '' : `; ${first}`}`];
}

/** `fleet check --json`. */
export function fleetCheckJson(fleet: CheckedFleet): object {
  const { requirements, machines, unread } = fleet;
  return {
    schema: 'peerpath.fleet-check/1',
    state: fleetState(fleet),
    requirements,
    unread,
    machines: machines.map((machine) => ({ ...machine, first: machine.first ?? null })),
  };
}

/** A gauge for each state, and one for each machine that fails or is open. */
export function fleetCheckPrometheus({ machines, unread }: CheckedFleet): string {
  const states: readonly MachineState[] = ['holds', 'fails', 'unknown', 'without'];
  const odd = machines.filter(({ state }) => state === 'fails' || state === 'unknown');
  return prometheusText([
    {
      name: 'peerpath_fleet_check_machines',
      help: 'Machines by how they meet the requirements.',
      values: states.map((state) => ({
        labels: { state },
        value: machines.filter((machine) => machine.state === state).length,
      })),
    },
    {
      name: 'peerpath_fleet_check_unread',
      help: 'Inputs that could not be read.',
      values: [{ labels: {}, value: unread }],
    },
    {
      name: 'peerpath_fleet_check_pairs_not_met',
      help: 'Pairs of a machine that fail or are unknown.',
      values: odd.map(({ machine, source, state, failed, open }) => ({
        labels: { machine, source, state },
        value: failed + open,
      })),
    },
  ]);
}
