/** From the command line to a machine that can be asked. */
import type { Analysis } from '../analyze.ts';
import { printable } from '../base/index.ts';
import { factValue, type MachineCapture } from '../capture/index.ts';
import { loadPciNames, readMachine } from '../node/index.ts';
import type { PciFunction } from '../pci/index.ts';
import {
  type DeviceNames,
  deviceNames,
  findingsJson,
  redactCapture,
  redactText,
  selectFunction,
  type WhatIfReport,
} from '../report/index.ts';
import { askWhatIf, presentMachine } from './ask-what-if.ts';
import { UsageError } from './exit-code.ts';
import { printFindings, terminalOfErrors } from './output.ts';
import { progressBar } from './progress.ts';
import type { WhatIfOptions } from './what-if-options.ts';

/** Options that every command about a machine takes. */
export interface MachineOptions extends WhatIfOptions {
  readonly json?: boolean;
  readonly format?: string;
  readonly sysroot?: string;
  readonly redact?: boolean;
}

/** A machine and what its devices are called. */
export interface OpenMachine {
  /** The machine that is asked about: as the what-if has it, else as it is. */
  readonly analysis: Analysis;
  readonly names: DeviceNames;
  /** The machine as the input has it. */
  readonly present: Analysis;
  /** What was asked, and the machine before and after; undefined without a what-if. */
  readonly whatIf: WhatIfReport | undefined;
}

/** Reads the source (absent: this machine) and makes it ready to be asked. @throws UsageError with one sentence. */
export async function openMachine(source: string | undefined, options: MachineOptions): Promise<OpenMachine> {
  const progress = progressBar(`reading ${printable(source ?? 'this machine')}`, terminalOfErrors());
  const read = await readMachine(source, { ...machineRoot(options.sysroot), report: progress.report });
  progress.end();
  if (!read.ok) throw new UsageError(read.error.text);
  const capture = options.redact === true ? redactCapture(read.value) : read.value;
  const present = presentMachine(capture, options);
  const names = deviceNames(present.topology, needsNames(capture) ? loadPciNames() : undefined);
  const asked = askWhatIf(present, names, options);
  const whatIf = asked === undefined || options.redact !== true ? asked : { ...asked, asked: redactText(asked.asked) };
  if (options.json !== true && options.format !== 'json') printFindings(findingsJson(present));
  const analysis =
    whatIf === undefined ? present : { ...present, machine: whatIf.after.machine, situation: whatIf.after };
  return { analysis, names, present, whatIf };
}

/** The one function a text stands for. @throws UsageError when there is none or several. */
export function pickFunction({ analysis, names }: OpenMachine, text: string): PciFunction {
  const found = selectFunction(analysis.topology, names, text);
  if (!found.ok) throw new UsageError(found.error);
  return found.value;
}

/** pci.ids is not read for inputs that have no ids to look up. */
function needsNames(capture: MachineCapture): boolean {
  return capture.functions.some((fn) => fn.config.bytes.length > 0 || factValue(fn.vendor) !== undefined);
}

/** The option as the readers take it. */
export function machineRoot(sysroot: string | undefined): { readonly sysroot?: string } {
  return sysroot === undefined ? {} : { sysroot };
}
