/** `peerpath fleet summary`, `outliers`, `diff` and `query`: questions about tables. */
import {
  type Ask,
  compareFleets,
  DEFAULT_SHARE,
  findOutliers,
  fleetDiffJson,
  fleetDiffSheet,
  outliersJson,
  outliersPrometheus,
  outliersSheet,
  queryCsv,
  queryJson,
  querySheet,
  summarizeFleet,
  summaryJson,
  summaryPrometheus,
  summarySheet,
  tablesJson,
  tablesSheet,
} from '../../fleet/index.ts';
import { FleetDatabase } from '../../fleet-node/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { asUsage } from '../fleet-errors.ts';
import type { FormatOptions } from '../options.ts';
import { printSheet, printText } from '../output.ts';

/** Prints what the fleet is. */
export async function fleetSummaryCommand(folder: string, options: FormatOptions): Promise<void> {
  const summary = await withFleet([{ folder, schema: 'main' }], summarizeFleet);
  if (isForm(options, 'prometheus')) printText(summaryPrometheus(summary));
  else printSheet(summarySheet(summary), () => summaryJson(summary), options, ['prometheus']);
}

/** Options of `fleet outliers`. */
export interface FleetOutliersOptions extends FormatOptions {
  readonly share?: string;
}

/** Prints the hosts that are unlike others; exit code 1 where there are any. */
export async function fleetOutliersCommand(folder: string, options: FleetOutliersOptions): Promise<void> {
  const share = options.share === undefined ? DEFAULT_SHARE : Number(options.share);
  if (!(share > 0 && share < 1 / 3)) throw new UsageError(`--share ${options.share}: a number above 0 and below 0.33`);
  const found = await withFleet([{ folder, schema: 'main' }], (ask) => findOutliers(ask, share));
  if (isForm(options, 'prometheus')) printText(outliersPrometheus(found));
  else printSheet(outliersSheet(found), () => outliersJson(found), options, ['prometheus']);
  process.exitCode = found.outliers.length > 0 ? EXIT.no : EXIT.answered;
}

/** Prints what changed; exit code 1 where pairs answer otherwise, 3 where that is open. */
export async function fleetDiffCommand(before: string, after: string, options: FormatOptions): Promise<void> {
  const diff = await withFleet(
    [
      { folder: before, schema: 'old' },
      { folder: after, schema: 'new' },
    ],
    compareFleets,
  );
  printSheet(fleetDiffSheet(diff), () => fleetDiffJson(diff), options);
  const no = diff.changed.some(({ otherwise }) => otherwise > 0);
  const open = diff.changed.some((machine) => machine.open > 0);
  process.exitCode = no ? EXIT.no : open ? EXIT.unknown : EXIT.answered;
}

/** Options of `fleet query`. */
export interface FleetQueryOptions extends FormatOptions {
  readonly tables?: boolean;
}

/** Answers SQL, or lists what can be asked. */
export async function fleetQueryCommand(
  folder: string | undefined,
  sql: string | undefined,
  options: FleetQueryOptions,
): Promise<void> {
  if (options.tables === true) {
    printSheet(tablesSheet(), tablesJson, options);
    return;
  }
  if (folder === undefined || sql === undefined)
    throw new UsageError("say what to ask: peerpath fleet query DIR 'SELECT ...', or --tables for what there is");
  const database = await asUsage(FleetDatabase.open([{ folder, schema: 'main' }]));
  try {
    const result = await asUsage(database.query(sql));
    if (isForm(options, 'csv')) printText(queryCsv(result));
    else printSheet(querySheet(result), () => queryJson(result), options, ['csv']);
  } finally {
    database.close();
  }
}

function isForm({ json, format }: FormatOptions, form: string): boolean {
  return json !== true && format === form;
}

async function withFleet<T>(
  folders: readonly { readonly folder: string; readonly schema: string }[],
  question: (ask: Ask) => Promise<T>,
): Promise<T> {
  const database = await asUsage(FleetDatabase.open(folders));
  try {
    return await question(async (sql) => (await database.query(sql)).rows);
  } finally {
    database.close();
  }
}
