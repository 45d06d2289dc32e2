/** Lists of GPUs by the tools of their vendors: `nvidia-smi -q`, `dcgmi discovery`, `amd-smi list`, `xpu-smi discovery`. */
import { formatBdf } from '../../uapi/index.ts';
import { known } from '../fact.ts';
import type { DeviceDraft, ListDraft } from './device-draft.ts';
import { ADDRESS, type ListLine } from './list-line.ts';

const NVIDIA = 0x10de;

/** A GPU of `nvidia-smi -q` begins with its address. */
const SMI_GPU: ListLine = {
  starts: ['GPU 0'],
  pattern: new RegExp(`^GPU ${ADDRESS}$`),
  read: ([, address = ''], draft, line) => {
    const device = draft.at(address, line);
    draft.heading = '';
    if (device === undefined) return;
    device.facts = { ...device.facts, vendor: known(NVIDIA) };
    draft.listed.push(device);
  },
};

/** How many it lists; with a choice of some (`-i`) it says so many too, and lists fewer. */
const SMI_ATTACHED: ListLine = {
  starts: ['Attached GPUs '],
  pattern: /^Attached GPUs {4,}: (\d{1,3})$/,
  read: ([, count], draft) => {
    draft.numberListed();
    draft.attached = Number(count);
  },
};

/** `nvidia-smi -L`: names without addresses. */
const SMI_LIST: ListLine = {
  starts: ['GPU '],
  pattern: /^GPU \d+: .*\(UUID: GPU-/,
  read: (_, draft) => {
    draft.nameless++;
  },
};

/** Headings above lines of equal names. */
const SMI_HEADING: ListLine = {
  starts: ['PCIe Generation', 'Link Width', 'BAR1 Memory Usage', 'FB Memory Usage'],
  pattern: /^(?:PCIe Generation|Link Width|BAR1 Memory Usage|FB Memory Usage)$/,
  read: ([heading], draft) => {
    draft.heading = heading;
  },
};

const SMI_VALUE: ListLine = {
  starts: ['Device Id ', 'Sub System Id ', 'Base Classcode', 'Sub Classcode', 'Max ', 'Current ', 'Total '],
  pattern: /^(Device Id|Sub System Id|Base Classcode|Sub Classcode|Max|Current|Total) {4,}: (\S+)/,
  read: ([, name = '', value = ''], draft, line) => {
    const { current } = draft;
    if (current !== undefined) readValue(current, name, value, draft, line);
  },
};

/** Speed of a generation of PCI Express, GT/s. */
const SPEEDS = [0, 2.5, 5, 8, 16, 32, 64];

function readValue(device: DeviceDraft, name: string, value: string, draft: ListDraft, line: number): void {
  const [, high = '', low = ''] = /^0x([0-9A-F]{4})([0-9A-F]{4})$/i.exec(value) ?? [];
  const number = (digits: string) => Number.parseInt(digits, 16);
  if (name === 'Device Id' && low !== '')
    device.facts = { ...device.facts, vendor: known(number(low)), device: known(number(high)) };
  if (name === 'Sub System Id' && low !== '')
    device.facts = { ...device.facts, subsystemVendor: known(number(low)), subsystemDevice: known(number(high)) };
  if (name === 'Base Classcode' && /^0x[0-9a-f]{1,2}$/i.test(value)) draft.pending = value;
  if (name === 'Sub Classcode' && draft.pending !== undefined && /^0x[0-9a-f]{1,2}$/i.test(value)) {
    device.facts = { ...device.facts, classCode: known((Number(draft.pending) << 16) | (Number(value) << 8)) };
    draft.pending = undefined;
  }
  const count = Number.parseInt(value, 10);
  if (draft.heading === 'PCIe Generation') {
    const speed = SPEEDS[count];
    if (name === 'Max' && speed !== undefined) device.link.maxSpeed = speed;
    if (name === 'Current' && speed !== undefined) device.link.speed = speed;
  }
  if (draft.heading === 'Link Width' && /^\d+x$/.test(value)) {
    if (name === 'Max') device.link.maxWidth = count;
    if (name === 'Current') device.link.width = count;
  }
  if (draft.heading === 'BAR1 Memory Usage' && name === 'Total' && /^\d+$/.test(value))
    draft.say({ devices: [formatBdf(device.bdf)], text: `nvidia-smi: BAR1 of ${value} MiB`, line });
}

/** A number, then an address: `GPU: 0` and `BDF: …` of amd-smi; rows of tables of dcgmi and xpu-smi. */
const NUMBERS: readonly ListLine[] = [
  { starts: ['GPU: '], pattern: /^GPU: (\d{1,3})$/, read: readNumber },
  { starts: [], pattern: /^(\d{1,3}) +\| (?:Device )?Name: .*\|$/, read: readNumber },
];

function readNumber([, number]: RegExpExecArray, draft: ListDraft): void {
  draft.pending = number;
}

const NUMBERED: ListLine = {
  starts: ['PCI Bus ID: ', 'PCI BDF Address: ', 'BDF: '],
  pattern: new RegExp(String.raw`^(PCI Bus ID|PCI BDF Address|BDF): ${ADDRESS}\s*\|?$`),
  read: ([, name = '', address = ''], draft, line) => {
    const device = draft.at(address, line);
    const kind = name === 'BDF' ? 'amd' : name === 'PCI Bus ID' ? 'nvidia' : 'intel';
    if (device !== undefined && draft.pending !== undefined) draft.numbered(kind, draft.pending, device);
    draft.pending = undefined;
  },
};

/** `GPU index 0 NVIDIA A100 bar:1 bar size (MiB):65536 supports GDS, IOMMU State: Disabled`: `gdscheck -p`. */
const GDSCHECK: ListLine = {
  starts: ['GPU index '],
  pattern: /^GPU index (\d{1,3}) .*(?:supports GDS|not support GDS|IOMMU State)/,
  read: ({ 0: text, 1: index, input }, draft, line) => {
    if (text !== '') draft.say({ devices: [`GPU${index}`], text: `gdscheck: ${input}`, line });
  },
};

/** All of them. */
export const GPU_LINES: readonly ListLine[] = [
  SMI_GPU,
  SMI_ATTACHED,
  SMI_LIST,
  SMI_HEADING,
  SMI_VALUE,
  ...NUMBERS,
  NUMBERED,
  GDSCHECK,
];
