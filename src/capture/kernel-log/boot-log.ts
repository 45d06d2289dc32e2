/** One boot of one host, while its lines are read. */
import { rawText } from '../../base/index.ts';
import { type Bdf, formatBdf, parseBdf } from '../../uapi/index.ts';
import type { KernelPeerMessage } from '../capture-part.ts';
import { parseDriverLine } from './driver-lines.ts';
import { draftFunction, type FunctionDraft } from './function-draft.ts';
import { joinGroup, leaveGroup, readFunctionLine } from './function-lines.ts';
import type { LogLine } from './log-line.ts';
import { draftMachine, type MachineDraft } from './machine-draft.ts';
import { addAmdIommu, readMachineLine } from './machine-lines.ts';
import { parsePeerMessage } from './peer-messages.ts';

const ADDRESS = String.raw`[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
/** `nvme 0000:03:00.0: …`; something may stand before it (`dmesg: `). */
const OF_FUNCTION = new RegExp(String.raw`(?:^|\s)[\w.+-]+ (${ADDRESS}): (.*)$`, 'i');
/** `ci 0000:00:02.0: [8086:1572] type 00 …`: what stood at the left was cut off, of names of drivers too. */
const LEFT_CUT = new RegExp(String.raw`^(?:c?i )?${ADDRESS}: \[[0-9a-f]{4}:[0-9a-f]{4}\] type `, 'i');
/** Before 5.3: `iommu: Adding device 0000:00:02.0 to group 1`. */
const OLD_GROUP = new RegExp(
  String.raw`^iommu: (Adding|Removing) device (${ADDRESS}) (?:to|from) group (\d+)(?![\d>])`,
  'i',
);
/** Reads lines of one boot. */
export class BootLog {
  readonly host: string | undefined;
  readonly firstLine: number;
  lastLine: number;
  /** Seconds at its first line that has them, and at the first line that finds a function. */
  firstSeconds: number | undefined;
  foundSeconds: number | undefined;
  /** The clock at its first line that has one. */
  clock: string | undefined;
  /** The line `Linux version …`. */
  version: string | undefined;
  lines = 0;
  /** Are lines without their first letters? */
  leftCut = false;
  readonly functions: Map<Bdf, FunctionDraft> = new Map();
  readonly machine: MachineDraft = draftMachine();
  readonly messages: KernelPeerMessage[] = [];

  /** Does it begin with the first message of the kernel? */
  get startsAtStart(): boolean {
    return this.version !== undefined;
  }

  constructor(first: LogLine) {
    this.host = first.host;
    this.firstLine = first.line;
    this.lastLine = first.line;
  }

  /** Functions that it tells something of; messages name addresses of all kinds. */
  get told(): readonly FunctionDraft[] {
    return [...this.functions.values()].filter(saysSomething);
  }

  take({ line, text, seconds, clock }: LogLine): void {
    this.lines++;
    this.lastLine = line;
    this.firstSeconds ??= seconds;
    this.clock ??= clock;
    if (text.startsWith('Linux version')) this.version ??= text;
    if (this.functions.size === 0) this.foundSeconds = seconds;
    const old = OLD_GROUP.exec(text);
    if (old !== null) {
      this.#oldGroup(old, line);
      return;
    }
    this.leftCut ||= LEFT_CUT.test(text);
    this.#driverLine(text, line);
    const [, address = '', what] = OF_FUNCTION.exec(text) ?? [];
    const bdf = what === undefined ? undefined : parseBdf(address);
    if (what === undefined || bdf === undefined) readMachineLine(text, this.machine, line);
    else this.#functionLine(bdf, what, text, line);
  }

  #driverLine(text: string, line: number): void {
    const words = parseDriverLine(text);
    const bdf = words === undefined ? undefined : parseBdf(words.address);
    if (words === undefined || bdf === undefined) return;
    const fn = this.#functionAt(bdf, line);
    fn.driver = words.driver ?? fn.driver;
    const { name } = words;
    if (name === undefined) return;
    // A name that is given again takes the place of the one before.
    const before = fn.names.findIndex((each) => each.kind === name.kind);
    if (before >= 0) fn.names.splice(before, 1);
    fn.names.push({ kind: name.kind, name: rawText(name.name) });
  }

  #functionLine(bdf: Bdf, what: string, whole: string, line: number): void {
    const message = parsePeerMessage(what, bdf, whole.trim(), line);
    if (message !== undefined) {
      this.messages.push(message);
      return;
    }
    const fn = this.#functionAt(bdf, line);
    if (/^AMD-Vi: (?:Found IOMMU cap|IOMMU performance counters supported)/.test(what)) {
      addAmdIommu(this.machine, formatBdf(bdf));
    }
    readFunctionLine(what, fn, line, {
      functionAt: (at, where) => this.#functionAt(at, where),
      foundAgain: (at, where) => this.#foundAgain(at, where),
    });
  }

  #oldGroup([, verb, address = '', id]: RegExpExecArray, line: number): void {
    const bdf = parseBdf(address);
    if (bdf === undefined) return;
    const fn = this.#functionAt(bdf, line);
    if (verb?.toLowerCase() === 'adding') joinGroup(fn, Number(id), line);
    else leaveGroup(fn);
  }

  #functionAt(bdf: Bdf, line: number): FunctionDraft {
    const known = this.functions.get(bdf);
    if (known !== undefined) return known;
    const fn = draftFunction(bdf, line);
    this.functions.set(bdf, fn);
    return fn;
  }

  #foundAgain(bdf: Bdf, line: number): FunctionDraft {
    const before = this.functions.get(bdf);
    const fn = draftFunction(bdf, line);
    if (before?.identity !== undefined) fn.groupBefore = before.group ?? before.groupBefore;
    else fn.link = before?.link;
    this.functions.set(bdf, fn);
    return fn;
  }
}

/** Does the log tell of it, or only mention it? */
function saysSomething(fn: FunctionDraft): boolean {
  return (
    fn.identity !== undefined ||
    fn.group !== undefined ||
    fn.buses !== undefined ||
    fn.resources.size > 0 ||
    fn.acsControl !== undefined ||
    fn.driver !== undefined ||
    fn.names.length > 0
  );
}
