/** The tables of a fleet, ready for questions in SQL. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBResultReader } from '@duckdb/node-api';
import { ANSWER_TABLES, type AnswerTableName, columnNames, type Row, TABLES, type TableName } from '../fleet/index.ts';
import { firstLine } from './error-code.ts';
import { FleetFolderError, partFolders, requireFormat } from './fleet-folder.ts';
import { loadDuckdb } from './optional-peers.ts';
import { quoted } from './part-writer.ts';

/** What a question gave. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** A question that is refused or wrong, as one sentence. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
}

/** Names of other tables of a second fleet, for comparisons. */
const MEMORY = '1GB';

/** Tables of one fleet or of several, open for questions. */
export class FleetDatabase {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #isQuestion: (type: number) => boolean;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, isQuestion: (type: number) => boolean) {
    this.#instance = instance;
    this.#connection = connection;
    this.#isQuestion = isQuestion;
  }

  /**
   * Opens folders of fleets; the tables of the second and later ones are in the schemas `old`, ... given by `names`.
   * After that nothing is written, and no file read but their Parquet files.
   * @throws FleetFolderError, MissingPeer
   */
  static async open(folders: readonly { readonly folder: string; readonly schema: string }[]): Promise<FleetDatabase> {
    for (const { folder } of folders) requireFormat(folder);
    const duckdb = await loadDuckdb();
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      memory_limit: MEMORY,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      temp_directory: '',
    });
    const connection = await instance.connect();
    const { SELECT } = duckdb.StatementType;
    const database = new FleetDatabase(instance, connection, (type) => type === SELECT);
    try {
      for (const { folder, schema } of folders) await database.#addFleet(resolve(folder), schema);
      await database.#lock(folders.flatMap(({ folder }) => allFiles(resolve(folder))));
    } catch (error) {
      database.close();
      throw new FleetFolderError(`${folders.map(({ folder }) => folder).join(', ')}: ${firstLine(error)}`);
    }
    return database;
  }

  /** Answers SQL. One statement, and one that asks. @throws QueryError */
  async query(sql: string): Promise<QueryResult> {
    try {
      const statements = await this.#connection.extractStatements(sql);
      if (statements.count !== 1) throw new QueryError('give one statement');
      const prepared = await statements.prepare(0);
      if (!this.#isQuestion(prepared.statementType))
        throw new QueryError('only SELECT is answered: the tables are read, never changed');
      const reader = await prepared.runAndReadAll();
      return { columns: reader.deduplicatedColumnNames(), rows: plainRows(reader) };
    } catch (error) {
      throw error instanceof QueryError ? error : new QueryError(firstLine(error));
    }
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  async #addFleet(folder: string, schema: string): Promise<void> {
    const parts = partFolders(folder);
    await this.#run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await this.#run(`SET schema = '${schema}'`);
    // What was counted twice (a worker that died after it wrote) counts once.
    await this.#run(
      `CREATE TABLE machines AS SELECT * FROM ${source(parts, 'machines')} QUALIFY row_number() OVER (PARTITION BY hash ORDER BY source) = 1`,
    );
    await this.#run(
      `CREATE TABLE failed AS SELECT * FROM ${source(parts, 'failed')} f WHERE NOT EXISTS (SELECT 1 FROM machines m WHERE m.hash = f.hash OR (f.bytes IS NULL AND m.source = f.source)) QUALIFY row_number() OVER (PARTITION BY hash, source ORDER BY code) = 1`,
    );
    const owners = withPart(parts, 'facts');
    await this.#run(
      `CREATE TABLE fingerprint_parts AS SELECT fingerprint, min(part) AS part FROM (SELECT fingerprint, part FROM ${owners}) GROUP BY fingerprint`,
    );
    for (const name of Object.keys(ANSWER_TABLES) as AnswerTableName[]) {
      const columns = columnNames(ANSWER_TABLES[name]);
      const own = columns.map((column) => `t."${column}"`).join(', ');
      await this.#run(
        `CREATE VIEW distinct_${name} AS SELECT ${own} FROM ${withPart(parts, name)} t JOIN fingerprint_parts USING (fingerprint, part)`,
      );
      await this.#run(
        `CREATE VIEW ${name} AS SELECT m.machine, m.hash, t.* FROM machines m JOIN distinct_${name} t USING (fingerprint)`,
      );
    }
  }

  /** By path: a folder that may be read could also be written to, by statements that DuckDB carries out while it reads them. */
  async #lock(files: readonly string[]): Promise<void> {
    await this.#run(`SET allowed_paths = [${files.map(quoted).join(', ')}]`);
    await this.#run('SET enable_external_access = false');
    await this.#run('SET lock_configuration = true');
  }
}

/** Counts are numbers; what JavaScript has no number or text for is as JSON has it. */
function plainRows(reader: DuckDBResultReader): readonly Row[] {
  const json = reader.getRowObjectsJson() as unknown as readonly Row[];
  const values = reader.getRowObjectsJS() as unknown as readonly Readonly<Record<string, unknown>>[];
  return values.map((row, at) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, isWhole(value) ? Number(value) : (json[at]?.[name] ?? null)]),
    ),
  );
}

function isWhole(value: unknown): value is bigint {
  return typeof value === 'bigint' && value >= -(2n ** 53n) && value <= 2n ** 53n;
}

function allFiles(folder: string): readonly string[] {
  return (Object.keys(TABLES) as TableName[]).flatMap((name) => filesOf(partFolders(folder), name));
}

function filesOf(parts: readonly string[], name: TableName): readonly string[] {
  return parts.map((part) => join(part, `${name}.parquet`)).filter((path) => existsSync(path));
}

/** Rows of a table over all parts; none where no part has any. */
function source(parts: readonly string[], name: TableName): string {
  const files = filesOf(parts, name);
  return files.length === 0 ? emptyTable(name, '') : `read_parquet([${files.map(quoted).join(', ')}])`;
}

/** The same, each row with the part it is of. */
function withPart(parts: readonly string[], name: TableName): string {
  const files = filesOf(parts, name);
  if (files.length === 0) return emptyTable(name, ", '' AS part");
  const depth = basename(files[0] ?? '').length;
  const list = files.map(quoted).join(', ');
  return `(SELECT * EXCLUDE filename, regexp_extract(left(filename, -${depth + 1}), '[^/]+$') AS part FROM read_parquet([${list}], filename = true))`;
}

function emptyTable(name: TableName, more: string): string {
  const columns = Object.entries(TABLES[name].columns).map(
    ([column, [type]]) => `CAST(NULL AS ${type}) AS "${column}"`,
  );
  return `(SELECT ${columns.join(', ')}${more} WHERE false)`;
}
