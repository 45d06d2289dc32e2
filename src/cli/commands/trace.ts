/** `peerpath trace`: the way of one request, hop by hop. */
import { readFileSync } from 'node:fs';
import {
  answerPeerTrace,
  answerTrace,
  type MapQuestion,
  sharedByPairs,
  type TraceAnswer,
  tableTranslation,
} from '../../answers/index.ts';
import { mapJson, peerTraceText, sharedLinksText, traceJson, traceText } from '../../report/index.ts';
import type { IommuStage } from '../../route/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { parseSize } from '../numbers.ts';
import { openMachine, pickFunction } from '../open-machine.ts';
import { printJson, printText, terminalPaint } from '../output.ts';
import { type MapOptions, type PreparedMap, prepareMap } from './map.ts';

/** Options of `trace` beside those of `map`. */
export interface TraceOptions extends MapOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly via?: string;
  readonly with?: readonly string[];
}

/** Traces REQUESTER to ADDRESS, or CLIENT to the first byte of PROVIDER:BAR that it maps. */
export async function traceCommand(
  first: string,
  second: string,
  source: string | undefined,
  options: TraceOptions,
): Promise<void> {
  await (isAddress(second) ? traceAddress(first, second, source, options) : tracePeer(first, second, source, options));
}

function isAddress(text: string): boolean {
  return /^(?:0x[0-9a-f]+|\d+[kmgt]?)$/i.test(text);
}

async function traceAddress(
  requester: string,
  addressText: string,
  source: string | undefined,
  options: TraceOptions,
): Promise<void> {
  const address = parseSize(addressText, 'address');
  const stage = viaStage(options);
  const machine = await openMachine(source, options);
  const kind = options.read === true && options.write !== true ? 'read' : 'write';
  const question = { requester: pickFunction(machine, requester), address, kind, stage } as const;
  const answer = answerTrace(machine.analysis.situation, question);
  if (options.json === true) printJson(traceJson([answer]));
  else printText(traceText(answer, machine.names, terminalPaint()));
  process.exitCode = exitCode([answer]);
}

async function tracePeer(
  memory: string,
  client: string,
  source: string | undefined,
  options: TraceOptions,
): Promise<void> {
  const { situation, question, names, ask } = await prepareMap(memory, client, source, options);
  const trace = answerPeerTrace(situation, question);
  const others = (options.with ?? []).map((pair) => otherPair(pair, ask));
  const shared = sharedByPairs([question, ...others].map((each) => answerPeerTrace(situation, each)));
  const traces = trace.traces === undefined ? [] : [trace.traces.write, trace.traces.read];
  if (options.json !== true)
    printText(
      [
        peerTraceText(situation.machine, trace, names, terminalPaint()),
        ...sharedLinksText(shared, terminalPaint()),
      ].join('\n'),
    );
  else printJson(traces.length === 0 ? mapJson(situation.machine, trace.mapping) : traceJson(traces, shared));
  const noTable = trace.mapping.result.state === 'unknown' ? EXIT.unknown : EXIT.no;
  process.exitCode = traces.length === 0 ? noTable : exitCode(traces);
}

/** `PROVIDER:BAR=CLIENT`. */
function otherPair(text: string, ask: PreparedMap['ask']): MapQuestion {
  const [memory, client, more] = text.split('=');
  if (memory === undefined || client === undefined || more !== undefined) {
    throw new UsageError(`--with ${text}: write PROVIDER:BAR=CLIENT, for example gpu1:2=nic1`);
  }
  return ask(memory, client, []);
}

function exitCode(traces: readonly TraceAnswer[]): number {
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
