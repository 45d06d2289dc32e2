/** A mapping, explained: the outcome first, then the table, how it came about, and the proof. */
import type { MapAnswer, MapResult } from '../answers/index.ts';
import { hex, sizeText } from '../base/index.ts';
import { DMA_BUF_DEFECTS, type EntryOrigin, entryOrigins, type MapFlow, type SgtMapping } from '../dma-buf/index.ts';
import { DMA_DEFECTS } from '../iommu/index.ts';
import { type P2pdmaMachine, pciP2pdmaBusAddrMap } from '../p2pdma/index.ts';
import type { Route, TableProof } from '../route/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { kernelLine } from './kernel-text.ts';
import type { DeviceNames } from './names.ts';
import type { Paint } from './paint.ts';
import { endText } from './route-text.ts';

type Answered = Extract<MapResult, { state: 'answered' }>;

/** The whole answer. */
export function mapText(machine: P2pdmaMachine, answer: MapAnswer, names: DeviceNames, paint: Paint): string {
  const { result } = answer;
  const lines = [headline(answer, names, paint), kernelLine(machine, paint)];
  if (result.state === 'unknown') return lines.join('\n');
  const { question } = answer;
  if (question.variant === 'intended') lines.push(paint.dim('Asked for what its authors meant, without its defects.'));
  if (question.variant === 'v8')
    lines.push(paint.dim('Asked for the code as reviewed in November 2025 (v8 of the series).'));
  lines.push('', ...settings(answer, result), ...rangeLines(answer));
  if (result.outcome.outcome === 'mapped') lines.push(...tableLines(result.outcome.mapping, result, paint));
  if (result.proof !== undefined) lines.push('', paint.bold('Proof'), ...proofLines(result.proof, names, paint));
  lines.push(...defectLines(result, paint), ...warnLines(result, paint));
  return lines.join('\n');
}

const FLOW_WORDS: Readonly<Record<MapFlow, string>> = {
  'bus-addr': 'PCI bus addresses, which the switches route directly',
  iova: 'one run of I/O addresses, which the IOMMU translates',
  direct: 'physical addresses, through the host bridge without translation',
};

function headline({ result, question }: MapAnswer, names: DeviceNames, paint: Paint): string {
  const { memory, importer } = question;
  const { owner, bar } = memory.provider;
  const what = `BAR ${bar} of ${names.labelOf(owner) ?? formatBdf(owner.bdf)} for ${names.labelOf(importer) ?? formatBdf(importer.bdf)}`;
  if (result.state === 'unknown') return `${paint.bold(paint.cyan('Unknown:'))} ${what}: ${result.why}.`;
  const { outcome } = result;
  switch (outcome.outcome) {
    case 'mapped': {
      const { nents } = outcome.mapping.table;
      const entries = `${nents} ${nents === 1 ? 'entry' : 'entries'}`;
      const how =
        outcome.mapping.flow === 'direct' && result.device.domain !== undefined
          ? 'one I/O address range per range'
          : FLOW_WORDS[outcome.mapping.flow];
      return `${paint.bold(paint.green('Mapped:'))} ${what}: ${entries}, ${how}. (flow ${outcome.mapping.flow})`;
    }
    case 'failed':
      return `${paint.bold(paint.red(`Refused with -${outcome.errno}:`))} ${what}, at ${outcome.at}.`;
    case 'crashed':
      return `${paint.bold(paint.red('THE KERNEL CRASHES:'))} ${what}, in ${outcome.at}.`;
  }
}

function settings({ question, verdict }: MapAnswer, { device, inferred }: Answered): string[] {
  const domain =
    device.domain === undefined ? 'none translates for the importer' : `translates, domain type ${device.domain.type}`;
  const mask = device.dmaMask === undefined ? 'none' : `${device.dmaMask.toString(2).length} bits`;
  const source = question.maskBits === undefined ? '--dma-mask changes it' : 'chosen';
  return [
    `  verdict   ${verdict.mapType}, distance ${verdict.distance}`,
    `  IOMMU     ${domain}`,
    `  DMA mask  ${mask} (${source})`,
    ...inferred.map((text) => `  supposed  ${text}`),
  ];
}

function rangeLines({ question }: MapAnswer): string[] {
  const { provider, ranges } = question.memory;
  const { start } = provider.resource.cpu;
  const shift = provider.busOffset === 0n ? '' : `, on the bus ${hex(pciP2pdmaBusAddrMap(provider, start as never))}`;
  return [
    `  BAR       ${hex(start)}, ${sizeText(provider.resource.cpu.end - start)}${shift}`,
    ...ranges.map(({ offset, length }, i) => `  range ${String(i).padEnd(3)} +${hex(offset)}, ${sizeText(length)}`),
  ];
}

const MOST_ENTRIES = 32;

function tableLines(mapping: SgtMapping, result: Answered, paint: Paint): string[] {
  const { table } = mapping;
  const shown = Math.min(table.nents, MOST_ENTRIES);
  const originOf = entryOrigins(mapping, result.kernel.rules.split);
  const rows = Array.from({ length: shown }, (_, i) => {
    const { dmaAddress, dmaLength } = table.at(i);
    return [String(i), hex(dmaAddress.addr), hex(dmaLength), originText(originOf(i), mapping)];
  });
  const head = ['entry', 'dma address', 'dma length', 'from'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd();
  const more = table.nents - shown;
  return [
    '',
    `${paint.bold('Table')}  nents ${table.nents}, orig_nents ${table.origNents}: the CPU side is empty`,
    paint.dim(line(head)),
    ...rows.map(line),
    ...(more > 0 ? [`  … ${more} more; --json lists them all`] : []),
  ];
}

function originText({ chunk, pieces }: EntryOrigin, mapping: SgtMapping): string {
  if (pieces.length === 0) return 'left empty by the kernel';
  const text = pieces.map(({ range, offset }) => `range ${range} +${hex(offset)}`).join(', ');
  return chunk > 0 || mapping.flow === 'iova' ? `${text} (chunk ${chunk})` : text;
}

/** On what a proof stands that no register tells; '' where it stands by itself. */
export function proofCondition(routes: readonly Route[]): string {
  const assumed = routes.some((route) => route.assumptions.includes('root-complex-p2p'));
  return assumed ? ', if the root complex routes between its ports, which no register tells' : '';
}

function proofLines(proof: NonNullable<Answered['proof']>, names: DeviceNames, paint: Paint): string[] {
  const one = (kind: string, result: TableProof): string[] => {
    if (result.proved) {
      const note = proofCondition(result.routes);
      return [`  ${paint.green('✓')} ${kind}: each of ${hex(result.bytes)} bytes is reached once, in order${note}`];
    }
    return result.counterexamples.slice(0, 4).map(({ entry, address, expected, reached, problem }) => {
      const want = expected === undefined ? 'nothing' : hex(expected);
      const got = reached === undefined ? problem : endText(reached, names);
      return `  ${paint.red('✗')} ${kind}: entry ${entry}, address ${hex(address)} should reach ${want}, but ${got}`;
    });
  };
  return [...one('writes', proof.write), ...one('reads', proof.read)];
}

function defectLines({ outcome }: Answered, paint: Paint): string[] {
  if (outcome.defects.length === 0) return [];
  const all = [...DMA_BUF_DEFECTS, ...DMA_DEFECTS];
  const lines = outcome.defects.map((name) => `  ${name}: ${all.find((defect) => defect.name === name)?.text ?? ''}`);
  return ['', paint.bold('Defects of this kernel met on the way'), ...lines];
}

function warnLines({ warns }: Answered, paint: Paint): string[] {
  if (warns.length === 0) return [];
  return ['', paint.bold('WARNs in the kernel log'), ...warns.map(({ file, text }) => `  ${file}: ${text}`)];
}
