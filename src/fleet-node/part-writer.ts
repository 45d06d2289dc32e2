/** Writes rows to Parquet, a part at a time. */
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { type Cell, type Column, columnNames, type Row, TABLES, type Table, type TableName } from '../fleet/index.ts';
import { firstLine } from './error-code.ts';
import { beginPart, FleetFolderError } from './fleet-folder.ts';
import { loadDuckdb } from './optional-peers.ts';

/** Rows of one part, by table. */
export type PartRows = Partial<Readonly<Record<TableName, readonly Row[]>>>;

/** Rows that are handed over at once. */
const CHUNK = 2048;

/** An engine that writes parts. */
export class PartWriter {
  readonly #duckdb: Awaited<ReturnType<typeof loadDuckdb>>;
  readonly #connection: DuckDBConnection;

  private constructor(duckdb: Awaited<ReturnType<typeof loadDuckdb>>, connection: DuckDBConnection) {
    this.#duckdb = duckdb;
    this.#connection = connection;
  }

  /** @throws MissingPeer where DuckDB is not installed */
  static async open(): Promise<PartWriter> {
    const duckdb = await loadDuckdb();
    const instance = await duckdb.DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' });
    return new PartWriter(duckdb, await instance.connect());
  }

  /** Writes a part; its name once it is there whole. Nothing is left of one that cannot be written. */
  async write(folder: string, rows: PartRows): Promise<string> {
    const part = beginPart(folder);
    try {
      for (const [name, table] of Object.entries(TABLES)) {
        const own = rows[name as TableName] ?? [];
        if (own.length > 0) await this.#table(join(part.path, `${name}.parquet`), table, own);
      }
      part.commit();
      return part.name;
    } catch (error) {
      part.discard();
      throw new FleetFolderError(`${folder}: cannot be written (${firstLine(error)})`);
    }
  }

  async #table(path: string, table: Table, rows: readonly Row[]): Promise<void> {
    const names = columnNames(table);
    const columns = names.map((name) => table.columns[name] as Column);
    const list = names.map((name, at) => `"${name}" ${columns[at]?.[0]}`).join(', ');
    await this.#connection.run(`CREATE OR REPLACE TABLE part (${list})`);
    const appender = await this.#connection.createAppender('part');
    const types = columns.map(([type]) => this.#duckdb[type] as DuckDBType);
    for (let from = 0; from < rows.length; from += CHUNK) {
      const some = rows.slice(from, from + CHUNK);
      const chunk = this.#duckdb.DuckDBDataChunk.create(types);
      chunk.setColumns(names.map((name, at) => some.map((row) => cellValue(row[name] ?? null, columns[at]?.[0]))));
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    await this.#connection.run(`COPY part TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd)`);
    await this.#connection.run('DROP TABLE part');
  }
}

function cellValue(cell: Cell, type: Column[0] | undefined): DuckDBValue {
  return type === 'BIGINT' && typeof cell === 'number' ? BigInt(cell) : cell;
}

/** A text as SQL has it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
