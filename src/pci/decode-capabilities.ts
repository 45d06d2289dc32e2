/** What the capabilities of one function say. Where their fields lie is in `uapi/pci-layout.ts`. */
import { joinHalves } from '../base/index.ts';
import { ABSENT, type ConfigSpace, type Fact, known, unreadable } from '../capture/index.ts';
import {
  ATS_CAP,
  ATS_CTRL,
  EXP_DEVCAP,
  EXP_DEVCTL,
  EXP_DEVCTL2,
  EXP_FLAGS,
  EXP_LNKCAP,
  EXP_LNKSTA,
  fieldValue,
  MSI_CONTROL,
  MSIX_CONTROL,
  PASID_CAP,
  PASID_CTRL,
  PCI_DSN_LO,
  PCI_REBAR_CAP,
  REBAR_CTRL,
  type RegisterLayout,
  SRIOV_CTRL,
  SRIOV_NUMBERS,
} from '../uapi/index.ts';
import type { CapabilityList } from './capabilities.ts';
import type {
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

/** The value of a field of the capability at `at`; undefined where its bits are not known or stand for nothing. */
function read<V extends string>(
  config: ConfigSpace,
  at: number,
  { offset, width, fields }: RegisterLayout<string, V>,
  name: V,
): number | undefined {
  const field = fields[name];
  const bits = config.bits(at + offset, width, field.mask);
  return bits === undefined ? undefined : fieldValue(field, bits);
}

/** The same as a fact: absent where the bits stand for nothing. */
function readFact<V extends string>(
  config: ConfigSpace,
  at: number,
  register: RegisterLayout<string, V>,
  name: V,
): Fact<number> {
  const value = read(config, at, register, name);
  if (value !== undefined) return known(value);
  const { mask } = register.fields[name];
  return config.bits(at + register.offset, register.width, mask) === undefined ? unreadable(config.whyUnknown) : ABSENT;
}

/** Is a bit of the capability at `at` set? */
function isOn<F extends string>(
  config: ConfigSpace,
  at: number,
  { offset, width, flags }: RegisterLayout<F>,
  name: F,
): boolean | undefined {
  const bits = config.bits(at + offset, width, flags[name]);
  return bits === undefined ? undefined : bits !== 0;
}

/** PCI_EXP_TYPE_* of a PCI Express capability. */
export function decodePcieType(config: ConfigSpace, at: number): number | undefined {
  return read(config, at, EXP_FLAGS, 'type');
}

/** PCI Express capability; only the type is needed for the fact to be known. */
export function decodePcie(config: ConfigSpace, at: number): PcieCapability | undefined {
  const type = decodePcieType(config, at);
  if (type === undefined) return undefined;
  return {
    type,
    portNumber: readFact(config, at, EXP_LNKCAP, 'Port'),
    maxPayloadSupported: readFact(config, at, EXP_DEVCAP, 'MaxPayload'),
    maxPayload: readFact(config, at, EXP_DEVCTL, 'MaxPayload'),
    maxReadRequest: readFact(config, at, EXP_DEVCTL, 'MaxReadReq'),
    ariForwarding: factOf(isOn(config, at, EXP_DEVCTL2, 'ARIFwd'), config),
  };
}

/** Link registers of the PCI Express capability; a code of 0 means no link. */
export function decodeLink(config: ConfigSpace, at: number): PcieLink {
  const orNone = (fact: Fact<number>): Fact<number> => (fact.state === 'known' && fact.value === 0 ? ABSENT : fact);
  return {
    speed: readFact(config, at, EXP_LNKSTA, 'Speed'),
    width: orNone(readFact(config, at, EXP_LNKSTA, 'Width')),
    maxSpeed: readFact(config, at, EXP_LNKCAP, 'Speed'),
    maxWidth: orNone(readFact(config, at, EXP_LNKCAP, 'Width')),
  };
}

/** SR-IOV capability. */
export function decodeSriov(config: ConfigSpace, at: number): SriovCapability | undefined {
  const enabled = isOn(config, at, SRIOV_CTRL, 'Enable');
  const memoryEnabled = isOn(config, at, SRIOV_CTRL, 'MSE');
  const totalVfs = read(config, at, SRIOV_NUMBERS.totalVfs, 'number');
  const numVfs = read(config, at, SRIOV_NUMBERS.numVfs, 'number');
  const firstOffset = read(config, at, SRIOV_NUMBERS.firstOffset, 'number');
  const stride = read(config, at, SRIOV_NUMBERS.stride, 'number');
  const vfDevice = read(config, at, SRIOV_NUMBERS.vfDevice, 'number');
  if (enabled === undefined || memoryEnabled === undefined || totalVfs === undefined) return undefined;
  if (numVfs === undefined || firstOffset === undefined || stride === undefined) return undefined;
  if (vfDevice === undefined) return undefined;
  return { enabled, memoryEnabled, totalVfs, numVfs, firstOffset, stride, vfDevice };
}

/** Address Translation Services. */
export function decodeAts(config: ConfigSpace, at: number): AtsCapability | undefined {
  const queueDepth = read(config, at, ATS_CAP, 'Invalidate Queue Depth');
  const enabled = isOn(config, at, ATS_CTRL, 'Enable');
  return queueDepth === undefined || enabled === undefined ? undefined : { enabled, queueDepth };
}

/** Process Address Space IDs. */
export function decodePasid(config: ConfigSpace, at: number): PasidCapability | undefined {
  const width = read(config, at, PASID_CAP, 'Max PASID Width');
  const enabled = isOn(config, at, PASID_CTRL, 'Enable');
  return width === undefined || enabled === undefined ? undefined : { enabled, width };
}

/** Resizable BARs: size k is 1 MiB << k. */
export function decodeRebar(config: ConfigSpace, at: number): readonly ResizableBar[] | undefined {
  const count = read(config, at, REBAR_CTRL, 'count');
  if (count === undefined) return undefined;
  const bars: ResizableBar[] = [];
  for (let i = 0; i < count; i++) {
    const sizes = config.bits(at + PCI_REBAR_CAP + 8 * i, 4, 0xffff_fff0);
    const bar = read(config, at + 8 * i, REBAR_CTRL, 'BAR');
    const size = read(config, at + 8 * i, REBAR_CTRL, 'size');
    if (sizes === undefined || bar === undefined || size === undefined) return undefined;
    const supported: bigint[] = [];
    for (let k = 0; k < 28; k++) if ((sizes >>> (k + 4)) & 1) supported.push(1n << BigInt(20 + k));
    bars.push({ bar, size: BigInt(size), supported });
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
  return isOn(config, at, MSI_CONTROL, 'Enable');
}

/** Is MSI-X enabled? */
export function decodeMsix(config: ConfigSpace, at: number): boolean | undefined {
  return isOn(config, at, MSIX_CONTROL, 'Enable');
}

function factOf<T>(value: T | undefined, config: ConfigSpace): Fact<T> {
  return value === undefined ? unreadable(config.whyUnknown) : known(value);
}
