/** The machine under a question: all pairs, groups, and how to bring it about. */
import type { Analysis } from '../../src/analyze.ts';
import { printable } from '../../src/base/index.ts';
import { factValue } from '../../src/capture/index.ts';
import { bootChange, focusOf, imagine, presentSituation, type Situation } from '../../src/diagnose/index.ts';
import { type Grouping, type GroupPrediction, groupDiff } from '../../src/iommu/index.ts';
import { chosenCpu, kernelChoice, mapTypeRows, type P2pdmaMachine } from '../../src/p2pdma/index.ts';
import {
  ACS_REDIRECT_BITS,
  type AcsEdit,
  acsOf,
  deviceKind,
  isBridgeKind,
  type PciFunction,
} from '../../src/pci/index.ts';
import { type DeviceNames, kernelLine, leftText, lengthWords, situationNotes } from '../../src/report/index.ts';
import type { GroupChange, GroupView, PortAcs, SituationView, WhatIfChoice } from '../protocol.ts';
import { addressChanges } from './address-changes.ts';

/** Rows and columns of the largest matrix that is drawn. */
const MOST_ROWS = 2048;

/** The register changes of a choice, by function. */
function editsOf(analysis: Analysis, choice: WhatIfChoice): AcsEdit[] {
  return choice.acs.flatMap(({ port, mask, bits }) => {
    const fn = analysis.topology.functions[port];
    return fn === undefined || mask === 0 ? [] : [{ port: fn, mask, bits }];
  });
}

/** Does a choice change anything? */
export function asksSomething({ acs, ...settings }: WhatIfChoice): boolean {
  return acs.length > 0 || Object.values(settings).some((setting) => setting !== undefined);
}

/** The machine under a choice. */
export function situationOf(analysis: Analysis, choice: WhatIfChoice): Situation {
  if (!asksSomething(choice)) return presentSituation(analysis.machine);
  const { iommu, cmdline } = choice;
  const kernel = choice.kernel === undefined ? undefined : kernelChoice(choice.kernel, 'chosen');
  const cpu = choice.cpu === undefined ? undefined : chosenCpu(choice.cpu);
  const hostBridgeIds = hostBridgeOf(choice.hostBridge);
  return imagine(analysis.machine, { kernel, iommu, cmdline, cpu, hostBridgeIds, acs: editsOf(analysis, choice) });
}

function hostBridgeOf(text: string | undefined): P2pdmaMachine['hostBridgeIds'] {
  const [, vendor, device] = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(text ?? '') ?? [];
  if (vendor === undefined || device === undefined) return undefined;
  const ids = { vendor: Number.parseInt(vendor, 16), device: Number.parseInt(device, 16) };
  return () => ids;
}

/** Which functions the matrix is of. */
export interface Scope {
  readonly scope: 'endpoints' | 'all';
  readonly only: Int32Array | undefined;
}

/** Everything the page shows of a situation. */
export function situationView(
  analysis: Analysis,
  choice: WhatIfChoice,
  situation: Situation,
  present: Present,
  { names, scope }: { readonly names: DeviceNames; readonly scope: Scope },
): SituationView {
  const { topology } = analysis;
  const focus = focusOf(topology.functions);
  const inScope = scope.scope === 'all' ? topology.functions : focus.devices;
  const wanted = scope.only === undefined ? undefined : new Set(scope.only);
  const filtered = wanted === undefined ? inScope : inScope.filter((fn) => wanted.has(fn.index));
  const shown = filtered.slice(0, MOST_ROWS);
  const now = situation === present.situation;
  const types = now ? present.typesOf(shown).slice() : pairTypes(situation.machine, shown);
  const before = now ? undefined : present.typesOf(shown).slice();
  const edits = editsOf(analysis, choice);
  const change = bootChange(analysis.machine, edits, choice.iommu, choice.cmdline);
  const shorter = change.shorter && { ...change.shorter, text: change.shorter.words.text };
  return {
    shown: Int32Array.from(shown, (fn) => fn.index),
    scopeSize: filtered.length,
    leftOut:
      scope.scope === 'all' || wanted !== undefined ? '' : leftText(focus.left, '“bridges too” shows all functions'),
    types,
    before,
    ...countPairs(types, before, shown.length),
    ...addressChanges(shown, types, before, { now: situation, before: present.situation }, choice),
    kernelLine: kernelLine(situation.machine, 'page'),
    ports: topology.functions.flatMap((fn) => portAcs(fn, situation)),
    changedPorts: now ? [] : changedPorts(topology.functions, present.situation, situation),
    unreadablePorts: topology.functions
      .filter((fn) => fn.acs.state === 'unreadable' && isBridgeKind(deviceKind(fn)))
      .map((fn) => fn.index),
    ...groupViews(situation.groups, present.situation.groups),
    parameters: printable(change.words.text),
    replaces: printable(change.words.replaces),
    tooLong: tooLong(lengthWords({ fit: change.fit, shorter }, names), shorter?.text),
    commands: change.setpci,
    notes: situationNotes(situation, names),
  };
}

/** The sentences of {@link lengthWords}, without the text that is offered beside them. */
function tooLong([first, second]: readonly string[], shorter: string | undefined): SituationView['tooLong'] {
  if (first === undefined) return undefined;
  const text = shorter === undefined ? undefined : printable(shorter);
  const rest = text === undefined ? second : second?.replace(`: ${text}`, '.');
  return { sentence: [first, rest].filter((part) => part !== undefined).join(' '), shorter: text };
}

/** The machine as it is, for comparison: its pairs are worked out once for a choice of functions. */
export class Present {
  readonly situation: Situation;
  #shown: readonly PciFunction[] = [];
  #types: Uint8Array = new Uint8Array(0);

  constructor(situation: Situation) {
    this.situation = situation;
  }

  /** As {@link SituationView.types}; kept, so copy what is given away. */
  typesOf(shown: readonly PciFunction[]): Uint8Array {
    if (shown.length !== this.#shown.length || shown.some((fn, at) => fn !== this.#shown[at])) {
      this.#types = pairTypes(this.situation.machine, shown);
      this.#shown = shown;
    }
    return this.#types;
  }
}

function countPairs(
  types: Uint8Array,
  before: Uint8Array | undefined,
  n: number,
): Pick<SituationView, 'counts' | 'countsBefore' | 'changedPairs'> {
  const steps = new Int32Array(16);
  const was = before ?? types;
  for (let row = 0; row < n; row++) {
    for (let column = 0, at = row * n; column < n; column++, at++) {
      // A device and itself are no pair.
      if (column === row) continue;
      const step = ((was[at] ?? 0) << 2) | (types[at] ?? 0);
      steps[step] = (steps[step] ?? 0) + 1;
    }
  }
  const sum = (of: (was: number, now: number) => boolean): number =>
    steps.reduce((total, count, step) => (of(step >> 2, step & 3) ? total + count : total), 0);
  const codes = [0, 1, 2, 3];
  return {
    counts: codes.map((code) => sum((_, now) => now === code)),
    countsBefore: before === undefined ? undefined : codes.map((code) => sum((then) => then === code)),
    changedPairs: sum((then, now) => then !== now),
  };
}

/** Only the rows that are shown are worked out: a machine may have far more functions than a matrix has room for. */
export function pairTypes(machine: P2pdmaMachine, shown: readonly PciFunction[]): Uint8Array {
  const rows = mapTypeRows(machine);
  const n = shown.length;
  const types = new Uint8Array(n * n);
  const row = new Uint16Array(rows.functions.length);
  const columns = Int32Array.from(shown, (fn) => rows.position[fn.index] ?? 0);
  // Rows in the order of the tree share most of their work.
  const order = Array.from(shown.keys()).sort((a, b) => (columns[a] ?? 0) - (columns[b] ?? 0));
  for (const r of order) {
    rows.fillRow(columns[r] ?? 0, row, 0);
    for (let c = 0; c < n; c++) types[r * n + c] = (row[columns[c] ?? 0] ?? 0) >> 14;
  }
  return types;
}

function portAcs(fn: PciFunction, { machine }: Situation): PortAcs[] {
  const registers = factValue(acsOf(machine.acs, fn));
  if (registers === undefined) return [];
  const { cap, control } = registers;
  const redirects = isBridgeKind(deviceKind(fn)) && (control.value & ACS_REDIRECT_BITS) !== 0;
  return [{ port: fn.index, cap, control: control.value, known: control.known, redirects }];
}

/** Ports whose ACS settings two situations have otherwise. */
export function changedPorts(
  functions: readonly PciFunction[],
  before: Situation,
  after: Situation,
): SituationView['changedPorts'] {
  return functions.flatMap((fn) => {
    const [was] = portAcs(fn, before);
    const [is] = portAcs(fn, after);
    if (was === undefined || is === undefined || (was.control === is.control && was.known === is.known)) return [];
    const redirect = was.redirects === is.redirects ? 'same' : is.redirects ? 'on' : 'off';
    return [{ port: fn.index, redirect }] as const;
  });
}

function groupViews(
  groups: GroupPrediction | undefined,
  present: GroupPrediction | undefined,
): Pick<SituationView, 'groups' | 'groupsUncertain' | 'groupChanges'> {
  const now = groupingOf(groups);
  const before = groupingOf(present);
  return {
    groups: now?.groups.map(
      ({ number, members }): GroupView => ({ number, members: members.map(({ fn }) => fn.index) }),
    ),
    groupsUncertain: groups?.state === 'unknown',
    groupChanges: now === undefined || before === undefined || now === before ? [] : changes(before, now),
  };
}

/** The groups, or the coarsest that are possible. */
function groupingOf(groups: GroupPrediction | undefined): Grouping | undefined {
  return groups === undefined ? undefined : groups.state === 'known' ? groups.groups : groups.coarsest;
}

function changes(before: Grouping, after: Grouping): GroupChange[] {
  const { merged, split } = groupDiff(before, after);
  const view =
    (what: GroupChange['what']) =>
    ({ group, parts }: (typeof merged)[number]): GroupChange => ({
      what,
      members: group.members.map(({ fn }) => fn.index),
      parts: parts.length,
    });
  return [...merged.map(view('merged')), ...split.map(view('split'))];
}
