/**
 * PCI and PCI Express registers under their kernel names, as byte offsets, bits below their register. Those of
 * capabilities whose fields are read, written and printed are in `pci-layout.ts`.
 * include/uapi/linux/pci_regs.h; PCI Express Base Specification, "Configuration Space".
 */
export const PCI_CFG_SPACE_SIZE = 256;
export const PCI_CFG_SPACE_EXP_SIZE = 4096;

export const PCI_VENDOR_ID = 0x00;
export const PCI_DEVICE_ID = 0x02;
export const PCI_COMMAND = 0x04;
export const PCI_COMMAND_IO = 0x1;
export const PCI_COMMAND_MEMORY = 0x2;
export const PCI_COMMAND_MASTER = 0x4;
export const PCI_STATUS = 0x06;
export const PCI_STATUS_CAP_LIST = 0x10;
export const PCI_CLASS_REVISION = 0x08;
export const PCI_CLASS_DEVICE = 0x0a;
export const PCI_HEADER_TYPE = 0x0e;
export const PCI_HEADER_TYPE_MASK = 0x7f;
export const PCI_HEADER_TYPE_MFD = 0x80;
export const PCI_HEADER_TYPE_NORMAL = 0;
export const PCI_HEADER_TYPE_BRIDGE = 1;
export const PCI_HEADER_TYPE_CARDBUS = 2;
export const PCI_BASE_ADDRESS_0 = 0x10;
export const PCI_BASE_ADDRESS_SPACE_IO = 0x1;
export const PCI_BASE_ADDRESS_MEM_TYPE_MASK = 0x6;
export const PCI_BASE_ADDRESS_MEM_TYPE_64 = 0x4;
export const PCI_BASE_ADDRESS_MEM_PREFETCH = 0x8;
export const PCI_SUBSYSTEM_VENDOR_ID = 0x2c;
export const PCI_SUBSYSTEM_ID = 0x2e;
export const PCI_ROM_ADDRESS = 0x30;
export const PCI_ROM_ADDRESS1 = 0x38;
export const PCI_ROM_ADDRESS_ENABLE = 0x1;
export const PCI_CAPABILITY_LIST = 0x34;
export const PCI_CB_CAPABILITY_LIST = 0x14;

export const PCI_PRIMARY_BUS = 0x18;
export const PCI_SECONDARY_BUS = 0x19;
export const PCI_SUBORDINATE_BUS = 0x1a;
export const PCI_IO_BASE = 0x1c;
export const PCI_IO_LIMIT = 0x1d;
export const PCI_MEMORY_BASE = 0x20;
export const PCI_MEMORY_LIMIT = 0x22;
export const PCI_PREF_MEMORY_BASE = 0x24;
export const PCI_PREF_MEMORY_LIMIT = 0x26;
export const PCI_PREF_RANGE_TYPE_MASK = 0xf;
export const PCI_PREF_RANGE_TYPE_64 = 0x1;
export const PCI_PREF_BASE_UPPER32 = 0x28;
export const PCI_PREF_LIMIT_UPPER32 = 0x2c;
export const PCI_IO_BASE_UPPER16 = 0x30;
export const PCI_IO_LIMIT_UPPER16 = 0x32;
export const PCI_BRIDGE_CONTROL = 0x3e;

export const PCI_CAP_ID_PM = 0x01;
export const PCI_CAP_ID_MSI = 0x05;
export const PCI_CAP_ID_PCIX = 0x07;
export const PCI_CAP_ID_EXP = 0x10;
export const PCI_CAP_ID_MSIX = 0x11;
export const PCI_CAP_ID_AF = 0x13;
export const PCI_CAP_ID_EA = 0x14;

/** Capability registers below are offsets from the start of their capability. */
export const PCI_MSIX_TABLE = 0x04;
export const PCI_MSIX_TABLE_BIR = 0x0000_0007;

export const PCI_EXP_FLAGS = 0x02;
export const PCI_EXP_FLAGS_TYPE = 0x00f0;
export const PCI_EXP_DEVCTL = 0x08;
export const PCI_EXP_LNKSTA = 0x12;
export const PCI_EXP_LNKCAP2 = 0x2c;

export const PCI_EXP_TYPE_ENDPOINT = 0x0;
export const PCI_EXP_TYPE_LEG_END = 0x1;
export const PCI_EXP_TYPE_ROOT_PORT = 0x4;
export const PCI_EXP_TYPE_UPSTREAM = 0x5;
export const PCI_EXP_TYPE_DOWNSTREAM = 0x6;
export const PCI_EXP_TYPE_PCI_BRIDGE = 0x7;
export const PCI_EXP_TYPE_PCIE_BRIDGE = 0x8;
export const PCI_EXP_TYPE_RC_END = 0x9;
export const PCI_EXP_TYPE_RC_EC = 0xa;

export const PCI_EXT_CAP_START = 0x100;
export const PCI_EXT_CAP_ID_ERR = 0x01;
export const PCI_EXT_CAP_ID_DSN = 0x03;
export const PCI_EXT_CAP_ID_ACS = 0x0d;
export const PCI_EXT_CAP_ID_ARI = 0x0e;
export const PCI_EXT_CAP_ID_ATS = 0x0f;
export const PCI_EXT_CAP_ID_SRIOV = 0x10;
export const PCI_EXT_CAP_ID_PRI = 0x13;
export const PCI_EXT_CAP_ID_REBAR = 0x15;
export const PCI_EXT_CAP_ID_PASID = 0x1b;
export const PCI_EXT_CAP_ID_DPC = 0x1d;
export const PCI_EXT_CAP_ID_DVSEC = 0x23;
export const PCI_EXT_CAP_ID_VF_REBAR = 0x24;

export const PCI_ACS_CTRL = 0x06;
/** Source Validation */
export const PCI_ACS_SV = 0x0001;
/** Translation Blocking */
export const PCI_ACS_TB = 0x0002;
/** P2P Request Redirect */
export const PCI_ACS_RR = 0x0004;
/** P2P Completion Redirect */
export const PCI_ACS_CR = 0x0008;
/** Upstream Forwarding */
export const PCI_ACS_UF = 0x0010;
/** P2P Egress Control */
export const PCI_ACS_EC = 0x0020;
/** Direct Translated P2P */
export const PCI_ACS_DT = 0x0040;
export const PCI_ACS_EGRESS_CTL_V = 0x08;

export const PCI_DSN_LO = 0x04;

export const PCI_SRIOV_BAR = 0x24;

export const PCI_REBAR_CAP = 0x04;
export const PCI_REBAR_CTRL = 0x08;

/** A value in the place of a field: `mask` has the bits of the field, in a row. */
export function fieldPrep(mask: number, value: number): number {
  return ((value << (31 - Math.clz32(mask & -mask))) & mask) >>> 0;
}

/** The value that a field of a register holds. */
export function fieldGet(mask: number, bits: number): number {
  return (bits & mask) >>> (31 - Math.clz32(mask & -mask));
}
