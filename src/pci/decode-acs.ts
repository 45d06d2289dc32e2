/** Access Control Services, as far as an input shows their registers. */
import { ABSENT, type ConfigSpace, type Fact, known, type PrintedAcs, unreadable } from '../capture/index.ts';
import {
  ACS_CAP,
  ACS_CTRL,
  fieldValue,
  PCI_ACS_ALL,
  PCI_ACS_EC,
  PCI_ACS_EGRESS_CTL_V,
  type RegisterLayout,
} from '../uapi/index.ts';
import type { AcsCapability } from './pci-function.ts';

/**
 * The capability at `at`; undefined where its control register is not known. That is read where the standard puts it,
 * as P2PDMA does (no quirks). Of the capability register some bits may be missing.
 */
export function decodeAcs(config: ConfigSpace, at: number): AcsCapability | undefined {
  const ctrl = register(config, at, ACS_CTRL);
  if (ctrl === undefined) return undefined;
  const cap = register(config, at, ACS_CAP);
  if (cap !== undefined) return { offset: at, cap, ctrl, egressVector: egressVector(config, at, cap) };
  return acsOf(at, knownBits(config, at + ACS_CAP.offset), ctrl);
}

/** Access Control Services that stand somewhere. */
export function printedAcs({ cap, control }: PrintedAcs): AcsCapability | undefined {
  if (control === undefined) return undefined;
  return acsOf(undefined, cap === undefined ? NO_BITS : { value: cap, known: PCI_ACS_ALL }, control);
}

/** A register of which some bits are known: 1 in `known`. */
interface PartialRegister {
  readonly value: number;
  readonly known: number;
}

const NO_BITS: PartialRegister = { value: 0, known: 0 };
const NO_VECTOR = unreadable('the Egress Control Vector is not in this input');

function acsOf(offset: number | undefined, cap: PartialRegister, ctrl: number): AcsCapability {
  // What is switched on is there.
  const on = ctrl & PCI_ACS_ALL;
  const capKnown = cap.known | on;
  const all = (capKnown & PCI_ACS_ALL) === PCI_ACS_ALL;
  const egressVector = (cap.known & PCI_ACS_EC) !== 0 && (cap.value & PCI_ACS_EC) === 0 ? ABSENT : NO_VECTOR;
  return { offset, cap: cap.value | on, capKnown: all ? undefined : capKnown, ctrl, egressVector };
}

/** All 16 bits, or those that text tells. */
function register(config: ConfigSpace, at: number, { offset, width }: RegisterLayout): number | undefined {
  return config.read16(at + offset) ?? config.bits(at + offset, width, PCI_ACS_ALL);
}

function knownBits(config: ConfigSpace, at: number): PartialRegister {
  let [value, known] = [0, 0];
  for (let bit = 1; bit <= PCI_ACS_ALL; bit <<= 1) {
    const state = config.bits(at, 2, bit);
    if (state === undefined) continue;
    known |= bit;
    value |= state;
  }
  return { value, known };
}

function egressVector(config: ConfigSpace, at: number, cap: number): Fact<readonly number[]> {
  if ((cap & PCI_ACS_EC) === 0) return ABSENT;
  const ports = fieldValue(ACS_CAP.fields.EgressVector, cap) ?? 0;
  const words: number[] = [];
  for (let i = 0; i < Math.ceil(ports / 32); i++) {
    const word = config.read32(at + PCI_ACS_EGRESS_CTL_V + 4 * i);
    if (word === undefined) return unreadable(config.whyUnknown);
    words.push(word);
  }
  return known(words);
}
