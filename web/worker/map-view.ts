/** The table of a mapping as the page shows it. */
import {
  answerImport,
  answerMapping,
  barMemory,
  type MapAnswer,
  type MapQuestion,
  type MapResult,
} from '../../src/answers/index.ts';
import { byteText, hex } from '../../src/base/index.ts';
import { type EntryOrigin, entryOrigins, type SgtMapping } from '../../src/dma-buf/index.ts';
import { importSheet, mapOutcomeSheet, type Sheet, type Subject } from '../../src/report/index.ts';
import { kernelAtLeast, kernelVersion } from '../../src/uapi/index.ts';
import type { MapRequest, MapView, OriginView } from '../map-protocol.ts';
import { TableDrawing } from './bands.ts';
import { readPatterns } from './ranges.ts';

type Answered = Extract<MapResult, { state: 'answered' }>;

/** A mapping kept for questions about its entries. */
export interface KeptMapping {
  readonly view: MapView;
  /** Undefined where there is no table. */
  readonly origins: KeptOrigins | undefined;
}

interface KeptOrigins {
  readonly mapping: SgtMapping;
  readonly originOf: (entry: number) => EntryOrigin;
  readonly drawing: TableDrawing;
}

/** Kernels before it have no such mapping. */
const FIRST_KERNEL = kernelVersion(6, 19);

/** Maps as the kernel of a machine does, and shows what came of it. */
export function mapView(subject: Subject, request: MapRequest): KeptMapping {
  const { situation } = subject.analysis;
  const { functions } = situation.machine.topology;
  const [owner, importer] = [functions[request.provider], functions[request.client]];
  if (owner === undefined || importer === undefined) return refused('No such function.');
  if (owner === importer) return refused('Choose two different functions.');
  if (!kernelAtLeast(situation.machine.kernel, FIRST_KERNEL))
    return refused('This kernel has no dma_buf_phys_vec_to_sgt(): it came with Linux 6.19. Choose a newer one.');
  const ranges = readPatterns(request.patterns);
  if (typeof ranges === 'string') return refused(ranges);
  const memory = barMemory(owner, request.bar, ranges);
  if (!memory.ok) return refused(sentence(memory.error.text));
  if (request.form !== 'table') return importView(subject, request, { memory: memory.value, importer });
  const variant = request.intended ? 'intended' : 'release';
  const answer = answerMapping(situation, { memory: memory.value, importer, variant, maskBits: undefined });
  const { result } = answer;
  const sheet = mapOutcomeSheet(subject, answer);
  if (result.state === 'unknown') return { view: { ...EMPTY, sheet }, origins: undefined };
  const origins = keepOrigins(answer, result);
  return { origins, view: answeredView(answer, result, sheet, origins?.drawing) };
}

/** What an importer gets that wants no table first, where mapping types are negotiated. */
function importView(
  subject: Subject,
  { form, intended }: MapRequest,
  pair: Pick<MapQuestion, 'memory' | 'importer'>,
): KeptMapping {
  const variant = intended ? 'mapping-types-rfc1-intended' : 'mapping-types-rfc1';
  const { situation } = subject.analysis;
  const kernel = { name: variant, variant, situation } as const;
  const importer = form === 'own-link' ? form : 'iommufd';
  const answer = answerImport(kernel, pair.memory, pair.importer, importer);
  const sheet = importSheet(subject, { ...pair, variant, maskBits: undefined }, answer);
  const given = answer.state === 'list' || answer.state === 'table';
  const outcome = given ? 'given' : answer.state === 'refused' ? 'failed' : 'refused';
  return { view: { ...EMPTY, outcome, sheet, defects: answer.defects }, origins: undefined };
}

function keepOrigins({ question }: MapAnswer, { outcome, kernel, iommu }: Answered): KeptOrigins | undefined {
  if (outcome.outcome !== 'mapped') return undefined;
  const { mapping } = outcome;
  const { start, end } = question.memory.provider.resource.cpu;
  return {
    mapping,
    originOf: entryOrigins(mapping, kernel.rules.split),
    drawing: new TableDrawing(mapping, iommu(question.importer), { start, size: end - start }),
  };
}

function answeredView(
  { question, ranges }: MapAnswer,
  { outcome }: Answered,
  sheet: Sheet,
  drawing: TableDrawing | undefined,
): MapView {
  const table = outcome.outcome === 'mapped' ? outcome.mapping.table : undefined;
  const { start, end } = question.memory.provider.resource.cpu;
  return {
    ...EMPTY,
    outcome: outcome.outcome,
    sheet,
    flow: outcome.outcome === 'mapped' ? outcome.mapping.flow : outcome.flow,
    space: table?.space ?? '',
    ranges: ranges.length,
    totalBytes: byteText(ranges.totalLength()),
    entries: table?.nents ?? 0,
    addrLo: table?.addrLo.slice() ?? new Uint32Array(0),
    addrHi: table?.addrHi.slice() ?? new Uint32Array(0),
    lengths: table?.dmaLen.slice() ?? new Uint32Array(0),
    bar: { start: hex(start), size: byteText(end - start) },
    drawing: drawing?.view(),
    defects: outcome.defects,
  };
}

/** Where entries come from, one after the other from `from` on. */
export function originViews({ origins }: KeptMapping, from: number, count: number): OriginView[] {
  if (origins === undefined) return [];
  const { mapping, originOf, drawing } = origins;
  const last = Math.min(from + count, mapping.table.nents);
  return Array.from({ length: Math.max(0, last - from) }, (_, at) => ({
    text: originText(originOf(from + at)),
    bands: drawing.bands(from + at),
  }));
}

function originText({ pieces, chunk }: EntryOrigin): string {
  const [first] = pieces;
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) return 'nothing: the kernel left it empty';
  if (pieces.length > 1) return `ranges ${first.range}–${last.range}`;
  return `range ${first.range}${chunk === 0 ? '' : `, from ${hex(first.offset)}`}`;
}

const EMPTY: MapView = {
  outcome: 'refused',
  sheet: refusal(''),
  flow: undefined,
  space: '',
  ranges: 0,
  totalBytes: '',
  entries: 0,
  addrLo: new Uint32Array(0),
  addrHi: new Uint32Array(0),
  lengths: new Uint32Array(0),
  bar: { start: '', size: '' },
  drawing: undefined,
  defects: [],
};

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function refused(text: string): KeptMapping {
  return { view: { ...EMPTY, sheet: refusal(text) }, origins: undefined };
}

function refusal(answer: string): Sheet {
  return { title: '', answer, context: [], sections: [] };
}
