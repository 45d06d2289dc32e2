/** What the kernel prints of itself, the processor, root buses and IOMMUs. */
import { formatRootBus, makeBdf } from '../../uapi/index.ts';
import { ivhdEfrOfLogLine } from '../ivhd-efr.ts';
import type { IommuWords, MachineDraft, RootBusDraft } from './machine-draft.ts';
import { parseResource, RESOURCE_WORDS } from './resource-words.ts';

type Reader = (match: RegExpExecArray, machine: MachineDraft, line: number) => void;

/** With these words a machine line begins: a quick look before the forms are tried. */
export const MACHINE_WORDS: readonly string[] = [
  'Linux version',
  'Command line:',
  'Kernel command line:',
  'ACPI:',
  'acpi ',
  'pci_bus ',
  'PCI host bridge to bus',
  'pci-host-generic ',
  'smpboot: CPU0:',
  'CPU0:',
  'DMAR:',
  'AMD-Vi:',
  'iommu:',
  'arm-smmu-v3 ',
  'PCIe ACS overrides',
  'Warning: PCIe ACS overrides',
];

const LINES: readonly (readonly [form: RegExp, read: Reader])[] = [
  [
    /^Linux version (\S+)/,
    ([, release], machine) => {
      machine.release = release;
    },
  ],
  [
    /^(?:Kernel c|C)ommand line: (.*)$/,
    ([, text = ''], machine) => {
      machine.cmdline = text.trim();
    },
  ],
  [
    /^(?:smpboot: )?CPU0: (.+?) \(f(?:am|amily): (?:0x)?([0-9a-f]+), model: /i,
    ([, modelName = '', family = ''], machine) => {
      machine.cpu = { modelName, family: Number.parseInt(family, 16) };
    },
  ],
  [
    /^ACPI: PCI Root Bridge \[.*?\] \(domain ([0-9a-f]{4,8}) \[bus ([0-9a-f]{2})(?:-([0-9a-f]{2}))?\]/i,
    ([, domain = '', first = '', last], machine) => {
      const root = rootBusAt(machine, hex(domain), hex(first));
      root.lastBus = hex(last ?? first);
      root.acpi = true;
      machine.pendingRoot = root;
    },
  ],
  [
    /^acpi PNP0A0[38]:([0-9a-f]{2}):/i,
    ([, instance = ''], machine) => {
      if (machine.pendingRoot !== undefined) machine.pendingRoot.firmwareInstance ??= hex(instance);
    },
  ],
  [
    /^(?:pci-host-generic |pcie-\S+ |\S+-pcie )?(\S+\.pcie?)?:? ?PCI host bridge to bus ([0-9a-f]{4,8}):([0-9a-f]{2})/i,
    ([, node, domain = '', bus = ''], machine) => {
      const root = rootBusAt(machine, hex(domain), hex(bus));
      root.platformNode ??= node;
      machine.pendingRoot = undefined;
    },
  ],
  [
    /^pci_bus ([0-9a-f]{4,8}):([0-9a-f]{2}): root bus resource \[bus ([0-9a-f]{2})(?:-([0-9a-f]{2}))?\]/i,
    ([, domain = '', bus = '', first = '', last], machine) => {
      rootBusAt(machine, hex(domain), hex(bus)).lastBus = hex(last ?? first);
    },
  ],
  [
    new RegExp(
      `^pci_bus ([0-9a-f]{4,8}):([0-9a-f]{2}): root bus resource (${RESOURCE_WORDS})(?: \\(bus address \\[0x([0-9a-f]+)-)?`,
      'i',
    ),
    ([, domain = '', bus = '', words = '', busStart], machine) => {
      const root = rootBusAt(machine, hex(domain), hex(bus));
      const resource = words.startsWith('[mem') ? parseResource(words) : undefined;
      if (resource === undefined) return;
      const { start, end } = resource.range;
      root.apertures.push({ start, end, offset: busStart === undefined ? 0n : start - BigInt(`0x${busStart}`) });
    },
  ],
  [
    /^pci_bus ([0-9a-f]{4,8}):([0-9a-f]{2}): on NUMA node (\d+)/i,
    ([, domain = '', bus = '', node], machine) => {
      const root = machine.rootBuses.get(rootKey(hex(domain), hex(bus)));
      if (root !== undefined) root.numaNode = Number(node);
    },
  ],
  [
    /^DMAR: (dmar\d+): reg_base_addr \S+ ver \S+ cap ([0-9a-f]+) ecap ([0-9a-f]+)/i,
    ([, name = '', cap, ecap], machine) => addIommu(machine, { name, kind: 'intel', cap, ecap }),
  ],
  [
    /^DMAR: IOMMU disabled/i,
    (_, machine) => {
      machine.iommuOff = true;
    },
  ],
  [
    /^AMD-Vi: (?:AMD IOMMU disabled|IOMMU .*disabled)/i,
    (_, machine) => {
      machine.iommuOff = true;
    },
  ],
  [/^AMD-Vi: Found IOMMU at ([0-9a-f:.]+) cap/i, ([, at = ''], machine) => addAmdIommu(machine, at)],
  [
    /^AMD-Vi: Extended features \(0x([0-9a-f]+), 0x([0-9a-f]+)\)/i,
    ([, first = '', second = ''], machine) => {
      machine.amdFeatures = `${second}:${first}`;
    },
  ],
  [
    /^arm-smmu-v3 (\S+): /,
    ([, name = ''], machine) => addIommu(machine, { name, kind: 'smmuv3', cap: undefined, ecap: undefined }),
  ],
  [
    /^iommu: Default domain type: (\w+)/,
    ([, type], machine) => {
      machine.defaultDomain = type;
    },
  ],
  [
    /^iommu: DMA domain TLB invalidation policy: (lazy|strict) mode/,
    ([, policy], machine) => {
      machine.strict = policy === 'strict';
    },
  ],
  [
    // The driver's own choice overrides what the line above it says.
    /^(?:AMD-Vi: Using strict mode due to virtualization|DMAR: IOMMU batching disallowed due to virtualization)/,
    (_, machine) => {
      machine.strict = true;
    },
  ],
  [
    /^(?:Warning: )?PCIe ACS overrides enabled/i,
    (_, machine, line) => {
      machine.overrideLine ??= line;
    },
  ],
];

/** Tables that announce an IOMMU: Intel, AMD, virtio. */
const IOMMU_TABLES: readonly string[] = ['DMAR', 'IVRS', 'VIOT'];
/** `ACPI: XSDT 0x00000000A3FEC728 0000EC (v01 …`: signature, address, length. */
const TABLE = /^ACPI: ([A-Z0-9@!]{4}) 0x[0-9a-f]+ ([0-9a-f]{6,8})(?: |$)/i;
const TABLE_HEADER = 36;

/** Reads one line of the machine. */
export function readMachineLine(text: string, machine: MachineDraft, line: number): void {
  machine.ivhdEfr ??= ivhdEfrOfLogLine(text);
  const table = TABLE.exec(text);
  if (table !== null) {
    noteTable(table[1] ?? '', Number.parseInt(table[2] ?? '', 16), machine);
    return;
  }
  for (const [form, read] of LINES) {
    const match = form.exec(text);
    if (match !== null) {
      read(match, machine, line);
      return;
    }
  }
}

/** An IOMMU of AMD is a PCI function; its driver numbers them as it finds them. */
export function addAmdIommu(machine: MachineDraft, at: string): void {
  const known = [...machine.iommus.values()].filter(({ kind }) => kind === 'amd');
  if (machine.iommus.has(at)) return;
  machine.iommus.set(at, { name: `ivhd${known.length}`, kind: 'amd', cap: undefined, ecap: undefined });
}

function addIommu(machine: MachineDraft, iommu: IommuWords): void {
  if (!machine.iommus.has(iommu.name)) machine.iommus.set(iommu.name, iommu);
}

/**
 * The root table lists the others: where as many were printed as it says, one that is not among them does not exist.
 * DSDT and FACS are in FACP, not in the root table.
 */
function noteTable(signature: string, length: number, machine: MachineDraft): void {
  if (signature === 'XSDT') machine.tableCount = (length - TABLE_HEADER) / 8;
  else if (signature === 'RSDT') machine.tableCount ??= (length - TABLE_HEADER) / 4;
  else if (!['RSDP', 'DSDT', 'FACS'].includes(signature)) machine.tables.add(`${signature} ${machine.tables.size}`);
}

/** Does the log prove that firmware announces no IOMMU? */
export function provesNoIommuTable({ tables, tableCount }: MachineDraft): boolean {
  if (tableCount === undefined || tables.size !== tableCount) return false;
  return ![...tables].some((table) => IOMMU_TABLES.includes(table.slice(0, 4)));
}

function rootBusAt(machine: MachineDraft, domain: number, bus: number): RootBusDraft {
  const key = rootKey(domain, bus);
  const known = machine.rootBuses.get(key);
  if (known !== undefined) return known;
  const root: RootBusDraft = {
    domain,
    bus,
    lastBus: undefined,
    apertures: [],
    acpi: false,
    firmwareInstance: undefined,
    platformNode: undefined,
    numaNode: undefined,
  };
  machine.rootBuses.set(key, root);
  return root;
}

function rootKey(domain: number, bus: number): string {
  return formatRootBus(makeBdf(domain, bus, 0));
}

function hex(digits: string): number {
  return Number.parseInt(digits, 16);
}
