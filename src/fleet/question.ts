/** Questions that are ready to be asked, as SQL over the tables, and how whole numbers are put into it. */
import type { Row } from './table.ts';

/** Answers SQL: the database of a fleet, in whatever way it is held. */
export type Ask = (sql: string) => Promise<readonly Row[]>;

/** The number in a cell; 0 for none. */
export function numberIn(row: Row | undefined, name: string): number {
  return Number(row?.[name] ?? 0);
}

/** The text in a cell; `-` for none. */
export function textIn(row: Row, name: string): string {
  const cell = row[name];
  return cell === null || cell === undefined ? '-' : String(cell);
}

/** Kinds that answer to these words, as SQL lists. */
export const GPU_KINDS = "('gpu', 'accelerator')";
export const NIC_KINDS = "('nic', 'ib', 'dpu')";
