/** Which words in the lines of a capability stand for which bits of its registers. Layouts: PCIe Base Specification. */
import {
  fieldGet,
  fieldPrep,
  PCI_ACS_CAP,
  PCI_ACS_CR,
  PCI_ACS_CTRL,
  PCI_ACS_DT,
  PCI_ACS_EC,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_ACS_TB,
  PCI_ACS_UF,
  PCI_ATS_CAP,
  PCI_ATS_CTRL,
  PCI_ATS_CTRL_ENABLE,
  PCI_CAP_ID_EA,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCAP_FLR,
  PCI_EXP_DEVCAP_PAYLOAD,
  PCI_EXP_DEVCAP_RBER,
  PCI_EXP_DEVCAP2,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_PAYLOAD,
  PCI_EXP_DEVCTL_READRQ,
  PCI_EXP_DEVCTL_RELAX_EN,
  PCI_EXP_DEVCTL2,
  PCI_EXP_DEVCTL2_ARI,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_SLOT,
  PCI_EXP_FLAGS_VERS,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCAP_PN,
  PCI_EXP_LNKSTA,
  PCI_EXP_LNKSTA_CLS,
  PCI_EXP_LNKSTA_NLW,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_ATS,
  PCI_EXT_CAP_ID_PASID,
  PCI_EXT_CAP_ID_PRI,
  PCI_EXT_CAP_ID_REBAR,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_EXT_CAP_ID_VF_REBAR,
  PCI_EXT_CAP_START,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_MSI_FLAGS_ENABLE,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_PASID_CAP,
  PCI_PASID_CAP_WIDTH,
  PCI_PASID_CTRL,
  PCI_PASID_CTRL_ENABLE,
  PCI_SRIOV_CTRL,
  PCI_SRIOV_CTRL_ARI,
  PCI_SRIOV_CTRL_MSE,
  PCI_SRIOV_CTRL_VFE,
  PCI_SRIOV_INITIAL_VF,
  PCI_SRIOV_NUM_VF,
  PCI_SRIOV_TOTAL_VF,
  PCI_SRIOV_VF_DID,
  PCI_SRIOV_VF_OFFSET,
  PCI_SRIOV_VF_STRIDE,
} from '../../uapi/index.ts';

/** A number in a line: the first group of `pattern`, encoded into the bits `mask`. */
interface FieldRule {
  readonly pattern: RegExp;
  readonly mask: number;
  /** The bits, in place; undefined when the text is none of the values that the field can have. */
  readonly encode: (text: string) => number | undefined;
}

/** One register. */
export interface RegisterRule {
  /**
   * Word before the colon of the line (continued on lines without one); '' for a title without such a word, undefined
   * for any line, the title included.
   */
  readonly line: string | undefined;
  /** From the start of the capability, bytes. */
  readonly offset: number;
  readonly width: 1 | 2 | 4;
  /** Bits printed as `Name+` or `Name-`. */
  readonly flags?: ReadonlyMap<string, number>;
  readonly fields?: readonly FieldRule[];
}

function decimal(pattern: RegExp, mask: number): FieldRule {
  return { pattern, mask, encode: (text) => fitted(Number.parseInt(text, 10), mask) };
}

function hexadecimal(pattern: RegExp, mask: number): FieldRule {
  return { pattern, mask, encode: (text) => fitted(Number.parseInt(text, 16), mask) };
}

/** 128 << code bytes, codes 0 ... 5. */
function bytes128(pattern: RegExp, mask: number): FieldRule {
  return { pattern, mask, encode: (text) => fitted(powerOfTwo(Number(text) / 128), mask) };
}

/** 1 << code. */
function powers(pattern: RegExp, mask: number): FieldRule {
  return { pattern, mask, encode: (text) => fitted(powerOfTwo(Number(text)), mask) };
}

function powerOfTwo(value: number): number | undefined {
  const code = Math.log2(value);
  return Number.isInteger(code) ? code : undefined;
}

/** GT/s to the code of the link registers; the fields of capability and status lie alike. */
const SPEED_CODES: Readonly<Record<string, number>> = { '2.5': 1, '5': 2, '8': 3, '16': 4, '32': 5, '64': 6 };
const linkSpeed: FieldRule = {
  pattern: /\bSpeed ([\d.]+)GT\/s/,
  mask: PCI_EXP_LNKSTA_CLS,
  encode: (text) => SPEED_CODES[text],
};
const linkWidth: FieldRule = decimal(/\bWidth x(\d+)/, PCI_EXP_LNKSTA_NLW);

/** The bits of a value in its field; undefined when the field cannot hold it. */
function fitted(value: number | undefined, mask: number): number | undefined {
  if (value === undefined || !Number.isInteger(value) || value < 0) return undefined;
  const bits = fieldPrep(mask, value);
  return fieldGet(mask, bits) === value ? bits : undefined;
}

function flags(bits: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(bits));
}

const ACS_FLAGS = flags({
  SrcValid: PCI_ACS_SV,
  TransBlk: PCI_ACS_TB,
  ReqRedir: PCI_ACS_RR,
  CmpltRedir: PCI_ACS_CR,
  UpstreamFwd: PCI_ACS_UF,
  EgressCtrl: PCI_ACS_EC,
  DirectTrans: PCI_ACS_DT,
});

const DEVCTL_FLAGS = flags({
  CorrErr: 0x1,
  NonFatalErr: 0x2,
  FatalErr: 0x4,
  UnsupReq: 0x8,
  // Until 3.5.
  Correctable: 0x1,
  'Non-Fatal': 0x2,
  Fatal: 0x4,
  Unsupported: 0x8,
  RlxdOrd: PCI_EXP_DEVCTL_RELAX_EN,
  ExtTag: 0x100,
  PhantFunc: 0x200,
  AuxPwr: 0x400,
  NoSnoop: 0x800,
});

const EXPRESS: readonly RegisterRule[] = [
  {
    line: '',
    offset: PCI_EXP_FLAGS,
    width: 2,
    flags: flags({ Slot: PCI_EXP_FLAGS_SLOT }),
    fields: [
      decimal(/^Express \(v(\d+)\)/, PCI_EXP_FLAGS_VERS),
      hexadecimal(/^Express .*, MSI ([0-9a-f]{2})\b/, 0x3e00),
      decimal(/^Express .*, IntMsgNum (\d+)/, 0x3e00),
    ],
  },
  {
    line: 'DevCap',
    offset: PCI_EXP_DEVCAP,
    width: 4,
    flags: flags({ ExtTag: 0x20, RBE: PCI_EXP_DEVCAP_RBER, FLReset: PCI_EXP_DEVCAP_FLR }),
    fields: [bytes128(/MaxPayload (\d+) bytes/, PCI_EXP_DEVCAP_PAYLOAD)],
  },
  {
    line: 'DevCtl',
    offset: PCI_EXP_DEVCTL,
    width: 2,
    flags: DEVCTL_FLAGS,
    fields: [
      bytes128(/MaxPayload (\d+) bytes/, PCI_EXP_DEVCTL_PAYLOAD),
      bytes128(/MaxReadReq (\d+) bytes/, PCI_EXP_DEVCTL_READRQ),
    ],
  },
  {
    line: 'LnkCap',
    offset: PCI_EXP_LNKCAP,
    width: 4,
    flags: flags({ ClockPM: 1 << 18, Surprise: 1 << 19, LLActRep: 1 << 20, BwNot: 1 << 21, ASPMOptComp: 1 << 22 }),
    fields: [decimal(/\bPort #(\d+)/, PCI_EXP_LNKCAP_PN), linkSpeed, linkWidth],
  },
  {
    line: 'LnkSta',
    offset: PCI_EXP_LNKSTA,
    width: 2,
    flags: flags({
      TrErr: 1 << 10,
      Train: 1 << 11,
      SlotClk: 1 << 12,
      DLActive: 1 << 13,
      BWMgmt: 1 << 14,
      ABWMgmt: 1 << 15,
    }),
    fields: [linkSpeed, linkWidth],
  },
  { line: 'DevCap2', offset: PCI_EXP_DEVCAP2, width: 4, flags: flags({ ARIFwd: 0x20 }) },
  { line: 'DevCtl2', offset: PCI_EXP_DEVCTL2, width: 2, flags: flags({ ARIFwd: PCI_EXP_DEVCTL2_ARI }) },
];

const SRIOV: readonly RegisterRule[] = [
  {
    line: 'IOVCtl',
    offset: PCI_SRIOV_CTRL,
    width: 2,
    flags: flags({
      Enable: PCI_SRIOV_CTRL_VFE,
      Migration: 0x2,
      Interrupt: 0x4,
      MSE: PCI_SRIOV_CTRL_MSE,
      ARIHierarchy: PCI_SRIOV_CTRL_ARI,
    }),
  },
  ...(
    [
      [PCI_SRIOV_INITIAL_VF, decimal(/\bInitial VFs: (\d+)/, 0xffff)],
      [PCI_SRIOV_TOTAL_VF, decimal(/\bTotal VFs: (\d+)/, 0xffff)],
      [PCI_SRIOV_NUM_VF, decimal(/\bNumber of VFs: (\d+)/, 0xffff)],
      [PCI_SRIOV_VF_OFFSET, decimal(/\bVF offset: (\d+)/, 0xffff)],
      [PCI_SRIOV_VF_STRIDE, decimal(/\bstride: (\d+)/, 0xffff)],
      [PCI_SRIOV_VF_DID, hexadecimal(/\bDevice ID: ([0-9a-f]{4})\b/, 0xffff)],
    ] as const
  ).map(([offset, field]): RegisterRule => ({ line: undefined, offset, width: 2, fields: [field] })),
];

const STANDARD_RULES: ReadonlyMap<number, readonly RegisterRule[]> = new Map([
  [PCI_CAP_ID_PM, [{ line: 'Status', offset: 4, width: 2, fields: [decimal(/\bD([0-3])\b/, 0x3)] }]],
  [
    PCI_CAP_ID_MSI,
    [
      {
        line: 'MSI',
        offset: PCI_MSI_FLAGS,
        width: 2,
        flags: flags({ Enable: PCI_MSI_FLAGS_ENABLE, '64bit': PCI_MSI_FLAGS_64BIT, Maskable: 0x100 }),
        fields: [powers(/\bCount=(\d+)\//, 0x70), powers(/\bCount=\d+\/(\d+)/, 0xe)],
      },
    ],
  ],
  [
    PCI_CAP_ID_MSIX,
    [
      {
        line: 'MSI-X',
        offset: PCI_MSIX_FLAGS,
        width: 2,
        flags: flags({ Enable: PCI_MSIX_FLAGS_ENABLE, Masked: 0x4000 }),
        fields: [
          {
            pattern: /\bCount=(\d+)/,
            mask: 0x7ff,
            encode: (text: string): number | undefined => fitted(Number(text) - 1, 0x7ff),
          },
        ],
      },
    ],
  ],
  [PCI_CAP_ID_EXP, EXPRESS],
]);

const EXTENDED_RULES: ReadonlyMap<number, readonly RegisterRule[]> = new Map([
  [
    PCI_EXT_CAP_ID_ACS,
    [
      { line: 'ACSCap', offset: PCI_ACS_CAP, width: 2, flags: ACS_FLAGS },
      { line: 'ACSCtl', offset: PCI_ACS_CTRL, width: 2, flags: ACS_FLAGS },
    ],
  ],
  [PCI_EXT_CAP_ID_ARI, [{ line: 'ARICap', offset: 4, width: 2, fields: [decimal(/\bNext Function: (\d+)/, 0xff00)] }]],
  [
    PCI_EXT_CAP_ID_ATS,
    [
      {
        line: 'ATSCap',
        offset: PCI_ATS_CAP,
        width: 2,
        fields: [hexadecimal(/Invalidate Queue Depth: ([0-9a-f]{2})/, 0x1f)],
      },
      {
        line: 'ATSCtl',
        offset: PCI_ATS_CTRL,
        width: 2,
        flags: flags({ Enable: PCI_ATS_CTRL_ENABLE }),
        fields: [hexadecimal(/Smallest Translation Unit: ([0-9a-f]{2})/, 0x1f)],
      },
    ],
  ],
  [PCI_EXT_CAP_ID_PRI, [{ line: 'PRICtl', offset: 4, width: 2, flags: flags({ Enable: 0x1, Reset: 0x2 }) }]],
  [
    PCI_EXT_CAP_ID_PASID,
    [
      {
        line: 'PASIDCap',
        offset: PCI_PASID_CAP,
        width: 2,
        flags: flags({ Exec: 0x2, Priv: 0x4 }),
        fields: [hexadecimal(/Max PASID Width: ([0-9a-f]{2})/, PCI_PASID_CAP_WIDTH)],
      },
      {
        line: 'PASIDCtl',
        offset: PCI_PASID_CTRL,
        width: 2,
        flags: flags({ Enable: PCI_PASID_CTRL_ENABLE, Exec: 0x2, Priv: 0x4 }),
      },
    ],
  ],
  [PCI_EXT_CAP_ID_SRIOV, SRIOV],
]);

/** Do the lines below the title of the capability at `offset` tell something that is kept? */
export function linesTell(offset: number, id: number): boolean {
  const extended = offset >= PCI_EXT_CAP_START;
  return registerRules(extended, id).length > 0 || (extended ? EXTENDED_TABLES : STANDARD_TABLES).has(id);
}

/** Capabilities with a line for each entry of a table, see `special-capabilities.ts`. */
const STANDARD_TABLES: ReadonlySet<number> = new Set([PCI_CAP_ID_EA]);
const EXTENDED_TABLES: ReadonlySet<number> = new Set([PCI_EXT_CAP_ID_REBAR, PCI_EXT_CAP_ID_VF_REBAR]);

/** The registers that the text of a capability tells; none for capabilities that nothing here needs. */
export function registerRules(extended: boolean, id: number): readonly RegisterRule[] {
  return (extended ? EXTENDED_RULES : STANDARD_RULES).get(id) ?? [];
}
