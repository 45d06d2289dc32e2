/** One function after parsing, before its facts are put together; and how two mentions of one function are joined. */
import type { Bdf } from '../../uapi/index.ts';
import type { ConfigSpace } from '../config-space.ts';
import { sizedConfigSpace } from './config-size.ts';
import type { FindingLog } from './finding-log.ts';
import { parseFunctionText } from './function-text.ts';
import { type FunctionTitle, parseFunctionTitle } from './function-title.ts';
import type { FunctionText, PrintedCapability } from './printed-text.ts';
import type { ScannedFunction } from './scanned-function.ts';

/** A function of the input. */
export interface ParsedFunction {
  readonly bdf: Bdf;
  /** The bridge above, where the input tells it. */
  readonly parent: Bdf | undefined;
  /** Line of its first mention. */
  readonly line: number;
  /** Line of its ACS control register, where the text has one. */
  readonly acsLine: number | undefined;
  readonly title: FunctionTitle;
  readonly text: FunctionText;
  /** Its hex dump; undefined when the input has none of it. */
  readonly dump: ConfigSpace | undefined;
  /** The dump holds all registers that the function has. */
  readonly dumpIsWhole: boolean;
  /** Ends of its lines stand in lines of their own. */
  readonly broken: boolean;
  /** Lines below its title. */
  readonly lineCount: number;
  /** Columns before its address. */
  readonly column: number;
  /** The next function follows without an empty line. */
  readonly runsOn: boolean;
  /** Every line that lspci prints of it is there: what they do not tell is not there. */
  readonly textIsWhole: boolean;
  /** The same of its title and the lines above the capabilities. */
  readonly headIsWhole: boolean;
  /** Bytes that may be those of another function follow its own. */
  readonly rowsLost: boolean;
  /** Lines are missing, and regions may be among them: those that are not there are not known. */
  readonly regionsLost: boolean;
}

/**
 * Parses the text of one scanned function.
 * @param titles titles parsed so far: ports and virtual functions of one kind come by the hundred
 */
export function parseFunction(
  scanned: ScannedFunction,
  titles: Map<string, FunctionTitle> = new Map(),
): ParsedFunction {
  const { bdf, bytes, parent, line, config, known, column, runsOn, rowsLost, broken } = scanned;
  const dump = config.length === 0 ? undefined : sizedConfigSpace(config, known, cutReason(scanned));
  const dumpIsWhole = dump !== undefined && isWhole(dump);
  const text = parseFunctionText(bytes, scanned.textLines, dumpIsWhole, scanned);
  let title = titles.get(scanned.title);
  if (title === undefined) {
    title = parseFunctionTitle(scanned.title);
    titles.set(scanned.title, title);
  }
  const at = text.acsControlAt;
  const acsLine = at === undefined ? undefined : line + lineCount(bytes, scanned.titleEnd, at);
  if (broken || (scanned.cut && scanned.textLines.length === 0)) title = withoutEnd(title);
  return {
    bdf,
    parent,
    line,
    title,
    text,
    dump,
    dumpIsWhole,
    broken,
    lineCount: scanned.textLines.length / 2,
    column,
    runsOn,
    acsLine,
    textIsWhole: false,
    headIsWhole: false,
    rowsLost,
    regionsLost: false,
  };
}

/** Line ends in `[start, end)`. */
function lineCount(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LF, start); at >= 0 && at < end; at = bytes.indexOf(LF, at + 1)) count++;
  return count;
}

const LF = 0x0a;

/** A title whose end may be cut off. */
export function withoutEnd(title: FunctionTitle): FunctionTitle {
  return { ...title, cut: true };
}

/** Does the dump hold all registers that the function has? */
function isWhole(dump: ConfigSpace): boolean {
  return dump.size === dump.bytes.length && dump.mask === undefined;
}

/** Why what a dump does not reach is not known, and how to get it. */
function cutReason({ config, known }: ScannedFunction): string {
  if (known !== undefined) return 'lines of the dump are missing: run lspci -xxxx as root and paste all of it';
  return `config space is cut at ${config.length} bytes: run lspci -xxxx as root`;
}

/** Is this a function, and not a line of other text that happens to start like one? Its class or its content tell. */
export function isFunction({ title, text, dump }: ParsedFunction): boolean {
  return title.classCode !== undefined || dump !== undefined || text.detail !== 'none';
}

/**
 * Joins the mentions of each function: a list (`lspci -nn`) may be followed by details, and these by a dump. Each part
 * is taken from its first mention that has it. A mention that adds nothing is a duplicate.
 */
export function joinMentions(functions: readonly ParsedFunction[], findings: FindingLog): ParsedFunction[] {
  const joined = new Map<Bdf, ParsedFunction>();
  for (const fn of functions) {
    const first = joined.get(fn.bdf);
    if (first === undefined) {
      joined.set(fn.bdf, fn);
      continue;
    }
    const both = join(first, fn);
    if (!addsSomething(first, both)) {
      const text = `the function was given before in line ${first.line}; the first counts`;
      findings.addLine(fn.line, 'notice', 'duplicate-function', text);
    }
    joined.set(fn.bdf, both);
  }
  return [...joined.values()];
}

function join(first: ParsedFunction, second: ParsedFunction): ParsedFunction {
  const richer = isRicher(second, first) ? second : first;
  return {
    ...first,
    parent: first.parent ?? second.parent,
    title: joinTitles(first.title, second.title),
    text: joinTexts(first.text, second.text, richer.text),
    dump: first.dump ?? second.dump,
    dumpIsWhole: first.dump === undefined ? second.dumpIsWhole : first.dumpIsWhole,
    acsLine: richer.acsLine ?? first.acsLine ?? second.acsLine,
    textIsWhole: richer.textIsWhole,
    headIsWhole: richer.headIsWhole,
    regionsLost: richer.regionsLost,
  };
}

function addsSomething(first: ParsedFunction, both: ParsedFunction): boolean {
  if (both.parent !== first.parent || both.dump !== first.dump || both.text.detail !== first.text.detail) return true;
  if (both.text.values.size > first.text.values.size) return true;
  const { title } = first;
  return Object.entries(both.title).some(([key, value]) => title[key as keyof FunctionTitle] !== value);
}

function joinTitles(first: FunctionTitle, second: FunctionTitle): FunctionTitle {
  return {
    classCode: first.classCode ?? second.classCode,
    vendor: first.vendor ?? second.vendor,
    device: first.device ?? second.device,
    revision: first.revision ?? second.revision,
    progIf: first.progIf ?? second.progIf,
    name: first.name ?? second.name,
    named: first.named ?? second.named,
  };
}

const DETAIL_ORDER = ['none', 'v', 'vv'];

/** Is the second mention of a function printed with more detail, or as much and with nothing missing? */
function isRicher(second: ParsedFunction, first: ParsedFunction): boolean {
  const more = DETAIL_ORDER.indexOf(second.text.detail) - DETAIL_ORDER.indexOf(first.text.detail);
  return more > 0 || (more === 0 && second.textIsWhole && !first.textIsWhole);
}

function joinTexts(first: FunctionText, second: FunctionText, richer: FunctionText): FunctionText {
  return {
    ...richer,
    values: new Map([...second.values, ...first.values]),
    capabilities: joinCapabilities(richer, richer === first ? second : first),
    loose: [...first.loose, ...second.loose],
    subsystem: first.subsystem?.vendor === undefined ? (second.subsystem ?? first.subsystem) : first.subsystem,
    numaNode: first.numaNode ?? second.numaNode,
    iommuGroup: first.iommuGroup ?? second.iommuGroup,
  };
}

/** The text with more detail counts; the other one adds what that does not have. */
function joinCapabilities({ capabilities }: FunctionText, other: FunctionText): PrintedCapability[] {
  const offsets = new Set(capabilities.map(({ offset }) => offset));
  return [...capabilities, ...other.capabilities.filter(({ offset }) => !offsets.has(offset))];
}

/** A function of which nothing but the title is used. */
export function titleOnly(fn: ParsedFunction): ParsedFunction {
  return {
    ...fn,
    acsLine: undefined,
    text: parseFunctionText(NO_BYTES, NO_LINES, false, { cut: false, ended: false }),
    regionsLost: true,
  };
}

/** A function of whose text only what stands above the capabilities is used. */
export function withoutCapabilities(fn: ParsedFunction): ParsedFunction {
  // The lines about the kernel stand behind them.
  const values = new Map([...fn.text.values].filter(([key]) => !key.startsWith('Kernel ')));
  return {
    ...fn,
    acsLine: undefined,
    text: { ...fn.text, values, capabilities: [], loose: [], leftOut: true },
    regionsLost: true,
  };
}

const NO_BYTES = new Uint8Array(0);
const NO_LINES = new Int32Array(0);
