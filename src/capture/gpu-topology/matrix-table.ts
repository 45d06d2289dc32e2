/** Tables of devices against devices: `nvidia-smi topo -m`, `topo -p2p`, `rocm-smi --showtopo`, `xpu-smi topology -m`. */
import type { TextLine } from '../line-form.ts';

/** A table as it was printed. */
export interface MatrixTable {
  /** The line above it that says what its cells are: `Link Type between two GPUs`, `ACCESS TABLE`; else empty. */
  readonly title: string;
  /** Labels of the columns that are devices. */
  readonly columns: readonly string[];
  readonly rows: readonly MatrixRow[];
}

/** One row: a cell for each column, and what stands behind them (affinities). */
export interface MatrixRow {
  readonly label: string;
  readonly cells: readonly string[];
  readonly rest: readonly string[];
  readonly line: number;
}

/** amd-smi calls GPUs by their addresses. */
const ADDRESS = String.raw`[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
/** What devices are called: `GPU0`, `NIC3`, `mlx5_0`, `GPU 0/1`, and what tools call others. */
const LABEL = String.raw`(?:${ADDRESS}|GPU ?\d+\/\d+|(?:GPU|NIC|NVME|DPU|HCA)\d+|mlx[45]_\w+|(?:bnxt_re|hns|irdma|rocep|ibp|hfi1|efa|rdmap)\w+)`;
const ESC = String.fromCharCode(0x1b);
const ESCAPES = new RegExp(`${ESC}\\[[0-9;]*[A-Za-z]`, 'g');
const HEADER = new RegExp(`^(?:${LABEL})(?:[\\s|]+(?:${LABEL}|CPU Affinity|NUMA Affinity|GPU NUMA ID))*[\\s|]*$`);
const ROW_LABEL = new RegExp(`^(${LABEL})(?=[\\s|]|$)`);
const ALL_LABELS = new RegExp(LABEL, 'g');

/** A line without terminal colours, also where their escape character was lost. */
export function plainLine(text: string): string {
  return text
    .replace(ESCAPES, '')
    .replace(/\[(?:4|0)m/g, '')
    .trim();
}

/** What stands above a table of rocm-smi (`==== Hops between two GPUs ====`) or amd-smi (`ACCESS TABLE:`). */
export function matrixTitle(text: string): string | undefined {
  const [, rocm, amd] = /^(?:=+ ([\w ]+ between two GPUs) =+|([A-Z][A-Z -]+ TABLE):)$/.exec(plainLine(text)) ?? [];
  return rocm ?? amd;
}

/** Is it the line of labels above a table? */
export function isMatrixHeader(text: string): boolean {
  return HEADER.test(plainLine(text));
}

/** Can it be a row: a label and a cell behind it? */
export function isMatrixRow(text: string): boolean {
  return ROW_LABEL.test(plainLine(text));
}

/** The tables in a run of lines; rows that have too few cells are left out. */
export function matrixTables(lines: readonly TextLine[]): MatrixTable[] {
  const tables: { title: string; columns: readonly string[]; rows: MatrixRow[] }[] = [];
  let title = '';
  for (const { text: raw, line } of lines) {
    const text = plainLine(raw);
    const above = matrixTitle(text);
    if (above !== undefined) title = above;
    if (isMatrixHeader(text)) {
      const devices = text.replace(/\s*(?:CPU Affinity|NUMA Affinity|GPU NUMA ID).*$/, '');
      tables.push({ title, columns: [...devices.matchAll(ALL_LABELS)].map(([label]) => label), rows: [] });
      title = '';
      continue;
    }
    const table = tables.at(-1);
    const label = ROW_LABEL.exec(text)?.[1];
    if (table === undefined || label === undefined) continue;
    const cells = text
      .slice(label.length)
      .split(/[\s|]+/)
      .filter((cell) => cell !== '');
    const { length } = table.columns;
    if (cells.length >= length)
      table.rows.push({ label, cells: cells.slice(0, length), rest: cells.slice(length), line });
  }
  return tables.filter(({ rows }) => rows.length > 0);
}
