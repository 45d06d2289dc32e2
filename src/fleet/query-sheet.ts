/** Answers to SQL, and what can be asked. */
import { printable } from '../base/index.ts';
import { counted, type Sheet } from '../report/index.ts';
import type { Cell, Row } from './table.ts';
import { ANSWER_TABLES, TABLES, type TableName } from './tables.ts';

/** What SQL gave. */
export interface Queried {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** A table of it. */
export function querySheet({ columns, rows }: Queried): Sheet {
  const body = rows.map((row) => columns.map((name) => cellText(row[name] ?? null)));
  return {
    title: 'peerpath fleet query',
    answer: counted(rows.length, 'row'),
    context: [],
    sections: rows.length === 0 ? [] : [{ title: '', blocks: [{ kind: 'table', head: [...columns], rows: body }] }],
  };
}

function cellText(cell: Cell): string {
  return cell === null ? '-' : printable(typeof cell === 'object' ? JSON.stringify(cell) : String(cell));
}

/** `fleet query --json`. */
export function queryJson({ columns, rows }: Queried): object {
  return { schema: 'peerpath.fleet-query/1', columns, rows };
}

/** RFC 4180: a line of names, then a line for each row; what is null is empty. */
export function queryCsv({ columns, rows }: Queried): string {
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell) => (cell === null ? '' : typeof cell === 'object' ? JSON.stringify(cell) : String(cell)))
      .map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
      .join(',');
  return [line(columns), ...rows.map((row) => line(columns.map((name) => row[name] ?? null)))].join('\n');
}

/** Tables and columns. */
export function tablesSheet(): Sheet {
  return {
    title: 'peerpath fleet query --tables',
    answer: 'Tables and columns. Cells are null where an input does not tell, or there is none.',
    context: [
      'Tables with a fingerprint of many machines have a row for each machine, with its columns machine and hash; distinct_devices,',
      'distinct_pairs and so on have one for each fingerprint, as the Parquet files do.',
    ],
    sections: Object.entries(TABLES).map(([name, { about, columns }]) => ({
      title: `${name}: ${about}`,
      blocks: [
        {
          kind: 'table',
          head: ['column', 'type', 'meaning'],
          rows: [
            ...(isAnswer(name)
              ? [
                  ['machine', 'VARCHAR', 'as machines has it'],
                  ['hash', 'VARCHAR', 'as machines has it'],
                ]
              : []),
            ...Object.entries(columns).map(([column, [type, meaning]]) => [column, type, meaning]),
          ],
        },
      ],
    })),
  };
}

function isAnswer(name: string): boolean {
  return name in ANSWER_TABLES;
}

/** `fleet query --tables --json`. */
export function tablesJson(): object {
  return {
    schema: 'peerpath.fleet-tables/1',
    tables: (Object.keys(TABLES) as TableName[]).map((name) => ({
      name,
      about: TABLES[name].about,
      columns: Object.entries(TABLES[name].columns).map(([column, [type, about]]) => ({ name: column, type, about })),
    })),
  };
}
