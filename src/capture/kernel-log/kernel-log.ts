/** A kernel log as a whole: one boot or several, of one host or several. */
import type { CapturePart } from '../capture-part.ts';
import type { Finding } from '../finding.ts';
import { BootLog } from './boot-log.ts';
import { buildPart } from './build-part.ts';
import type { FunctionDraft } from './function-draft.ts';
import { type LogLine, parseLogLine } from './log-line.ts';
import { tellsOfMachine } from './machine-draft.ts';
import { isBrokenPeerMessage } from './peer-messages.ts';

/** Reads the lines of a kernel log in their order. */
export class KernelLog {
  readonly #source: string;
  readonly #boots: BootLog[] = [];
  #current: BootLog | undefined;
  #ended = false;
  /** The width of lines that end with the number of a group, by line, and the greatest of all others, and how many have it. */
  readonly #groupWidths = new Map<number, number>();
  #widest = 0;
  #widestLines = 0;
  /** A message that was broken in two. */
  #broken: LogLine | undefined;

  /** @param source what to call the log in messages */
  constructor(source: string) {
    this.#source = source;
  }

  /** Whether the next line is of use whatever it holds: it goes on what this one began. */
  get wantsMore(): boolean {
    return this.#broken !== undefined;
  }

  /**
   * A line without its margins.
   * @param width bytes of the line with them
   */
  take(raw: string, number: number, width: number): void {
    if (GROUP_AT_END.test(raw)) this.#groupWidths.set(number, width);
    else this.#measure(width);
    if (raw.startsWith('-- ')) {
      this.#ended ||= /^-- (?:Boot|Reboot)\b/.test(raw);
      return;
    }
    const line = parseLogLine(raw, number);
    const begun = this.#broken;
    this.#broken = undefined;
    if (begun !== undefined && !line.marked) {
      this.#read({ ...begun, text: `${begun.text} ${line.text.trim()}` });
      return;
    }
    if (begun !== undefined) this.#read(begun);
    if (isBrokenPeerMessage(line.text.trimEnd())) this.#broken = { ...line, text: line.text.trimEnd() };
    else this.#read(line);
  }

  /** A line that holds nothing of use. */
  skip(number: number, width: number): void {
    this.#measure(width);
    if (this.#current === undefined) return;
    this.#current.lines++;
    this.#current.lastLine = number;
  }

  /** A part for each host: of its last boot. */
  parts(): readonly CapturePart[] {
    if (this.#broken !== undefined) this.#read(this.#broken);
    this.#broken = undefined;
    const hosts = new Set(this.#boots.flatMap(({ host }) => host ?? []));
    if (hosts.size < 2) return this.#partOf(this.#boots);
    return [...hosts, undefined].flatMap((host) => this.#partOf(this.#boots.filter((boot) => boot.host === host)));
  }

  #read(line: LogLine): void {
    const { text, host } = line;
    const current = this.#current;
    const restarts = text.startsWith('Linux version') && current?.version !== undefined;
    if (current === undefined || this.#ended || restarts || (host !== undefined && host !== current.host)) {
      this.#current = new BootLog(line);
      this.#boots.push(this.#current);
      this.#ended = false;
    }
    this.#current?.take(line);
  }

  #partOf(all: readonly BootLog[]): CapturePart[] {
    const boots = distinctBoots(all.filter(({ told, messages }) => told.length > 0 || messages.length > 0));
    const last = boots.at(-1) ?? all.findLast(({ machine }) => tellsOfMachine(machine));
    if (last === undefined) return [];
    const findings: Finding[] = [];
    const where = `line ${last.firstLine}`;
    if (boots.length > 1) {
      const text = `the kernel log holds ${boots.length} boots; the last one counts, from line ${last.firstLine} on`;
      findings.push({ code: 'several-boots', severity: 'notice', where, text });
    }
    if (isCut(last)) {
      const text =
        `the kernel log begins ${last.firstSeconds?.toFixed(1)} seconds after the kernel did: the lines before were ` +
        'overwritten, and with them functions, their addresses and groups; "journalctl -k -b" has them';
      findings.push({ code: 'log-cut', severity: 'notice', where, text });
    }
    const { overrideLine } = last.machine;
    if (overrideLine !== undefined) {
      const text =
        'the kernel runs with the out-of-tree option pcie_acs_override: its IOMMU groups promise isolation that no ' +
        'hardware gives';
      findings.push({ code: 'acs-override', severity: 'notice', where: `line ${overrideLine}`, text });
    }
    for (const fn of last.told) this.#dropCutGroup(fn);
    return [buildPart(last, this.#source, findings)];
  }

  #measure(width: number): void {
    if (width > this.#widest) this.#widestLines = 0;
    this.#widest = Math.max(this.#widest, width);
    if (width === this.#widest) this.#widestLines++;
  }

  /** Where no line is wider and several are as wide, all are cut there: of the number the last digits may be missing. */
  #dropCutGroup(fn: FunctionDraft): void {
    const width = fn.group && this.#groupWidths.get(fn.group.line);
    if (width === undefined || width !== this.#widest || this.#widestLines < CUT_LINES) return;
    fn.group = undefined;
    fn.isGroupCut = true;
  }
}

/** So many lines do not end in the same column by chance. */
const CUT_LINES = 3;
const GROUP_AT_END = /group \d+\s*$/;

/** A log of so many lines is more than what somebody picked out of one. */
const MANY_LINES = 100;

/** Did the ring buffer of the kernel lose its beginning? */
function isCut({ startsAtStart, firstSeconds, lines }: BootLog): boolean {
  return !startsAtStart && firstSeconds !== undefined && firstSeconds > 0 && lines >= MANY_LINES;
}

/** In the order of time, those that stand in the input twice (`dmesg` and the journal) once. */
function distinctBoots(boots: readonly BootLog[]): BootLog[] {
  const distinct: BootLog[] = [];
  for (const boot of boots) {
    const twin = distinct.findIndex((other) => isSameBoot(other, boot));
    const before = distinct[twin];
    if (before === undefined) distinct.push(boot);
    else if (boot.told.length > before.told.length) distinct[twin] = boot;
  }
  return distinct.sort((a, b) =>
    a.clock !== undefined && a.clock.length === b.clock?.length
      ? a.clock < b.clock
        ? -1
        : a.clock > b.clock
          ? 1
          : 0
      : 0,
  );
}

function isSameBoot(a: BootLog, b: BootLog): boolean {
  if (a.version !== b.version) return false;
  if (a.clock !== undefined && a.clock === b.clock) return true;
  // The journal beside the ring buffer: the one has the clock, the other the seconds.
  const both = (a.clock === undefined) !== (b.clock === undefined);
  const told = new Set(b.told.map(({ bdf }) => bdf));
  if (both && a.told.length === told.size && a.told.every(({ bdf }) => told.has(bdf))) return true;
  return a.foundSeconds !== undefined && a.foundSeconds === b.foundSeconds;
}
