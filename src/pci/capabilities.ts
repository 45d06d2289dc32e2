/** The two capability lists of a function's config space. PCI Local Bus 3.0 §6.7, PCIe Base Spec "Extended Capabilities". */
import { type ConfigSpace, type Finding, type UnreadableFact, unreadable } from '../capture/index.ts';
import {
  PCI_CAPABILITY_LIST,
  PCI_CB_CAPABILITY_LIST,
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_EXT_CAP_START,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
} from '../uapi/index.ts';

/** Where the capabilities of a list start, by id; of several with one id the first counts, as in the kernel. */
export interface CapabilityList {
  readonly offsets: ReadonlyMap<number, number>;
  /** Why the list could not be followed to its end; undefined when it was. An id not found is absent only then. */
  readonly incomplete: UnreadableFact | undefined;
}

const EMPTY: CapabilityList = { offsets: new Map(), incomplete: undefined };
/** A list of 4-byte entries between 0x40 and 0xff has at most 48. */
const MAX_CAPABILITIES = 48;
/** 8 bytes is the shortest extended capability. */
const MAX_EXTENDED = (PCI_CFG_SPACE_EXP_SIZE - PCI_EXT_CAP_START) / 8;

/**
 * Follows the conventional capability list (offsets 0x40 ... 0xff).
 * @kernel pci_find_capability drivers/pci/pci.c
 */
export function walkCapabilities(
  config: ConfigSpace,
  report: (code: Finding['code'], text: string) => void,
): CapabilityList {
  return withPlaces(walkStandard(config, report), config.places?.standard);
}

/** What the links did not lead to, but the input tells of. */
function withPlaces(walked: CapabilityList, places: ReadonlyMap<number, number> | undefined): CapabilityList {
  if (walked.incomplete === undefined || places === undefined || places.size === 0) return walked;
  return { offsets: new Map([...places, ...walked.offsets]), incomplete: walked.incomplete };
}

function walkStandard(config: ConfigSpace, report: (code: Finding['code'], text: string) => void): CapabilityList {
  const status = config.bits(PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
  if (status === undefined) return { offsets: EMPTY.offsets, incomplete: unreadable(config.whyUnknown) };
  if (status === 0) return EMPTY;
  const header = config.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK);
  const start = header === PCI_HEADER_TYPE_CARDBUS ? PCI_CB_CAPABILITY_LIST : PCI_CAPABILITY_LIST;
  const offsets = new Map<number, number>();
  const seen = new Set<number>();
  let at = config.bits(start, 1, 0xfc);
  while (at !== undefined && at >= 0x40) {
    if (seen.has(at) || seen.size === MAX_CAPABILITIES) {
      report('capability-loop', `the capability list returns to offset 0x${at.toString(16)}`);
      return { offsets, incomplete: undefined };
    }
    seen.add(at);
    const id = config.read8(at);
    if (id === undefined) break;
    // A function that has left the bus reads all ones: the list ends there.
    if (id === 0xff) return { offsets, incomplete: undefined };
    if (!offsets.has(id)) offsets.set(id, at);
    at = config.bits(at + 1, 1, 0xfc);
  }
  const cut = at === undefined || at >= 0x40;
  return { offsets, incomplete: cut ? unreadable(config.whyUnknown) : undefined };
}

/** All of an extended capability header but its version, which the walk does not need and `lspci -v` does not print. */
const ID_AND_NEXT = 0xfff0_ffff;

/**
 * Follows the extended capability list (offsets 0x100 ... 0xfff).
 * @param isExpress does the function have a PCI Express capability? Without one there are no extended capabilities.
 *   Undefined: not known.
 * @kernel pci_find_ext_capability drivers/pci/pci.c
 */
export function walkExtendedCapabilities(
  config: ConfigSpace,
  isExpress: boolean | undefined,
  report: (code: Finding['code'], text: string) => void,
): CapabilityList {
  return withPlaces(walkExtended(config, isExpress, report), config.places?.extended);
}

function walkExtended(
  config: ConfigSpace,
  isExpress: boolean | undefined,
  report: (code: Finding['code'], text: string) => void,
): CapabilityList {
  const first = config.bits(PCI_EXT_CAP_START, 4, ID_AND_NEXT);
  if (first === undefined) {
    // A function of 256 bytes that is PCI Express has more: they could not be read.
    const none = isExpress === false || (isExpress === undefined && config.size === PCI_EXT_CAP_START);
    return none ? EMPTY : { offsets: EMPTY.offsets, incomplete: unreadable(config.whyUnknown) };
  }
  const offsets = new Map<number, number>();
  const seen = new Set<number>();
  let at = PCI_EXT_CAP_START;
  while (at >= PCI_EXT_CAP_START) {
    if (seen.has(at) || seen.size === MAX_EXTENDED) {
      report('extended-capability-loop', `the extended capability list returns to offset 0x${at.toString(16)}`);
      return { offsets, incomplete: undefined };
    }
    if (overlaps(seen, at)) {
      report('extended-capability-overlap', `the extended capability at offset 0x${at.toString(16)} overlaps another`);
    }
    seen.add(at);
    const header = config.bits(at, 4, ID_AND_NEXT);
    if (header === undefined) return { offsets, incomplete: unreadable(config.whyUnknown) };
    if (header === 0 || header === ID_AND_NEXT) break;
    const id = header & 0xffff;
    if (!offsets.has(id)) offsets.set(id, at);
    at = (header >>> 20) & 0xffc;
  }
  return { offsets, incomplete: undefined };
}

function overlaps(seen: ReadonlySet<number>, at: number): boolean {
  return seen.has(at - 4) || seen.has(at + 4);
}
