/** Inventories of whole machines: `lshw`, `lshw -businfo`, `inxi`. */
import { known } from '../fact.ts';
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
    },
  },
  {
    starts: ['bus info: pci@'],
    pattern: new RegExp(`^bus info: pci@${ADDRESS}$`),
    read: ([, address = ''], draft, line) => void draft.at(address, line),
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
      if (current !== undefined) current.facts = { ...current.facts, driver: known(driver) };
    },
  },
];

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

/** All of them. */
export const INVENTORY_LINES: readonly ListLine[] = [BUS_INFO, ...LSHW, INXI];
