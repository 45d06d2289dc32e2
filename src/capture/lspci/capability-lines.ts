/** Which lines a capability has: where some of them are missing, or some are there that it cannot have, text was lost. */
import {
  PCI_CAP_ID_EXP,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_RC_EC,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_ATS,
  PCI_EXT_CAP_ID_ERR,
  PCI_EXT_CAP_ID_PASID,
  PCI_EXT_CAP_ID_PRI,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_EXT_CAP_START,
} from '../../uapi/index.ts';
import { detailBits } from './detail-words.ts';
import { expressType } from './express-type.ts';
import type { PrintedCapability } from './printed-text.ts';

/** Words that these capabilities always have; those of PCI Express follow from the type of the function. */
const ALWAYS: ReadonlyMap<number, number> = new Map(
  (
    [
      [PCI_EXT_CAP_ID_ERR, ['UESta', 'UEMsk', 'UESvrt', 'CESta', 'CEMsk', 'AERCap']],
      [PCI_EXT_CAP_ID_ACS, ['ACSCap', 'ACSCtl']],
      [PCI_EXT_CAP_ID_ARI, ['ARICap', 'ARICtl']],
      [PCI_EXT_CAP_ID_ATS, ['ATSCap', 'ATSCtl']],
      [PCI_EXT_CAP_ID_PRI, ['PRICtl', 'PRISta']],
      [PCI_EXT_CAP_ID_PASID, ['PASIDCap', 'PASIDCtl']],
      [PCI_EXT_CAP_ID_SRIOV, ['IOVCap', 'IOVCtl', 'IOVSta']],
    ] as const
  ).map(([id, words]) => [id, detailBits(id, true, words)]),
);

/** How many lines other capabilities have at least. */
const LEAST: readonly (readonly [title: RegExp, lines: number])[] = [
  [/^Power Management/, 2],
  [/^MSI:/, 1],
  [/^MSI-X:/, 2],
];

const express = (...words: string[]): number => detailBits(PCI_CAP_ID_EXP, false, words);
const DEVICE = express('DevCap', 'DevCtl', 'DevSta');
const LINK = express('LnkCap', 'LnkCtl', 'LnkSta');
const SLOT = express('SltCap', 'SltCtl', 'SltSta');
const ROOT = express('RootCap', 'RootCtl');
const ROOT_CONTROL = express('RootCtl');
const LINK_STATUS_2 = express('LnkSta2');
/** lspci leaves it out for endpoints that are not function 0 of device 0. */
const LINK_CONTROL_2 = express('LnkCtl2');
const DEVICE_2 = express('DevCap2', 'DevCtl2');
const ERROR_ROOT = detailBits(PCI_EXT_CAP_ID_ERR, true, ['RootCmd', 'ErrorSrc']);

/** Has it more than one line for certain? */
export function hasManyLines(capability: PrintedCapability): boolean {
  return leastLines(capability) > 1;
}

/** How many lines the capability has at least. */
function leastLines(capability: PrintedCapability): number {
  const { title } = capability;
  if (/[<]/.test(title)) return 0;
  return countBits(neededWords(capability)) || (LEAST.find(([start]) => start.test(title))?.[1] ?? 0);
}

/** Are lines missing that it always has? */
export function lacksLines(capability: PrintedCapability): boolean {
  const needed = neededWords(capability);
  return capability.lineCount < leastLines(capability) || (capability.words & needed) !== needed;
}

/** Has it lines that only functions of another type have? */
export function hasLinesOfAnother(capability: PrintedCapability, type: number | undefined): boolean {
  const { id, offset, words } = capability;
  const isRoot = type === PCI_EXP_TYPE_ROOT_PORT || type === PCI_EXP_TYPE_RC_EC;
  if (offset >= PCI_EXT_CAP_START) {
    return id === PCI_EXT_CAP_ID_ERR && type !== undefined && !isRoot && (words & ERROR_ROOT) !== 0;
  }
  if (id !== PCI_CAP_ID_EXP || type === undefined) return false;
  const isPort = isRoot || type === PCI_EXP_TYPE_DOWNSTREAM;
  return ((words & ROOT) !== 0 && !isRoot) || ((words & SLOT) !== 0 && !isPort) || tellsOfAnother(capability, type);
}

/** Words in lines that every type has, which some types do not print. */
function tellsOfAnother({ lines }: PrintedCapability, type: number): boolean {
  const isSwitch = type === PCI_EXP_TYPE_UPSTREAM || type === PCI_EXP_TYPE_DOWNSTREAM;
  return isSwitch && lines.some((line) => /^LnkCtl:.* RCB \d+ bytes/.test(line));
}

function neededWords({ id, offset, title }: PrintedCapability): number {
  if (id === undefined) return 0;
  if (offset >= PCI_EXT_CAP_START) return ALWAYS.get(id) ?? 0;
  return id === PCI_CAP_ID_EXP ? neededExpress(title) : 0;
}

function neededExpress(title: string): number {
  const type = expressType(title) ?? PCI_EXP_TYPE_RC_END;
  const isRoot = type === PCI_EXP_TYPE_ROOT_PORT || type === PCI_EXP_TYPE_RC_EC;
  return (
    DEVICE |
    (type < PCI_EXP_TYPE_RC_END ? LINK : 0) |
    (title.includes('(Slot+)') ? SLOT : 0) |
    (isRoot ? ROOT_CONTROL : 0) |
    (/^Express \(v[2-9]\)/.test(title) ? neededSecond(type) : 0)
  );
}

/** Words that version 2 adds. */
function neededSecond(type: number): number {
  if (type >= PCI_EXP_TYPE_RC_END) return DEVICE_2;
  const isPort = type === PCI_EXP_TYPE_ROOT_PORT || type === PCI_EXP_TYPE_UPSTREAM || type === PCI_EXP_TYPE_DOWNSTREAM;
  return DEVICE_2 | LINK_STATUS_2 | (isPort ? LINK_CONTROL_2 : 0);
}

function countBits(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
