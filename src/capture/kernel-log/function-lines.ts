/** What the kernel prints of PCI functions. drivers/pci/probe.c, setup-res.c, setup-bus.c, pci.c; drivers/iommu/iommu.c. */
import {
  type Bdf,
  IORESOURCE_IO,
  IORESOURCE_PREFETCH,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_PCI_BRIDGE,
  PCI_EXP_TYPE_PCIE_BRIDGE,
  PCI_EXP_TYPE_RC_EC,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
  parseBdf,
} from '../../uapi/index.ts';
import {
  FIRST_VF_BAR,
  type FunctionDraft,
  type Identity,
  IO_WINDOW,
  type LinkWords,
  MEMORY_WINDOW,
  PREFETCHABLE_WINDOW,
  ROM,
} from './function-draft.ts';
import { type PrintedResource, parseResource, RESOURCE_WORDS } from './resource-words.ts';

/** The log as a whole, as far as lines of one function reach others. */
export interface FunctionLog {
  /** The function, new where it was not mentioned before. */
  readonly functionAt: (bdf: Bdf, line: number) => FunctionDraft;
  /** The kernel found the function, perhaps again: what was known of it before does not hold. */
  readonly foundAgain: (bdf: Bdf, line: number) => FunctionDraft;
}

type Reader = (match: RegExpExecArray, fn: FunctionDraft, line: number, log: FunctionLog) => void;

const EXPRESS_WORDS: ReadonlyMap<string, Identity['express']> = new Map<string, Identity['express']>([
  ['PCIe Endpoint', PCI_EXP_TYPE_ENDPOINT],
  ['PCIe Legacy Endpoint', PCI_EXP_TYPE_LEG_END],
  ['PCIe Root Port', PCI_EXP_TYPE_ROOT_PORT],
  ['PCIe Switch Upstream Port', PCI_EXP_TYPE_UPSTREAM],
  ['PCIe Switch Downstream Port', PCI_EXP_TYPE_DOWNSTREAM],
  ['PCIe to PCI/PCI-X bridge', PCI_EXP_TYPE_PCI_BRIDGE],
  ['PCI/PCI-X to PCIe bridge', PCI_EXP_TYPE_PCIE_BRIDGE],
  ['PCIe Root Complex Integrated Endpoint', PCI_EXP_TYPE_RC_END],
  ['PCIe Root Complex Event Collector', PCI_EXP_TYPE_RC_EC],
  ['conventional PCI endpoint', 'conventional'],
  ['conventional PCI bridge', 'conventional'],
  ['conventional PCI', 'conventional'],
  ['CardBus bridge', 'conventional'],
]);

const LINK = String.raw`([\d.]+) GT/s(?: PCIe)? x(\d+) link`;

/** Lines by their form; the first that fits reads. */
const LINES: readonly (readonly [form: RegExp, read: Reader])[] = [
  [
    /^\[([0-9a-f]{4}):([0-9a-f]{4})\] type ([0-9a-f]{2}) class 0x([0-9a-f]{6})(?: +(.*))?$/i,
    ([, vendor = '', device = '', type = '', classCode = '', words = ''], fn, line, log) => {
      log.foundAgain(fn.bdf, line).identity = {
        vendor: hex(vendor),
        device: hex(device),
        headerType: hex(type) & PCI_HEADER_TYPE_MASK,
        classCode: hex(classCode),
        express: EXPRESS_WORDS.get(words.trim()),
      };
    },
  ],
  [
    new RegExp(`^(?:legacy IDE quirk: )?reg 0x([0-9a-f]+): (${RESOURCE_WORDS})`, 'i'),
    ([, reg = '', words = ''], fn) => {
      const index = indexOfRegister(hex(reg), fn);
      if (index !== undefined) put(fn, index, words);
    },
  ],
  [new RegExp(`^VF\\(n\\) BAR ?(\\d) space: (${RESOURCE_WORDS})`), ([, bar, words], fn) => putVfBar(fn, bar, words)],
  [
    new RegExp(`^VF BAR (\\d) (${RESOURCE_WORDS}): (?:contains BAR|assigned)`),
    ([, bar, words], fn) => putVfBar(fn, bar, words),
  ],
  // Since 6.11 the resource comes first: "BAR 0 [mem …]: assigned"; before: "BAR 0: assigned [mem …]".
  [
    new RegExp(`^BAR (\\d{1,2}) (${RESOURCE_WORDS})(?:: (.*))?$`),
    ([, bar, words, what], fn) => change(fn, Number(bar), words, what),
  ],
  [
    new RegExp(`^BAR (\\d{1,2}): (.*?) ?(${RESOURCE_WORDS})`),
    ([, bar, what, words], fn) => change(fn, Number(bar), words, what),
  ],
  [new RegExp(`^ROM (${RESOURCE_WORDS})(?:: (.*))?$`), ([, words, what], fn) => change(fn, ROM, words, what)],
  [
    /^PCI bridge to \[bus ([0-9a-f]{2})(?:-([0-9a-f]{2}))?\]/i,
    ([, first = '', last], fn) => {
      fn.buses = { secondary: hex(first), subordinate: hex(last ?? first) };
    },
  ],
  [
    // A window that the bridge only lets through "subtractively" is that of the bus above.
    new RegExp(`^ *bridge window (${RESOURCE_WORDS})(?:: (.*))?$`),
    ([, words = '', what], fn) => {
      const resource = parseResource(words);
      if (resource !== undefined) change(fn, windowIndex(resource), words, what);
    },
  ],
  // A terminal ends with `>` what is wider than itself.
  [/^Adding to iommu group (\d+)(?![\d>])/, ([, id], fn, line) => joinGroup(fn, Number(id), line)],
  [/^Removing from iommu group \d+/, (_, fn) => leaveGroup(fn)],
  [
    new RegExp(`available PCIe bandwidth, limited by ${LINK} at (\\S+) \\(capable of [\\d.]+ Gb/s with ${LINK}\\)`),
    ([, speed, width, at = '', maxSpeed, maxWidth], fn, line, log) => {
      fn.maxLink = linkOf(maxSpeed, maxWidth);
      const limit = parseBdf(at);
      if (limit !== undefined) log.functionAt(limit, line).link = linkOf(speed, width);
    },
  ],
  [
    new RegExp(`available PCIe bandwidth \\(${LINK}\\)`),
    ([, speed, width], fn) => {
      // Nothing on the path is slower than what the function itself can do, so its own link runs so.
      fn.maxLink = linkOf(speed, width);
      fn.link = fn.maxLink;
    },
  ],
  [
    /^Configured ACS to 0x([0-9a-f]{1,4})/i,
    ([, value = ''], fn, line) => {
      fn.acsControl = { value: hex(value), line };
    },
  ],
  [
    /^added peer-to-peer DMA memory (?:\[mem )?0x([0-9a-f]+)-0x([0-9a-f]+)/i,
    ([, first = '', last = ''], fn) => {
      fn.p2pmemSize = BigInt(`0x${last}`) - BigInt(`0x${first}`) + 1n;
    },
  ],
];

/** Reads what is printed of `fn`, the text behind `DRIVER ADDRESS: `. */
export function readFunctionLine(text: string, fn: FunctionDraft, line: number, log: FunctionLog): void {
  for (const [form, read] of LINES) {
    const match = form.exec(text);
    if (match !== null) {
      read(match, fn, line, log);
      return;
    }
  }
}

/** The function is in a group now. */
export function joinGroup(fn: FunctionDraft, id: number, line: number): void {
  fn.group = { id, line };
}

/** The function is in no group any more. */
export function leaveGroup(fn: FunctionDraft): void {
  fn.groupBefore = fn.group ?? fn.groupBefore;
  fn.group = undefined;
}

/** `reg 0x10` and up are BARs, 0x30 (0x38 of a bridge) is the ROM; what lies higher are BARs of virtual functions, one each. */
function indexOfRegister(register: number, fn: FunctionDraft): number | undefined {
  if (register === (isBridge(fn) ? 0x38 : 0x30)) return ROM;
  if (register < 0x10 || register > 0x24 || register % 4 !== 0) return undefined;
  return (register - 0x10) / 4;
}

function isBridge(fn: FunctionDraft): boolean {
  return fn.identity !== undefined && fn.identity.headerType !== PCI_HEADER_TYPE_NORMAL;
}

function windowIndex({ flags }: PrintedResource): number {
  if (flags & IORESOURCE_IO) return IO_WINDOW;
  return flags & IORESOURCE_PREFETCH ? PREFETCHABLE_WINDOW : MEMORY_WINDOW;
}

function putVfBar(fn: FunctionDraft, bar: string | undefined, words: string | undefined): void {
  put(fn, FIRST_VF_BAR + Number(bar), words ?? '');
}

/** What a message says became of a resource. */
function change(fn: FunctionDraft, index: number, words: string | undefined, what: string | undefined): void {
  if (index > PREFETCHABLE_WINDOW || words === undefined) return;
  const isWindow = index >= IO_WINDOW;
  if (what === undefined || what === '' || /^(?:re)?assigned\b|^set to\b/.test(what)) put(fn, index, words);
  else if (/^releasing\b/.test(what) && isWindow) fn.resources.delete(index);
  else if (/^(?:failed to assign|no space for|can't assign)/.test(what)) {
    // It keeps its size; a window without an address is closed.
    if (isWindow) fn.resources.delete(index);
    else put(fn, index, words);
  }
}

function put(fn: FunctionDraft, index: number, words: string): void {
  const resource = parseResource(words);
  if (resource !== undefined) fn.resources.set(index, resource);
}

function linkOf(speed: string | undefined, width: string | undefined): LinkWords {
  return { speed: Number(speed), width: Number(width) };
}

function hex(digits: string): number {
  return Number.parseInt(digits, 16);
}
