/** Rows of `pvesh get /nodes/NODE/hardware/pci` (Proxmox): a table whose header names the columns. */
import { type Bdf, parseBdf } from '../../uapi/index.ts';

/** Where the columns are. */
export type TableColumns = ReadonlyMap<string, number>;

/** One device of the table. */
export interface TableDevice {
  readonly bdf: Bdf;
  /** Undefined where the cell is empty or -1: none. */
  readonly group: number | undefined;
  readonly classCode: number | undefined;
  readonly vendor: number | undefined;
  readonly device: number | undefined;
}

/** The header of such a table; undefined for other lines. */
export function tableColumns(line: string): TableColumns | undefined {
  const cells = cellsOf(line);
  const columns = new Map(cells.map((cell, index) => [cell, index]));
  return columns.has('iommugroup') && columns.has('id') ? columns : undefined;
}

/** A row below the header. */
export function tableDevice(line: string, columns: TableColumns): TableDevice | undefined {
  const cells = cellsOf(line);
  const cell = (name: string): string => cells[columns.get(name) ?? -1] ?? '';
  const bdf = parseBdf(cell('id'));
  if (bdf === undefined) return undefined;
  const group = /^\d+$/.test(cell('iommugroup')) ? Number(cell('iommugroup')) : undefined;
  const hex = (name: string): number | undefined =>
    /^0x[0-9a-f]+$/i.test(cell(name)) ? Number.parseInt(cell(name), 16) : undefined;
  return { bdf, group, classCode: hex('class'), vendor: hex('vendor'), device: hex('device') };
}

function cellsOf(line: string): string[] {
  return line
    .split(/[│┃|]/)
    .slice(1)
    .map((cell) => cell.trim());
}
