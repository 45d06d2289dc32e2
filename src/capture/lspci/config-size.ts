/** How large the config space of a function is, as far as its own registers tell. */
import {
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_PCIX,
  PCI_CAPABILITY_LIST,
  PCI_CB_CAPABILITY_LIST,
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_CFG_SPACE_SIZE,
  PCI_EXT_CAP_START,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
} from '../../uapi/index.ts';
import { type CapabilityPlaces, ConfigSpace } from '../config-space.ts';

/** A config space with the size that its registers tell. */
export function sizedConfigSpace(
  bytes: Uint8Array,
  mask: Uint8Array | undefined,
  whyUnknown: string,
  places?: CapabilityPlaces,
): ConfigSpace {
  const whole = bytes.length === PCI_CFG_SPACE_EXP_SIZE;
  const size = whole ? bytes.length : sizeOf(new ConfigSpace(bytes, { mask, whyUnknown }));
  return new ConfigSpace(bytes, { mask, whyUnknown, size, places });
}

/** 4096 where extended registers are known, 256 where the capability list shows that there can be none. */
function sizeOf(space: ConfigSpace): number | undefined {
  // The last byte of text is one that was printed; a dump cut behind 256 bytes has extended ones as well.
  if (space.bytes.length > PCI_EXT_CAP_START) return PCI_CFG_SPACE_EXP_SIZE;
  return isConventional(space) === true ? PCI_CFG_SPACE_SIZE : undefined;
}

/** Is the capability list known to its end, with neither PCI Express nor PCI-X in it? Undefined: not known. */
function isConventional(space: ConfigSpace): boolean | undefined {
  const status = space.bits(PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
  if (status === undefined || status === 0) return status === 0 ? true : undefined;
  const cardbus = space.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_CARDBUS;
  let at = space.bits(cardbus ? PCI_CB_CAPABILITY_LIST : PCI_CAPABILITY_LIST, 1, 0xfc);
  for (let steps = 0; steps < PCI_CFG_SPACE_SIZE / 4 && at !== 0; steps++) {
    const id = at === undefined ? undefined : space.read8(at);
    if (at === undefined || id === undefined || id === 0xff) return undefined;
    if (id === PCI_CAP_ID_EXP || id === PCI_CAP_ID_PCIX) return false;
    at = space.bits(at + 1, 1, 0xfc);
  }
  return true;
}
