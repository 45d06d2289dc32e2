/** What the tools of GPU vendors say of the way between devices. */

import { parseBdf } from '../../uapi/index.ts';
import { starts, startsWithAny } from '../byte-words.ts';
import type { BetweenDevices, CapturePart, SystemLabel, ToolWords, TopologyClass } from '../capture-part.ts';
import { lineForm, lineText, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';
import { isMatrixHeader, isMatrixRow, type MatrixTable, matrixTables, matrixTitle, plainLine } from './matrix-table.ts';

const STARTS = [
  'GPU',
  'NIC',
  'NVME',
  'mlx',
  'DPU',
  'HCA',
  '\u001b[',
  '[4m',
  'bnxt',
  'hns',
  'irdma',
  'rocep',
  'ibp',
  'hfi',
  'efa',
  'rdmap',
];
const STARTS_TABLE = starts(STARTS);

const TITLES = [
  'ACCESS TABLE:',
  'WEIGHT TABLE:',
  'HOPS TABLE:',
  'LINK TYPE TABLE:',
  'COHERENCY TABLE:',
  'CACHE COHERENCY TABLE:',
];
const TITLES_TABLE = starts(TITLES);

/** Matrices, their legend of NICs, and the list in which `nvidia-smi` numbers GPUs. */
export const GPU_TOPOLOGY_FORM: PassageForm = lineForm({
  kind: 'gpu-topology',
  firstCharacters: 'GNmDHbhire[0123456789abcdef=LAWC\u001b',
  starts: [...STARTS, ...TITLES, '==', ...'0123456789'],
  claims: (bytes, start, end, inside) => {
    if (end - start > 4096) return false;
    if (isGpuRow(bytes, start, end)) return true;
    if (isTitle(bytes, start, end)) return true;
    if (inside && bytes[start + 4] === COLON && isAddressRow(lineText(bytes, start, end))) return true;
    if (!startsWithAny(bytes, start, STARTS_TABLE)) return false;
    const text = lineText(bytes, start, end);
    return isMatrixHeader(text) || isNicLegend(text) || isRocmBus(text) || (inside && isMatrixRow(text));
  },
  // The legend of NICs stands below that of the letters; nvidia-smi prints two more rows for each GPU.
  gap: 20,
  read: readTopology,
});

const COLON = 0x3a;

const EQUALS = 0x3d;

function isTitle(bytes: Uint8Array, start: number, end: number): boolean {
  if (startsWithAny(bytes, start, TITLES_TABLE)) return true;
  const isRule = bytes[start] === EQUALS && bytes[start + 1] === EQUALS && end - start < 200;
  return isRule && matrixTitle(lineText(bytes, start, end)) !== undefined;
}

function isAddressRow(text: string): boolean {
  return isMatrixHeader(text) || isMatrixRow(text);
}

/** `|   0  NVIDIA RTX A6000               On  |   00000000:41:00.0 Off |`. */
function isGpuRow(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] ?? 0;
  if (first < 0x30 || first > 0x39) return false;
  if (end - start < 25) return end - start > 18 && CSV_ROW.test(lineText(bytes, start, end).trimEnd());
  if (end - start < 40 || bytes.subarray(start, end).indexOf(COLON) < 20) return false;
  return GPU_ROW.test(lineText(bytes, start, end));
}

const GPU_ROW = /^(\d{1,3}) +\S.*\| +([0-9A-F]{8}:[0-9A-F]{2}:[0-9A-F]{2}\.0) /;
/** `0, 00000000:41:00.0`: `nvidia-smi --query-gpu=index,pci.bus_id --format=csv`. */
const CSV_ROW = /^(\d{1,3}), ([0-9A-F]{8}:[0-9A-F]{2}:[0-9A-F]{2}\.0)$/;
/** `  NIC0: mlx5_0`. */
const NIC_LEGEND = /^(NIC\d+): (\S+)$/;
/** `GPU[0]		: PCI Bus: 0000:83:00.0`. */
const ROCM_BUS = /^GPU\[(\d+)\]\s*: PCI Bus: ([0-9A-Fa-f:.]+)$/;

function isNicLegend(text: string): boolean {
  return NIC_LEGEND.test(text.trim());
}

function isRocmBus(text: string): boolean {
  return ROCM_BUS.test(text.trim());
}

/** What the letters mean; NVIDIA's and Intel's tools share them. `NV#`, `XL#`, `MDF` go over other wires. */
const BETWEEN: Readonly<Record<string, BetweenDevices>> = {
  PIX: 'one-bridge',
  PSB: 'one-bridge',
  PXB: 'bridges',
  PHB: 'host-bridge',
  NODE: 'numa-node',
  SOC: 'system',
  SYS: 'system',
};

function readTopology(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const tables = matrixTables(lines);
  const topology = tables.flatMap(classesOf);
  const labels = [...labelsOf(tables), ...listedLabels(lines)];
  const toolWords = tables.flatMap(statesOf);
  const first = lines[0];
  if (first === undefined || labels.length === 0) return undefined;
  return {
    origin: { source, passage: 'gpu-topology', line: first.line, lastLine: lines.at(-1)?.line ?? first.line },
    labels,
    ...(topology.length === 0 ? {} : { topology }),
    ...(toolWords.length === 0 ? {} : { toolWords }),
    findings: [],
  };
}

/** Each pair once. */
function classesOf({ columns, rows }: MatrixTable): TopologyClass[] {
  const seen = new Set<string>();
  return rows.flatMap(({ label, cells, line }) =>
    columns.flatMap((column, index) => {
      const words = cells[index] ?? '';
      const between = BETWEEN[words];
      const key = [label, column].sort().join(' ');
      if (between === undefined || label === column || seen.has(key)) return [];
      seen.add(key);
      return [{ a: label, b: column, between, words, line }];
    }),
  );
}

/** States of peer access of `nvidia-smi topo -p2p`, in its own words. */
const ACCESS: Readonly<Record<string, string>> = {
  OK: 'OK',
  CNS: 'CNS (chipset not supported)',
  GNS: 'GNS (GPU not supported)',
  TNS: 'TNS (topology not supported)',
  NS: 'NS (not supported)',
  DR: 'DR (disabled by a registry key)',
};

/** What tables of AMD's tools say of a pair, by their title. */
const AMD_TITLES: Readonly<Record<string, string>> = {
  'Link Type between two GPUs': 'link type',
  'Link accessibility between two GPUs': 'accessible',
  'ACCESS TABLE': 'access',
  'LINK TYPE TABLE': 'link type',
};

/** Each cell that tells a state: access may differ by direction. */
function statesOf({ title, columns, rows }: MatrixTable): ToolWords[] {
  const what = AMD_TITLES[title];
  return rows.flatMap(({ label, cells, line }) =>
    columns.flatMap((column, index): ToolWords[] => {
      const cell = cells[index] ?? '';
      const state = what === undefined ? ACCESS[cell] : /^[A-Za-z]{2,12}$/.test(cell) ? cell : undefined;
      if (state === undefined || label === column || cell === 'SELF') return [];
      return [{ devices: [label, column], text: `${what ?? 'peer access'} ${state}`, line }];
    }),
  );
}

function labelsOf(tables: readonly MatrixTable[]): SystemLabel[] {
  const labels = new Map<string, SystemLabel>();
  for (const { columns, rows } of tables) {
    for (const label of columns)
      if (!labels.has(label)) labels.set(label, { label, bdf: parseBdf(label), kind: kindOf(label) });
    for (const { label, rest, line } of rows) {
      // CPU Affinity, then NUMA Affinity: a list and a number.
      const node = rest.length >= 2 && /^\d+$/.test(rest[1] ?? '') ? Number(rest[1]) : undefined;
      labels.set(label, {
        label,
        bdf: parseBdf(label),
        kind: kindOf(label),
        line,
        ...(node === undefined ? {} : { numaNode: node }),
      });
    }
  }
  return [...labels.values()];
}

function kindOf(label: string): SystemLabel['kind'] {
  if (label.startsWith('GPU') || parseBdf(label) !== undefined) return 'gpu';
  return label.startsWith('NVME') ? 'nvme' : 'nic';
}

/** Labels that stand beside an address. */
function listedLabels(lines: readonly TextLine[]): SystemLabel[] {
  return lines.flatMap(({ text: raw, line }): SystemLabel[] => {
    const text = plainLine(raw);
    const [, nic, alias] = NIC_LEGEND.exec(text) ?? [];
    if (nic !== undefined && alias !== undefined) return [{ label: nic, alias, bdf: undefined, kind: 'nic', line }];
    const rocm = ROCM_BUS.exec(text);
    const [, index, address] = GPU_ROW.exec(text) ?? CSV_ROW.exec(text) ?? rocm ?? [];
    const bdf = address === undefined ? undefined : parseBdf(address.toLowerCase());
    const givenBy = rocm === null ? 'nvidia' : 'amd';
    return bdf === undefined ? [] : [{ label: `GPU${index}`, bdf, kind: 'gpu', givenBy, line }];
  });
}
