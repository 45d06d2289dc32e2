/**
 * The one view of a machine's ACS registers: as the input shows them, as a boot leaves them, or as a question changes
 * them. Verdicts, IOMMU groups, routes and reports read this; a what-if is another view of the same topology.
 */
import { defined } from '../../base/index.ts';
import { type Fact, type KnownFact, known, type UnreadableFact, unreadable } from '../../capture/index.ts';
import { PCI_ACS_CTRL } from '../../uapi/index.ts';
import type { PciFunction } from '../pci-function.ts';
import type { PciTopology } from '../topology.ts';
import { type AcsControl, acsControl, BASIC_ACS_BITS, forgetBits, knowsBits, writeBits } from './acs-control.ts';
import { PCI_ACS_SPT_CTRL, quirkOf } from './acs-quirks.ts';

/** The ACS capability of one function under some settings. */
export interface AcsRegisters {
  /** In config space, 0x100 ... 0xffc; undefined where the input does not tell it. */
  readonly offset: number | undefined;
  /** Capability (+4), 16 bits, as it reads; 0 for bits that are not known. */
  readonly cap: number;
  /** Bits of `cap` that are known, where some are not. */
  readonly capKnown?: number | undefined;
  /** Control (+6). */
  readonly control: AcsControl;
  /** Control (+8) of Intel ports whose registers are 32 bits wide; undefined for all others and where it is not known. */
  readonly sptControl: AcsControl | undefined;
  /** Words of the Egress Control Vector (+8); absent without egress control. */
  readonly egressVector: Fact<readonly number[]>;
  /** Who has set `control` last: it stands in the input, a boot leaves it, a question asks for it. */
  readonly source: 'input' | 'boot' | 'edit';
  /** Why bits of `control` are not known; fits after "unknown: ". */
  readonly why: string;
}

/** What decides about isolation besides the registers. */
export interface AcsFacts {
  /** Does the machine have an AMD IOMMU (an IVRS table)? Undefined: not known. */
  readonly amdIommu: boolean | undefined;
  /** Does Linux turn ACS on by itself (`pci_acs_enable`)? Undefined: not known. */
  readonly requested: boolean | undefined;
}

/** The ACS registers of a machine, and what else decides about isolation. Read it with {@link acsOf}. */
export interface AcsView extends AcsFacts {
  /** By `PciFunction.index`. */
  readonly registers: readonly Fact<AcsRegisters>[];
  /** Does a function isolate whose registers leave that open? What groups in force tell of it. */
  readonly told?: ReadonlyMap<PciFunction, boolean>;
}

/** A function's registers: absent without the capability, unreadable where the input does not show them. */
export function acsOf(view: AcsView, fn: PciFunction): Fact<AcsRegisters> {
  return defined(view.registers[fn.index], 'a function of the machine that the view is of');
}

/**
 * The bits of `mask` (PCI_ACS_*) that are set in a function's Control register: 0 without the capability, unreadable
 * where one of them is not known.
 */
export function acsBits(view: AcsView, fn: PciFunction, mask: number): KnownFact<number> | UnreadableFact {
  const registers = acsOf(view, fn);
  if (registers.state === 'absent') return known(0);
  if (registers.state === 'unreadable') return registers;
  const { control, why } = registers.value;
  return knowsBits(control, mask) ? known(control.value & mask) : unreadable(why);
}

/** The registers as the input shows them. */
export function capturedAcsView(topology: PciTopology, facts: AcsFacts): AcsView {
  return { ...facts, registers: topology.functions.map(capturedRegisters) };
}

function capturedRegisters(fn: PciFunction): Fact<AcsRegisters> {
  if (fn.acs.state !== 'known') return fn.acs;
  const { ctrl, ...capability } = fn.acs.value;
  const { config } = fn.captured;
  const read = (register: number): number | undefined =>
    capability.offset === undefined ? undefined : config.read16(capability.offset + register);
  const seen = read(PCI_ACS_CTRL) === undefined ? BASIC_ACS_BITS : 0xffff;
  const spt = read(PCI_ACS_SPT_CTRL);
  return known({
    ...capability,
    control: forgetBits(acsControl(ctrl), ~seen),
    sptControl: quirkOf(fn)?.rule !== 'intel-spt' || spt === undefined ? undefined : acsControl(spt),
    source: 'input',
    why: 'not in this input',
  });
}

/** Register writes on top of a view: the bits `mask` of a port's Control become `bits`. */
export interface AcsEdit {
  readonly port: PciFunction;
  readonly mask: number;
  readonly bits: number;
}

/** The view after register writes, in order. Functions without a readable capability stay as they are. */
export function editedAcsView(view: AcsView, edits: readonly AcsEdit[]): AcsView {
  const registers = view.registers.slice();
  for (const { port, mask, bits } of edits) {
    const before = registers[port.index];
    if (before?.state !== 'known') continue;
    const control = writeBits(before.value.control, mask, bits);
    registers[port.index] = known({ ...before.value, control, source: 'edit' });
  }
  return { ...view, registers };
}
