/** The text lines of one function, taken apart into facts and capabilities. */
import { PCI_EXT_CAP_START } from '../../uapi/index.ts';
import {
  find,
  includes,
  readDigits,
  skipDecimals,
  skipHexDigits,
  skipMargin,
  startsWith,
  textOf,
  trimEnd,
} from './byte-text.ts';
import { capabilityId } from './capability-names.ts';
import { cleanLine, isMark, isPlain } from './clean-line.ts';
import { type DetailWord, detailWordAt, isSecondLine, WITH_SECOND_LINES } from './detail-words.ts';
import { mayComeAgain, mayStand, ownPlace, standsAbove } from './own-lines.ts';
import { isEllipsis } from './paste-cleanup.ts';
import { type PrintedRegion, type PrintedWindow, parseRegion, parseWindow } from './printed-region.ts';
import type { FunctionText, PrintedCapability, PrintedSubsystem } from './printed-text.ts';
import { linesTell } from './register-rules.ts';
import { lineEndOf } from './scanned-function.ts';

/** Words before a colon that start a line about the function itself. The last two end the capabilities. */
const KEYS = [
  'DeviceName',
  'Physical Slot',
  'Control',
  'Status',
  'Latency',
  'Flags',
  'Bus',
  'Secondary status',
  'BridgeCtl',
  'Memory window 0',
  'Memory window 1',
  'I/O window 0',
  'I/O window 1',
  'Kernel driver in use',
  'Kernel modules',
] as const;

/** Lines of which a function has one, and how lspci goes on behind the word. */
const ONCE: ReadonlyMap<string, RegExp> = new Map([
  ['Control', /^[A-Za-z/]+[+-]/],
  ['Status', /^Cap/],
  ['Bus', /^primary=/],
  ['BridgeCtl', /^Parity/],
  ['Flags', /devsel/],
]);

const DENIED = 'access denied';
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/** First three letters of the lines that tell more than a complete hex dump does. */
const BEYOND_HEX: ReadonlySet<number> = new Set(
  ['Reg', 'Exp', '[vi', '[en', 'NUM', 'IOM', 'Ker', 'Con', 'Sub', 'Phy', 'Mem', 'I/O', 'Pre', 'Fla', 'Ini', 'VF '].map(
    (letters) => letters.charCodeAt(0) | (letters.charCodeAt(1) << 8) | (letters.charCodeAt(2) << 16),
  ),
);

/** How the text of a function ends. */
export interface TextEnd {
  /** The input ends in the middle of it, without a line end. */
  readonly cut: boolean;
  /** An empty line or bytes follow. */
  readonly ended: boolean;
}

/**
 * Takes the text of one function apart.
 * @param lines start and end offset in `bytes` of each line
 * @param onlyBeyondHex skip the lines whose content a complete hex dump tells anyway: all capabilities but SR-IOV
 */
export function parseFunctionText(
  bytes: Uint8Array,
  lines: Int32Array,
  onlyBeyondHex: boolean,
  end: TextEnd,
): FunctionText {
  const parser = new TextParser(onlyBeyondHex);
  for (let i = 0; i < lines.length; i += 2) {
    let from = lines[i] as number;
    const lineEnd = lineEndOf(lines[i + 1] as number);
    if ((lines[i + 1] as number) < 0) {
      const joined = bytes.slice(from, lineEnd).map((byte) => (byte === LF || byte === CR ? SPACE : byte));
      parseLine(joined, 0, joined.length, onlyBeyondHex, parser);
      continue;
    }
    if (onlyBeyondHex && isDetail(bytes, from) && !parser.wantsDetails) continue;
    // Lines may have been joined.
    let next = onlyBeyondHex ? -1 : find(bytes, skipMargin(bytes, from) + 1, lineEnd, 'Capabilities: [');
    for (; next >= 0; next = find(bytes, next + 1, lineEnd, 'Capabilities: [')) {
      parseLine(bytes, from, next, onlyBeyondHex, parser);
      from = next;
    }
    parseLine(bytes, from, lineEnd, onlyBeyondHex, parser);
  }
  return parser.finish(end);
}

function parseLine(bytes: Uint8Array, from: number, lineEnd: number, onlyBeyondHex: boolean, parser: TextParser): void {
  const start = skipMargin(bytes, from);
  if (startsWith(bytes, start, 'ACSCtl')) parser.noteControl(start);
  if (isMark(bytes[start])) {
    const clean = cleanLine(bytes, start, lineEnd);
    const cleanStart = skipMargin(clean, 0);
    const cleanEnd = trimEnd(clean, cleanStart, clean.length);
    if (!parser.skips(clean, cleanStart)) parser.line(clean, cleanStart, cleanEnd);
    return;
  }
  if (parser.skips(bytes, start)) return;
  const end = trimEnd(bytes, start, lineEnd);
  if (onlyBeyondHex && isLetter(bytes[start]) && !tellsBeyondHex(bytes, start)) return;
  if (isPlain(bytes, start, end)) {
    parser.line(bytes, start, end);
    return;
  }
  const clean = cleanLine(bytes, start, end);
  const cleanStart = skipMargin(clean, 0);
  parser.line(clean, cleanStart, trimEnd(clean, cleanStart, clean.length));
}

/** Is the line at `start` indented by two tabs, as lspci prints the lines of a capability? Most lines are. */
function isDetail(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === 0x09 && bytes[start + 1] === 0x09;
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xdf) >= 0x41 && (byte & 0xdf) <= 0x5a;
}

function tellsBeyondHex(bytes: Uint8Array, start: number): boolean {
  const letters = (bytes[start] as number) | ((bytes[start + 1] as number) << 8) | ((bytes[start + 2] as number) << 16);
  return BEYOND_HEX.has(letters) || startsWith(bytes, start, 'Capabilities:') || startsWith(bytes, start, 'DeviceName');
}

/** Takes clean lines, one after the other. */
class TextParser {
  readonly #text: FunctionText = {
    detail: 'none',
    values: new Map(),
    subsystem: undefined,
    numaNode: undefined,
    iommuGroup: undefined,
    regions: [],
    rom: undefined,
    windows: [],
    capabilities: [],
    acsControlAt: undefined,
    accessDenied: false,
    loose: [],
    leftOut: false,
    misplaced: false,
    secondLines: 0,
    titleLost: false,
    cut: false,
    ended: false,
  };
  readonly #onlySriov: boolean;
  #capability: PrintedCapability | undefined;
  #keepsLines = false;
  #inCapabilities = false;
  #kernelLines = false;
  /** Place of the last of the lines above the capabilities. */
  #place = -1;
  /** Lines of capabilities came without any title of one. */
  #orphans = false;
  /** Rank of the last word of the capability. */
  #rank = 0;

  constructor(onlySriov: boolean) {
    this.#onlySriov = onlySriov;
  }

  /** Are the lines of the capability before asked for? */
  get wantsDetails(): boolean {
    return this.#capability !== undefined;
  }

  /** Does the line at `start` tell nothing that is asked for? Most lines of capabilities; they are counted. */
  skips(bytes: Uint8Array, start: number): boolean {
    if (this.#text.titleLost) return true;
    const word = this.#onlySriov ? undefined : detailWordAt(bytes, start);
    if (word !== undefined) this.#noteWord(word);
    else if (isSecondLine(bytes, start)) this.#noteSecondLine();
    if (!this.#inCapabilities || this.#keepsLines || !isLetter(bytes[start])) return false;
    // These end the capability, belong to another one, or show that a title is missing.
    if (mayStand(bytes, start)) return false;
    if (this.#capability !== undefined) this.#capability.lineCount++;
    return true;
  }

  /** The line at `start` tells an ACS control register. */
  noteControl(start: number): void {
    if (!this.#text.titleLost) this.#text.acsControlAt ??= start;
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    const behind = this.#inCapabilities || this.#kernelLines;
    if (startsWith(bytes, start, 'Capabilities:')) {
      if (this.#kernelLines) this.#text.titleLost = true;
      else this.#startCapability(bytes, start, end);
    } else if (!isLetter(bytes[start]) && isEllipsis(textOf(bytes, start, end))) this.#text.leftOut = true;
    else if (behind ? standsAbove(bytes, start, this.#isSriov()) : this.#goesBack(bytes, start)) {
      this.#text.titleLost = true;
    } else if (!this.#inCapabilities || startsWith(bytes, start, 'Kernel ')) this.#functionLine(bytes, start, end);
    else this.#capabilityLine(bytes, start, end);
  }

  finish(end: TextEnd): FunctionText {
    const text = this.#text;
    text.cut = end.cut && !this.#kernelLines;
    text.ended = (end.ended || this.#kernelLines) && !text.titleLost;
    return text;
  }

  /** A line above the capabilities that lspci prints ahead of the one before. */
  #goesBack(bytes: Uint8Array, start: number): boolean {
    const place = ownPlace(bytes, start);
    if (place === undefined) return false;
    const again = place === this.#place && !mayComeAgain(bytes, start);
    if (this.#orphans || again || place < this.#place) return true;
    this.#place = place;
    return false;
  }

  #noteWord({ owner, extended, rank, bit, word }: DetailWord): void {
    const capability = this.#kernelLines ? undefined : this.#capability;
    const isOwn = capability?.id === owner && extended === capability.offset >= PCI_EXT_CAP_START;
    if (isOwn && (capability.words & bit) === 0 && rank >= this.#rank) {
      capability.words |= bit;
      this.#rank = rank;
      // A control register counts with its title alone, and where filters leave it below another capability.
    } else if (!word.startsWith('ACSC') || isOwn) {
      this.#text.misplaced = true;
      if (!this.#inCapabilities) this.#noteOrphan();
    }
  }

  /** A line of a capability whose title is missing. */
  #noteOrphan(): void {
    this.#text.misplaced = true;
    this.#orphans = true;
  }

  #noteSecondLine(): void {
    this.#text.secondLines++;
    if (!this.#inCapabilities) this.#noteOrphan();
    else if (!WITH_SECOND_LINES.has(this.#capability?.id)) this.#text.misplaced = true;
  }

  #isSriov(): boolean {
    return this.#capability?.title.startsWith('Single Root') === true;
  }

  #capabilityLine(bytes: Uint8Array, start: number, end: number): void {
    const capability = this.#capability;
    if (this.#onlySriov && capability === undefined) return;
    if (startsWith(bytes, start, 'ACSC') && capability?.title.startsWith('Access Control') !== true) {
      this.#text.loose.push(textOf(bytes, start, end));
      return;
    }
    if (capability === undefined) return;
    capability.lineCount++;
    if (this.#keepsLines) capability.lines.push(textOf(bytes, start, end));
  }

  #startCapability(bytes: Uint8Array, start: number, end: number): void {
    this.#inCapabilities = true;
    this.#capability = undefined;
    this.#keepsLines = false;
    if (this.#onlySriov && !includes(bytes, start, end, '] Single Root')) return;
    const line = textOf(bytes, start, end);
    if (line.includes(DENIED)) this.#text.accessDenied = true;
    const [, offset, version, title = ''] =
      /^Capabilities:\s+\[([0-9a-f]{2,3})(?: v(\d+))?\]\s*(.*)$/i.exec(line) ?? [];
    if (offset === undefined) return;
    const at = Number.parseInt(offset, 16);
    if (this.#isBehind(at)) {
      this.#text.titleLost = true;
      return;
    }
    const id = capabilityId(at, title);
    this.#keepsLines = id !== undefined && linesTell(at, id);
    this.#capability = {
      offset: at,
      id,
      version: version === undefined ? undefined : Number(version),
      title,
      lines: [],
      lineCount: 0,
      words: 0,
    };
    this.#rank = 0;
    this.#text.capabilities.push(this.#capability);
  }

  /** No offset comes twice, and the extended capabilities are the last ones. */
  #isBehind(offset: number): boolean {
    const { capabilities } = this.#text;
    const last = capabilities.at(-1)?.offset ?? 0;
    return (
      (offset < PCI_EXT_CAP_START && last >= PCI_EXT_CAP_START) || capabilities.some((each) => each.offset === offset)
    );
  }

  #functionLine(bytes: Uint8Array, start: number, end: number): void {
    const text = this.#text;
    const region = parseRegion(bytes, start, end);
    const window = region === undefined ? parseWindow(bytes, start, end) : undefined;
    if (region !== undefined) this.#region(region);
    else if (window !== undefined) this.#window(window);
    else if (startsWith(bytes, start, 'IOMMU group: ')) text.iommuGroup ??= numberAt(bytes, start + 13);
    else if (startsWith(bytes, start, 'NUMA node: ')) text.numaNode ??= numberAt(bytes, start + 11);
    else if (startsWith(bytes, start, 'Subsystem:')) text.subsystem ??= subsystemAt(bytes, end);
    else if (startsWith(bytes, start, 'Control:') && this.#onlySriov) text.detail = 'vv';
    else if (startsWith(bytes, start, '!!! Unknown header type')) {
      text.values.set('Unknown header type', textOf(bytes, end - 2, end));
    } else if (startsWith(bytes, start, 'ACSC') || startsWith(bytes, start, 'Express ')) {
      text.loose.push(textOf(bytes, start, end));
    } else this.#keyLine(bytes, start, end);
  }

  #region(region: PrintedRegion): void {
    const { regions } = this.#text;
    if (region.isRom) this.#text.rom = region;
    else if (region.index !== undefined && regions.some(({ index = -1 }) => index >= (region.index ?? 0))) {
      this.#text.titleLost = true;
    } else regions.push(region);
  }

  #window(window: PrintedWindow): void {
    const { windows } = this.#text;
    if (windows.some(({ kind }) => kind === window.kind)) this.#text.titleLost = true;
    else windows.push(window);
  }

  #keyLine(bytes: Uint8Array, start: number, end: number): void {
    const { values } = this.#text;
    const key = keyAt(bytes, start);
    if (key === undefined) {
      if (includes(bytes, start, end, DENIED)) this.#text.accessDenied = true;
      return;
    }
    const value = textOf(bytes, start + key.length + 1, end).trim();
    if (value.includes(DENIED)) {
      this.#text.accessDenied = true;
      return;
    }
    if (values.has(key)) {
      // The text of another command may follow without a break, or that of another function: the first value counts.
      if (ONCE.get(key)?.test(value) === true) this.#text.titleLost = true;
      return;
    }
    if (ONCE.get(key)?.test(value) === false) return;
    if (key.startsWith('Kernel driver') && !/^[\w.-]+$/.test(value)) return;
    values.set(key, value);
    if (key === 'Control') this.#text.detail = 'vv';
    else if (key === 'Flags') this.#flags(values.get(key) ?? '');
    else if (key.startsWith('Kernel')) {
      this.#kernelLines = true;
      this.#inCapabilities = false;
    }
  }

  /** `bus master, fast devsel, latency 0, IRQ 24, NUMA node 0, IOMMU group 5`, in place of lines of their own. */
  #flags(value: string): void {
    const text = this.#text;
    if (text.detail === 'none') text.detail = 'v';
    for (const flag of value.split(', ')) {
      const [, what, number] = /^(NUMA node|IOMMU group) (\d{1,9})$/.exec(flag) ?? [];
      if (what === 'NUMA node') text.numaNode ??= Number(number);
      if (what === 'IOMMU group') text.iommuGroup ??= Number(number);
    }
  }
}

function keyAt(bytes: Uint8Array, start: number): string | undefined {
  for (const key of KEYS) if (bytes[start + key.length] === 0x3a && startsWith(bytes, start, key)) return key;
  return undefined;
}

/** `1af4:1100` or `[1af4:1100]` before `end`. */
function subsystemAt(bytes: Uint8Array, end: number): PrintedSubsystem {
  const last = bytes[end - 1] === 0x5d ? end - 1 : end;
  const colon = last - 5;
  const isPair =
    bytes[colon] === 0x3a && skipHexDigits(bytes, colon - 4) === colon && skipHexDigits(bytes, colon + 1) === last;
  if (!isPair) return { vendor: undefined, device: undefined };
  return { vendor: readDigits(bytes, colon - 4, colon, 16), device: readDigits(bytes, colon + 1, last, 16) };
}

/** The decimal number at `start`; undefined when there is none. */
function numberAt(bytes: Uint8Array, start: number): number | undefined {
  const end = skipDecimals(bytes, start);
  return end === start || end - start > 9 ? undefined : readDigits(bytes, start, end, 10);
}
