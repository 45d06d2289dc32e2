/**
 * The tree that `lspci -t` draws. It lists no registers, but tells the bridge above each function and the buses behind
 * each bridge, and `-tv` names the others.
 *
 *     -+-[0000:20]-+-01.1-[21]----00.0  ConnectX-7
 *      |           \-03.0
 *      \-[0000:00]-+-00.0
 */
import { type Bdf, makeBdf } from '../../uapi/index.ts';

/** A function of the drawing. */
export interface DrawnFunction {
  readonly bdf: Bdf;
  /** From 1. */
  readonly line: number;
  /** The bridge above; undefined on a root bus. */
  readonly parent: Bdf | undefined;
  readonly rootBus: RootBus;
  /** What `-tv` prints of it, as it stands behind the address in other output of lspci. */
  name: string | undefined;
  /** The buses behind it; undefined where none are drawn. */
  buses: { readonly secondary: number; readonly subordinate: number } | undefined;
}

/** Number of a root bus. */
export interface RootBus {
  readonly domain: number;
  readonly bus: number;
}

/** A place in the drawing from which lines branch off. */
interface Branch {
  /** Undefined where root buses branch off. */
  readonly root: RootBus | undefined;
  readonly bus: number;
  /** The bridge that leads to the bus. */
  readonly bridge: Bdf | undefined;
}

const TRUNK: Branch = { root: undefined, bus: 0, bridge: undefined };
const BUS = /^\[(?:([0-9a-f]{4,8}):)?([0-9a-f]{2})(?:-([0-9a-f]{2}))?\]/i;
const ROOT = /^[+\\]-\[[0-9a-f]{4,8}:[0-9a-f]{2}\]-/i;
/** Names begin with that of a vendor; what people write beside a drawing mostly begins with an arrow or a mark. */
const NAME = /^ {2}(?=[0-9A-Za-z])/;
const FUNCTION = /^([01][0-9a-f])\.([0-7])(?![0-9a-f])/i;

/** Reads the lines of trees, in order. */
export class TreeReader {
  /** What all trees tell; the first to mention a function counts. */
  readonly drawn: Map<Bdf, DrawnFunction> = new Map();
  /** Branches that are open, by column. */
  #number = 0;
  readonly #open = new Map<number, Branch>();

  /** Reads one line; a line of any other kind tells nothing. */
  line(line: string, number: number): void {
    this.#number = number;
    const start = /[-+\\]/.exec(line)?.index;
    if (start === undefined) return;
    const first = line[start];
    if (first === '-') {
      this.#open.clear();
      this.#follow(line, start, TRUNK);
      return;
    }
    // A drawing that begins in its middle: what names a bus in front is a root bus.
    const branch = this.#open.get(start) ?? (ROOT.test(line.slice(start)) ? TRUNK : undefined);
    if (branch === undefined) return;
    if (first === '\\') this.#open.delete(start);
    this.#follow(line, start + 1, branch);
  }

  /** Follows one line from left to right: buses, the functions on them, the buses behind those. */
  #follow(line: string, start: number, from: Branch): void {
    let branch = from;
    let fn = from.bridge;
    let last: DrawnFunction | undefined;
    for (let at = start; at < line.length; ) {
      const rest = line.slice(at, at + 20);
      const bus = BUS.exec(rest);
      const slot = FUNCTION.exec(rest);
      if (bus !== null) {
        branch = behind(branch, fn, bus[1], Number.parseInt(bus[2] ?? '', 16));
        if (last !== undefined) last.buses ??= busesOf(bus);
        at += bus[0].length;
      } else if (slot !== null && branch.root !== undefined && fn === branch.bridge) {
        last = this.#place(branch, branch.root, Number.parseInt(slot[1] ?? '', 16) * 8 + Number(slot[2]));
        fn = last.bdf;
        at += slot[0].length;
      } else if (line[at] === '+') {
        this.#open.set(at, branch);
        at++;
      } else if (line[at] === '-') at++;
      else {
        if (last !== undefined && NAME.test(rest)) last.name ??= line.slice(at).trim();
        return;
      }
    }
  }

  #place({ bus, bridge }: Branch, root: RootBus, devfn: number): DrawnFunction {
    const bdf = makeBdf(root.domain, bus, devfn);
    const before = this.drawn.get(bdf);
    if (before !== undefined) return before;
    const fn = { bdf, line: this.#number, parent: bridge, rootBus: root, name: undefined, buses: undefined };
    this.drawn.set(bdf, fn);
    return fn;
  }
}

function busesOf([, , first = '', last = first]: RegExpExecArray): DrawnFunction['buses'] {
  return { secondary: Number.parseInt(first, 16), subordinate: Number.parseInt(last, 16) };
}

/** The bus behind `bridge`, or a root bus at the left edge. */
function behind(branch: Branch, bridge: Bdf | undefined, domain: string | undefined, bus: number): Branch {
  if (branch.root !== undefined) return { root: branch.root, bus, bridge };
  return { root: { domain: domain === undefined ? 0 : Number.parseInt(domain, 16), bus }, bus, bridge: undefined };
}
