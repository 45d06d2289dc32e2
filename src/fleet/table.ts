/** The tables of a fleet: names, columns and what each means. The same words document SQL, Parquet files and JSON. */

/** Types of SQL. Lists of names are texts, separated by spaces. */
export type ColumnType = 'VARCHAR' | 'INTEGER' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN';

/** What a cell holds; null where the input does not tell, or there is none. */
export type Cell = string | number | bigint | boolean | null;

/** A column: its type, and what it means with unit and range. */
export type Column = readonly [type: ColumnType, about: string];

/** A table. The keys of `columns` are the names, in order. */
export interface Table {
  readonly about: string;
  readonly columns: Readonly<Record<string, Column>>;
}

/** A row: a cell for every column of its table, and no other (held by a test). */
export type Row = Readonly<Record<string, Cell>>;

/** Names of columns, in order. */
export function columnNames(table: Table): readonly string[] {
  return Object.keys(table.columns);
}
