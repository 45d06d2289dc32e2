/** A run as text: one paragraph for each step. */
import { byteText, hex, printable } from '../../base/index.ts';
import { factValue } from '../../capture/index.ts';
import { formatKernelVersion } from '../../uapi/index.ts';
import type { LabBytes, LabEvent, LabTable, LabTransfer } from './events.ts';
import { outcomeText, reached, via } from './expectations.ts';
import type { Lab } from './lab.ts';
import type { ScenarioResult } from './run-scenario.ts';

/** The whole run: what it is, its steps, and how it ended. */
export function scenarioText(result: ScenarioResult): string {
  const { scenario, lab, events } = result;
  const head = [scenario.name, ...(scenario.about === undefined ? [] : [`  ${scenario.about}`]), `  ${bootText(lab)}`];
  const { waiting, end } = scenarioEnd(result);
  const last = [...waiting, end].join('\n');
  return [head.join('\n'), ...events.map((event) => eventText(lab, event)), last].join('\n\n');
}

/** Which kernel, which IOMMU, which machine: one line. */
export function bootText({ machine }: Lab): string {
  const { situation, topology, kernel, intended } = machine;
  const { iommuGroups } = topology.capture;
  const types = (factValue(iommuGroups) ?? []).map(({ type }) => factValue(type) ?? 'unknown');
  const captured = iommuGroups.state !== 'known' ? 'not known' : [...new Set(types)].join(', ') || 'off';
  const { boot } = situation;
  const iommu = boot === undefined ? captured : boot.runs === true ? `${boot.iommu ?? 'on'}, as booted here` : 'off';
  const negotiates = kernel.rules.mappingTypes === 'none' ? '' : ' with the proposed mapping types';
  const version = `Linux ${formatKernelVersion(kernel.version)}${negotiates}${intended ? ', as its authors meant it' : ''}`;
  return `${version}; IOMMU ${iommu}; machine ${topology.capture.source.name}`;
}

/** One step: what was done, what came of it, and what was expected. */
export function eventText(lab: Lab, event: LabEvent): string {
  const { number, step, title, outcome, verdict } = event;
  const lines: string[] = [];
  if (step.note !== undefined) lines.push(step.note);
  lines.push(title);
  if (verdict === undefined && outcome.kind !== 'done') lines.push(`= ${outcomeText(outcome)}`);
  lines.push(...eventFacts(lab, event).map((fact) => `= ${fact}`));
  lines.push(...event.effects.map((effect) => `> ${effect}`));
  if (step.action !== 'expect') lines.push(...event.warns.map((warn) => `! WARN ${warn}`));
  if (event.defects.length > 0 && step.action !== 'expect') lines.push(`! defects: ${event.defects.join(', ')}`);
  for (const { what, expected, found, ok } of event.checks) {
    lines.push(
      ok ? `✓ ${what} ${shortened(expected)}` : `✗ ${what}: expected ${shortened(expected)}, found ${shortened(found)}`,
    );
  }
  return lines.map((line, index) => `${index === 0 ? String(number).padStart(3) : '   '}  ${line}`).join('\n');
}

/** What a step brought to light, a line each: verdict, table, where bytes went, bytes read. */
export function eventFacts(lab: Lab, { verdict, table, transfer, bytes }: LabEvent): readonly string[] {
  return [
    ...(verdict === undefined ? [] : [`${verdict.mapType}, distance ${verdict.distance ?? 'unknown'}`]),
    ...(table === undefined ? [] : [tableLine(table)]),
    ...(transfer === undefined ? [] : [transferLine(lab, transfer)]),
    ...(bytes === undefined ? [] : [bytesLine(bytes)]),
  ];
}

const MOST_TEXT = 160;

function shortened(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`;
}

const SHOWN_ENTRIES = 4;

function tableLine({ flow, space, nents, entries }: LabTable): string {
  const shown = entries.slice(0, SHOWN_ENTRIES).map(([address, length]) => `${hex(address)}+${byteText(length)}`);
  const more = nents > shown.length ? `, and ${nents - shown.length} more` : '';
  return `flow ${flow}, ${nents} ${nents === 1 ? 'entry' : 'entries'} of ${space} addresses: ${shown.join(', ')}${more}`;
}

function transferLine(lab: Lab, transfer: LabTransfer): string {
  const places = transfer.landings.slice(0, SHOWN_ENTRIES).map(({ end, length }) => {
    const size = byteText(length);
    if (end.kind === 'function') return `${size} at ${lab.nameOf(end.fn)} BAR ${end.bar} ${hex(end.offset)}`;
    if (end.kind === 'memory') return `${size} at ${printable(end.name)} ${hex(end.phys)}`;
    return end.kind === 'interrupt' ? `${size} as interrupts` : `${size} nowhere`;
  });
  const more = transfer.landings.length > places.length ? `, and ${transfer.landings.length - places.length} more` : '';
  const way = reached(lab, transfer) === 'nothing' ? '' : `, by the ${via(transfer)}`;
  return `${transfer.packets} requests of up to 4 KiB${way}: ${places.join(', ')}${more}`;
}

function bytesLine({ head, hash }: LabBytes): string {
  const shown = [...head.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `bytes ${shown}${head.length > 16 ? ' …' : ''}, XXH32 ${hex(hash)}`;
}

/** How a run ended, in one sentence, and what still waits then. */
export function scenarioEnd({ scenario, events, outcome, lab }: ScenarioResult): {
  readonly end: string;
  readonly waiting: readonly string[];
} {
  const total = scenario.steps.length;
  const waiting = lab.calls.waiting.map((title) => `Still waiting: ${title}.`);
  if (outcome === 'passed') return { waiting, end: `Passed: ${total} steps, every expectation holds.` };
  const last = events.at(-1);
  const wrong = last?.checks.find(({ ok }) => !ok);
  const left = total - events.length;
  const rest = left === 0 ? '' : ` ${left} ${left === 1 ? 'step was' : 'steps were'} not taken.`;
  const what = `expected ${wrong?.what} ${shortened(wrong?.expected ?? '')}, found ${shortened(wrong?.found ?? '')}`;
  return { waiting, end: `Failed at step ${last?.number} (${last?.step.action}): ${what}.${rest}` };
}
