/**
 * Texts that lspci prints of some machine, if not of the one they were cut from: where what is left of a function is
 * whole, no reader can tell it from the text of another machine, and that machine is the truth.
 */
import { isTitle } from './text-cuts.ts';

/** The text of one function: its title, and its lines by section. */
interface FunctionLines {
  readonly address: string;
  readonly lines: readonly string[];
}

/** Lines that a function may have or not. */
const OPTIONAL = /^\s*(?:Region \d|Interrupt:|NUMA node:|IOMMU group:|Kernel |DeviceName:|Physical Slot:|Subsystem:)/;
const NAME_OF_SECTION = /^\s*Capabilities: \[([0-9a-f]+)[^\]]*\] ([\w-]+)/;

/** What lspci printed of a machine. */
export class HonestText {
  readonly #functions: readonly FunctionLines[];
  readonly #sections = new Set<string>();

  constructor(lines: readonly string[]) {
    this.#functions = functionsOf(lines);
    for (const fn of this.#functions) {
      for (const section of sectionsOf(fn)) {
        this.#sections.add(section);
        // Without the lines of PCI Express nobody knows which type of port it is.
        this.#sections.add(section.replace(/^((?:head \S+)?) ?.*?(?= [0-9a-f]{2,3} |\n|$)/, '$1 undefined'));
      }
    }
  }

  /** The lines of a machine that printed what is left in `cut`; undefined where no function of it is whole. */
  machineOf(cut: readonly string[]): readonly string[] | undefined {
    const left = new Map(functionsOf(cut).map((fn) => [fn.address, fn]));
    let others = 0;
    const lines = this.#functions.flatMap((fn) => {
      const other = left.get(fn.address);
      if (other === undefined || isSame(other, fn) || !this.#isWhole(other)) return [...fn.lines, ''];
      others++;
      return [...other.lines, ''];
    });
    return others === 0 ? undefined : lines;
  }

  #isWhole(fn: FunctionLines): boolean {
    return sectionsOf(fn).every((section) => this.#sections.has(section));
  }
}

/** Lines of each function without the marks of mail and forums, each below a title indented once. */
function functionsOf(lines: readonly string[]): FunctionLines[] {
  const functions: { address: string; lines: string[] }[] = [];
  for (const marked of lines) {
    const line = withoutMarks(marked);
    if (line === '' || /^[0-9a-f]{2,3}: [0-9a-f]{2} /.test(line)) continue;
    const title = isTitle(line);
    if (title) functions.push({ address: line.slice(0, line.indexOf(' ')), lines: [] });
    functions.at(-1)?.lines.push(title ? line : `\t${line}`);
  }
  return functions;
}

function withoutMarks(line: string): string {
  return line
    .replace(/^(?:> ?)+/, '')
    .replace(/^\d+(?:\t|: |: *(?=\t)| \| )/, '')
    .replace(/^(?:\* |\[B\]|\*\*|`|\[code\])|(?:\[\/B\]|\*\*|`|\[\/code\])$/g, '')
    .trim()
    .replace(/\s+/g, ' ');
}

function isSame(a: FunctionLines, b: FunctionLines): boolean {
  return a.lines.join('\n') === b.lines.join('\n');
}

/**
 * The lines without numbers: above the capabilities by the class of the function, of each capability by its type of port
 * or endpoint. Functions of any class have any capability.
 */
function sectionsOf({ lines }: FunctionLines): string[] {
  const [title = '', ...below] = lines;
  const kind = /\[([0-9a-f]{4})\]/.exec(title)?.[1] ?? /^\S+ ([^:]*):/.exec(title)?.[1];
  const type = /Express (?:\(v\d\) )?([A-Z][\w -]+)/.exec(below.find((line) => line.includes('] Express ')) ?? '')?.[1];
  const sections: string[] = [`head ${kind} ${type}`];
  for (const line of below) {
    if (OPTIONAL.test(line)) continue;
    const capability = NAME_OF_SECTION.exec(line);
    if (capability !== null) sections.push(` ${type} ${capability[1]} ${capability[2]}`);
    else sections[sections.length - 1] += `\n${shapeOf(line)}`;
  }
  return sections;
}

function shapeOf(line: string): string {
  if (line.includes('behind bridge:')) return line.slice(0, line.indexOf(':'));
  return line.replace(/[+-](?=[\s,;)]|$)/g, '±').replace(/\b[0-9a-f.]+\b|\d[0-9a-f.]*[KMG]?/g, '#');
}
