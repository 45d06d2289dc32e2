/** What the capabilities of one function say. Field layouts: PCIe Base Spec, section of each capability. */
import { joinHalves } from '../base/index.ts';
import { ABSENT, type ConfigSpace, type Fact, known, mapFact, unreadable } from '../capture/index.ts';
import {
  PCI_ACS_CAP,
  PCI_ACS_CR,
  PCI_ACS_CTRL,
  PCI_ACS_DT,
  PCI_ACS_EC,
  PCI_ACS_EGRESS_CTL_V,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_ACS_TB,
  PCI_ACS_UF,
  PCI_ATS_CAP,
  PCI_ATS_CTRL,
  PCI_ATS_CTRL_ENABLE,
  PCI_DSN_LO,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCAP_PAYLOAD,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_PAYLOAD,
  PCI_EXP_DEVCTL_READRQ,
  PCI_EXP_DEVCTL2,
  PCI_EXP_DEVCTL2_ARI,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCAP_MLW,
  PCI_EXP_LNKCAP_PN,
  PCI_EXP_LNKCAP_SLS,
  PCI_EXP_LNKSTA,
  PCI_EXP_LNKSTA_CLS,
  PCI_EXP_LNKSTA_NLW,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_ENABLE,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_PASID_CAP,
  PCI_PASID_CTRL,
  PCI_REBAR_CAP,
  PCI_REBAR_CTRL,
  PCI_SRIOV_CTRL,
  PCI_SRIOV_CTRL_MSE,
  PCI_SRIOV_CTRL_VFE,
  PCI_SRIOV_NUM_VF,
  PCI_SRIOV_TOTAL_VF,
  PCI_SRIOV_VF_DID,
  PCI_SRIOV_VF_OFFSET,
  PCI_SRIOV_VF_STRIDE,
} from '../uapi/index.ts';
import type { CapabilityList } from './capabilities.ts';
import type {
  AcsCapability,
  AtsCapability,
  PasidCapability,
  PcieCapability,
  PcieLink,
  ResizableBar,
  SriovCapability,
} from './pci-function.ts';

/**
 * Decodes one capability: absent when the list is complete without it, unreadable when the list or one of the
 * registers that `decode` needs is not known (`decode` returns undefined then).
 */
export function decodeCapability<T>(
  list: CapabilityList,
  id: number,
  config: ConfigSpace,
  decode: (config: ConfigSpace, at: number) => T | undefined,
): Fact<T> {
  const at = list.offsets.get(id);
  if (at === undefined) return list.incomplete ?? ABSENT;
  return factOf(decode(config, at), config);
}

/** PCI_EXP_TYPE_* of a PCI Express capability. */
export function decodePcieType(config: ConfigSpace, at: number): number | undefined {
  const bits = config.bits(at + PCI_EXP_FLAGS, 2, PCI_EXP_FLAGS_TYPE);
  return bits === undefined ? undefined : bits >> 4;
}

/** PCI Express capability; only the type is needed for the fact to be known. */
export function decodePcie(config: ConfigSpace, at: number): PcieCapability | undefined {
  const type = decodePcieType(config, at);
  if (type === undefined) return undefined;
  const field = (offset: number, mask: number, shift: number): Fact<number> =>
    mapFact(factOf(config.bits(at + offset, 4, mask), config), (bits) => bits >>> shift);
  const bytes = (code: Fact<number>): Fact<number> => mapFact(code, (n) => 128 << n);
  return {
    type,
    portNumber: field(PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_PN, 24),
    maxPayloadSupported: bytes(field(PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_PAYLOAD, 0)),
    maxPayload: bytes(field(PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_PAYLOAD, 5)),
    maxReadRequest: bytes(field(PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_READRQ, 12)),
    ariForwarding: mapFact(field(PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_ARI, 5), (bit) => bit === 1),
  };
}

/** GT/s by speed code 1 ... 6. */
const SPEEDS: readonly number[] = [0, 2.5, 5, 8, 16, 32, 64];

/** Link registers of the PCI Express capability; a code of 0 means no link. */
export function decodeLink(config: ConfigSpace, at: number): PcieLink {
  const read = (offset: number, mask: number, decode: (bits: number) => number | undefined): Fact<number> => {
    const bits = config.bits(at + offset, 2, mask);
    if (bits === undefined) return unreadable(config.whyUnknown);
    const value = decode(bits);
    return value ? known(value) : ABSENT;
  };
  const speed = (bits: number): number | undefined => SPEEDS[bits];
  const width = (bits: number): number => bits >> 4;
  return {
    speed: read(PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_CLS, speed),
    width: read(PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_NLW, width),
    maxSpeed: read(PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_SLS, speed),
    maxWidth: read(PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_MLW, width),
  };
}

/** Source Validation ... Direct Translated P2P: the bits that Linux and this model know, and that text can tell. */
const PCI_ACS_ALL = PCI_ACS_SV | PCI_ACS_TB | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF | PCI_ACS_EC | PCI_ACS_DT;

/** Access Control Services. The control register is read where the standard puts it, as P2PDMA does (no quirks). */
export function decodeAcs(config: ConfigSpace, at: number): AcsCapability | undefined {
  const cap = config.read16(at + PCI_ACS_CAP) ?? config.bits(at + PCI_ACS_CAP, 2, PCI_ACS_ALL);
  const ctrl = config.read16(at + PCI_ACS_CTRL) ?? config.bits(at + PCI_ACS_CTRL, 2, PCI_ACS_ALL);
  if (cap === undefined || ctrl === undefined) return undefined;
  return { offset: at, cap, ctrl, egressVector: egressVector(config, at, cap) };
}

function egressVector(config: ConfigSpace, at: number, cap: number): Fact<readonly number[]> {
  if ((cap & PCI_ACS_EC) === 0) return ABSENT;
  const ports = cap >> 8 || 256;
  const words: number[] = [];
  for (let i = 0; i < Math.ceil(ports / 32); i++) {
    const word = config.read32(at + PCI_ACS_EGRESS_CTL_V + 4 * i);
    if (word === undefined) return unreadable(config.whyUnknown);
    words.push(word);
  }
  return known(words);
}

/** SR-IOV capability. */
export function decodeSriov(config: ConfigSpace, at: number): SriovCapability | undefined {
  const control = config.bits(at + PCI_SRIOV_CTRL, 2, PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
  const totalVfs = config.read16(at + PCI_SRIOV_TOTAL_VF);
  const numVfs = config.read16(at + PCI_SRIOV_NUM_VF);
  const firstOffset = config.read16(at + PCI_SRIOV_VF_OFFSET);
  const stride = config.read16(at + PCI_SRIOV_VF_STRIDE);
  const vfDevice = config.read16(at + PCI_SRIOV_VF_DID);
  if (control === undefined || totalVfs === undefined || numVfs === undefined) return undefined;
  if (firstOffset === undefined || stride === undefined || vfDevice === undefined) return undefined;
  return {
    enabled: (control & PCI_SRIOV_CTRL_VFE) !== 0,
    memoryEnabled: (control & PCI_SRIOV_CTRL_MSE) !== 0,
    totalVfs,
    numVfs,
    firstOffset,
    stride,
    vfDevice,
  };
}

/** Address Translation Services; a queue depth code of 0 means 32. */
export function decodeAts(config: ConfigSpace, at: number): AtsCapability | undefined {
  const depth = config.bits(at + PCI_ATS_CAP, 2, 0x1f);
  const control = config.bits(at + PCI_ATS_CTRL, 2, PCI_ATS_CTRL_ENABLE);
  if (depth === undefined || control === undefined) return undefined;
  return { enabled: control !== 0, queueDepth: depth || 32 };
}

/** Process Address Space IDs. */
export function decodePasid(config: ConfigSpace, at: number): PasidCapability | undefined {
  const width = config.bits(at + PCI_PASID_CAP, 2, 0x1f00);
  const enabled = config.bits(at + PCI_PASID_CTRL, 2, 1);
  if (width === undefined || enabled === undefined) return undefined;
  return { enabled: enabled === 1, width: width >> 8 };
}

/** Resizable BARs: size k is 1 MiB << k. */
export function decodeRebar(config: ConfigSpace, at: number): readonly ResizableBar[] | undefined {
  const count = config.bits(at + PCI_REBAR_CTRL, 4, 0xe0);
  if (count === undefined) return undefined;
  const bars: ResizableBar[] = [];
  for (let i = 0; i < count >> 5; i++) {
    const sizes = config.bits(at + PCI_REBAR_CAP + 8 * i, 4, 0xffff_fff0);
    const control = config.bits(at + PCI_REBAR_CTRL + 8 * i, 4, 0x1f07);
    if (sizes === undefined || control === undefined) return undefined;
    const supported: bigint[] = [];
    for (let k = 0; k < 28; k++) if ((sizes >>> (k + 4)) & 1) supported.push(1n << BigInt(20 + k));
    bars.push({ bar: control & 7, size: 1n << BigInt(20 + ((control >> 8) & 0x1f)), supported });
  }
  return bars;
}

/** Device serial number. */
export function decodeSerial(config: ConfigSpace, at: number): bigint | undefined {
  const low = config.read32(at + PCI_DSN_LO);
  const high = config.read32(at + PCI_DSN_LO + 4);
  return low === undefined || high === undefined ? undefined : joinHalves(high, low);
}

/** Is MSI enabled? */
export function decodeMsi(config: ConfigSpace, at: number): boolean | undefined {
  return isSet(config.bits(at + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE));
}

/** Is MSI-X enabled? */
export function decodeMsix(config: ConfigSpace, at: number): boolean | undefined {
  return isSet(config.bits(at + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE));
}

function isSet(bits: number | undefined): boolean | undefined {
  return bits === undefined ? undefined : bits !== 0;
}

function factOf<T>(value: T | undefined, config: ConfigSpace): Fact<T> {
  return value === undefined ? unreadable(config.whyUnknown) : known(value);
}
