/** `peerpath map` and `trace`: the table as an importer would get it, and the way of one request, hop by hop. */
import { readFileSync } from 'node:fs';
import {
  answerImports,
  answerMapping,
  answerPeerTrace,
  answerTrace,
  type BarRange,
  barMemory,
  type MapQuestion,
  type MapVariant,
  sharedByPairs,
  type TraceAnswer,
  tableTranslation,
} from '../../answers/index.ts';
import { U64_MAX } from '../../base/index.ts';
import type { Situation } from '../../diagnose/index.ts';
import { deviceLabels } from '../../pci/index.ts';
import {
  type ComparedAnswers,
  compareJson,
  compareSheet,
  mapJson,
  mapSheet,
  peerTraceSheet,
  traceJson,
  traceSheet,
} from '../../report/index.ts';
import type { IommuStage } from '../../route/index.ts';
import { formatKernelVersion, kernelAtLeast, kernelVersion } from '../../uapi/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { type OpenMachine, openMachine, pickFunction, refuseFileAsDevice } from '../open-machine.ts';
import type { MachineOptions } from '../options.ts';
import { printSheet } from '../output.ts';
import { askWhatIf, presentMachine } from '../what-if.ts';

/** Options of `map` and `trace` beside those of the machine. */
interface MapOptions extends MachineOptions {
  readonly range?: readonly string[];
  readonly dmaMask?: string;
}

/** A machine and a request for a table. */
interface PreparedMap extends OpenMachine {
  readonly situation: Situation;
  readonly question: MapQuestion;
  /** Another request under the same settings. @throws UsageError */
  readonly ask: (memory: string, importer: string, ranges: readonly BarRange[]) => MapQuestion;
}

/** Prints the table, or the errno with the step that failed. */
export async function mapCommand(
  memory: string,
  importer: string,
  sources: readonly string[],
  options: MapOptions,
): Promise<void> {
  refuseFileAsDevice('map PROVIDER:BAR IMPORTER', importer, sources);
  if (options.kernel?.includes(',') === true) {
    await compareKernels(memory, importer, sources, options);
    return;
  }
  const { question, ...machine } = await prepareMap(memory, importer, sources, options);
  const answer = answerMapping(machine.situation, question);
  printSheet(mapSheet(machine, answer), () => mapJson(machine, answer), options);
  const { result } = answer;
  process.exitCode =
    result.state === 'unknown' ? EXIT.unknown : result.outcome.outcome === 'mapped' ? EXIT.answered : EXIT.no;
}

/** `--kernel A,B`: what importers of every kind get under several kernels, side by side. */
async function compareKernels(
  memory: string,
  importer: string,
  sources: readonly string[],
  options: MapOptions,
): Promise<void> {
  const names = (options.kernel ?? '').split(',').map((name) => name.trim());
  const { kernel: _, ...others } = options;
  const machine = await openMachine(sources, others, 'addresses');
  const ranges = (options.range ?? []).map(parseRange);
  const compared = names.map((name): ComparedAnswers => {
    const variant = mapVariant(name);
    const kernel = variant === 'release' ? name : VARIANT_KERNEL[variant];
    const under = underKernel(machine, { ...others, kernel });
    const { situation } = under.analysis;
    checkMaps(situation);
    const how = { variant, maskBits: undefined };
    // Shown by the names of the input; asked of the functions as they are under this kernel.
    const asked = mapQuestion(under, memory, importer, ranges, how);
    const imports = answerImports({ name, variant, situation }, asked.memory, asked.importer);
    return { name, question: mapQuestion(machine, memory, importer, ranges, how), imports };
  });
  printSheet(compareSheet(machine, compared), () => compareJson(machine, compared), options);
  const unknown = compared.some(({ imports }) => imports.some(({ state }) => state === 'unknown'));
  process.exitCode = unknown ? EXIT.unknown : EXIT.answered;
}

/** The same machine under another kernel. @throws UsageError where that is no release. */
function underKernel(machine: OpenMachine, options: MachineOptions): OpenMachine {
  const present = presentMachine(machine.present.topology.capture, options);
  const whatIf = askWhatIf(present, machine.names, options);
  const analysis =
    whatIf === undefined ? present : { ...present, machine: whatIf.after.machine, situation: whatIf.after };
  return { ...machine, names: { ...machine.names, ...deviceLabels(present.topology) }, present, analysis, whatIf };
}

/** Reads the command line of `map`, all of it, before anything is answered. @throws UsageError */
async function prepareMap(
  memory: string,
  importer: string,
  sources: readonly string[],
  options: MapOptions,
): Promise<PreparedMap> {
  const maskBits = parseMask(options.dmaMask);
  const variant = mapVariant(options.kernel);
  const machine = await openMachine(
    sources,
    variant === 'release' ? options : { ...options, kernel: VARIANT_KERNEL[variant] },
    'addresses',
  );
  const { situation } = machine.analysis;
  checkMaps(situation);
  const ask = (memoryText: string, importerText: string, ranges: readonly BarRange[]): MapQuestion =>
    mapQuestion(machine, memoryText, importerText, ranges, { variant, maskBits });
  return { ...machine, situation, question: ask(memory, importer, (options.range ?? []).map(parseRange)), ask };
}

/** Is there something to ask? @throws UsageError */
function checkMaps({ machine: { kernel } }: Situation): void {
  if (kernelAtLeast(kernel, kernelVersion(6, 19))) return;
  throw new UsageError(
    `Linux ${formatKernelVersion(kernel)} has no dma_buf_phys_vec_to_sgt, which came with 6.19; ask with --kernel 6.19 or later`,
  );
}

/** Memory and importer as they were typed. @throws UsageError */
function mapQuestion(
  machine: OpenMachine,
  memory: string,
  importer: string,
  ranges: readonly BarRange[],
  how: Pick<MapQuestion, 'variant' | 'maskBits'>,
): MapQuestion {
  const { device, bar } = parseBar(memory);
  const checked = barMemory(pickFunction(machine, device), bar, ranges);
  if (!checked.ok) throw new UsageError(checked.error.text);
  return { memory: checked.value, importer: pickFunction(machine, importer), ...how };
}

/** The release whose other rules go with a variant of the routine. */
const VARIANT_KERNEL: Readonly<Record<Exclude<MapVariant, 'release'>, string>> = {
  intended: '7.3',
  v8: '6.19',
  'mapping-types-rfc1': '7.3',
  'mapping-types-rfc1-intended': '7.3',
};

function mapVariant(name: string | undefined): MapVariant {
  return name !== undefined && Object.hasOwn(VARIANT_KERNEL, name) ? (name as MapVariant) : 'release';
}

function parseMask(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bits = Number(text);
  if (!Number.isInteger(bits) || bits < 1 || bits > 64) {
    throw new UsageError(`--dma-mask ${text}: a number of bits from 1 to 64, for example 32 or 64`);
  }
  return bits;
}

/** Options of `trace` beside those of `map`. */
interface TraceOptions extends MapOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly via?: string;
  readonly with?: readonly string[];
}

/** Traces REQUESTER to ADDRESS, or CLIENT to the first byte of PROVIDER:BAR that it maps. */
export async function traceCommand(
  first: string,
  second: string,
  sources: readonly string[],
  options: TraceOptions,
): Promise<void> {
  refuseFileAsDevice('trace REQUESTER ADDRESS', second, sources);
  await (isAddress(second)
    ? traceAddress(first, second, sources, options)
    : tracePeer(first, second, sources, options));
}

function isAddress(text: string): boolean {
  return /^(?:0x[0-9a-f]+|\d+[kmgt]?)$/i.test(text);
}

async function traceAddress(
  requester: string,
  addressText: string,
  sources: readonly string[],
  options: TraceOptions,
): Promise<void> {
  const address = parseSize(addressText, 'address');
  const stage = viaStage(options);
  const machine = await openMachine(sources, options, 'addresses');
  const kind = options.read === true && options.write !== true ? 'read' : 'write';
  const question = { requester: pickFunction(machine, requester), address, kind, stage } as const;
  const answer = answerTrace(machine.analysis.situation, question);
  printSheet(traceSheet(machine, answer), () => traceJson(machine, [answer]), options);
  process.exitCode = traceExitCode([answer]);
}

async function tracePeer(
  memory: string,
  client: string,
  sources: readonly string[],
  options: TraceOptions,
): Promise<void> {
  const { situation, question, ask, ...machine } = await prepareMap(memory, client, sources, options);
  const trace = answerPeerTrace(situation, question);
  const others = (options.with ?? []).map((pair) => otherPair(pair, ask));
  const shared = sharedByPairs([question, ...others].map((each) => answerPeerTrace(situation, each)));
  const traces = trace.traces === undefined ? [] : [trace.traces.write, trace.traces.read];
  const json = (): object =>
    traces.length === 0 ? mapJson(machine, trace.mapping) : traceJson(machine, traces, shared);
  printSheet(peerTraceSheet(machine, trace, shared), json, options);
  const noTable = trace.mapping.result.state === 'unknown' ? EXIT.unknown : EXIT.no;
  process.exitCode = traces.length === 0 ? noTable : traceExitCode(traces);
}

/** `PROVIDER:BAR=CLIENT`. */
function otherPair(text: string, ask: PreparedMap['ask']): MapQuestion {
  const [memory, client, more] = text.split('=');
  if (memory === undefined || client === undefined || more !== undefined) {
    throw new UsageError(`--with ${text}: write PROVIDER:BAR=CLIENT, for example gpu1:2=nic1`);
  }
  return ask(memory, client, []);
}

function traceExitCode(traces: readonly TraceAnswer[]): number {
  const ends = traces.flatMap(({ route }) => [
    route.end,
    ...(route.completion === undefined ? [] : [route.completion.end]),
  ]);
  if (ends.some(({ kind }) => kind === 'stopped')) return EXIT.no;
  return ends.some(({ kind }) => kind === 'unknown') ? EXIT.unknown : EXIT.answered;
}

/** What the IOMMU does: a table printed by `map --json`, a mode, or (undefined) what the input tells. */
function viaStage({ via, iommu }: TraceOptions): IommuStage | undefined {
  if (via !== undefined) return { mode: 'translated', table: readTable(via) };
  if (iommu === undefined) return undefined;
  if (iommu === 'off') return { mode: 'off' };
  if (iommu === 'pt') return { mode: 'passthrough' };
  throw new UsageError(
    `--iommu ${iommu}: a translating IOMMU needs its table: --via FILE, as "peerpath map --json" prints it`,
  );
}

function readTable(path: string): Extract<IommuStage, { mode: 'translated' }>['table'] {
  const bad = (what: string): UsageError =>
    new UsageError(`--via ${path}: ${what}; make one with "peerpath map --json"`);
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw bad('is not readable as JSON');
  }
  if (typeof document !== 'object' || document === null) throw bad('is no peerpath.map/1 document');
  const { schema, sg, physVec } = document as { schema?: unknown; sg?: unknown; physVec?: unknown };
  if (schema !== 'peerpath.map/1') throw bad('is no peerpath.map/1 document');
  const runs = [pairs(sg), pairs(physVec)] as const;
  if (runs[0] === undefined || runs[1] === undefined) throw bad('has no sg and physVec');
  return tableTranslation(runs[0], runs[1]);
}

function pairs(value: unknown): (readonly [bigint, bigint])[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const read = value.map((pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((text) => /^0x[0-9a-f]+$/.test(String(text)))
      ? ([BigInt(String(pair[0])), BigInt(String(pair[1]))] as const)
      : undefined,
  );
  return read.includes(undefined) ? undefined : read.filter((pair) => pair !== undefined);
}

/** Numbers as people type them: `4K`, `2M`, `1G`, `0x1000`, `4096`. */
const SHIFT: Readonly<Record<string, bigint>> = { '': 0n, k: 10n, m: 20n, g: 30n, t: 40n };

/** A size or address, 0 ... 2^64-1. @throws UsageError naming `option`. */
function parseSize(text: string, option: string): bigint {
  const match = /^(0x[0-9a-f]+|\d+)([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  const unit = SHIFT[match?.[2]?.toLowerCase() ?? ''];
  if (match?.[1] === undefined || unit === undefined) {
    throw new UsageError(`${option}: "${text}" is no number; write 4096, 0x1000, 4K, 2M or 1G`);
  }
  const value = BigInt(match[1]) << unit;
  if (value > U64_MAX) throw new UsageError(`${option}: ${text} does not fit 64 bits`);
  return value;
}

/** `OFFSET+LENGTH`. @throws UsageError */
function parseRange(text: string): BarRange {
  const [offset, length, more] = text.split('+');
  if (offset === undefined || length === undefined || more !== undefined) {
    throw new UsageError(`--range ${text}: write OFFSET+LENGTH, for example 0+2M or 0x10000+4K`);
  }
  const range = { offset: parseSize(offset, `--range ${text}`), length: parseSize(length, `--range ${text}`) };
  if (range.offset + range.length > U64_MAX + 1n) throw new UsageError(`--range ${text}: its end is over 2^64`);
  return range;
}

/** `DEVICE:BAR`, split at the last colon. @throws UsageError */
function parseBar(text: string): { readonly device: string; readonly bar: number } {
  const match = /^(.+):([0-9]+)$/.exec(text);
  if (match?.[1] === undefined || Number(match[2]) > 5) {
    throw new UsageError(`"${text}" names no BAR; write PROVIDER:BAR with a BAR from 0 to 5, for example gpu0:2`);
  }
  return { device: match[1], bar: Number(match[2]) };
}
