/** Capabilities of a described function. Where their fields lie is in `uapi/pci-layout.ts`. */
import { defined } from '../../base/index.ts';
import {
  ACS_CAP,
  ACS_CTRL,
  ATS_CTRL,
  EXP_DEVCAP,
  EXP_DEVCTL,
  EXP_DEVCTL2,
  EXP_FLAGS,
  EXP_LNKCAP,
  EXP_LNKSTA,
  EXP_SLTCAP,
  EXP_SLTSTA,
  linkSpeedOf,
  MSI_CONTROL,
  MSIX_CONTROL,
  PASID_CAP,
  PASID_CTRL,
  PCI_ACS_CR,
  PCI_ACS_EC,
  PCI_ACS_EGRESS_CTL_V,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_ACS_UF,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_DSN_LO,
  PCI_EXP_LNKCAP2,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_ATS,
  PCI_EXT_CAP_ID_DSN,
  PCI_EXT_CAP_ID_ERR,
  PCI_EXT_CAP_ID_PASID,
  PCI_EXT_CAP_ID_REBAR,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_REBAR_CAP,
  PCI_SRIOV_BAR,
  REBAR_CTRL,
  SRIOV_CTRL,
  SRIOV_NUMBERS,
} from '../../uapi/index.ts';
import type { ConfigImage } from './config-image.ts';
import type { AcsSpec, FunctionSpec, MachineSpec, PcieSpec } from './machine-spec.ts';
import type { PlacedFunction } from './placed.ts';
import { putBar } from './write-bar.ts';

/** Appends every capability the function has. */
export function writeCapabilities(image: ConfigImage, fn: PlacedFunction, machine: MachineSpec): void {
  const { spec } = fn;
  if (spec.pcie !== undefined) image.put16(image.addCapability(PCI_CAP_ID_PM, 8) + 2, 0x0003);
  putMsi(image, spec);
  if (spec.pcie === undefined) return;
  putExpress(image, fn, spec.pcie);
  image.addExtendedCapability(PCI_EXT_CAP_ID_ERR, 2, 0x48);
  if (spec.serial !== undefined) {
    image.put64(image.addExtendedCapability(PCI_EXT_CAP_ID_DSN, 1, 12) + PCI_DSN_LO, spec.serial);
  }
  if (spec.acs !== undefined) putAcs(image, spec.acs, machine);
  if (spec.sriov !== undefined) image.addExtendedCapability(PCI_EXT_CAP_ID_ARI, 1, 8);
  putSriov(image, fn);
  putAts(image, spec);
  putRebar(image, spec);
}

/** A virtual function has its own Express, ARI and, where its physical function has it, ATS capability. */
export function writeVfCapabilities(image: ConfigImage, fn: PlacedFunction): void {
  if (fn.spec.pcie !== undefined) {
    const at = image.addCapability(PCI_CAP_ID_EXP, 0x3c);
    image.putRegister(at, EXP_FLAGS, {}, { version: 2, type: fn.spec.pcie.type });
    image.putRegister(at, EXP_DEVCAP, {}, { MaxPayload: fn.spec.pcie.maxPayloadSupported });
  }
  putMsi(image, fn.spec);
  image.addExtendedCapability(PCI_EXT_CAP_ID_ARI, 1, 8);
  putAts(image, { ...fn.spec, pasid: undefined });
}

/** The control register Linux leaves when the description gives none: pci_std_enable_acs once an IOMMU asked for ACS. */
function acsControl(acs: AcsSpec, machine: MachineSpec): number {
  const defaults = PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF;
  return acs.ctrl ?? (machine.iommu === undefined ? 0 : acs.cap & defaults);
}

function putMsi(image: ConfigImage, spec: FunctionSpec): void {
  if (spec.msi === undefined) return;
  if (spec.msi === 'msix') {
    const at = image.addCapability(PCI_CAP_ID_MSIX, 12);
    image.putRegister(at, MSIX_CONTROL, { Enable: true }, { Count: 32 });
    return;
  }
  const at = image.addCapability(PCI_CAP_ID_MSI, 14);
  image.putRegister(at, MSI_CONTROL, { '64bit': true, Enable: spec.msi === 'msi' });
}

function putExpress(image: ConfigImage, fn: PlacedFunction, pcie: PcieSpec): void {
  const at = image.addCapability(PCI_CAP_ID_EXP, 0x3c);
  const port = pcie.type === PCI_EXP_TYPE_ROOT_PORT || pcie.type === PCI_EXP_TYPE_DOWNSTREAM;
  image.putRegister(at, EXP_FLAGS, { Slot: port }, { version: 2, type: pcie.type });
  image.putRegister(at, EXP_DEVCAP, { RBE: true }, { MaxPayload: pcie.maxPayloadSupported });
  const { maxPayload, maxReadRequest } = pcie;
  image.putRegister(at, EXP_DEVCTL, { RlxdOrd: true }, { MaxPayload: maxPayload, MaxReadReq: maxReadRequest });
  if (pcie.link !== undefined) {
    const { speed, width, maxSpeed, maxWidth } = pcie.link;
    const most = { Speed: speedOf(maxSpeed), Width: maxWidth };
    image.putRegister(at, EXP_LNKCAP, {}, { Port: port ? fn.bdf % 0x100 : 0, ...most });
    image.putRegister(at, EXP_LNKSTA, {}, { Speed: speedOf(speed), Width: width });
    image.put32(at + PCI_EXP_LNKCAP2, ((1 << maxSpeed) - 1) << 1);
  }
  if (port && fn.spec.bridge !== undefined) {
    const { hotplug, slotNumber } = fn.spec.bridge;
    image.putRegister(at, EXP_SLTCAP, { Surprise: hotplug, HotPlug: hotplug }, { Slot: slotNumber ?? 0 });
    image.putRegister(at, EXP_SLTSTA, { PresDet: fn.children.length > 0 });
    image.putRegister(at, EXP_DEVCTL2, { ARIFwd: fn.children.some((child) => child.spec.sriov !== undefined) });
  }
}

/** GT/s of a described link. */
function speedOf(code: number): number {
  return defined(linkSpeedOf(code), 'link speed');
}

function putAcs(image: ConfigImage, acs: AcsSpec, machine: MachineSpec): void {
  const words = acs.egressVector.length;
  const at = image.addExtendedCapability(PCI_EXT_CAP_ID_ACS, 1, PCI_ACS_EGRESS_CTL_V + 4 * words);
  const vectorBits = (acs.cap & PCI_ACS_EC) !== 0 ? ((32 * words) & 0xff) << 8 : 0;
  image.put16(at + ACS_CAP.offset, acs.cap | vectorBits);
  image.put16(at + ACS_CTRL.offset, acsControl(acs, machine));
  for (const [i, word] of acs.egressVector.entries()) image.put32(at + PCI_ACS_EGRESS_CTL_V + 4 * i, word);
}

function putSriov(image: ConfigImage, fn: PlacedFunction): void {
  const { sriov } = fn.spec;
  if (sriov === undefined || fn.vfRouting === undefined) return;
  const at = image.addExtendedCapability(PCI_EXT_CAP_ID_SRIOV, 1, 0x40);
  const on = sriov.numVfs > 0;
  image.putRegister(at, SRIOV_CTRL, { Enable: on, MSE: on, ARIHierarchy: on });
  const { totalVfs, numVfs, vfDevice } = sriov;
  const numbers = { initialVfs: totalVfs, totalVfs, numVfs, vfDevice, ...fn.vfRouting };
  for (const name of Object.keys(SRIOV_NUMBERS) as (keyof typeof SRIOV_NUMBERS)[]) {
    image.putRegister(at, SRIOV_NUMBERS[name], {}, { number: numbers[name] });
  }
  for (const [bar, spec] of sriov.bars.entries()) {
    const placed = fn.resources[7 + bar];
    if (spec !== undefined && placed !== undefined) putBar(image, at + PCI_SRIOV_BAR + 4 * bar, spec, placed);
  }
}

function putAts(image: ConfigImage, spec: FunctionSpec): void {
  if (spec.ats !== undefined) {
    const at = image.addExtendedCapability(PCI_EXT_CAP_ID_ATS, 1, 8);
    image.putRegister(at, ATS_CTRL, { Enable: spec.ats });
  }
  if (spec.pasid !== undefined) {
    const at = image.addExtendedCapability(PCI_EXT_CAP_ID_PASID, 1, 8);
    image.putRegister(at, PASID_CAP, {}, { 'Max PASID Width': 20 });
    image.putRegister(at, PASID_CTRL, { Enable: spec.pasid });
  }
}

/** Sizes are powers of two from 1 MiB: bit 4 of the capability register is 1 MiB. */
function putRebar(image: ConfigImage, spec: FunctionSpec): void {
  if (spec.rebar.length === 0) return;
  const at = image.addExtendedCapability(PCI_EXT_CAP_ID_REBAR, 1, 4 + 8 * spec.rebar.length);
  for (const [i, { bar, supported }] of spec.rebar.entries()) {
    const sizes = supported.reduce((bits, size) => bits | (1 << (4 + mibExponent(size))), 0);
    image.put32(at + PCI_REBAR_CAP + 8 * i, sizes >>> 0);
    const count = i === 0 ? spec.rebar.length : 0;
    const size = 0x10_0000 * 2 ** mibExponent(spec.bars[bar]?.size ?? 0);
    image.putRegister(at + 8 * i, REBAR_CTRL, {}, { BAR: bar, count, size });
  }
}

function mibExponent(bytes: number): number {
  return Math.max(0, Math.round(Math.log2(bytes / 0x10_0000)));
}
