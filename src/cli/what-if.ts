/** From options to a machine before and after. */
import { type Analysis, analyze } from '../analyze.ts';
import type { MachineCapture } from '../capture/index.ts';
import {
  IOMMU_MODE_PARAMETERS,
  type IommuMode,
  imagine,
  iommuModeOf,
  parseAcsEdit,
  presentSituation,
  type WhatIf,
} from '../diagnose/index.ts';
import { chosenCpu, type KernelChoice, kernelChoice, type P2pdmaMachine } from '../p2pdma/index.ts';
import type { AcsEdit } from '../pci/index.ts';
import { type DeviceNames, selectFunctions, type WhatIfReport } from '../report/index.ts';
import { UsageError } from './exit-code.ts';
import type { WhatIfOptions } from './options.ts';

/**
 * The machine as the input has it. What the input does not tell, --kernel and --cpu tell: they are then no what-if.
 * @throws UsageError with one sentence.
 */
export function presentMachine(capture: MachineCapture, options: WhatIfOptions): Analysis {
  const kernel = chosenKernel(options.kernel);
  const cpu = readCpu(options.cpu);
  const present = analyze(capture);
  return analyze(capture, {
    kernel: present.machine.kernelSource === 'assumed' ? kernel : undefined,
    cpu: present.machine.cpu.zen === 'unknown' ? cpu : undefined,
  });
}

/** What is asked about the present machine; undefined when nothing is. @throws UsageError with one sentence. */
export function askWhatIf(present: Analysis, names: DeviceNames, options: WhatIfOptions): WhatIfReport | undefined {
  const whatIf = readWhatIf(present, names, options);
  if (Object.values(whatIf).every((value) => value === undefined)) return undefined;
  const before = presentSituation(present.machine);
  return { asked: asTyped(options, whatIf), before, after: imagine(present.machine, whatIf) };
}

function readWhatIf({ machine, topology }: Analysis, names: DeviceNames, options: WhatIfOptions): WhatIf {
  const cpu = readCpu(options.cpu);
  const edits = options.acs?.flatMap((text): readonly AcsEdit[] => {
    const read = parseAcsEdit(text, (name) => selectFunctions(topology, names, name), topology.functions);
    if (!read.ok) throw new UsageError(read.error.text);
    return read.value;
  });
  return {
    kernel: machine.kernelSource === 'read' ? chosenKernel(options.kernel) : undefined,
    cpu: cpu === undefined || machine.cpu.zen === (cpu === 'zen') ? undefined : chosenCpu(cpu),
    acs: edits,
    iommu: chosenMode(options.iommu),
    cmdline: options.cmdline,
    hostBridgeIds: chosenHostBridges(machine, options.hostBridge),
  };
}

function asTyped(options: WhatIfOptions, whatIf: WhatIf): string {
  const words = [
    ...(whatIf.kernel === undefined ? [] : [`--kernel ${options.kernel}`]),
    ...(whatIf.cpu === undefined ? [] : [`--cpu ${options.cpu}`]),
    ...(options.iommu === undefined ? [] : [`--iommu ${options.iommu}`]),
    ...(options.cmdline === undefined ? [] : [`--cmdline '${options.cmdline}'`]),
    ...(options.acs ?? []).map((text) => `--acs ${text}`),
    ...(options.hostBridge ?? []).map((text) => `--host-bridge ${text}`),
  ];
  return words.join(' ');
}

function chosenKernel(text: string | undefined): KernelChoice | undefined {
  if (text === undefined) return undefined;
  const kernel = kernelChoice(text, 'chosen');
  if (kernel === undefined) throw new UsageError(`--kernel ${text}: not a Linux release; write it like 7.3 or 6.19.14`);
  return kernel;
}

function readCpu(text: string | undefined): 'zen' | 'other' | undefined {
  if (text === undefined || text === 'zen' || text === 'other') return text;
  throw new UsageError(`--cpu ${text}: say zen (AMD family 17h and later) or other`);
}

function chosenMode(text: string | undefined): IommuMode | undefined {
  const mode = text === undefined ? undefined : iommuModeOf(text);
  if (text === undefined || mode !== undefined) return mode;
  throw new UsageError(`--iommu ${text}: say ${Object.keys(IOMMU_MODE_PARAMETERS).join(', ')}`);
}

function chosenHostBridges(
  { topology }: P2pdmaMachine,
  texts: readonly string[] | undefined,
): P2pdmaMachine['hostBridgeIds'] {
  if (texts === undefined) return undefined;
  const read = texts.map((text) => {
    const match = /^([\da-f]{4}):([\da-f]{4})(?:@(?:([\da-f]{4,8}):)?([\da-f]{1,2}))?$/i.exec(text);
    if (match === null) throw new UsageError(`--host-bridge ${text}: write vendor:device, or vendor:device@domain:bus`);
    const [vendor = 0, device = 0, domain, bus] = match.slice(1).map((hex) => hex && Number.parseInt(hex, 16));
    const of = bus === undefined || bus === '' ? undefined : { domain: Number(domain || 0), bus: Number(bus) };
    if (of !== undefined && !topology.hostBridges.some((h) => h.domain === of.domain && h.bus === of.bus))
      throw new UsageError(`--host-bridge ${text}: this machine has no such root bus (peerpath tree shows them)`);
    return { ids: { vendor: Number(vendor), device: Number(device) }, of };
  });
  return (bridge) =>
    read.findLast(({ of }) => of === undefined || (of.domain === bridge.domain && of.bus === bridge.bus))?.ids;
}
