/** The table of a mapping as the page shows it. */
import { answerMapping, barMemory, type MapAnswer, type MapResult } from '../../src/answers/index.ts';
import { hex } from '../../src/base/index.ts';
import type { Situation } from '../../src/diagnose/index.ts';
import { DMA_BUF_DEFECTS, entryOrigin } from '../../src/dma-buf/index.ts';
import { sizeText } from '../../src/report/index.ts';
import type { TableProof } from '../../src/route/index.ts';
import type { PhysVecArray } from '../../src/scatterlist/index.ts';
import { kernelAtLeast, kernelVersion } from '../../src/uapi/index.ts';
import type { MapRequest, MapView, RibbonView } from '../protocol.ts';
import { readPatterns } from './ranges.ts';

type Answered = Extract<MapResult, { state: 'answered' }>;

/** A mapping kept for questions about its entries. */
export interface KeptMapping {
  readonly view: MapView;
  readonly answered: Answered | undefined;
}

/** Kernels before it have no such mapping. */
const FIRST_KERNEL = kernelVersion(6, 19);

/** Maps as the kernel of a situation does, and shows what came of it. The situation's topology holds its registers. */
export function mapView(situation: Situation, request: MapRequest): KeptMapping {
  const { functions } = situation.machine.topology;
  const [owner, importer] = [functions[request.provider], functions[request.client]];
  if (owner === undefined || importer === undefined) return refused('No such function.');
  if (owner === importer) return refused('Choose two different functions.');
  if (!kernelAtLeast(situation.machine.kernel, FIRST_KERNEL))
    return refused('This kernel has no dma_buf_phys_vec_to_sgt(): it came with Linux 6.19. Choose a newer one.');
  const ranges = readPatterns(request.patterns);
  if (typeof ranges === 'string') return refused(ranges);
  const memory = barMemory(owner, request.bar, ranges);
  if (!memory.ok) return refused(`${memory.error}.`);
  const variant = request.intended ? 'intended' : 'release';
  const answer = answerMapping(situation, { memory: memory.value, importer, variant, maskBits: undefined });
  const { result } = answer;
  if (result.state === 'unknown') return refused(`Not known: ${result.why}.`);
  return { answered: result, view: answeredView(answer, result) };
}

function answeredView({ question, ranges }: MapAnswer, result: Answered): MapView {
  const { outcome, inferred, warns } = result;
  const table = outcome.outcome === 'mapped' ? outcome.mapping.table : undefined;
  const { start, end } = question.memory.provider.resource.cpu;
  return {
    ...EMPTY,
    outcome: outcome.outcome,
    text: outcomeText(result, ranges.length),
    flow: outcome.outcome === 'mapped' ? outcome.mapping.flow : outcome.flow,
    space: table?.space ?? '',
    ranges: ranges.length,
    totalBytes: sizeText(ranges.totalLength()),
    entries: table?.nents ?? 0,
    addrLo: table?.addrLo.slice() ?? new Uint32Array(0),
    addrHi: table?.addrHi.slice() ?? new Uint32Array(0),
    lengths: table?.dmaLen.slice() ?? new Uint32Array(0),
    bar: { start: hex(start), size: sizeText(end - start) },
    ribbons: ribbonsOf(result, { start, size: end - start }),
    defects: outcome.defects.map((name) => {
      const defect = DMA_BUF_DEFECTS.find((row) => row.name === name);
      return { name, text: defect?.text ?? 'A known defect of the DMA layer.', intended: defect?.intended };
    }),
    inferred: inferred.map((text) => `Supposed: ${text}.`),
    warnings: [...new Set(warns.map(({ file, text }) => `${file}: ${text}`))].slice(0, 20),
    proof: result.proof === undefined ? undefined : proofText(result.proof),
  };
}

function outcomeText({ outcome }: Answered, ranges: number): string {
  switch (outcome.outcome) {
    case 'mapped': {
      const { table, flow } = outcome.mapping;
      return `${count(ranges, 'range', 'ranges')} became ${count(table.nents, 'entry', 'entries')} ${FLOWS[flow]}.`;
    }
    case 'failed':
      return `The mapping fails with -${outcome.errno} (${outcome.at}).`;
    case 'crashed':
      return `The kernel dies: ${outcome.at}.`;
  }
}

function count(n: number, one: string, more: string): string {
  return `${n} ${n === 1 ? one : more}`;
}

const FLOWS = {
  'bus-addr': 'of PCI bus addresses; switches route them, no IOMMU sees them',
  iova: 'of one run of I/O addresses; the IOMMU leads each to the BAR',
  direct: 'of physical addresses',
} as const;

function proofText({ write, read }: NonNullable<Answered['proof']>): string {
  if (write.proved && read.proved)
    return `Proved: writes and reads of every one of ${sizeText(write.bytes)} bytes reach their place in the BAR.`;
  return write.proved ? `Reads: ${failureText(read)}` : `Writes: ${failureText(write)}`;
}

function failureText(proof: TableProof): string {
  const first = proof.proved ? undefined : proof.counterexamples[0];
  if (first === undefined) return 'not proved.';
  return `entry ${first.entry} at ${hex(first.address)} ${PROBLEMS[first.problem]}.`;
}

const PROBLEMS = {
  elsewhere: 'leads elsewhere',
  'not-owner': 'leads to another function',
  stopped: 'is stopped on the way',
  unknown: 'leads to what is not known',
  'completion-lost': 'is answered, but the answer does not come back',
  'table-too-long': 'stands for nothing: the table is too long',
  'table-too-short': 'is missing: the table is too short',
  'address-overflow': 'runs over the end of the address space',
} as const;

const MOST_RIBBONS = 240;

/** Bands between the BAR and the address run, from evenly spread entries. */
function ribbonsOf(result: Answered, { start, size }: { start: bigint; size: bigint }): RibbonView[] {
  if (result.outcome.outcome !== 'mapped' || size === 0n) return [];
  const { mapping } = result.outcome;
  const { table } = mapping;
  const run = Math.max(1, Number(table.dmaSize()));
  const step = Math.max(1, Math.ceil(table.nents / MOST_RIBBONS));
  const ribbons: RibbonView[] = [];
  const inBar = (paddr: bigint): number => Number(((paddr - start) * 1_000_000n) / size) / 1_000_000;
  const cheap = table.nents > 4096 && table.nents === mapping.ranges.length;
  let at = 0;
  for (let entry = 0; entry < table.nents; entry++) {
    const length = table.dmaLen[entry] ?? 0;
    if (entry % step === 0) {
      const pieces = cheap
        ? [{ range: entry, offset: 0n, len: BigInt(length) }]
        : entryOrigin(mapping, entry, result.kernel.rules.split).pieces;
      for (const { range, offset, len } of pieces.slice(0, MOST_RIBBONS)) {
        const from = rangeStart(mapping.ranges, range) + offset;
        const done = Number(offset);
        const runFrom =
          pieces.length === 1 ? at : at + Number(sumBefore(mapping.ranges, pieces[0]?.range ?? 0, range)) + done;
        ribbons.push({
          barFrom: inBar(from),
          barTo: inBar(from + len),
          runFrom: runFrom / run,
          runTo: (runFrom + Number(len)) / run,
          entry,
        });
      }
    }
    at += length;
  }
  return ribbons.slice(0, 2 * MOST_RIBBONS);
}

function rangeStart(ranges: PhysVecArray, range: number): bigint {
  return ranges.at(range).paddr;
}

function sumBefore(ranges: PhysVecArray, first: number, range: number): bigint {
  let sum = 0n;
  for (let i = first; i < range; i++) sum += ranges.at(i).len;
  return sum;
}

/** Where entries come from, in words, one line each. */
export function originTexts({ answered }: KeptMapping, from: number, count: number): string[] {
  if (answered?.outcome.outcome !== 'mapped') return [];
  const { mapping } = answered.outcome;
  const texts: string[] = [];
  for (let entry = from; entry < Math.min(from + count, mapping.table.nents); entry++) {
    const { pieces, chunk } = entryOrigin(mapping, entry, answered.kernel.rules.split);
    const [first] = pieces;
    const last = pieces.at(-1);
    if (first === undefined || last === undefined) texts.push('nothing: the kernel left it empty');
    else if (pieces.length > 1) texts.push(`ranges ${first.range}–${last.range}`);
    else texts.push(`range ${first.range}${chunk === 0 ? '' : `, from ${hex(first.offset)}`}`);
  }
  return texts;
}

const EMPTY: MapView = {
  outcome: 'refused',
  text: '',
  flow: undefined,
  space: '',
  ranges: 0,
  totalBytes: '',
  entries: 0,
  addrLo: new Uint32Array(0),
  addrHi: new Uint32Array(0),
  lengths: new Uint32Array(0),
  bar: { start: '', size: '' },
  ribbons: [],
  defects: [],
  inferred: [],
  warnings: [],
  proof: undefined,
};

function refused(text: string): KeptMapping {
  return { view: { ...EMPTY, text }, answered: undefined };
}
