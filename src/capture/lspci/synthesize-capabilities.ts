/** Rebuilds the capability lists from their printed form, so that the ordinary walk over config space finds them. */
import {
  PCI_CAP_ID_EA,
  PCI_CAP_ID_EXP,
  PCI_CAPABILITY_LIST,
  PCI_CB_CAPABILITY_LIST,
  PCI_DSN_LO,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_TYPE_RC_END,
  PCI_EXT_CAP_ID_DSN,
  PCI_EXT_CAP_ID_REBAR,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_EXT_CAP_ID_VF_REBAR,
  PCI_EXT_CAP_START,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
} from '../../uapi/index.ts';
import type { CapabilityPlaces } from '../config-space.ts';
import { applyRules } from './apply-rules.ts';
import { expressType } from './express-type.ts';
import type { MaskedBytes } from './masked-bytes.ts';
import type { FunctionText, PrintedCapability } from './printed-text.ts';
import { registerRules } from './register-rules.ts';
import { stateEnhancedAllocation, stateResizableBars, stateVirtualFunctionBars } from './special-capabilities.ts';

const PCI_EXT_CAP_ID_VC = 0x02;
const PCI_EXT_CAP_ID_MFVC = 0x08;

/** What else of the input the meaning of a capability list depends on. */
export interface CapabilityContext {
  readonly headerType: number | undefined;
  /** Extended capabilities of some function were printed: where there are none, there are none. */
  readonly extendedReadable: boolean;
  /** Every capability was printed. */
  readonly whole: boolean;
  /** No line was cut at its end. */
  readonly linesWhole: boolean;
}

/**
 * States ids and registers of all printed capabilities, and the links between them where none is missing.
 * @returns where the capabilities stand, for the case that the links are not known
 */
export function stateCapabilities(text: FunctionText, context: CapabilityContext, out: MaskedBytes): CapabilityPlaces {
  const { whole } = context;
  const standard = text.capabilities.filter((capability) => capability.offset < PCI_EXT_CAP_START);
  const extended = text.capabilities.filter((capability) => capability.offset >= PCI_EXT_CAP_START);
  stateListStart(text, standard, context, out);
  standard.forEach((capability, i) => {
    const { id, offset } = capability;
    if (id !== undefined) out.set(offset, 1, id);
    // Bits 1:0 of the pointer are reserved and zero.
    if (whole) out.set(offset + 1, 1, standard[i + 1]?.offset ?? 0);
    if (id !== undefined) stateStandard(id, capability, context, out);
  });
  const isExpress = standard.some(({ id }) => id === PCI_CAP_ID_EXP);
  if (extended.length === 0 && isExpress && context.extendedReadable && whole && !isPort(standard)) {
    out.set(PCI_EXT_CAP_START, 4, 0);
  }
  const multiFunctionVc = extended.some(({ id }) => id === PCI_EXT_CAP_ID_MFVC);
  extended.forEach((capability, i) => {
    const { id } = capability;
    const ambiguous = id === PCI_EXT_CAP_ID_VC && multiFunctionVc;
    if (id !== undefined && !ambiguous) out.set(capability.offset, 2, id);
    if (capability.version !== undefined) out.set(capability.offset + 2, 1, capability.version, 0xf);
    if (whole) out.set(capability.offset + 2, 2, (extended[i + 1]?.offset ?? 0) << 4, 0xfff0);
    if (id !== undefined) stateExtended(id, capability, context.linesWhole, out);
  });
  return { standard: placesOf(standard), extended: placesOf(extended) };
}

/** Ports have extended capabilities: where none is printed, they may be what a text lost. */
function isPort(standard: readonly PrintedCapability[]): boolean {
  return standard.some(({ title }) => /^Express .*(?:Root|Upstream|Downstream) Port/.test(title));
}

/** Offset by id; of several with one id the first counts, as in the kernel's walk. */
function placesOf(capabilities: readonly PrintedCapability[]): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  for (const { id, offset } of capabilities) if (id !== undefined && !places.has(id)) places.set(id, offset);
  return places;
}

function stateListStart(
  text: FunctionText,
  standard: readonly PrintedCapability[],
  { headerType, whole }: CapabilityContext,
  out: MaskedBytes,
): void {
  const printed = /\bCap([+-])/.exec(text.values.get('Status') ?? '')?.[1];
  const first = standard[0];
  const present = printed === undefined ? first !== undefined || text.accessDenied : printed === '+';
  // Without -vv the bit is not printed, only what it leads to.
  if (printed !== undefined || present || whole) {
    out.set(PCI_STATUS, 2, present ? PCI_STATUS_CAP_LIST : 0, PCI_STATUS_CAP_LIST);
  }
  if (first === undefined || !whole || headerType === undefined) return;
  out.set(headerType === PCI_HEADER_TYPE_CARDBUS ? PCI_CB_CAPABILITY_LIST : PCI_CAPABILITY_LIST, 1, first.offset);
}

function stateStandard(
  id: number,
  capability: PrintedCapability,
  { headerType }: CapabilityContext,
  out: MaskedBytes,
): void {
  const { offset, title } = capability;
  let rules = registerRules(false, id);
  if (id === PCI_CAP_ID_EXP) {
    const type = expressType(title);
    if (type !== undefined) out.set(offset + PCI_EXP_FLAGS, 2, type << 4, PCI_EXP_FLAGS_TYPE);
    // The link that lspci prints for an integrated endpoint is that of a CXL device, kept elsewhere.
    if (type === undefined || type >= PCI_EXP_TYPE_RC_END) rules = rules.filter(({ line }) => !line?.startsWith('Lnk'));
  }
  applyRules(rules, capability, out);
  if (id === PCI_CAP_ID_EA) stateEnhancedAllocation(capability, headerType, out);
}

function stateExtended(id: number, capability: PrintedCapability, linesWhole: boolean, out: MaskedBytes): void {
  applyRules(registerRules(true, id), capability, out);
  if (id === PCI_EXT_CAP_ID_DSN) stateSerialNumber(capability, out);
  if (id === PCI_EXT_CAP_ID_REBAR || id === PCI_EXT_CAP_ID_VF_REBAR) stateResizableBars(capability, linesWhole, out);
  if (id === PCI_EXT_CAP_ID_SRIOV) stateVirtualFunctionBars(capability, out);
}

/** `Device Serial Number 52-54-00-ff-ff-12-34-56`: highest byte first. */
function stateSerialNumber({ offset, title }: PrintedCapability, out: MaskedBytes): void {
  const digits = /((?:[0-9a-f]{2}-){7}[0-9a-f]{2})/i.exec(title)?.[1]?.split('-') ?? [];
  digits.reverse().forEach((byte, i) => {
    out.set(offset + PCI_DSN_LO + i, 1, Number.parseInt(byte, 16));
  });
}
