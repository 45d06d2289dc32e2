/** From the command line to a machine that can be asked. */
import { type Analysis, analyze } from '../analyze.ts';
import { factValue, type MachineCapture } from '../capture/index.ts';
import { loadPciNames, readMachine } from '../node/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { type DeviceNames, deviceNames, findingsJson, selectFunction } from '../report/index.ts';
import { type KernelVersion, parseKernelRelease } from '../uapi/index.ts';
import { UsageError } from './exit-code.ts';
import { printFindings } from './output.ts';

/** Options that every command about a machine takes. */
export interface MachineOptions {
  readonly json?: boolean;
  readonly kernel?: string;
  readonly cpu?: string;
  readonly sysroot?: string;
}

/** A machine and what its devices are called. */
export interface OpenMachine {
  readonly analysis: Analysis;
  readonly names: DeviceNames;
}

/** Reads the source (absent: this machine) and makes it ready to be asked. @throws UsageError with one sentence. */
export async function openMachine(source: string | undefined, options: MachineOptions): Promise<OpenMachine> {
  const kernel = chosenKernel(options.kernel);
  const cpu = chosenCpu(options.cpu);
  const read = await readMachine(source, machineRoot(options.sysroot));
  if (!read.ok) throw new UsageError(read.error.text);
  const analysis = analyze(read.value, { kernel, cpu });
  if (options.json !== true) printFindings(findingsJson(analysis));
  return { analysis, names: deviceNames(analysis.topology, needsNames(read.value) ? loadPciNames() : undefined) };
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

function chosenKernel(text: string | undefined): KernelVersion | undefined {
  if (text === undefined) return undefined;
  const kernel = parseKernelRelease(text);
  if (kernel === undefined) throw new UsageError(`--kernel ${text}: not a Linux release; write it like 7.3 or 6.19.14`);
  return kernel;
}

function chosenCpu(text: string | undefined): 'zen' | 'other' | undefined {
  if (text === undefined || text === 'zen' || text === 'other') return text;
  throw new UsageError(`--cpu ${text}: say zen (AMD family 17h and later) or other`);
}

/** The option as the readers take it. */
export function machineRoot(sysroot: string | undefined): { readonly sysroot?: string } {
  return sysroot === undefined ? {} : { sysroot };
}
