/** Capabilities of a described function. Layouts: PCI Express Base Specification, section of each capability. */
import {
  fieldPrep,
  PCI_ACS_CAP,
  PCI_ACS_CR,
  PCI_ACS_CTRL,
  PCI_ACS_EC,
  PCI_ACS_EGRESS_CTL_V,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_ACS_UF,
  PCI_ATS_CTRL,
  PCI_ATS_CTRL_ENABLE,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_DSN_LO,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCAP_PAYLOAD,
  PCI_EXP_DEVCAP_RBER,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_PAYLOAD,
  PCI_EXP_DEVCTL_READRQ,
  PCI_EXP_DEVCTL_RELAX_EN,
  PCI_EXP_DEVCTL2,
  PCI_EXP_DEVCTL2_ARI,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_SLOT,
  PCI_EXP_FLAGS_TYPE,
  PCI_EXP_FLAGS_VERS,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCAP_MLW,
  PCI_EXP_LNKCAP_PN,
  PCI_EXP_LNKCAP_SLS,
  PCI_EXP_LNKCAP2,
  PCI_EXP_LNKSTA,
  PCI_EXP_LNKSTA_CLS,
  PCI_EXP_LNKSTA_NLW,
  PCI_EXP_SLTCAP,
  PCI_EXP_SLTSTA,
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
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_MSI_FLAGS_ENABLE,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_PASID_CAP,
  PCI_PASID_CAP_WIDTH,
  PCI_PASID_CTRL,
  PCI_PASID_CTRL_ENABLE,
  PCI_REBAR_CAP,
  PCI_REBAR_CTRL,
  PCI_SRIOV_BAR,
  PCI_SRIOV_CTRL,
  PCI_SRIOV_CTRL_ARI,
  PCI_SRIOV_CTRL_MSE,
  PCI_SRIOV_CTRL_VFE,
  PCI_SRIOV_INITIAL_VF,
  PCI_SRIOV_NUM_VF,
  PCI_SRIOV_TOTAL_VF,
  PCI_SRIOV_VF_DID,
  PCI_SRIOV_VF_OFFSET,
  PCI_SRIOV_VF_STRIDE,
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
    image.put16(at + PCI_EXP_FLAGS, EXPRESS_2 | fieldPrep(PCI_EXP_FLAGS_TYPE, fn.spec.pcie.type));
    image.put32(at + PCI_EXP_DEVCAP, payloadCode(PCI_EXP_DEVCAP_PAYLOAD, fn.spec.pcie.maxPayloadSupported));
  }
  putMsi(image, fn.spec);
  image.addExtendedCapability(PCI_EXT_CAP_ID_ARI, 1, 8);
  putAts(image, { ...fn.spec, pasid: undefined });
}

/** The control register Linux leaves when the description gives none: pci_std_enable_acs once an IOMMU asked for ACS. */
export function acsControl(acs: AcsSpec, machine: MachineSpec): number {
  const defaults = PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF;
  return acs.ctrl ?? (machine.iommu === undefined ? 0 : acs.cap & defaults);
}

function putMsi(image: ConfigImage, spec: FunctionSpec): void {
  if (spec.msi === undefined) return;
  if (spec.msi === 'msix') {
    const at = image.addCapability(PCI_CAP_ID_MSIX, 12);
    image.put16(at + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE | 0x1f);
    return;
  }
  const at = image.addCapability(PCI_CAP_ID_MSI, 14);
  image.put16(at + PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT | (spec.msi === 'msi' ? PCI_MSI_FLAGS_ENABLE : 0));
}

function putExpress(image: ConfigImage, fn: PlacedFunction, pcie: PcieSpec): void {
  const at = image.addCapability(PCI_CAP_ID_EXP, 0x3c);
  const port = pcie.type === PCI_EXP_TYPE_ROOT_PORT || pcie.type === PCI_EXP_TYPE_DOWNSTREAM;
  const type = fieldPrep(PCI_EXP_FLAGS_TYPE, pcie.type);
  image.put16(at + PCI_EXP_FLAGS, EXPRESS_2 | type | (port ? PCI_EXP_FLAGS_SLOT : 0));
  const supported = payloadCode(PCI_EXP_DEVCAP_PAYLOAD, pcie.maxPayloadSupported);
  image.put32(at + PCI_EXP_DEVCAP, supported | PCI_EXP_DEVCAP_RBER);
  const payload =
    payloadCode(PCI_EXP_DEVCTL_PAYLOAD, pcie.maxPayload) | payloadCode(PCI_EXP_DEVCTL_READRQ, pcie.maxReadRequest);
  image.put16(at + PCI_EXP_DEVCTL, payload | PCI_EXP_DEVCTL_RELAX_EN);
  if (pcie.link !== undefined) {
    const portNumber = port ? fn.bdf % 0x100 : 0;
    const { speed, width, maxSpeed, maxWidth } = pcie.link;
    const most = fieldPrep(PCI_EXP_LNKCAP_MLW, maxWidth) | fieldPrep(PCI_EXP_LNKCAP_SLS, maxSpeed);
    image.put32(at + PCI_EXP_LNKCAP, (fieldPrep(PCI_EXP_LNKCAP_PN, portNumber) | most) >>> 0);
    image.put16(at + PCI_EXP_LNKSTA, fieldPrep(PCI_EXP_LNKSTA_NLW, width) | fieldPrep(PCI_EXP_LNKSTA_CLS, speed));
    image.put32(at + PCI_EXP_LNKCAP2, ((1 << maxSpeed) - 1) << 1);
  }
  if (port && fn.spec.bridge !== undefined) {
    const { hotplug, slotNumber } = fn.spec.bridge;
    image.put32(at + PCI_EXP_SLTCAP, ((slotNumber ?? 0) << 19) | (hotplug ? 0x60 : 0));
    const presenceDetect = 0x0040;
    image.put16(at + PCI_EXP_SLTSTA, fn.children.length > 0 ? presenceDetect : 0);
    const ari = fn.children.some((child) => child.spec.sriov !== undefined);
    image.put16(at + PCI_EXP_DEVCTL2, ari ? PCI_EXP_DEVCTL2_ARI : 0);
  }
}

const EXPRESS_2: number = fieldPrep(PCI_EXP_FLAGS_VERS, 2);

/** 128 << code bytes. */
function payloadCode(mask: number, bytes: number): number {
  return fieldPrep(mask, Math.round(Math.log2(bytes / 128)));
}

function putAcs(image: ConfigImage, acs: AcsSpec, machine: MachineSpec): void {
  const words = acs.egressVector.length;
  const at = image.addExtendedCapability(PCI_EXT_CAP_ID_ACS, 1, PCI_ACS_EGRESS_CTL_V + 4 * words);
  const vectorBits = (acs.cap & PCI_ACS_EC) !== 0 ? ((32 * words) & 0xff) << 8 : 0;
  image.put16(at + PCI_ACS_CAP, acs.cap | vectorBits);
  image.put16(at + PCI_ACS_CTRL, acsControl(acs, machine));
  for (const [i, word] of acs.egressVector.entries()) image.put32(at + PCI_ACS_EGRESS_CTL_V + 4 * i, word);
}

function putSriov(image: ConfigImage, fn: PlacedFunction): void {
  const { sriov } = fn.spec;
  if (sriov === undefined || fn.vfRouting === undefined) return;
  const at = image.addExtendedCapability(PCI_EXT_CAP_ID_SRIOV, 1, 0x40);
  const enabled = sriov.numVfs > 0 ? PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE | PCI_SRIOV_CTRL_ARI : 0;
  image.put16(at + PCI_SRIOV_CTRL, enabled);
  image.put16(at + PCI_SRIOV_INITIAL_VF, sriov.totalVfs);
  image.put16(at + PCI_SRIOV_TOTAL_VF, sriov.totalVfs);
  image.put16(at + PCI_SRIOV_NUM_VF, sriov.numVfs);
  image.put16(at + PCI_SRIOV_VF_OFFSET, fn.vfRouting.firstOffset);
  image.put16(at + PCI_SRIOV_VF_STRIDE, fn.vfRouting.stride);
  image.put16(at + PCI_SRIOV_VF_DID, sriov.vfDevice);
  for (const [bar, spec] of sriov.bars.entries()) {
    const placed = fn.resources[7 + bar];
    if (spec !== undefined && placed !== undefined) putBar(image, at + PCI_SRIOV_BAR + 4 * bar, spec, placed);
  }
}

function putAts(image: ConfigImage, spec: FunctionSpec): void {
  if (spec.ats !== undefined) {
    const at = image.addExtendedCapability(PCI_EXT_CAP_ID_ATS, 1, 8);
    image.put16(at + PCI_ATS_CTRL, spec.ats ? PCI_ATS_CTRL_ENABLE : 0);
  }
  if (spec.pasid !== undefined) {
    const at = image.addExtendedCapability(PCI_EXT_CAP_ID_PASID, 1, 8);
    image.put16(at + PCI_PASID_CAP, fieldPrep(PCI_PASID_CAP_WIDTH, 20));
    image.put16(at + PCI_PASID_CTRL, spec.pasid ? PCI_PASID_CTRL_ENABLE : 0);
  }
}

/** Sizes are powers of two from 1 MiB: bit 4 of the capability register is 1 MiB. */
function putRebar(image: ConfigImage, spec: FunctionSpec): void {
  if (spec.rebar.length === 0) return;
  const at = image.addExtendedCapability(PCI_EXT_CAP_ID_REBAR, 1, 4 + 8 * spec.rebar.length);
  for (const [i, { bar, supported }] of spec.rebar.entries()) {
    const sizes = supported.reduce((bits, size) => bits | (1 << (4 + mibExponent(size))), 0);
    image.put32(at + PCI_REBAR_CAP + 8 * i, sizes >>> 0);
    const count = i === 0 ? spec.rebar.length << 5 : 0;
    image.put32(at + PCI_REBAR_CTRL + 8 * i, bar | count | (mibExponent(spec.bars[bar]?.size ?? 0) << 8));
  }
}

function mibExponent(bytes: number): number {
  return Math.max(0, Math.round(Math.log2(bytes / 0x10_0000)));
}
