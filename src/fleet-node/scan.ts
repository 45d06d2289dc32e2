/** Reads any number of inputs into the tables of a folder; what is there already is not read again. */
import { availableParallelism } from 'node:os';
import { type Row, SUMMARY_NAMES } from '../fleet/index.ts';
import { Claims } from './claims.ts';
import { FleetDatabase } from './fleet-database.ts';
import { openForWriting } from './fleet-folder.ts';
import { KnownHashes } from './known-hashes.ts';
import { PartCollector } from './part-collector.ts';
import { PartWriter } from './part-writer.ts';
import { ReaderPool } from './reader-pool.ts';
import type { InputJob } from './worker-messages.ts';

/** What a scan is asked to do. */
export interface ScanOptions {
  readonly inputs: readonly string[];
  readonly folder: string;
  /** Of peerpath: tables of another one are not added to. */
  readonly version: string;
  /** Default: one for each processor. */
  readonly threads?: number;
  /** Told after each batch how many inputs are done. */
  readonly report?: (done: number) => void;
  /** Machines of a part; tests take small ones. */
  readonly partSize?: number;
  /** Inputs that a thread gets at once. */
  readonly batch?: number;
}

/** What a scan did. */
export interface ScanCounts {
  readonly inputs: number;
  /** Machines and failures that are new in the tables. */
  readonly machines: number;
  readonly failed: number;
  /** Inputs that were in the tables, or twice among the inputs. */
  readonly known: number;
  /** Fingerprints that were new: how often answers were worked out. */
  readonly answered: number;
}

const BATCH = 32;
/** Batches that are under way for each thread: one that it reads, one that waits. */
const UNDER_WAY = 2;

/** @throws FleetFolderError, MissingPeer; bad inputs are rows of `failed` */
export async function scanFleet(options: ScanOptions): Promise<ScanCounts> {
  const { inputs, folder, version, report, threads = availableParallelism(), batch = BATCH } = options;
  const writer = await PartWriter.open();
  openForWriting(folder, version);
  const before = await knownBefore(folder);
  const collector = new PartCollector({
    write: async (rows) => void (await writer.write(folder, rows)),
    ...before,
    ...(options.partSize === undefined ? {} : { partSize: options.partSize }),
  });
  const claims = new Claims();
  for (const fingerprint of before.summaries.keys()) claims.claim(fingerprint);
  const pool = new ReaderPool({ threads, claims, known: before.hashes });
  try {
    const underWay: Promise<void>[] = [];
    let done = 0;
    let order: Promise<void> = Promise.resolve();
    for (let from = 0; from < inputs.length; from += batch) {
      const jobs = inputs.slice(from, from + batch).map((source): InputJob => ({ source }));
      const read = pool.read(jobs);
      // Rows come in the order of inputs, whichever thread is faster.
      order = Promise.all([read, order]).then(async ([outcomes]) => {
        for (const [at, each] of outcomes.entries()) await collector.add(jobs[at] as InputJob, each);
        done += jobs.length;
        report?.(done);
      });
      underWay.push(order);
      if (underWay.length >= threads * UNDER_WAY) await underWay.shift();
    }
    await order;
    await collector.finish(async (job) => (await pool.read([job], true))[0] ?? []);
  } finally {
    await pool.close();
  }
  return { inputs: inputs.length, ...collector.counts };
}

interface KnownBefore {
  readonly hashes: KnownHashes;
  readonly summaries: Map<string, Row>;
  readonly failures: Set<string>;
}

/** What the tables hold. Inputs that could not be read are tried again. */
async function knownBefore(folder: string): Promise<KnownBefore> {
  const database = await FleetDatabase.open([{ folder, schema: 'main' }]);
  try {
    const hashes = await database.query('SELECT hash FROM machines ORDER BY hash');
    const failed = await database.query('SELECT hash, source FROM failed');
    const columns = SUMMARY_NAMES.map((name) => `any_value("${name}") AS "${name}"`).join(', ');
    const summaries = await database.query(
      `SELECT fingerprint, ${columns} FROM machines SEMI JOIN fingerprint_parts USING (fingerprint) GROUP BY fingerprint`,
    );
    return {
      hashes: KnownHashes.of(hashes.rows.map(({ hash }) => String(hash))),
      failures: new Set(failed.rows.map(({ hash, source }) => `${hash} ${source}`)),
      summaries: new Map(summaries.rows.map(({ fingerprint, ...summary }) => [String(fingerprint), summary])),
    };
  } finally {
    database.close();
  }
}
