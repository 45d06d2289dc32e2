/** A mapping, explained: the outcome first, then the table, how it came about, and the proof. */
import type { MapAnswer, MapResult } from '../answers/index.ts';
import { hex, sizeText } from '../base/index.ts';
import {
  DMA_BUF_DEFECTS,
  type EntryOrigin,
  entryOrigins,
  MAPPING_TYPE_DEFECTS,
  type MapFlow,
  type SgtMapping,
} from '../dma-buf/index.ts';
import { DMA_DEFECTS } from '../iommu/index.ts';
import { pciP2pdmaBusAddrMap } from '../p2pdma/index.ts';
import type { Route, TableProof } from '../route/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { kernelJson } from './kernel-words.ts';
import { shortName } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { endText, hopPlace } from './route-words.ts';
import { facts, type Line, list, type Section, type Sheet, strong, type Tone, text, toned } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted } from './words.ts';

type Answered = Extract<MapResult, { state: 'answered' }>;

/** The whole answer. */
export function mapSheet(subject: Subject, answer: MapAnswer): Sheet {
  const { result, question } = answer;
  const sheet = mapOutcomeSheet(subject, answer);
  if (result.state === 'unknown') return sheet;
  const [before, after] = [[settingSection(answer, result)], sheet.sections];
  const table =
    result.outcome.outcome === 'mapped' ? [tableSection(result.outcome.mapping, result.kernel.rules.split)] : [];
  const variant = VARIANT_WORDS[question.variant];
  const context = variant === undefined ? sheet.context : [...sheet.context, variant];
  return { ...sheet, context, sections: [...before, ...table, ...after] };
}

/** What came of it and what was met on the way, without the table: for whom shows that in another way. */
export function mapOutcomeSheet(subject: Subject, answer: MapAnswer): Sheet {
  const { result } = answer;
  const { names } = subject;
  const sections =
    result.state === 'unknown'
      ? []
      : [
          ...proofSections(result, names),
          ...defectSections(result),
          ...supposedSections(result),
          ...warnSections(result),
        ];
  return { title: 'peerpath map', answer: headline(answer, names), context: contextLines(subject), sections };
}

const VARIANT_WORDS: Readonly<Record<MapAnswer['question']['variant'], string | undefined>> = {
  release: undefined,
  intended: 'Asked for what its authors meant, without its defects.',
  v8: 'Asked for the code as reviewed in November 2025 (v8 of the series).',
  'mapping-types-rfc1': 'Asked for the proposed mapping types (first posting, February 2026) on top of Linux 7.3.',
  'mapping-types-rfc1-intended': 'Asked for the proposed mapping types on top of Linux 7.3, as meant, without defects.',
};

const FLOW_WORDS: Readonly<Record<MapFlow, string>> = {
  'bus-addr': 'PCI bus addresses, which the switches route directly',
  iova: 'one run of I/O addresses, which the IOMMU translates',
  direct: 'physical addresses, through the host bridge without translation',
};

function headline({ result, question }: MapAnswer, names: DeviceNames): Line {
  const { memory, importer } = question;
  const { owner, bar } = memory.provider;
  const what = `BAR ${bar} of ${shortName(owner, names)} for ${shortName(importer, names)}`;
  const line = (tone: Tone, word: string, rest: string): Line => [strong(word, tone), ` ${what}${rest}`];
  if (result.state === 'unknown') return line('open', 'Unknown:', `: ${result.why}.`);
  const { outcome } = result;
  switch (outcome.outcome) {
    case 'mapped': {
      const { table, flow } = outcome.mapping;
      // Each range is mapped by itself, through whatever translates for the device.
      const alone = flow === 'direct' && result.device.domain !== undefined;
      const how = alone ? 'one I/O address range per range' : FLOW_WORDS[flow];
      return line('good', 'Mapped:', `: ${counted(table.nents, 'entry', 'entries')}, ${how}. (flow ${flow})`);
    }
    case 'failed':
      return line('bad', `Refused with -${outcome.errno}:`, `, at ${outcome.at}.`);
    case 'crashed':
      return line('bad', 'THE KERNEL CRASHES:', `, in ${outcome.at}.`);
  }
}

function settingSection({ question, verdict }: MapAnswer, { device }: Answered): Section {
  const domain =
    device.domain === undefined ? 'none translates for the importer' : `translates, domain type ${device.domain.type}`;
  const mask = device.dmaMask === undefined ? 'none' : `${device.dmaMask.toString(2).length} bits`;
  const source = question.maskBits === undefined ? '--dma-mask changes it' : 'chosen';
  const { provider, ranges } = question.memory;
  const { start } = provider.resource.cpu;
  const shift = provider.busOffset === 0n ? '' : `, on the bus ${hex(pciP2pdmaBusAddrMap(provider, start as never))}`;
  const all = [
    ['verdict', `${verdict.mapType}, distance ${verdict.distance}`],
    ['IOMMU', domain],
    ['DMA mask', `${mask} (${source})`],
    ['BAR', `${hex(start)}, ${sizeText(provider.resource.cpu.end - start)}${shift}`],
  ] as const;
  const shown = ranges.slice(0, MOST_ENTRIES);
  const more = ranges.length - shown.length;
  const rows = shown.map(({ offset, length }, i) => [`range ${i}`, `+${hex(offset)}, ${sizeText(length)}`] as const);
  const rest = more > 0 ? [['', `… ${more} more ranges; --json lists them all`] as const] : [];
  return { title: '', blocks: [facts(...all, ...rows, ...rest)] };
}

const MOST_ENTRIES = 32;

function tableSection(mapping: SgtMapping, split: Answered['kernel']['rules']['split']): Section {
  const { table } = mapping;
  const originOf = entryOrigins(mapping, split);
  const rows = Array.from({ length: Math.min(table.nents, MOST_ENTRIES) }, (_, i) => {
    const { dmaAddress, dmaLength } = table.at(i);
    return [String(i), hex(dmaAddress.addr), hex(dmaLength), originText(originOf(i), mapping)];
  });
  const more = table.nents - rows.length;
  return {
    title: `Table: nents ${table.nents}, orig_nents ${table.origNents}, the CPU side is empty`,
    blocks: [
      { kind: 'table', head: ['entry', 'dma address', 'dma length', 'from'], rows },
      ...(more > 0 ? [text(`… ${more} more; --json lists them all`)] : []),
    ],
  };
}

function originText({ chunk, pieces }: EntryOrigin, mapping: SgtMapping): string {
  if (pieces.length === 0) return 'left empty by the kernel';
  const words = pieces.map(({ range, offset }) => `range ${range} +${hex(offset)}`).join(', ');
  return chunk > 0 || mapping.flow === 'iova' ? `${words} (chunk ${chunk})` : words;
}

/** On what a proof stands that no register tells; '' where it stands by itself. */
function proofCondition(routes: readonly Route[]): string {
  const assumed = routes.some((route) => route.assumptions.includes('root-complex-p2p'));
  return assumed ? ', if the root complex routes between its ports, which no register tells' : '';
}

function proofSections({ proof }: Answered, names: DeviceNames): Section[] {
  if (proof === undefined) return [];
  const one = (kind: string, result: TableProof): Line[] => {
    if (result.proved) {
      const note = proofCondition(result.routes);
      return [[toned('good', '✓'), ` ${kind}: each of ${hex(result.bytes)} bytes is reached once, in order${note}`]];
    }
    return result.counterexamples.slice(0, 4).map(({ entry, address, expected, reached, problem }): Line => {
      const want = expected === undefined ? 'nothing' : hex(expected);
      const got = reached === undefined ? problem : endText(reached, names);
      return [toned('bad', '✗'), ` ${kind}: entry ${entry}, address ${hex(address)} should reach ${want}, but ${got}`];
    });
  };
  return [{ title: 'Proof', blocks: [text(...one('writes', proof.write), ...one('reads', proof.read))] }];
}

const DEFECTS = new Map<string, { readonly text: string; readonly intended?: string | undefined }>(
  [...DMA_BUF_DEFECTS, ...MAPPING_TYPE_DEFECTS, ...DMA_DEFECTS].map((defect) => [defect.name, defect]),
);

function defectSections({ outcome }: Answered): Section[] {
  if (outcome.defects.length === 0) return [];
  const lines = outcome.defects.map((name): Line => {
    const defect = DEFECTS.get(name);
    return [
      strong(name),
      `: ${defect?.text ?? ''}${defect?.intended === undefined ? '' : ` Intended: ${defect.intended}.`}`,
    ];
  });
  return [{ title: 'Defects of this kernel met on the way', blocks: [list(lines)] }];
}

function supposedSections({ inferred }: Answered): Section[] {
  return inferred.length === 0 ? [] : [{ title: 'Supposed', blocks: [list(inferred)] }];
}

function warnSections({ warns }: Answered): Section[] {
  const lines = [...new Set(warns.map(({ file, text }) => `${file}: ${text}`))];
  return lines.length === 0 ? [] : [{ title: 'WARNs in the kernel log', blocks: [list(lines)] }];
}

/** `map --json` (docs/json.md). `errno` is null for a table, for an unknown answer, and for a crash (then `crash` tells where). */
export function mapJson(subject: Subject, { question, verdict, ranges, result }: MapAnswer): object {
  const answered = result.state === 'answered' ? result : undefined;
  const outcome = answered?.outcome;
  const mapping = outcome?.outcome === 'mapped' ? outcome.mapping : undefined;
  const table = mapping?.table;
  const entries = Array.from({ length: table?.nents ?? 0 }, (_, i) => i);
  return {
    ...documentHead('peerpath.map/1', subject),
    kernel: { ...kernelJson(subject.analysis.machine), variant: question.variant },
    provider: formatBdf(question.memory.provider.owner.bdf),
    bar: question.memory.provider.bar,
    importer: formatBdf(question.importer.bdf),
    verdict: { mapType: verdict.mapType, distance: verdict.distance ?? null, candidates: verdict.candidates },
    state: result.state,
    why: result.state === 'unknown' ? result.why : null,
    flow: mapping?.flow ?? (outcome?.outcome === 'failed' ? (outcome.flow ?? null) : null),
    errno: outcome?.outcome === 'failed' ? outcome.errno : null,
    step: outcome?.outcome === 'failed' ? outcome.at : null,
    crash: outcome?.outcome === 'crashed' ? outcome.at : null,
    physVec: [...ranges].map(({ paddr, len }) => [hex(paddr), hex(len)]),
    busOffset: question.memory.provider.resource.busAssumed ? null : hex(question.memory.provider.busOffset),
    dmaMask: answered === undefined || answered.device.dmaMask === undefined ? null : hex(answered.device.dmaMask),
    domain: answered?.device.domain?.type ?? null,
    nents: table?.nents ?? 0,
    origNents: table?.origNents ?? 0,
    sg: entries.map((i) => {
      const { addr, length } = entryAt(mapping, i);
      return [addr, length];
    }),
    origin: originsJson(answered, entries),
    route: proofRoutes(answered),
    proof:
      answered?.proof === undefined
        ? null
        : { write: proofJson(answered.proof.write), read: proofJson(answered.proof.read) },
    defects: outcome?.defects ?? [],
    warns: answered?.warns ?? [],
    supposed: answered?.inferred ?? [],
  };
}

type Mapping = Extract<Answered['outcome'], { outcome: 'mapped' }>['mapping'];

function entryAt(mapping: Mapping | undefined, index: number): { readonly addr: string; readonly length: string } {
  const entry = mapping?.table.at(index);
  return { addr: hex(entry?.dmaAddress.addr ?? 0n), length: hex(entry?.dmaLength ?? 0) };
}

function originsJson(answered: Answered | undefined, entries: readonly number[]): readonly object[] {
  if (answered?.outcome.outcome !== 'mapped') return [];
  return entries.map(entryOrigins(answered.outcome.mapping, answered.kernel.rules.split)).map(originJson);
}

function originJson({ chunk, pieces }: EntryOrigin): object {
  return { chunk, pieces: pieces.map(({ range, offset, len }) => ({ range, offset: hex(offset), length: hex(len) })) };
}

/** The way of the first request of the table, one element a hop. */
function proofRoutes(answered: Answered | undefined): readonly object[] {
  const proof = answered?.proof?.write;
  const route = proof?.proved === true ? proof.routes[0] : undefined;
  return (route?.hops ?? []).map((hop) => ({
    at: hopPlace(hop),
    side: hop.side,
    rule: hop.rule,
    register: hop.register ?? null,
  }));
}

function proofJson(proof: TableProof): object {
  if (proof.proved) return { proved: true, bytes: hex(proof.bytes), runs: proof.runs };
  return {
    proved: false,
    counterexamples: proof.counterexamples.map(({ problem, entry, address, expected, reached }) => ({
      problem,
      entry,
      address: hex(address),
      expected: expected === undefined ? null : hex(expected),
      reached: reached === undefined ? null : reached.kind,
    })),
  };
}
