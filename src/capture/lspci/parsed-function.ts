/** One function after parsing, before its facts are put together; and how two mentions of one function are joined. */
import type { Bdf } from '../../uapi/index.ts';
import type { ConfigSpace } from '../config-space.ts';
import { sizedConfigSpace } from './config-size.ts';
import type { FindingLog } from './finding-log.ts';
import { type FunctionText, parseFunctionText } from './function-text.ts';
import { type FunctionTitle, parseFunctionTitle } from './function-title.ts';
import type { ScannedFunction } from './scan-lines.ts';

/** A function of the input. */
export interface ParsedFunction {
  readonly bdf: Bdf;
  /** The bridge above, where the input tells it. */
  readonly parent: Bdf | undefined;
  /** Line of its first mention. */
  readonly line: number;
  readonly title: FunctionTitle;
  readonly text: FunctionText;
  /** Its hex dump; undefined when the input has none of it. */
  readonly dump: ConfigSpace | undefined;
}

/**
 * Parses the text of one scanned function.
 * @param titles titles parsed so far: ports and virtual functions of one kind come by the hundred
 */
export function parseFunction(
  scanned: ScannedFunction,
  titles: Map<string, FunctionTitle> = new Map(),
): ParsedFunction {
  const { bdf, bytes, parent, line, config, known } = scanned;
  const dump = config.length === 0 ? undefined : sizedConfigSpace(config, known, cutReason(scanned));
  const text = parseFunctionText(bytes, scanned.textLines, dump !== undefined && isWhole(dump), scanned.cut);
  let title = titles.get(scanned.title);
  if (title === undefined) {
    title = parseFunctionTitle(scanned.title);
    titles.set(scanned.title, title);
  }
  return { bdf, parent, line, title, text, dump };
}

/** Does the dump hold all registers that the function has? */
export function isWhole(dump: ConfigSpace): boolean {
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
  return {
    bdf: first.bdf,
    parent: first.parent ?? second.parent,
    line: first.line,
    title: joinTitles(first.title, second.title),
    text: joinTexts(first.text, second.text),
    dump: first.dump ?? second.dump,
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
    revision: first.revision,
    progIf: first.progIf ?? second.progIf,
    name: first.name ?? second.name,
  };
}

const DETAIL_ORDER = ['none', 'v', 'vv'];

function joinTexts(first: FunctionText, second: FunctionText): FunctionText {
  const richer = DETAIL_ORDER.indexOf(second.detail) > DETAIL_ORDER.indexOf(first.detail) ? second : first;
  return {
    ...richer,
    values: new Map([...second.values, ...first.values]),
    subsystem: first.subsystem?.vendor === undefined ? (second.subsystem ?? first.subsystem) : first.subsystem,
    numaNode: first.numaNode ?? second.numaNode,
    iommuGroup: first.iommuGroup ?? second.iommuGroup,
  };
}
