/**
 * Devices whose isolation Linux knows better than their ACS capability tells. Rows in the order in which the kernel
 * tries them, as of Linux 7.3. drivers/pci/quirks.c `pci_dev_acs_enabled`.
 */
import {
  PCI_ACS_CR,
  PCI_ACS_DT,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_ACS_TB,
  PCI_ACS_UF,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
} from '../../uapi/index.ts';

/** What is asked of a port for IOMMU groups. @kernel REQ_ACS_FLAGS drivers/iommu/iommu.c */
export const REQ_ACS_FLAGS: number = PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF;
const NO_INTERNAL_P2P = REQ_ACS_FLAGS | PCI_ACS_TB | PCI_ACS_DT;

/**
 * - `provides`: the device behaves as if the bits `flags` were set, and no others.
 * - `amd-southbridge`: request and completion redirect, for functions of a multi-function device on the root bus of a
 *   machine with an AMD IOMMU.
 * - `intel-pch`: `flags`, if Linux could switch the chipset's own redirection on.
 * - `intel-spt`: ACS registers are 32 bits wide, Control is at +8.
 */
export interface AcsQuirk {
  readonly rule: 'provides' | 'amd-southbridge' | 'intel-pch' | 'intel-spt';
  readonly flags: number;
  readonly vendor: number;
  /** Device ids, single or [first, last, step (1)]; undefined: any. */
  readonly devices?: readonly (number | readonly [first: number, last: number, step?: number])[];
  /** PCI_EXP_TYPE_* that the row is for; undefined: any. */
  readonly types?: readonly number[];
}

const ROOT_PORT = [PCI_EXP_TYPE_ROOT_PORT];
const PORTS = [PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_DOWNSTREAM];

function provides(vendor: number, devices: AcsQuirk['devices'] & object, types?: readonly number[]): AcsQuirk {
  return { rule: 'provides', flags: REQ_ACS_FLAGS, vendor, devices, ...(types && { types }) };
}

function noInternalP2p(vendor: number, devices: AcsQuirk['devices'] & object): AcsQuirk {
  return { rule: 'provides', flags: NO_INTERNAL_P2P, vendor, devices };
}

/** The table. The first row that is for a device decides. */
export const ACS_QUIRKS: readonly AcsQuirk[] = [
  ...[0x1002, 0x1022].map((vendor): AcsQuirk => {
    const devices = vendor === 0x1002 ? [0x4385, 0x439c, 0x4383, 0x439d, 0x4384, 0x4399] : [0x780f, 0x7809];
    return { rule: 'amd-southbridge', flags: PCI_ACS_RR | PCI_ACS_CR, vendor, devices };
  }),
  noInternalP2p(0x1924, [0x0903, 0x0923, 0x0a03]),
  noInternalP2p(0x8086, [
    // 82571, 82575, 82576, 82580
    ...[0x105e, 0x105f, 0x1060, 0x10d9, 0x10a7, 0x10a9, 0x10d6],
    ...[0x10c9, 0x10e6, 0x10e7, 0x10e8, 0x150a, 0x150d, 0x1518, 0x1526],
    ...[0x1509, 0x150e, 0x150f, 0x1510, 0x1511, 0x1516, 0x1527],
    // 82598, 82599, X540, I350, I219
    ...([0x10c6, 0x10db, 0x10dd, 0x10e1, 0x10f1, [0x10f7, 0x10fc]] satisfies AcsQuirk['devices']),
    ...[0x1507, 0x1514, 0x151c, 0x1529, 0x152a, 0x154d, 0x154f, 0x1551, 0x1558],
    [0x1521, 0x1524],
    ...[0x15b7, 0x15b8],
  ]),
  { rule: 'provides', flags: REQ_ACS_FLAGS, vendor: 0x8086, types: [PCI_EXP_TYPE_RC_END] },
  provides(0x17cb, [0x0400, 0x0401, 0x0111, 0x0115, 0x0120]),
  provides(0x1dbf, [0x0401]),
  {
    rule: 'intel-pch',
    flags: REQ_ACS_FLAGS,
    vendor: 0x8086,
    types: ROOT_PORT,
    devices: [
      ...([
        [0x3b42, 0x3b51],
        [0x1c10, 0x1c1f],
        [0x1e10, 0x1e1f],
        [0x8c10, 0x8c1f],
        [0x9c10, 0x9c1b],
      ] as const),
      ...([
        [0x9c90, 0x9c9b],
        [0x1d10, 0x1d1e, 2],
        [0x8d10, 0x8d1e],
        [0x8c90, 0x8c9e, 2],
      ] as const),
    ],
  },
  {
    rule: 'intel-spt',
    flags: 0,
    vendor: 0x8086,
    types: ROOT_PORT,
    devices: [
      [0xa110, 0xa11f],
      [0xa167, 0xa16a],
      [0xa290, 0xa29f],
      [0xa2e7, 0xa2ee],
      [0x9d10, 0x9d1b],
    ],
  },
  noInternalP2p(0x19a2, [0x0710]),
  noInternalP2p(0x10df, [0x0720]),
  provides(0x177d, [[0xa000, 0xa7ff], 0xaf84, 0xb884], ROOT_PORT),
  noInternalP2p(0x177d, [0xa026, 0xa059, 0xa060]),
  provides(0x10e8, [0xe004]),
  provides(0x1def, [[0xe005, 0xe00c]]),
  noInternalP2p(0x14e4, [0x16d7, [0x1750, 0x1752], [0x1760, 0x1763]]),
  provides(0x14e4, [0xd714]),
  provides(0x0014, [
    [0x3c09, 0x3c29, 0x10],
    [0x7a09, 0x7a69, 0x10],
  ]),
  provides(0x1c36, [0x0031], ROOT_PORT),
  noInternalP2p(0x1d17, [0x3038, 0x3104, 0x9083]),
  provides(0x1d17, [[0x0710, 0x071e], 0x0721, [0x0723, 0x0752]], PORTS),
  // LX2xx0 and LX2xx2 with 16, 12 and 8 cores; the last three bits tell the core count and the model.
  provides(
    0x1957,
    [0x8d80, 0x8d90].flatMap((model) =>
      [0, 1, 8, 9].flatMap((kind) => [0, 0x20, 2].map((cores) => model + kind + cores)),
    ),
  ),
  provides(0x8088, [[0x0100, 0x010f], 0x1001, 0x2001, 0x5010, 0x5025, 0x5040, 0x5110, 0x5125, 0x5140]),
];

/** Is the row for a device with these numbers? */
export function quirkIsFor(row: AcsQuirk, vendor: number, device: number, type: number): boolean {
  if (row.vendor !== vendor || row.types?.includes(type) === false) return false;
  if (row.devices === undefined) return true;
  return row.devices.some((ids) => {
    if (typeof ids === 'number') return ids === device;
    const [first, last, step = 1] = ids;
    return device >= first && device <= last && (device - first) % step === 0;
  });
}

/**
 * Switches whose source validation is broken: the kernel takes the bit out of the Capability register it remembers
 * ("Disabling broken ACS SV").
 * @kernel pci_disable_broken_acs_cap drivers/pci/quirks.c
 */
export const BROKEN_SOURCE_VALIDATION: readonly { readonly vendor: number; readonly device: number }[] = [
  { vendor: 0x111d, device: 0x80b5 },
  { vendor: 0x111d, device: 0x8090 },
];
