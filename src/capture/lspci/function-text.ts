/** The text lines of one function, taken apart into facts and capabilities. */
import { cleanLine, isEllipsis, unquote } from './paste-cleanup.ts';
import { type PrintedRegion, type PrintedWindow, parseRegion, parseWindow } from './printed-region.ts';

/** One `Capabilities: [148 v1] Access Control Services` line with the lines that belong to it. */
export interface PrintedCapability {
  readonly offset: number;
  /** Version of an extended capability; printed with `-vv`. */
  readonly version: number | undefined;
  readonly title: string;
  readonly lines: string[];
  /** Something was left out behind it: what follows need not be the next capability. */
  gapAfter: boolean;
}

/** What the text below the first line says. */
export interface FunctionText {
  /** Which options it was printed with: none of `-v`, `-v`, or `-vv` and more. */
  detail: 'none' | 'v' | 'vv';
  /** The values behind `Subsystem:`, `Control:` and so on, by that word. */
  readonly values: Map<string, string>;
  readonly regions: PrintedRegion[];
  rom: PrintedRegion | undefined;
  readonly windows: PrintedWindow[];
  readonly capabilities: PrintedCapability[];
  /** lspci was not allowed to read the capabilities. */
  accessDenied: boolean;
  /** It prints capability lines (ACSCtl) without the line that tells where they stand. */
  strayCapabilityLines: boolean;
  /** Someone left lines out ("..."). */
  leftOut: boolean;
  /** The input ends in the middle of this text, without a line end: there may have been more of it. */
  cut: boolean;
}

/** Words before a colon that start a line about the function itself. The last two end the capabilities. */
const FUNCTION_KEYS: ReadonlySet<string> = new Set([
  'Subsystem',
  'DeviceName',
  'Physical Slot',
  'Control',
  'Status',
  'NUMA node',
  'IOMMU group',
  'Flags',
  'Bus',
  'BridgeCtl',
  'Memory window 0',
  'Memory window 1',
  'I/O window 0',
  'I/O window 1',
  'Kernel driver in use',
  'Kernel modules',
]);

/** First three letters of the lines that tell more than a complete hex dump does. */
const BEYOND_HEX: ReadonlySet<number> = new Set(
  ['Reg', 'Exp', '[vi', '[en', 'NUM', 'IOM', 'Ker', 'Con', 'Sub', 'Phy', 'Mem', 'I/O', 'Pre', 'Fla', 'Ini', 'VF '].map(
    (start) => start.charCodeAt(0) | (start.charCodeAt(1) << 8) | (start.charCodeAt(2) << 16),
  ),
);

/**
 * Takes the text of one function apart.
 * @param lines start and end offset in `bytes` of each line
 * @param onlyBeyondHex skip the lines whose content a complete hex dump tells anyway: all capabilities but SR-IOV
 */
export function parseFunctionText(
  bytes: Uint8Array,
  lines: Int32Array,
  onlyBeyondHex: boolean,
  cut: boolean,
): FunctionText {
  const parser = new TextParser();
  for (let i = 0; i < lines.length; i += 2) {
    const end = lines[i + 1] as number;
    const start = skipIndent(bytes, lines[i] as number);
    if (onlyBeyondHex && isPlainAscii(bytes[start] as number)) {
      if (startsWith(bytes, start, 'Capabilities: [')) {
        parser.leaveFunctionLines();
        if (!includesSingle(bytes, start, end)) continue;
      } else if (!tellsBeyondHex(bytes, start)) continue;
    }
    parser.line(unquote(cleanLine(bytes, start, end)));
  }
  return parser.finish(cut);
}

function skipIndent(bytes: Uint8Array, start: number): number {
  let i = start;
  while (bytes[i] === 0x09 || bytes[i] === 0x20) i++;
  return i;
}

function isPlainAscii(byte: number): boolean {
  return byte < 0x80 && byte !== 0x1b && byte !== 0x60;
}

function tellsBeyondHex(bytes: Uint8Array, start: number): boolean {
  const letters = (bytes[start] as number) | ((bytes[start + 1] as number) << 8) | ((bytes[start + 2] as number) << 16);
  return BEYOND_HEX.has(letters) || startsWith(bytes, start, 'DeviceName');
}

function startsWith(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Is it `Capabilities: [180 v1] Single Root I/O Virtualization`? */
function includesSingle(bytes: Uint8Array, start: number, end: number): boolean {
  const bracket = bytes.indexOf(0x5d, start);
  return bracket > 0 && bracket < end && startsWith(bytes, bracket, '] Single');
}

class TextParser {
  readonly #text: FunctionText = {
    detail: 'none',
    values: new Map(),
    regions: [],
    rom: undefined,
    windows: [],
    capabilities: [],
    accessDenied: false,
    strayCapabilityLines: false,
    leftOut: false,
    cut: false,
  };
  #capability: PrintedCapability | undefined;
  #inCapabilities = false;
  #kernelLines = false;

  line(line: string): void {
    const text = this.#text;
    if (!/^\w/.test(line) && isEllipsis(line)) {
      text.leftOut = true;
      if (this.#capability !== undefined) this.#capability.gapAfter = true;
    } else if (line.startsWith('Capabilities:')) this.#startCapability(line);
    else if (!this.#inCapabilities || line.startsWith('Kernel ')) this.#functionLine(line);
    else this.#capability?.lines.push(line);
  }

  /** Lines that follow belong to a capability that nobody asks for. */
  leaveFunctionLines(): void {
    this.#inCapabilities = true;
    this.#capability = undefined;
  }

  finish(cut: boolean): FunctionText {
    const text = this.#text;
    // The lines about the kernel are the last ones of a function.
    text.cut = cut && !this.#kernelLines;
    const last = text.capabilities.at(-1);
    if (text.cut && last !== undefined) last.gapAfter = true;
    return text;
  }

  #startCapability(line: string): void {
    if (line.includes('access denied')) {
      this.#text.accessDenied = true;
      return;
    }
    const [, offset, version, title = ''] =
      /^Capabilities:\s+\[([0-9a-f]{2,3})(?: v(\d+))?\]\s*(.*)$/i.exec(line) ?? [];
    if (offset === undefined) return;
    this.#inCapabilities = true;
    this.#capability = {
      offset: Number.parseInt(offset, 16),
      version: version === undefined ? undefined : Number(version),
      title,
      lines: [],
      gapAfter: false,
    };
    this.#text.capabilities.push(this.#capability);
  }

  #functionLine(line: string): void {
    const text = this.#text;
    const region = parseRegion(line);
    if (region !== undefined) {
      if (line.includes('Expansion ROM')) text.rom = region;
      else text.regions.push(region);
      return;
    }
    const window = parseWindow(line);
    if (window !== undefined) text.windows.push(window);
    else if (line.includes('access denied')) text.accessDenied = true;
    else if (line.startsWith('!!! Unknown header type')) text.values.set('Unknown header type', line.slice(-2));
    else if (/^ACSC(?:ap|tl):/.test(line)) text.strayCapabilityLines = true;
    else this.#keyLine(line);
  }

  #keyLine(line: string): void {
    const { values } = this.#text;
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(colon, 0));
    if (!FUNCTION_KEYS.has(key)) return;
    // The text of another command may follow without a break: the first value counts.
    if (!values.has(key)) values.set(key, line.slice(colon + 1).trim());
    if (key === 'Control') this.#text.detail = 'vv';
    if (key === 'Flags' && this.#text.detail === 'none') this.#text.detail = 'v';
    if (key.startsWith('Kernel')) {
      this.#kernelLines = true;
      this.#inCapabilities = false;
    }
  }
}
