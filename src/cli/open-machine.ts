/** From the command line to a machine that can be asked. */
import { existsSync } from 'node:fs';
import type { Analysis } from '../analyze.ts';
import { printable } from '../base/index.ts';
import { factValue, type MachineCapture } from '../capture/index.ts';
import { loadPciNames, readMachines } from '../node/index.ts';
import type { PciFunction } from '../pci/index.ts';
import {
  deviceNames,
  findingsJson,
  isLabelsAlone,
  redactCapture,
  redactText,
  type Subject,
  selectFunction,
  selectList,
  topologyJson,
  topologySheet,
} from '../report/index.ts';
import { EXIT, UsageError } from './exit-code.ts';
import type { MachineOptions } from './options.ts';
import { printFindings, printNote, printSheet } from './output.ts';
import { progressBar } from './progress.ts';
import { terminalOfErrors } from './terminal.ts';
import { askWhatIf, presentMachine } from './what-if.ts';

/** A machine and what its devices are called, under the what-if that was asked. */
export interface OpenMachine extends Subject {
  /** The machine as the input has it. */
  readonly present: Analysis;
}

/**
 * Reads the sources (none: this machine), which show one machine, and makes it ready to be asked.
 * @param shows whether the answer has addresses of the bus; what is odd about those is told only then
 * @throws UsageError with one sentence.
 */
export async function openMachine(
  sources: readonly string[],
  options: MachineOptions,
  shows: 'addresses' | 'no addresses' = 'no addresses',
): Promise<OpenMachine> {
  const progress = progressBar(
    `reading ${printable(sources.length === 0 ? 'this machine' : sources.join(' '))}`,
    terminalOfErrors(),
  );
  const read = await readMachines(sources, { ...machineRoot(options.sysroot), report: progress.report });
  progress.end();
  if (!read.ok) throw new UsageError(read.error.text);
  const capture = options.redact === true ? redactCapture(read.value) : read.value;
  const present = presentMachine(capture, options);
  const names = deviceNames(present.topology, needsNames(capture) ? loadPciNames() : undefined);
  const asked = askWhatIf(present, names, options);
  const whatIf = asked === undefined || options.redact !== true ? asked : { ...asked, asked: redactText(asked.asked) };
  if (options.json !== true && options.format !== 'json') {
    const findings = findingsJson({ analysis: present });
    printFindings(shows === 'addresses' ? findings : findings.filter(({ code }) => code !== 'bus-addresses-unknown'));
  }
  const analysis =
    whatIf === undefined ? present : { ...present, machine: whatIf.after.machine, situation: whatIf.after };
  return { analysis, names, present, whatIf };
}

/** An input that names devices by labels alone has no functions to ask about: prints what its letters leave open instead. */
export function answersByLabels(machine: OpenMachine, options: MachineOptions): boolean {
  if (!isLabelsAlone(machine.analysis.capture)) return false;
  printSheet(topologySheet(machine), () => topologyJson(machine), options);
  process.exitCode = EXIT.unknown;
  return true;
}

/**
 * Refuses a file where the second of two devices stands: one was forgotten, or both.
 * @param usage how the command is written, up to the source
 * @throws UsageError
 */
export function refuseFileAsDevice(usage: string, second: string, sources: readonly string[]): void {
  if (sources.length === 0 && existsSync(second))
    throw new UsageError(`two devices come before the source: peerpath ${usage} ${second}`);
}

/** The one function a text stands for. @throws UsageError when there is none or several. */
export function pickFunction({ analysis, names }: OpenMachine, text: string): PciFunction {
  const found = selectFunction(analysis.topology, names, text);
  if (!found.ok) throw new UsageError(found.error.text);
  return found.value;
}

/** One device or several, of a list of texts, with a note on what this machine has none of. @throws UsageError naming `option` */
export function someFunctions({ analysis, names }: OpenMachine, text: string, option: string): readonly PciFunction[] {
  const found = selectList(analysis.topology, names, text);
  if (!found.ok) throw new UsageError(`${option} ${found.error.text}`);
  noteUnnamed(found.value.unnamed, option);
  return found.value.functions;
}

/** Lists are written for many machines: what of them this one does not have is told, and no error. */
export function noteUnnamed(unnamed: readonly string[], option: string): void {
  if (unnamed.length > 0) printNote(`${option}: this machine has no ${unnamed.map((part) => `"${part}"`).join(', ')}`);
}

/** pci.ids is not read for inputs that have no ids to look up. */
function needsNames(capture: MachineCapture): boolean {
  return capture.functions.some((fn) => fn.config.bytes.length > 0 || factValue(fn.vendor) !== undefined);
}

/** The option as the readers take it. */
export function machineRoot(sysroot: string | undefined): { readonly sysroot?: string } {
  return sysroot === undefined ? {} : { sysroot };
}
