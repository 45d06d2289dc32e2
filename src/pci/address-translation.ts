/** Whether host bridges may translate addresses where the input shows no bus address. */
import { type CapturedFunction, type Fact, factValue, type MachineCapture } from '../capture/index.ts';
import { PCI_EXP_TYPE_RC_END, PCI_EXP_TYPE_ROOT_PORT, X86_BRIDGE_VENDORS } from '../uapi/index.ts';
import { capturedClass } from './tree.ts';

const PCI_CLASS_BRIDGE_HOST = 0x0600;
const PCI_CLASS_BRIDGE_ISA = 0x0601;

/**
 * True for lspci output of a machine that nothing shows to be x86, whose host bridges never translate: lspci prints
 * CPU addresses. Other inputs have registers beside them.
 * @param typeOf the PCI Express device type
 */
export function mayTranslateUnseen(capture: MachineCapture, typeOf: (fn: CapturedFunction) => Fact<number>): boolean {
  const { kind } = capture.source;
  return (kind === 'lspci-text' || kind === 'lspci-hex') && !isX86(capture, typeOf);
}

function isX86({ cpu, kernel, functions }: MachineCapture, typeOf: (fn: CapturedFunction) => Fact<number>): boolean {
  // Only x86 has this line in /proc/cpuinfo.
  if (cpu.state === 'known') return cpu.value.vendorId.state === 'known';
  if (/[.-](?:x86_64|amd64|i[3-6]86)\b/.test(factValue(kernel.release) ?? '')) return true;
  return functions.some((fn) => X86_BRIDGE_VENDORS.has(factValue(fn.vendor)) && isOfPlatform(fn, typeOf));
}

/** Part of the processor or its chipset, not of a card. */
function isOfPlatform(fn: CapturedFunction, typeOf: (fn: CapturedFunction) => Fact<number>): boolean {
  const classCode = capturedClass(fn);
  if (classCode === PCI_CLASS_BRIDGE_HOST || classCode === PCI_CLASS_BRIDGE_ISA) return true;
  const type = factValue(typeOf(fn));
  return type === PCI_EXP_TYPE_ROOT_PORT || type === PCI_EXP_TYPE_RC_END;
}
