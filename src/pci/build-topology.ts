/** From captured facts to the PCI tree. */

import { type AddrRange, defined, rangeContains } from '../base/index.ts';
import {
  ABSENT,
  type CapturedAperture,
  type CapturedFunction,
  type Fact,
  type Finding,
  factValue,
  known,
  type MachineCapture,
  unreadable,
} from '../capture/index.ts';
import {
  type Bdf,
  bdfFunction,
  formatBdf,
  IORESOURCE_MEM,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CLASS_REVISION,
  PCI_COMMAND,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_DEVICE_ID,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_ATS,
  PCI_EXT_CAP_ID_DSN,
  PCI_EXT_CAP_ID_PASID,
  PCI_EXT_CAP_ID_REBAR,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_MFD,
  PCI_HEADER_TYPE_NORMAL,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../uapi/index.ts';
import { mayTranslateUnseen } from './address-translation.ts';
import { type CapabilityList, walkCapabilities, walkExtendedCapabilities } from './capabilities.ts';
import { decodeAcs, printedAcs } from './decode-acs.ts';
import {
  decodeAts,
  decodeCapability,
  decodeLink,
  decodeMsi,
  decodeMsix,
  decodePasid,
  decodePcie,
  decodePcieType,
  decodeRebar,
  decodeSerial,
  decodeSriov,
} from './decode-capabilities.ts';
import { addHostBridges, type UnhostedFunction } from './host-bridges.ts';
import type { AcsCapability, BridgeBuses, PcieCapability, PcieLink, PciFunction, PciIds } from './pci-function.ts';
import { platformOf } from './platform/index.ts';
import { readResources } from './resources.ts';
import type { PciTopology } from './topology.ts';
import { capturedClass, placeFunctions, readBridgeBuses, type TreePlace } from './tree.ts';

interface Lists {
  readonly standard: CapabilityList;
  readonly extended: CapabilityList;
}

/** Builds the tree. Never throws: what is odd in the capture becomes a finding of the topology. */
export function buildTopology(capture: MachineCapture): PciTopology {
  const findings: Finding[] = [];
  const lists = new Map<Bdf, Lists>();
  for (const fn of capture.functions) lists.set(fn.bdf, walkLists(fn, findings));
  const listsOf = (fn: CapturedFunction): Lists => defined(lists.get(fn.bdf), 'capability lists');
  const places = placeFunctions(
    capture.functions,
    (fn) => listsOf(fn).extended,
    (fn) => pcieTypeOf(fn, listsOf(fn).standard),
    findings,
  );
  const byBdf = new Map<Bdf, UnhostedFunction>();
  const captured = new Map(capture.functions.map((fn) => [fn.bdf, fn]));
  const platform = platformOf(capture, (fn) => pcieTypeOf(fn, listsOf(fn).standard));
  const facts: MachineFacts = {
    slots: countSlots(capture.functions),
    mayTranslate: mayTranslateUnseen(capture, platform),
    apertures: (factValue(capture.rootBuses) ?? []).flatMap(({ apertures = [] }) => apertures),
  };
  // Parents first, so that a child finds its parent built; chains are as deep as the tree, so no recursion.
  for (const first of capture.functions) {
    const pending = [first];
    while (pending.length > 0) {
      const fn = defined(pending.at(-1), 'pending function');
      const place = defined(places.get(fn.bdf), 'place');
      const wanted = [place.physfn, place.parent].find((bdf) => bdf !== undefined && !byBdf.has(bdf));
      if (byBdf.has(fn.bdf)) pending.pop();
      else if (wanted !== undefined) pending.push(defined(captured.get(wanted), 'captured parent'));
      else {
        byBdf.set(fn.bdf, buildFunction(fn, place, listsOf(fn), byBdf, facts));
        pending.pop();
      }
    }
  }
  const functions = [...byBdf.values()].sort((a, b) => a.bdf - b.bdf);
  functions.forEach((fn, index) => {
    (fn as { index: number }).index = index;
  });
  reportAssumedAddresses(functions, capture.source.name, findings);
  return { ...addHostBridges(capture, functions, findings), platform };
}

/** What holds for all functions of a machine. */
interface MachineFacts {
  /** Functions in each slot. */
  readonly slots: ReadonlyMap<number, number>;
  readonly mayTranslate: boolean;
  /** Memory that leads to root buses, where the input names it. */
  readonly apertures: readonly CapturedAperture[];
}

function reportAssumedAddresses(functions: readonly UnhostedFunction[], where: string, findings: Finding[]): void {
  const isUnseen = (fn: UnhostedFunction): boolean =>
    fn.resources.slice(0, 6).some((bar) => bar?.busAssumed === true && (bar.flags & IORESOURCE_MEM) !== 0);
  if (!functions.some(isUnseen)) return;
  const text =
    'it shows CPU addresses, and nothing shows that this is x86: where its host bridges translate, PCI bus addresses ' +
    'are others; "lspci -xxxx" has them, or "peerpath capture"';
  findings.push({ code: 'bus-addresses-unknown', severity: 'notice', where, text });
}

function pcieTypeOf(fn: CapturedFunction, standard: CapabilityList): Fact<number> {
  const register = decodeCapability(standard, PCI_CAP_ID_EXP, fn.config, decodePcieType);
  return register.state === 'unreadable' ? (fn.expressType ?? register) : register;
}

/** The capability; of a function whose type stands in words only, nothing but that. */
function pcieOf(fn: CapturedFunction, standard: CapabilityList): Fact<PcieCapability> {
  const register = decodeCapability(standard, PCI_CAP_ID_EXP, fn.config, decodePcie);
  const { expressType } = fn;
  if (register.state !== 'unreadable' || expressType === undefined || expressType.state === 'unreadable')
    return register;
  if (expressType.state === 'absent') return ABSENT;
  const { why } = register;
  const unknown = unreadable(why);
  return known({
    type: expressType.value,
    portNumber: unknown,
    maxPayloadSupported: unknown,
    maxPayload: unknown,
    maxReadRequest: unknown,
    ariForwarding: unknown,
  });
}

/** What config space tells, else what was printed without its place there. */
function acsFact(registers: Fact<AcsCapability>, captured: CapturedFunction): Fact<AcsCapability> {
  if (registers.state !== 'unreadable' || captured.printedAcs === undefined) return registers;
  const printed = printedAcs(captured.printedAcs);
  return printed === undefined ? registers : known(printed);
}

function walkLists(fn: CapturedFunction, findings: Finding[]): Lists {
  const report = (code: string, text: string): void => {
    findings.push({ code, severity: 'damaged', where: formatBdf(fn.bdf), text });
  };
  const standard = walkCapabilities(fn.config, report);
  const isExpress = standard.offsets.has(PCI_CAP_ID_EXP) ? true : standard.incomplete === undefined ? false : undefined;
  return { standard, extended: walkExtendedCapabilities(fn.config, isExpress, report) };
}

/** Number of functions by slot: a slot with more than one has multi-function devices. */
function countSlots(functions: readonly CapturedFunction[]): Map<number, number> {
  const slots = new Map<number, number>();
  for (const fn of functions) {
    const slot = Math.floor(fn.bdf / 8);
    slots.set(slot, (slots.get(slot) ?? 0) + 1);
  }
  return slots;
}

function buildFunction(
  captured: CapturedFunction,
  place: TreePlace,
  { standard, extended }: Lists,
  built: ReadonlyMap<Bdf, UnhostedFunction>,
  { slots, mayTranslate, apertures }: MachineFacts,
): UnhostedFunction {
  const { config } = captured;
  const parent = place.parent === undefined ? undefined : (built.get(place.parent) as PciFunction | undefined);
  const physfn = place.physfn === undefined ? undefined : (built.get(place.physfn) as PciFunction | undefined);
  const header = config.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK);
  const extendedFact = <T>(id: number, decode: Parameters<typeof decodeCapability<T>>[3]): Fact<T> =>
    decodeCapability(extended, id, config, decode);
  const { resources, unsizedBars } = readResources({
    captured,
    headerType: header,
    capabilities: standard,
    sriovAt: extended.offsets.get(PCI_EXT_CAP_ID_SRIOV),
    offsetAbove: (cpu) => windowOffset(parent, apertures, cpu),
    mayTranslate,
  });
  return {
    index: 0,
    bdf: captured.bdf,
    captured,
    ids: readIds(captured, physfn),
    headerType: header === undefined ? unreadable(config.whyUnknown) : known(header),
    multiFunction: isMultiFunction(captured, physfn, slots),
    pcie: pcieOf(captured, standard),
    buses: busesFact(captured, header),
    parent,
    physfn,
    placement: place.placement,
    resources,
    unsizedBars,
    acs: acsFact(extendedFact(PCI_EXT_CAP_ID_ACS, decodeAcs), captured),
    sriov: extendedFact(PCI_EXT_CAP_ID_SRIOV, decodeSriov),
    ats: extendedFact(PCI_EXT_CAP_ID_ATS, decodeAts),
    pasid: extendedFact(PCI_EXT_CAP_ID_PASID, decodePasid),
    rebar: extendedFact(PCI_EXT_CAP_ID_REBAR, decodeRebar),
    serial: extendedFact(PCI_EXT_CAP_ID_DSN, decodeSerial),
    link: readLink(captured, standard),
    command: readCommand(captured),
    msiEnabled: readMsi(captured, standard),
  };
}

/** CPU minus bus address of what lies around `cpu`: a window of the bridge above, or memory that leads to a root bus. */
function windowOffset(
  parent: PciFunction | undefined,
  apertures: readonly CapturedAperture[],
  cpu: AddrRange,
): bigint | undefined {
  for (let index = 14; index <= 15; index++) {
    const window = parent?.resources[index];
    if (window === undefined || window.busAssumed === true || !rangeContains(window.cpu, cpu)) continue;
    return window.cpu.start - window.bus.start;
  }
  return apertures.find(({ range }) => rangeContains(range, cpu))?.offset;
}

function readIds(fn: CapturedFunction, physfn: PciFunction | undefined): PciIds {
  const { config } = fn;
  const own = (printed: Fact<number>, bits: number | undefined): Fact<number> => {
    if (printed.state === 'known') return printed;
    return bits === undefined ? unreadable(config.whyUnknown) : known(bits);
  };
  const sriov = physfn === undefined ? undefined : factValue(physfn.sriov);
  const classAndRevision = config.read32(PCI_CLASS_REVISION);
  // A virtual function's own ID registers read as all ones: it is known by its physical function.
  const vendorRegister = physfn === undefined ? config.read16(PCI_VENDOR_ID) : factValue(physfn.ids.vendor);
  const deviceRegister = physfn === undefined ? config.read16(PCI_DEVICE_ID) : sriov?.vfDevice;
  const normal = config.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_NORMAL;
  return {
    vendor: own(fn.vendor, vendorRegister),
    device: own(fn.device, deviceRegister),
    subsystemVendor: own(fn.subsystemVendor, normal ? config.read16(PCI_SUBSYSTEM_VENDOR_ID) : undefined),
    subsystemDevice: own(fn.subsystemDevice, normal ? config.read16(PCI_SUBSYSTEM_ID) : undefined),
    classCode: own(fn.classCode, classAndRevision === undefined ? undefined : classAndRevision >>> 8),
    baseAndSubClass: baseAndSubClass(fn),
    revision: own(fn.revision, config.read8(PCI_CLASS_REVISION)),
  };
}

function baseAndSubClass(fn: CapturedFunction): Fact<number> {
  const bits = capturedClass(fn);
  return bits === undefined ? unreadable(fn.config.whyUnknown) : known(bits);
}

function isMultiFunction(fn: CapturedFunction, physfn: unknown, slots: ReadonlyMap<number, number>): boolean {
  if (physfn !== undefined) return false;
  const bit = fn.config.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MFD);
  if (bit !== undefined && bit !== 0) return true;
  if (bdfFunction(fn.bdf) > 0) return true;
  return bit === undefined && (slots.get(Math.floor(fn.bdf / 8)) ?? 0) > 1;
}

function busesFact(fn: CapturedFunction, header: number | undefined): Fact<BridgeBuses> {
  const buses = readBridgeBuses(fn);
  if (buses !== undefined) return known(buses);
  return header === PCI_HEADER_TYPE_NORMAL ? ABSENT : unreadable(fn.config.whyUnknown);
}

/** Registers first; the attribute files stand in where config space is cut. */
function readLink(fn: CapturedFunction, standard: CapabilityList): Fact<PcieLink> {
  const at = standard.offsets.get(PCI_CAP_ID_EXP);
  if (at === undefined && standard.incomplete === undefined) return ABSENT;
  const registers = at === undefined ? fn.link : decodeLink(fn.config, at);
  const pick = (register: Fact<number>, file: Fact<number>): Fact<number> =>
    register.state === 'unreadable' ? file : register;
  const link = {
    speed: pick(registers.speed, fn.link.speed),
    width: pick(registers.width, fn.link.width),
    maxSpeed: pick(registers.maxSpeed, fn.link.maxSpeed),
    maxWidth: pick(registers.maxWidth, fn.link.maxWidth),
  };
  const facts = Object.values(link);
  if (facts.every((fact) => fact.state === 'absent')) return ABSENT;
  return facts.some((fact) => fact.state === 'known') ? known(link) : unreadable(fn.config.whyUnknown);
}

function readCommand(fn: CapturedFunction): PciFunction['command'] {
  const bits = fn.config.bits(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
  if (bits === undefined) return unreadable(fn.config.whyUnknown);
  return known({ memory: (bits & PCI_COMMAND_MEMORY) !== 0, busMaster: (bits & PCI_COMMAND_MASTER) !== 0 });
}

function readMsi(fn: CapturedFunction, standard: CapabilityList): Fact<boolean> {
  const msi = decodeCapability(standard, PCI_CAP_ID_MSI, fn.config, decodeMsi);
  const msix = decodeCapability(standard, PCI_CAP_ID_MSIX, fn.config, decodeMsix);
  if (factValue(msi) === true || factValue(msix) === true) return known(true);
  if (msi.state === 'unreadable') return msi;
  if (msix.state === 'unreadable') return msix;
  return known(false);
}
