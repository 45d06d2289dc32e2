/** Effective ACS: does a function keep its peers apart, as the kernel sees it when it forms IOMMU groups? */
import { factValue } from '../../capture/index.ts';
import {
  bdfDevfn,
  PCI_ACS_CR,
  PCI_ACS_DT,
  PCI_ACS_EC,
  PCI_ACS_RR,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_PCI_BRIDGE,
  PCI_EXP_TYPE_PCIE_BRIDGE,
  PCI_EXP_TYPE_RC_EC,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
} from '../../uapi/index.ts';
import type { PciFunction } from '../pci-function.ts';
import { type AcsControl, hasAllBits, UNKNOWN_ACS_CONTROL } from './acs-control.ts';
import { type AcsQuirk, REQ_ACS_FLAGS } from './acs-quirk-table.ts';
import { acsCapOf, quirkIdsKnown, quirkOf } from './acs-quirks.ts';
import { type AcsView, acsOf } from './acs-view.ts';

/** The answer, and which rule gave it. */
export interface AcsVerdict {
  /** Undefined: depends on something that is not known; `missing` says on what. */
  readonly enabled: boolean | undefined;
  readonly by: AcsRule;
  /** Fits after "unknown: ". */
  readonly missing?: string;
}

/**
 * - `quirk`: the kernel's device table.
 * - `conventional`: not PCI Express.
 * - `bridge`: a bridge to or from conventional PCI, or an event collector: never.
 * - `single-function`: nothing beside it in its slot, and nothing below.
 * - `no-capability`: would need the ACS capability and does not have it.
 * - `control`: the Control register.
 * - `groups`: the IOMMU groups in force, where the registers leave it open.
 */
export type AcsRule = 'groups' | 'quirk' | 'conventional' | 'bridge' | 'single-function' | 'no-capability' | 'control';

/**
 * Are the bits `req` (PCI_ACS_*) in force at a function? A bit that the capability does not have counts as in force,
 * egress control apart.
 * @kernel pci_acs_enabled drivers/pci/pci.c
 */
export function pciAcsEnabled(fn: PciFunction, req: number, view: AcsView): AcsVerdict {
  const verdict = registersVerdict(fn, req, view);
  const told = verdict.enabled === undefined && req === REQ_ACS_FLAGS ? view.told?.get(fn) : undefined;
  return told === undefined ? verdict : { enabled: told, by: 'groups' };
}

function registersVerdict(fn: PciFunction, req: number, view: AcsView): AcsVerdict {
  const standard = standardVerdict(fn, req, view);
  if (!quirkIdsKnown(fn)) return { enabled: undefined, by: 'quirk', missing: whyIdsUnknown(fn) };
  const quirk = quirkOf(fn);
  return (quirk && quirkVerdict(fn, req, view, quirk, standard)) ?? standard;
}

function whyIdsUnknown(fn: PciFunction): string {
  const fact = [fn.pcie, fn.ids.vendor, fn.ids.device].find((f) => f.state === 'unreadable');
  return fact?.state === 'unreadable' ? fact.why : 'not in this input';
}

/** What holds for a function that is not in the table. */
function standardVerdict(fn: PciFunction, req: number, view: AcsView): AcsVerdict {
  if (fn.pcie.state === 'unreadable') return { enabled: undefined, by: 'control', missing: fn.pcie.why };
  if (fn.pcie.state === 'absent') return { enabled: false, by: 'conventional' };
  switch (fn.pcie.value.type) {
    case PCI_EXP_TYPE_PCI_BRIDGE:
    case PCI_EXP_TYPE_PCIE_BRIDGE:
    case PCI_EXP_TYPE_RC_EC:
      return { enabled: false, by: 'bridge' };
    case PCI_EXP_TYPE_DOWNSTREAM:
    case PCI_EXP_TYPE_ROOT_PORT:
      return flagsVerdict(fn, req, view);
    case PCI_EXP_TYPE_ENDPOINT:
    case PCI_EXP_TYPE_LEG_END:
    case PCI_EXP_TYPE_UPSTREAM:
    case PCI_EXP_TYPE_RC_END:
      if (fn.multiFunction) return mayBeVirtual(fn) ? virtualVerdict(fn, req, view) : flagsVerdict(fn, req, view);
  }
  return { enabled: true, by: 'single-function' };
}

/**
 * Below a port of PCI Express stands device 0; functions with a higher number are virtual ones, which share no slot. Those
 * whose physical function is known are none that ask.
 */
function mayBeVirtual({ bdf, parent }: PciFunction): boolean {
  const above = parent && factValue(parent.pcie)?.type;
  return (
    bdfDevfn(bdf) >= FUNCTIONS_OF_A_DEVICE && (above === PCI_EXP_TYPE_ROOT_PORT || above === PCI_EXP_TYPE_DOWNSTREAM)
  );
}

const FUNCTIONS_OF_A_DEVICE = 8;

/** The verdict is that of a single function, or by flags, if both are the same. */
function virtualVerdict(fn: PciFunction, req: number, view: AcsView): AcsVerdict {
  const byFlags = flagsVerdict(fn, req, view);
  if (byFlags.enabled === true) return byFlags;
  return { enabled: undefined, by: 'control', missing: 'whether it is a virtual function' };
}

/** @kernel pci_acs_flags_enabled drivers/pci/pci.c */
function flagsVerdict(fn: PciFunction, req: number, view: AcsView): AcsVerdict {
  const acs = acsOf(view, fn);
  if (acs.state === 'unreadable') return { enabled: undefined, by: 'control', missing: acs.why };
  if (acs.state === 'absent') return { enabled: false, by: 'no-capability' };
  return controlVerdict(fn, req, acs.value.control, acs.value.why, 'control');
}

/** A bit that the capability does not have counts as set. */
function controlVerdict(
  fn: PciFunction,
  req: number,
  control: AcsControl,
  missing: string,
  by: 'control' | 'quirk',
): AcsVerdict {
  const enabled = hasAllBits(control, req & ((acsCapOf(fn) ?? 0) | PCI_ACS_EC));
  // Bits that the capability may have, or not.
  const open = req & ~(factValue(fn.acs)?.capKnown ?? 0xffff);
  if (enabled === true && hasAllBits(control, open) !== true) {
    return { enabled: undefined, by, missing: 'which services the ACS Capability register offers' };
  }
  return enabled === undefined ? { enabled, by, missing } : { enabled, by };
}

/** What a row of the table says; undefined: the row passes the question on. */
function quirkVerdict(
  fn: PciFunction,
  req: number,
  view: AcsView,
  quirk: AcsQuirk,
  standard: AcsVerdict,
): AcsVerdict | undefined {
  switch (quirk.rule) {
    case 'provides':
      return { enabled: (req & ~quirk.flags) === 0, by: 'quirk' };
    case 'amd-southbridge': {
      if (!fn.multiFunction || fn.parent !== undefined || view.amdIommu === false) return undefined;
      const tested = req & (PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_EC | PCI_ACS_DT);
      const enabled = (tested & ~quirk.flags) === 0;
      if (view.amdIommu === undefined && enabled !== standard.enabled) {
        return { enabled: undefined, by: 'quirk', missing: 'whether the machine has an AMD IOMMU' };
      }
      return { enabled, by: 'quirk' };
    }
    case 'intel-pch':
      if (view.requested === false || (req & ~quirk.flags) !== 0) return { enabled: req === 0, by: 'quirk' };
      return { enabled: undefined, by: 'quirk', missing: 'whether Linux could enable isolation in the chipset' };
    case 'intel-spt': {
      const acs = acsOf(view, fn);
      if (acs.state !== 'known') return undefined;
      return controlVerdict(fn, req, acs.value.sptControl ?? UNKNOWN_ACS_CONTROL, acs.value.why, 'quirk');
    }
  }
}

/**
 * Are the bits `req` in force at `start` and at every bridge above it, up to the root bus? Where not, `at` is the
 * first function that fails (or the first that is not known, when none fails).
 * @kernel pci_acs_path_enabled drivers/pci/pci.c
 */
export function pciAcsPathEnabled(
  start: PciFunction,
  req: number,
  view: AcsView,
): AcsVerdict & { readonly at: PciFunction } {
  let unknown: (AcsVerdict & { readonly at: PciFunction }) | undefined;
  let at = start;
  for (;;) {
    const verdict = pciAcsEnabled(at, req, view);
    if (verdict.enabled === false) return { ...verdict, at };
    if (verdict.enabled === undefined) unknown ??= { ...verdict, at };
    if (at.parent === undefined) return unknown ?? { ...verdict, at };
    at = at.parent;
  }
}
