/**
 * What stands where in the registers of capabilities, and what the codes mean: the one table for whoever reads a
 * register, writes one, reads it from text or names it. Bits and fields have the names lspci prints.
 * PCI Express Base Specification, section of each capability.
 */
import { defined } from '../base/index.ts';
import {
  fieldGet,
  fieldPrep,
  PCI_ACS_CR,
  PCI_ACS_DT,
  PCI_ACS_EC,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_ACS_TB,
  PCI_ACS_UF,
} from './pci-regs.ts';

/** A number in a register. */
export interface RegisterField {
  /** The bits of the field, in a row. */
  readonly mask: number;
  /** How values are coded; left out: as they are. */
  readonly code?: FieldCodeName;
}

/** One register: single bits `F` and numbers `V`. */
export interface RegisterLayout<F extends string = string, V extends string = string> {
  /** From the start of the capability, bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly width: 1 | 2 | 4;
  readonly flags: Readonly<Record<F, number>>;
  readonly fields: Readonly<Record<V, RegisterField>>;
}

/** The ways in which values are coded. */
export type FieldCodeName =
  | 'as it is'
  | 'power'
  | 'power of 128'
  | 'power of MiB'
  | 'one more'
  | '0 is 32'
  | '0 is 256'
  | 'speed';

/** From codes to values (undefined for a code that stands for nothing) and back (for a value that has no code). */
interface FieldCode {
  readonly decode: (code: number) => number | undefined;
  readonly encode: (value: number) => number | undefined;
}

const SPEEDS: readonly number[] = [2.5, 5, 8, 16, 32, 64];

/** How values are coded, by name. */
const CODES: Readonly<Record<FieldCodeName, FieldCode>> = {
  'as it is': { decode: (code) => code, encode: (value) => value },
  /** 1 << code. */
  power: powersOf(1),
  /** 128 << code. */
  'power of 128': powersOf(128),
  /** 1 MiB << code. */
  'power of MiB': powersOf(0x10_0000),
  'one more': { decode: (code) => code + 1, encode: (value) => value - 1 },
  '0 is 32': zeroIs(32),
  '0 is 256': zeroIs(256),
  /** GT/s. */
  speed: { decode: linkSpeedOf, encode: (value) => SPEEDS.indexOf(value) + 1 || undefined },
};

function powersOf(unit: number): FieldCode {
  return { decode: (code) => unit * 2 ** code, encode: (value) => Math.log2(value / unit) };
}

/** Code 0 stands for the power of two that the field is too short for. */
function zeroIs(value: number): FieldCode {
  return { decode: (code) => code || value, encode: (wanted) => (wanted === value ? 0 : wanted) };
}

/** GT/s of a speed code, 1 ... 6; undefined for others: no link, or one that is not known. */
export function linkSpeedOf(code: number): number | undefined {
  return SPEEDS[code - 1];
}

/** The command register, of every function. */
export const COMMAND = { offset: 0x04, width: 2, flags: { 'I/O': 0x1, Mem: 0x2, BusMaster: 0x4 }, fields: {} } as const;

/** Power Management: the state, D0 ... D3. */
export const PM_STATUS = {
  offset: 0x04,
  width: 2,
  flags: { NoSoftRst: 0x0008 },
  fields: { state: { mask: 0x3 } },
} as const;

/** Advanced Features of conventional PCI. */
export const AF_CAP = { offset: 0x03, width: 1, flags: { TP: 0x01, FLR: 0x02 }, fields: {} } as const;

/** Message Signalled Interrupts; counts are powers of two. */
export const MSI_CONTROL = {
  offset: 0x02,
  width: 2,
  flags: { Enable: 0x0001, '64bit': 0x0080, Maskable: 0x100 },
  fields: { enabled: { mask: 0x70, code: 'power' }, possible: { mask: 0xe, code: 'power' } },
} as const;

/** MSI-X. */
export const MSIX_CONTROL = {
  offset: 0x02,
  width: 2,
  flags: { Enable: 0x8000, Masked: 0x4000 },
  fields: { Count: { mask: 0x7ff, code: 'one more' } },
} as const;

/** PCI Express: what the function is. */
export const EXP_FLAGS = {
  offset: 0x02,
  width: 2,
  flags: { Slot: 0x0100 },
  fields: { version: { mask: 0x000f }, type: { mask: 0x00f0 }, IntMsgNum: { mask: 0x3e00 } },
} as const;

/** PCI Express: payload in bytes. */
export const EXP_DEVCAP = {
  offset: 0x04,
  width: 4,
  flags: { ExtTag: 0x20, RBE: 0x0000_8000, FLReset: 0x1000_0000 },
  fields: { MaxPayload: { mask: 0x0000_0007, code: 'power of 128' } },
} as const;

/** PCI Express: payload and read requests in bytes. */
export const EXP_DEVCTL = {
  offset: 0x08,
  width: 2,
  flags: {
    CorrErr: 0x1,
    NonFatalErr: 0x2,
    FatalErr: 0x4,
    UnsupReq: 0x8,
    RlxdOrd: 0x0010,
    ExtTag: 0x100,
    PhantFunc: 0x200,
    AuxPwr: 0x400,
    NoSnoop: 0x800,
  },
  fields: {
    MaxPayload: { mask: 0x00e0, code: 'power of 128' },
    MaxReadReq: { mask: 0x7000, code: 'power of 128' },
  },
} as const;

/** PCI Express: what the link can do; GT/s and lanes. */
export const EXP_LNKCAP = {
  offset: 0x0c,
  width: 4,
  flags: { ClockPM: 0x4_0000, Surprise: 0x8_0000, LLActRep: 0x10_0000, BwNot: 0x20_0000, ASPMOptComp: 0x40_0000 },
  fields: {
    Port: { mask: 0xff00_0000 },
    Speed: { mask: 0x0000_000f, code: 'speed' },
    Width: { mask: 0x0000_03f0 },
  },
} as const;

/** PCI Express: how the link runs; GT/s and lanes. */
export const EXP_LNKSTA = {
  offset: 0x12,
  width: 2,
  flags: { TrErr: 0x400, Train: 0x800, SlotClk: 0x1000, DLActive: 0x2000, BWMgmt: 0x4000, ABWMgmt: 0x8000 },
  fields: { Speed: { mask: 0x000f, code: 'speed' }, Width: { mask: 0x03f0 } },
} as const;

/** PCI Express: the slot below a port. */
export const EXP_SLTCAP = {
  offset: 0x14,
  width: 4,
  flags: { Surprise: 0x20, HotPlug: 0x40 },
  fields: { Slot: { mask: 0xfff8_0000 } },
} as const;

/** PCI Express: what is in the slot. */
export const EXP_SLTSTA = { offset: 0x1a, width: 2, flags: { PresDet: 0x40 }, fields: {} } as const;

/** PCI Express, second set. */
export const EXP_DEVCAP2 = { offset: 0x24, width: 4, flags: { ARIFwd: 0x20 }, fields: {} } as const;

/** PCI Express, second set. */
export const EXP_DEVCTL2 = { offset: 0x28, width: 2, flags: { ARIFwd: 0x0020 }, fields: {} } as const;

/** Bits of both ACS registers that Linux and text know, in their order; and what people write for short. */
export const ACS_BITS: readonly { readonly bit: number; readonly name: AcsBitName; readonly short: string }[] = [
  { bit: PCI_ACS_SV, name: 'SrcValid', short: 'SV' },
  { bit: PCI_ACS_TB, name: 'TransBlk', short: 'TB' },
  { bit: PCI_ACS_RR, name: 'ReqRedir', short: 'RR' },
  { bit: PCI_ACS_CR, name: 'CmpltRedir', short: 'CR' },
  { bit: PCI_ACS_UF, name: 'UpstreamFwd', short: 'UF' },
  { bit: PCI_ACS_EC, name: 'EgressCtrl', short: 'EC' },
  { bit: PCI_ACS_DT, name: 'DirectTrans', short: 'DT' },
];

/** A bit of both ACS registers, as lspci prints it. */
export type AcsBitName =
  | 'SrcValid'
  | 'TransBlk'
  | 'ReqRedir'
  | 'CmpltRedir'
  | 'UpstreamFwd'
  | 'EgressCtrl'
  | 'DirectTrans';

/** All of {@link ACS_BITS}. */
export const PCI_ACS_ALL: number = ACS_BITS.reduce((bits, { bit }) => bits | bit, 0);

const ACS_FLAGS = Object.fromEntries(ACS_BITS.map(({ bit, name }) => [name, bit])) as Record<AcsBitName, number>;

/** Access Control Services: what the port can do; the length of its egress vector in bits, of which 0 stands for 256. */
export const ACS_CAP: RegisterLayout<AcsBitName, 'EgressVector'> = {
  offset: 0x04,
  width: 2,
  flags: ACS_FLAGS,
  fields: { EgressVector: { mask: 0xff00, code: '0 is 256' } },
};

/** Access Control Services: what is on. */
export const ACS_CTRL: RegisterLayout<AcsBitName, never> = { offset: 0x06, width: 2, flags: ACS_FLAGS, fields: {} };

/** Alternative Routing-ID. */
export const ARI_CAP = { offset: 0x4, width: 2, flags: {}, fields: { 'Next Function': { mask: 0xff00 } } } as const;

/** Address Translation Services. */
export const ATS_CAP = {
  offset: 0x04,
  width: 2,
  flags: {},
  fields: { 'Invalidate Queue Depth': { mask: 0x1f, code: '0 is 32' } },
} as const;

/** Address Translation Services. */
export const ATS_CTRL = {
  offset: 0x06,
  width: 2,
  flags: { Enable: 0x8000 },
  fields: { 'Smallest Translation Unit': { mask: 0x1f } },
} as const;

/** Page Request Interface. */
export const PRI_CTRL = { offset: 0x4, width: 2, flags: { Enable: 0x1, Reset: 0x2 }, fields: {} } as const;

/** Process Address Space IDs; width in bits. */
export const PASID_CAP = {
  offset: 0x04,
  width: 2,
  flags: { Exec: 0x2, Priv: 0x4 },
  fields: { 'Max PASID Width': { mask: 0x1f00 } },
} as const;

/** Process Address Space IDs. */
export const PASID_CTRL = {
  offset: 0x06,
  width: 2,
  flags: { Enable: 0x01, Exec: 0x2, Priv: 0x4 },
  fields: {},
} as const;

/** Single Root I/O Virtualization. */
export const SRIOV_CTRL = {
  offset: 0x08,
  width: 2,
  flags: {
    Enable: 0x0001,
    Migration: 0x2,
    Interrupt: 0x4,
    MSE: 0x0008,
    ARIHierarchy: 0x0010,
  },
  fields: {},
} as const;

/** Single Root I/O Virtualization: registers that are one number each. */
export const SRIOV_NUMBERS = {
  initialVfs: { offset: 0x0c, width: 2, flags: {}, fields: { number: { mask: 0xffff } } },
  totalVfs: { offset: 0x0e, width: 2, flags: {}, fields: { number: { mask: 0xffff } } },
  numVfs: { offset: 0x10, width: 2, flags: {}, fields: { number: { mask: 0xffff } } },
  firstOffset: { offset: 0x14, width: 2, flags: {}, fields: { number: { mask: 0xffff } } },
  stride: { offset: 0x16, width: 2, flags: {}, fields: { number: { mask: 0xffff } } },
  vfDevice: { offset: 0x1a, width: 2, flags: {}, fields: { number: { mask: 0xffff } } },
} as const;

/** Resizable BAR, the control register of one: its number, how many there are, its size in bytes. */
export const REBAR_CTRL = {
  offset: 0x08,
  width: 4,
  flags: {},
  fields: { BAR: { mask: 0x7 }, count: { mask: 0xe0 }, size: { mask: 0x1f00, code: 'power of MiB' } },
} as const;

/** The bits of a value, in place; undefined when the field cannot hold it. */
export function fieldBits({ mask, code: name = 'as it is' }: RegisterField, value: number): number | undefined {
  const code = CODES[name].encode(value);
  if (code === undefined || !Number.isInteger(code) || code < 0) return undefined;
  const bits = fieldPrep(mask, code);
  return fieldGet(mask, bits) === code ? bits : undefined;
}

/** The value that a field of a register holds; undefined for a code that stands for nothing. */
export function fieldValue({ mask, code = 'as it is' }: RegisterField, bits: number): number | undefined {
  return CODES[code].decode(fieldGet(mask, bits));
}

/** A whole register: bits that are on, and values of fields. What is left out is 0. */
export function registerBits<F extends string, V extends string>(
  { flags, fields }: RegisterLayout<F, V>,
  on: Partial<Record<F, boolean>>,
  values: Partial<Record<V, number>> = {},
): number {
  let bits = 0;
  for (const name of Object.keys(on) as F[]) if (on[name] === true) bits |= flags[name];
  for (const name of Object.keys(values) as V[]) {
    bits |= defined(fieldBits(fields[name], defined<number>(values[name], name)), `code for the value of ${name}`);
  }
  return bits >>> 0;
}

/** The bits that are set, as lspci writes them: `ReqRedir+ CmpltRedir+`; '' when there are none. */
export function acsBitNames(bits: number): string {
  return ACS_BITS.filter(({ bit }) => (bits & bit) !== 0)
    .map(({ name }) => `${name}+`)
    .join(' ');
}
