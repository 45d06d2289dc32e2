/**
 * First words of lines below a capability that no other capability has. Where such a line stands below another one, or
 * before one that comes ahead of it, lines between the two are missing.
 */
import {
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_ATS,
  PCI_EXT_CAP_ID_DPC,
  PCI_EXT_CAP_ID_ERR,
  PCI_EXT_CAP_ID_PASID,
  PCI_EXT_CAP_ID_PRI,
  PCI_EXT_CAP_ID_SRIOV,
} from '../../uapi/index.ts';
import { startsWith } from './byte-text.ts';

/** One such word. */
export interface DetailWord {
  readonly word: string;
  /** Id of the capability that has it, and whether that is an extended one. */
  readonly owner: number;
  readonly extended: boolean;
  /** Its place among the words of that capability, as lspci prints them; words of one rank have any order. */
  readonly rank: number;
  /** Of its own among the words of that capability. */
  readonly bit: number;
}

const PCI_EXT_CAP_ID_L1SS = 0x1e;

/** Words in their order, those of any order together. */
type Order = readonly (string | readonly string[])[];

const EXPRESS: Order = [
  'DevCap:',
  'DevCtl:',
  'DevSta:',
  'LnkCap:',
  'LnkCtl:',
  'LnkSta:',
  'SltCap:',
  'SltCtl:',
  'SltSta:',
  // pciutils before 3.6 has them in another order. `RootSta:` is a line of errors as well.
  ['RootCap:', 'RootCtl:'],
  'DevCap2:',
  'DevCtl2:',
  'LnkCap2:',
  'LnkCtl2:',
  'LnkSta2:',
];

const WORDS: readonly (readonly [owner: number, extended: boolean, words: Order])[] = [
  [PCI_CAP_ID_EXP, false, EXPRESS],
  [PCI_CAP_ID_PM, false, ['Flags: PMEClk', 'Status: D']],
  [PCI_CAP_ID_MSIX, false, ['Vector table:', 'PBA:']],
  [
    PCI_EXT_CAP_ID_ERR,
    true,
    ['UESta:', 'UEMsk:', 'UESvrt:', 'CESta:', 'CEMsk:', 'AERCap:', 'HeaderLog:', 'RootCmd:', 'ErrorSrc:'],
  ],
  [PCI_EXT_CAP_ID_ACS, true, ['ACSCap:', 'ACSCtl:']],
  [PCI_EXT_CAP_ID_ARI, true, ['ARICap:', 'ARICtl:']],
  [PCI_EXT_CAP_ID_ATS, true, ['ATSCap:', 'ATSCtl:']],
  [PCI_EXT_CAP_ID_SRIOV, true, ['IOVCap:', 'IOVCtl:', 'IOVSta:']],
  [PCI_EXT_CAP_ID_PRI, true, ['PRICtl:', 'PRISta:']],
  [PCI_EXT_CAP_ID_PASID, true, ['PASIDCap:', 'PASIDCtl:']],
  [PCI_EXT_CAP_ID_DPC, true, ['DpcCap:', 'DpcCtl:', 'DpcSta:']],
  [PCI_EXT_CAP_ID_L1SS, true, ['L1SubCap:', 'L1SubCtl1:', 'L1SubCtl2:']],
];

const ALL: readonly DetailWord[] = WORDS.flatMap(([owner, extended, order]) => {
  let bit = 1;
  return order.flatMap((words, rank) =>
    (typeof words === 'string' ? [words] : words).map((word) => {
      const own = { word, owner, extended, rank, bit };
      bit <<= 1;
      return own;
    }),
  );
});

const BY_LETTER: readonly (readonly DetailWord[] | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const own = ALL.filter(({ word }) => word.charCodeAt(0) === code);
  return own.length === 0 ? undefined : own;
});

/** The word with which the line at `start` begins, if it is one of them. */
export function detailWordAt(bytes: Uint8Array, start: number): DetailWord | undefined {
  return BY_LETTER[bytes[start] as number]?.find(({ word }) => startsWith(bytes, start, word));
}

/** Second lines of registers and their like: who looks for words in the text does not get these. Capabilities of many kinds have them. */
const SECOND_LINES = [
  'ExtTag',
  'RlxdOrd',
  'ClockPM',
  'ExtSynch',
  'TrErr',
  'Changed: MRL',
  'EmergencyPower',
  'IDOReq',
  'Transmit Margin',
  'Compliance Preset',
  'EqualizationPhase2',
  'Retimer',
  'ECRC',
  'PoisonTLP',
  'MultHdrRecCap',
  'FirstFatal',
  'Address: 0',
  'Masking: ',
] as const;

const SECOND_BY_LETTER: readonly (readonly string[] | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const own = SECOND_LINES.filter((line) => line.charCodeAt(0) === code);
  return own.length === 0 ? undefined : own;
});

/** Does the line at `start` go on with a register that the line before began? */
export function isSecondLine(bytes: Uint8Array, start: number): boolean {
  return SECOND_BY_LETTER[bytes[start] as number]?.some((line) => startsWith(bytes, start, line)) === true;
}

/** Capabilities that have such lines. */
export const WITH_SECOND_LINES: ReadonlySet<number | undefined> = new Set([
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_EXT_CAP_ID_ERR,
]);

/** Bits of the words. */
export function detailBits(owner: number, extended: boolean, words: readonly string[]): number {
  const own = ALL.filter((each) => each.owner === owner && each.extended === extended);
  return words.reduce((bits, word) => bits | (own.find((each) => each.word === `${word}:`)?.bit ?? 0), 0);
}
