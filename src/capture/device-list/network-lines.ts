/** Lists of adapters, drives and cards beside what the system calls them. */
import { rawText } from '../../base/index.ts';
import { parseDevicePath, placeFacts } from '../device-path.ts';
import { known } from '../fact.ts';
import { NAMED_CLASSES } from '../sysfs/index.ts';
import { addName } from './device-draft.ts';
import { ADDRESS, type ListLine } from './list-line.ts';

/** `0000:41:00.0 mlx5_0 (MT4123 - MCX653106A) ConnectX-6 … fw 20.31 port 1 (ACTIVE) ==> ib0 (Up)`: `ibdev2netdev -v`. */
const IBDEV2NETDEV: ListLine = {
  starts: [],
  pattern: new RegExp(String.raw`^${ADDRESS} (\w[\w.-]*) \(.* port \d+ \(\s*\w+\s*\) ==> (\S+) \(\w+\)$`),
  read: ([, address = '', rdma = '', netdev = ''], draft, line) => {
    const device = draft.at(address, line);
    if (device === undefined) return;
    addName(device, 'rdma', rdma);
    addName(device, 'netdev', netdev);
  },
};

/** `ConnectX6(rev:0)  /dev/mst/mt4123_pciconf0  41:00.0  mlx5_0  net-ens1f0np0  0`: `mst status -v`. */
const MST_STATUS: ListLine = {
  starts: ['ConnectX', 'BlueField', 'ConnectIB'],
  pattern: new RegExp(String.raw`^\w+\(rev:\w+\)\s+\S+\s+${ADDRESS}\s+(\S+)\s+net-(\S+)(?:\s+(\d+))?\s*$`),
  read: ([, address = '', rdma = '', netdevs = '', node], draft, line) => {
    const device = draft.at(address, line);
    if (device === undefined) return;
    if (/\d$/.test(rdma)) addName(device, 'rdma', rdma);
    for (const name of netdevs.split(',net-')) addName(device, 'netdev', name);
    if (node !== undefined) device.facts = { ...device.facts, numaNode: known(Number(node)) };
  },
};

const CLASSES = Object.keys(NAMED_CLASSES).join('|');

/** `lrwxrwxrwx 1 root root 0 Nov 1 10:00 eth0 -> ../../devices/pci0000:00/…/net/eth0`, or the path alone. */
const CLASS_LINK: ListLine = {
  starts: ['lrwx', '/sys/devices/', '/sys/class/'],
  pattern: new RegExp(String.raw`devices/\S*pci[0-9a-f]{4,8}:\S+/(${CLASSES})/([^/\s]+)/?$`),
  read: (match, draft, line) => {
    const [, folder = '', name = ''] = match;
    const kind = NAMED_CLASSES[folder];
    const place = parseDevicePath(match.input);
    const device = place === undefined ? undefined : draft.at(addressOf(match.input), line);
    if (place === undefined || device === undefined || kind === undefined) return;
    device.facts = { ...device.facts, ...placeFacts(place) };
    if (kind !== 'drm' || /^(?:card|renderD)\d+$/.test(name)) addName(device, kind, name);
  },
};

/** `lrwxrwxrwx … 0000:41:00.0 -> ../../../devices/pci0000:40/0000:40:01.1/0000:41:00.0`: `ls -l /sys/bus/pci/devices`. */
const DEVICE_LINK: ListLine = {
  starts: ['lrwx', '/sys/devices/', '/sys/bus/pci/'],
  // Lists of IOMMU groups have four steps up.
  pattern: new RegExp(
    String.raw`(?:-> (?:\.\./){3}devices/|^/sys/devices/)\S*pci[0-9a-f]{4,8}:[0-9a-f]{2}(?:/${ADDRESS})+/?$`,
    'i',
  ),
  read: ({ input }, draft, line) => draft.place(input, line),
};

function addressOf(path: string): string {
  return [...path.matchAll(/\/([0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7])(?=\/)/g)].at(-1)?.[1] ?? '';
}

/** `ethtool -i`: the name stands in the command alone, `$ ethtool -i eth0`, or in the name of a file of sos. */
const ETHTOOL: readonly ListLine[] = [
  {
    starts: ['ethtool -i ', '$ ethtool -i ', '# ethtool -i '],
    pattern: /^(?:[$#] )?ethtool -i (\S{1,64})$/,
    read: ([, name], draft) => {
      draft.pending = name;
      draft.heading = '';
    },
  },
  {
    starts: ['driver: '],
    pattern: /^driver: ([\w-]+)$/,
    read: ([, driver = ''], draft) => {
      draft.heading = driver;
    },
  },
  {
    starts: ['bus-info: '],
    pattern: new RegExp(`^bus-info: ${ADDRESS}$`),
    read: ([, address = ''], draft, line) => {
      const device = draft.at(address, line);
      if (device === undefined) return;
      if (draft.heading !== '') device.facts = { ...device.facts, driver: known(rawText(draft.heading)) };
      if (draft.pending !== undefined) addName(device, 'netdev', draft.pending);
      draft.pending = undefined;
      draft.heading = '';
    },
  },
];

/** `nvme0  S4GENX0  Samsung SSD  FW  pcie  0000:03:00.0  nvme-subsys0  nvme0n1`: `nvme list -v`. */
const NVME_LIST: ListLine = {
  starts: ['nvme'],
  pattern: new RegExp(String.raw`^(nvme\d+)\s.*\spcie\s+${ADDRESS}(?:\s|$)`),
  read: ([, name = '', address = ''], draft, line) => {
    const device = draft.at(address, line);
    if (device !== undefined) addName(device, 'nvme', name);
  },
};

/** All of them. */
export const NETWORK_LINES: readonly ListLine[] = [
  IBDEV2NETDEV,
  MST_STATUS,
  CLASS_LINK,
  DEVICE_LINK,
  ...ETHTOOL,
  NVME_LIST,
];
