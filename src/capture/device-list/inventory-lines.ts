/** Inventories of whole machines: `lshw`, `lshw -businfo`, `inxi`. */
import { rawText } from '../../base/index.ts';
import { makeBdf } from '../../uapi/index.ts';
import { known } from '../fact.ts';
import { classCodeOf, parseDeviceName } from '../lspci/index.ts';
import { addName, type ListDraft } from './device-draft.ts';
import { ADDRESS, type ListLine } from './list-line.ts';

/** `pci@0000:41:00.0  enp65s0f0  network  MT2892 Family`: `lshw -businfo`. Other columns than the name are words. */
const BUS_INFO: ListLine = {
  starts: ['pci@'],
  pattern: new RegExp(
    String.raw`^pci@${ADDRESS}\s+(?:(\S+)\s+)?(network|storage|display|bridge|bus|multimedia|generic|communication|processor|memory|input|disk|system)\s`,
  ),
  read: ([, address = '', name, kind = ''], draft, line) => {
    const device = draft.at(address, line);
    if (device !== undefined && name !== undefined) addLogicalName(draft, kind, name);
  },
};

/** Sections of `lshw`: `*-network:0`, then lines `bus info: pci@…`, `logical name: …`, `configuration: … driver=…`. */
const LSHW: readonly ListLine[] = [
  {
    starts: ['*-'],
    pattern: /^\*-([a-z]+)(?::\d+)?(?: (?:UNCLAIMED|DISABLED))*$/,
    read: ([, kind = ''], draft) => {
      draft.heading = kind;
      draft.current = undefined;
      draft.before = { names: [] };
    },
  },
  {
    starts: ['description: '],
    pattern: /^description: (.{1,80})$/,
    read: ([, words = ''], { before }) => {
      before.classCode = OWN_WORDS.get(words) ?? classCodeOf(words);
    },
  },
  {
    starts: ['product: ', 'vendor: '],
    pattern: /^(?:product|vendor): (.{1,120})$/,
    read: ([input = '', words = ''], { before }) => {
      const [, name = words, ids] = /^(.*?)(?: \[([0-9A-F]{4}(?::[0-9A-F]{4})?)\])?$/.exec(words) ?? [];
      // With -numeric, ids stand behind the names: vendor and device, and the vendor again.
      if (ids?.includes(':') === true) before.ids = ids;
      // The vendor stands below the product.
      if (input.startsWith('vendor')) before.names.unshift(name);
      else before.names.push(name);
    },
  },
  {
    starts: ['bus info: pci@'],
    pattern: new RegExp(`^bus info: pci@${ADDRESS}$`),
    read: ([, address = ''], draft, line) => {
      const device = draft.at(address, line);
      if (device === undefined) return;
      const { classCode, ids, names } = draft.before;
      const named = names.length === 2 ? parseDeviceName(names.join(' ')) : undefined;
      const [vendor, id] = ids?.split(':').map((digits) => Number.parseInt(digits, 16)) ?? [];
      const vendorId = vendor ?? named?.vendor;
      device.facts = {
        ...device.facts,
        ...(classCode === undefined ? {} : { classCode: known(classCode << 8) }),
        ...(vendorId === undefined ? {} : { vendor: known(vendorId) }),
        ...(id === undefined ? {} : { device: known(id) }),
        ...(names.length === 0 ? {} : { printedName: known(rawText(names.join(' '))) }),
        ...(id === undefined && named?.named !== undefined ? { namedDevices: named.named } : {}),
      };
      draft.before = { names: [] };
    },
  },
  {
    starts: ['logical name: '],
    pattern: /^logical name: (\S+)$/,
    read: ([, name = ''], draft) => addLogicalName(draft, draft.heading, name),
  },
  {
    starts: ['configuration: '],
    pattern: /^configuration: (?:.* )?driver=([\w-]+)(?: |$)/,
    read: ([, driver = ''], { current }) => {
      if (current !== undefined) current.facts = { ...current.facts, driver: known(rawText(driver)) };
    },
  },
];

/** Where lshw has words of its own. */
const OWN_WORDS: ReadonlyMap<string, number> = new Map([
  ['Ethernet interface', 0x0200],
  ['NVMe device', 0x0108],
]);

function addLogicalName({ current }: ListDraft, kind: string, name: string): void {
  if (current === undefined) return;
  if (kind === 'network' && !name.startsWith('/')) addName(current, 'netdev', name);
  const nvme = /^(?:\/dev\/)?(nvme\d+)$/.exec(name)?.[1];
  if (nvme !== undefined) addName(current, 'nvme', nvme);
}

/** `Device-1: NVIDIA AD102 driver: nvidia v: 535 bus-ID: 01:00.0 chip-ID: 10de:2684 class-ID: 0300`: `inxi -xx`. */
const INXI: ListLine = {
  starts:
    'Device-|bus-ID: |bus ID: |chip-ID: |class-ID: |pcie: |driver: |v: |ports: |port: |IF: |IF-ID-|lanes: |gen: |speed: |arch: |alternate: |vendor: |type: |temp: '.split(
      '|',
    ),
  pattern: new RegExp(
    String.raw`(?:bus[- ]ID: ${ADDRESS}(?:\s|$))|(?:chip[- ]ID: [0-9a-f]{4}:[0-9a-f]{4}(?:\s|$))|(?:^IF(?:-ID-\d)?: \S+ state: )|^Device-\d+: `,
  ),
  read: ({ input }, draft, line) => {
    const bus = new RegExp(String.raw`bus[- ]ID: ${ADDRESS}(?:\s|$)`).exec(input)?.[1];
    if (input.startsWith('Device-')) draft.current = undefined;
    const device = bus === undefined ? draft.current : draft.at(bus, line);
    if (device === undefined) return;
    const [, vendor = '', id = ''] = /chip[- ]ID: ([0-9a-f]{4}):([0-9a-f]{4})(?:\s|$)/.exec(input) ?? [];
    const classWord = /class-ID: ([0-9a-f]{4})([0-9a-f]{2})?(?:\s|$)/.exec(input);
    const number = (digits: string) => Number.parseInt(digits, 16);
    if (vendor !== '') device.facts = { ...device.facts, vendor: known(number(vendor)), device: known(number(id)) };
    if (classWord !== null)
      device.facts = { ...device.facts, classCode: known(number(`${classWord[1]}${classWord[2] ?? '00'}`)) };
    const netdev = /^IF(?:-ID-\d)?: (\S+) state: /.exec(input)?.[1];
    if (netdev !== undefined) addName(device, 'netdev', netdev);
  },
};

/** Blocks of `hwinfo` and of `esxcli hardware pci list`, which begin with an address. */
const BLOCKS: readonly ListLine[] = [
  {
    starts: ['SysFS BusID: ', 'Address: '],
    pattern: new RegExp(`^(?:SysFS BusID|Address): ${ADDRESS}$`),
    read: ([, address = ''], draft, line) => void draft.at(address, line),
  },
  {
    starts: ['SysFS ID: ', '<path>/sys/devices/'],
    pattern: /^(?:SysFS ID: \/devices|<path>\/sys\/devices)\/(pci[^\s<]+)(?:<\/path>)?$/,
    read: ([, path = ''], draft, line) => draft.place(path, line),
  },
  // libvirt: `virsh nodedev-dumpxml`.
  {
    starts: ['<class>'],
    pattern: /^<class>0x([0-9a-f]{6})<\/class>$/,
    read: ([, digits = ''], { current }) => {
      if (current !== undefined) current.facts = { ...current.facts, classCode: known(Number.parseInt(digits, 16)) };
    },
  },
  {
    starts: ['<product id=', '<vendor id='],
    pattern: /^<(product|vendor) id=['"]0x([0-9a-f]{4})['"]/,
    read: ([, what = '', digits = ''], draft) => idOf(draft, what === 'vendor' ? what : 'device', digits),
  },
  {
    starts: ['Vendor: pci ', 'Device: pci '],
    pattern: /^(Vendor|Device): pci 0x([0-9a-f]{4})\b/,
    read: ([, what = '', digits = ''], draft) => idOf(draft, what.toLowerCase(), digits),
  },
  {
    starts: ['Vendor ID: ', 'Device ID: ', 'Device Class: '],
    pattern: /^(Vendor ID|Device ID|Device Class): 0x([0-9a-f]{4})$/,
    read: ([, what = '', digits = ''], draft) => idOf(draft, what.slice(0, -3).toLowerCase(), digits),
  },
  {
    starts: ['Parent Device: PCI '],
    pattern: /^Parent Device: PCI (\d+):(\d+):(\d+):(\d)$/,
    read: ([, ...numbers], { current }) => {
      const [domain = 0, bus = 0, slot = 0, fn = 0] = numbers.map(Number);
      if (current === undefined || bus > 0xff || slot > 0x1f || fn > 7) return;
      current.facts = { ...current.facts, parent: known(makeBdf(domain, bus, slot * 8 + fn)) };
    },
  },
];

/** `what`: `vendor`, `device`, or the class, of which `esxcli` says `device cl`. */
function idOf({ current }: ListDraft, what: string, digits: string): void {
  if (current === undefined) return;
  const value = Number.parseInt(digits, 16);
  if (what === 'vendor') current.facts = { ...current.facts, vendor: known(value) };
  else if (what === 'device') current.facts = { ...current.facts, device: known(value) };
  else current.facts = { ...current.facts, classCode: known(value << 8) };
}

/** All of them. */
export const INVENTORY_LINES: readonly ListLine[] = [BUS_INFO, ...LSHW, INXI, ...BLOCKS];
