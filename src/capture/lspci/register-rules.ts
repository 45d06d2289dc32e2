/**
 * Which words in the lines of a capability tell which registers. Where bits and fields lie is in `uapi/pci-layout.ts`,
 * under the names that are printed; here are the lines, and the patterns of numbers.
 */
import {
  ACS_CAP,
  ACS_CTRL,
  ARI_CAP,
  ATS_CAP,
  ATS_CTRL,
  EXP_DEVCAP,
  EXP_DEVCAP2,
  EXP_DEVCTL,
  EXP_DEVCTL2,
  EXP_FLAGS,
  EXP_LNKCAP,
  EXP_LNKSTA,
  fieldBits,
  fieldPrep,
  MSI_CONTROL,
  MSIX_CONTROL,
  PASID_CAP,
  PASID_CTRL,
  PCI_CAP_ID_EA,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_ATS,
  PCI_EXT_CAP_ID_PASID,
  PCI_EXT_CAP_ID_PRI,
  PCI_EXT_CAP_ID_REBAR,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_EXT_CAP_ID_VF_REBAR,
  PCI_EXT_CAP_START,
  PM_STATUS,
  PRI_CTRL,
  type RegisterField,
  type RegisterLayout,
  SRIOV_CTRL,
  SRIOV_NUMBERS,
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
  readonly flags: ReadonlyMap<string, number>;
  readonly fields: readonly FieldRule[];
}

/** How a number is printed: as the value, in hexadecimal, or as the bare code of the field. */
type Printed = 'decimal' | 'hexadecimal' | 'code';

/** A field of `V`, the pattern that finds its number, and how it is printed. */
type Told<V extends string> = readonly [name: V, pattern: RegExp, printed: Printed];

/** The register that `line` tells; `former` are names that bits had in older lspci. */
function rule<V extends string>(
  line: string | undefined,
  { offset, width, flags, fields }: RegisterLayout<string, V>,
  told: readonly Told<V>[] = [],
  former: Readonly<Record<string, number>> = {},
): RegisterRule {
  const rules = told.map(([name, pattern, printed]): FieldRule => {
    const field: RegisterField = fields[name];
    const encode = (text: string): number | undefined => {
      if (printed === 'decimal') return fieldBits(field, Number(text));
      const number = Number.parseInt(text, 16);
      return printed === 'hexadecimal' ? fieldBits(field, number) : fieldPrep(field.mask, number);
    };
    return { pattern, mask: field.mask, encode };
  });
  return { line, offset, width, flags: new Map(Object.entries({ ...flags, ...former })), fields: rules };
}

const LINK = [
  ['Speed', /\bSpeed ([\d.]+)GT\/s/, 'decimal'],
  ['Width', /\bWidth x(\d+)/, 'decimal'],
] as const;

const EXPRESS: readonly RegisterRule[] = [
  rule('', EXP_FLAGS, [
    ['version', /^Express \(v(\d+)\)/, 'decimal'],
    ['IntMsgNum', /^Express .*, MSI ([0-9a-f]{2})\b/, 'hexadecimal'],
    ['IntMsgNum', /^Express .*, IntMsgNum (\d+)/, 'decimal'],
  ]),
  rule('DevCap', EXP_DEVCAP, [['MaxPayload', /MaxPayload (\d+) bytes/, 'decimal']]),
  rule(
    'DevCtl',
    EXP_DEVCTL,
    [
      ['MaxPayload', /MaxPayload (\d+) bytes/, 'decimal'],
      ['MaxReadReq', /MaxReadReq (\d+) bytes/, 'decimal'],
    ],
    // Until 3.5.
    { Correctable: 0x1, 'Non-Fatal': 0x2, Fatal: 0x4, Unsupported: 0x8 },
  ),
  rule('LnkCap', EXP_LNKCAP, [['Port', /\bPort #(\d+)/, 'decimal'], ...LINK]),
  rule('LnkSta', EXP_LNKSTA, LINK),
  rule('DevCap2', EXP_DEVCAP2),
  rule('DevCtl2', EXP_DEVCTL2),
];

const SRIOV: readonly RegisterRule[] = [
  rule('IOVCtl', SRIOV_CTRL),
  rule(undefined, SRIOV_NUMBERS.initialVfs, [['number', /\bInitial VFs: (\d+)/, 'decimal']]),
  rule(undefined, SRIOV_NUMBERS.totalVfs, [['number', /\bTotal VFs: (\d+)/, 'decimal']]),
  rule(undefined, SRIOV_NUMBERS.numVfs, [['number', /\bNumber of VFs: (\d+)/, 'decimal']]),
  rule(undefined, SRIOV_NUMBERS.firstOffset, [['number', /\bVF offset: (\d+)/, 'decimal']]),
  rule(undefined, SRIOV_NUMBERS.stride, [['number', /\bstride: (\d+)/, 'decimal']]),
  rule(undefined, SRIOV_NUMBERS.vfDevice, [['number', /\bDevice ID: ([0-9a-f]{4})\b/, 'hexadecimal']]),
];

const STANDARD_RULES: ReadonlyMap<number, readonly RegisterRule[]> = new Map([
  [PCI_CAP_ID_PM, [rule('Status', PM_STATUS, [['state', /\bD([0-3])\b/, 'decimal']])]],
  [
    PCI_CAP_ID_MSI,
    [
      rule('MSI', MSI_CONTROL, [
        ['enabled', /\bCount=(\d+)\//, 'decimal'],
        ['possible', /\bCount=\d+\/(\d+)/, 'decimal'],
      ]),
    ],
  ],
  [PCI_CAP_ID_MSIX, [rule('MSI-X', MSIX_CONTROL, [['Count', /\bCount=(\d+)/, 'decimal']])]],
  [PCI_CAP_ID_EXP, EXPRESS],
]);

const EXTENDED_RULES: ReadonlyMap<number, readonly RegisterRule[]> = new Map([
  [PCI_EXT_CAP_ID_ACS, [rule('ACSCap', ACS_CAP), rule('ACSCtl', ACS_CTRL)]],
  [PCI_EXT_CAP_ID_ARI, [rule('ARICap', ARI_CAP, [['Next Function', /\bNext Function: (\d+)/, 'decimal']])]],
  [
    PCI_EXT_CAP_ID_ATS,
    [
      rule('ATSCap', ATS_CAP, [['Invalidate Queue Depth', /Invalidate Queue Depth: ([0-9a-f]{2})/, 'code']]),
      rule('ATSCtl', ATS_CTRL, [['Smallest Translation Unit', /Smallest Translation Unit: ([0-9a-f]{2})/, 'code']]),
    ],
  ],
  [PCI_EXT_CAP_ID_PRI, [rule('PRICtl', PRI_CTRL)]],
  [
    PCI_EXT_CAP_ID_PASID,
    [
      rule('PASIDCap', PASID_CAP, [['Max PASID Width', /Max PASID Width: ([0-9a-f]{2})/, 'hexadecimal']]),
      rule('PASIDCtl', PASID_CTRL),
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
