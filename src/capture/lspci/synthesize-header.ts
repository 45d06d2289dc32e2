/** Rebuilds the standard header (offsets 0 ... 0x3f) from text. */
import {
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_BRIDGE_CONTROL,
  PCI_CLASS_REVISION,
  PCI_COMMAND,
  PCI_COMMAND_IO,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
  PCI_PRIMARY_BUS,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../../uapi/index.ts';
import type { FunctionTitle } from './function-title.ts';
import type { MaskedBytes } from './masked-bytes.ts';
import type { ParsedFunction } from './parsed-function.ts';
import type { FunctionText } from './printed-text.ts';
import { type AddressKind, stateBar, stateWindow } from './synthesize-addresses.ts';

const PCI_BASE_CLASS_BRIDGE = 0x06;
/** Bridges that may stand without a bus behind them: host, ISA, EISA, MicroChannel, other. */
const BRIDGES_WITHOUT_BUS: ReadonlySet<number> = new Set([0x0600, 0x0601, 0x0602, 0x0603, 0x0680]);

/**
 * Header type 0, 1 or 2; undefined where the text has no details or says that the function does not answer, and where
 * the line about the bus numbers of a bridge may be missing.
 */
export function printedHeaderType({ title, text, textIsWhole }: ParsedFunction): number | undefined {
  const unknown = text.values.get('Unknown header type');
  if (unknown !== undefined) return Number.parseInt(unknown, 16) & PCI_HEADER_TYPE_MASK;
  if (!text.values.has('Bus')) {
    if (text.detail === 'none') return undefined;
    return textIsWhole || isSurelyNoBridge(title) ? PCI_HEADER_TYPE_NORMAL : undefined;
  }
  const cardbus = title.classCode === 0x0607 || /16bInt/.test(text.values.get('BridgeCtl') ?? '');
  return cardbus ? PCI_HEADER_TYPE_CARDBUS : PCI_HEADER_TYPE_BRIDGE;
}

function isSurelyNoBridge({ classCode }: FunctionTitle): boolean {
  return classCode !== undefined && (classCode >> 8 !== PCI_BASE_CLASS_BRIDGE || BRIDGES_WITHOUT_BUS.has(classCode));
}

/**
 * States what the text tells of the header.
 * @param isVirtual a virtual function: its id registers read all ones, and its BARs zero
 */
export function stateHeader(fn: ParsedFunction, addresses: AddressKind, isVirtual: boolean, out: MaskedBytes): void {
  const { title, text } = fn;
  const headerType = printedHeaderType(fn);
  if (headerType !== undefined) out.set(PCI_HEADER_TYPE, 1, headerType, PCI_HEADER_TYPE_MASK);
  // The function reads all ones; what lspci prints of it the kernel remembers.
  if (text.values.has('Unknown header type')) return;
  if (title.vendor !== undefined && !isVirtual) out.set(PCI_VENDOR_ID, 2, title.vendor);
  if (title.device !== undefined && !isVirtual) out.set(PCI_DEVICE_ID, 2, title.device);
  stateClass(fn, out);
  stateCommand(text, out);
  if (headerType === PCI_HEADER_TYPE_NORMAL) {
    const { vendor, device } = text.subsystem ?? {};
    if (vendor !== undefined) out.set(PCI_SUBSYSTEM_VENDOR_ID, 2, vendor);
    if (device !== undefined) out.set(PCI_SUBSYSTEM_ID, 2, device);
  }
  for (const region of text.regions) stateBar(region, addresses, out);
  if (headerType === PCI_HEADER_TYPE_NORMAL || headerType === undefined) return;
  stateBuses(text.values.get('Bus') ?? '', out);
  if (headerType !== PCI_HEADER_TYPE_BRIDGE) return;
  for (const window of text.windows) stateWindow(window, addresses, out);
  stateFlags(text.values.get('BridgeCtl') ?? '', BRIDGE_CONTROL_FLAGS, PCI_BRIDGE_CONTROL, out);
}

function stateClass(fn: ParsedFunction, out: MaskedBytes): void {
  const { classCode } = fn.title;
  const [progIf, revision] = [printedProgIf(fn), printedRevision(fn)];
  if (classCode !== undefined) out.set(PCI_CLASS_REVISION + 2, 2, classCode);
  if (progIf !== undefined) out.set(PCI_CLASS_REVISION + 1, 1, progIf);
  if (classCode !== undefined && revision !== undefined) out.set(PCI_CLASS_REVISION, 1, revision);
}

/** Programming interface: with `-v` it is printed unless it is 0, at the end of a title that may be cut off. */
export function printedProgIf(fn: ParsedFunction): number | undefined {
  return fn.title.progIf ?? (fn.text.detail !== 'none' && isWholeTitle(fn) ? 0 : undefined);
}

/** Revision: it is printed unless it is 0. */
export function printedRevision(fn: ParsedFunction): number | undefined {
  return fn.title.revision ?? (isWholeTitle(fn) ? 0 : undefined);
}

function isWholeTitle({ title, headIsWhole, dumpIsWhole }: ParsedFunction): boolean {
  return (headIsWhole || dumpIsWhole) && title.cut !== true;
}

const CONTROL_FLAGS = [
  'I/O',
  'Mem',
  'BusMaster',
  'SpecCycle',
  'MemWINV',
  'VGASnoop',
  'ParErr',
  'Stepping',
  'SERR',
  'FastB2B',
  'DisINTx',
];
const BRIDGE_CONTROL_FLAGS = ['Parity', 'SERR', 'NoISA', 'VGA', 'VGA16', 'MAbort', '>Reset', 'FastB2B'];

/** `Name+ Name-`, where the position of a name in `names` is its bit. */
function stateFlags(text: string, names: readonly string[], offset: number, out: MaskedBytes): void {
  for (const word of text.split(/\s+/)) {
    const bit = names.indexOf(word.slice(0, -1));
    const sign = word.at(-1);
    if (bit >= 0 && (sign === '+' || sign === '-')) out.set(offset, 2, sign === '+' ? 1 << bit : 0, 1 << bit);
  }
}

/** With `-v` there is no `Control:` line, but `Flags: bus master`, and `[disabled]` at regions. */
function stateCommand(text: FunctionText, out: MaskedBytes): void {
  stateFlags(text.values.get('Control') ?? '', CONTROL_FLAGS, PCI_COMMAND, out);
  if (text.detail !== 'v') return;
  const busMaster = /\bbus master\b/.test(text.values.get('Flags') ?? '');
  out.set(PCI_COMMAND, 2, busMaster ? PCI_COMMAND_MASTER : 0, PCI_COMMAND_MASTER);
  for (const { typeBits, virtual, disabled } of text.regions) {
    const bit = typeBits & PCI_BASE_ADDRESS_SPACE_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
    if (!virtual) out.set(PCI_COMMAND, 2, disabled ? 0 : bit, bit);
  }
}

const BUSES: readonly (readonly [RegExp, number])[] = [
  [/\bprimary=([0-9a-f]{2})\b/i, PCI_PRIMARY_BUS],
  [/\bsecondary=([0-9a-f]{2})\b/i, PCI_SECONDARY_BUS],
  [/\bsubordinate=([0-9a-f]{2})\b/i, PCI_SUBORDINATE_BUS],
];

/** `primary=00, secondary=01, subordinate=05, sec-latency=0` */
function stateBuses(text: string, out: MaskedBytes): void {
  for (const [pattern, offset] of BUSES) {
    const bus = pattern.exec(text)?.[1];
    if (bus !== undefined) out.set(offset, 1, Number.parseInt(bus, 16));
  }
}
