/** What changed between two scans. */
import { gather } from '../base/index.ts';
import { type Ask, numberIn, textIn } from './question.ts';
import { traitsSql } from './traits.ts';

/** A machine that both scans have. */
export interface ChangedMachine {
  readonly machine: string;
  /** What differs, of the machine (`bdf` undefined) or of a function; the first of it. */
  readonly changes: readonly TraitChange[];
  /** How much differs in all. */
  readonly changeCount: number;
  /** Ordered pairs, of devices that both have, that answer otherwise; the first of them. */
  readonly otherwise: number;
  readonly pairs: readonly {
    readonly provider: string;
    readonly client: string;
    readonly before: string;
    readonly after: string;
  }[];
  /** Pairs that are unknown in both. */
  readonly open: number;
}

/** One thing that is otherwise than it was; `-` where it is not there. */
export interface TraitChange {
  readonly trait: string;
  readonly bdf: string | undefined;
  readonly before: string;
  readonly after: string;
}

/** Two scans held against each other. */
export interface FleetDiff {
  /** Machines that both have, by name where it is of one machine only, else by serial numbers. */
  readonly both: number;
  readonly same: number;
  readonly added: readonly string[];
  readonly gone: readonly string[];
  readonly changed: readonly ChangedMachine[];
  /** Sources that can be read in the one scan and not in the other. */
  readonly failedNow: readonly string[];
}

/** Pairs of one machine that are told one by one. */
const MOST_PAIRS = 4;
/** Changes of one machine that are told one by one. */
const MOST_CHANGES = 6;

/** @param ask answers over two fleets, in the schemas `old` and `new` */
export async function compareFleets(ask: Ask): Promise<FleetDiff> {
  const [counts] = await ask(
    `WITH ${MATCHED} SELECT count(*) AS n, count(*) FILTER (before = after) AS same FROM matched`,
  );
  const names = async (schema: string, column: string): Promise<string[]> =>
    (
      await ask(
        `WITH ${MATCHED} SELECT machine FROM ${schema}.machines WHERE hash NOT IN (SELECT ${column} FROM matched) ORDER BY machine`,
      )
    ).map((row) => textIn(row, 'machine'));
  const failed = await ask(
    'SELECT f.source FROM "new".failed f JOIN "old".machines m ON m.source = f.source ORDER BY f.source',
  );
  return {
    both: numberIn(counts, 'n'),
    same: numberIn(counts, 'same'),
    added: await names('"new"', 'new_hash'),
    gone: await names('"old"', 'old_hash'),
    changed: await changedMachines(ask),
    failedNow: failed.map((row) => textIn(row, 'source')),
  };
}

/** `matched (machine, old_hash, new_hash, before, after)`: hashes of inputs and fingerprints of machines in both. */
const MATCHED = `
  old_names AS (SELECT machine FROM "old".machines GROUP BY machine HAVING count(*) = 1),
  new_names AS (SELECT machine FROM "new".machines GROUP BY machine HAVING count(*) = 1),
  by_name AS (
    SELECT n.machine, o.hash AS old_hash, n.hash AS new_hash, o.fingerprint AS before, n.fingerprint AS after
    FROM "old".machines o JOIN "new".machines n USING (machine)
    WHERE machine IN (SELECT machine FROM old_names) AND machine IN (SELECT machine FROM new_names)),
  old_left AS (SELECT * FROM "old".machines WHERE hash NOT IN (SELECT old_hash FROM by_name)),
  new_left AS (SELECT * FROM "new".machines WHERE hash NOT IN (SELECT new_hash FROM by_name)),
  keys AS (
    SELECT serials FROM old_left WHERE serials IS NOT NULL GROUP BY serials HAVING count(*) = 1
    INTERSECT SELECT serials FROM new_left WHERE serials IS NOT NULL GROUP BY serials HAVING count(*) = 1),
  by_serials AS (
    SELECT n.machine, o.hash AS old_hash, n.hash AS new_hash, o.fingerprint AS before, n.fingerprint AS after
    FROM old_left o JOIN new_left n USING (serials) WHERE serials IN (SELECT serials FROM keys)),
  same_bytes AS (
    SELECT n.machine, o.hash AS old_hash, n.hash AS new_hash, o.fingerprint AS before, n.fingerprint AS after
    FROM old_left o JOIN new_left n USING (hash) WHERE hash NOT IN (SELECT old_hash FROM by_serials)),
  matched AS (SELECT * FROM by_name UNION ALL SELECT * FROM by_serials UNION ALL SELECT * FROM same_bytes)`;

async function changedMachines(ask: Ask): Promise<ChangedMachine[]> {
  const rows = await ask(
    `WITH ${MATCHED},
    changed AS (SELECT DISTINCT before, after FROM matched WHERE before <> after),
    pairs AS (
      SELECT c.before, c.after, count(*) FILTER (a.verdict <> b.verdict) AS otherwise,
        count(*) FILTER (a.verdict = 'unknown' AND b.verdict = 'unknown') AS open,
        list(a.provider || chr(9) || a.client || chr(9) || a.verdict || chr(9) || b.verdict ORDER BY a.provider, a.client)
          FILTER (a.verdict <> b.verdict) AS listed
      FROM changed c JOIN "old".distinct_pairs a ON a.fingerprint = c.before
        JOIN "new".distinct_pairs b ON b.fingerprint = c.after AND b.provider = a.provider AND b.client = a.client
      GROUP BY c.before, c.after)
    SELECT m.machine, m.before || m.after AS change, coalesce(otherwise, 0) AS otherwise, coalesce(open, 0) AS open,
      array_to_string(list_slice(listed, 1, ${MOST_PAIRS}), chr(10)) AS listed
    FROM matched m LEFT JOIN pairs p ON p.before = m.before AND p.after = m.after
    WHERE m.before <> m.after ORDER BY otherwise DESC, m.machine`,
  );
  const changes = rows.length === 0 ? new Map<string, TraitChange[]>() : await traitChanges(ask);
  return rows.map((row) => {
    const own = changes.get(textIn(row, 'change')) ?? [];
    return {
      machine: textIn(row, 'machine'),
      changes: own.slice(0, MOST_CHANGES),
      changeCount: own.length,
      otherwise: numberIn(row, 'otherwise'),
      open: numberIn(row, 'open'),
      pairs: (row['listed'] ? String(row['listed']).split('\n') : []).map((text) => {
        const [provider = '', client = '', before = '', after = ''] = text.split('\t');
        return { provider, client, before, after };
      }),
    };
  });
}

/** What differs between the two fingerprints of each change. */
async function traitChanges(ask: Ask): Promise<Map<string, TraitChange[]>> {
  const side = (column: 'before' | 'after', traits: string): string =>
    `SELECT c.before, c.after, t.trait, t.bdf, t.value FROM changed c JOIN ${traits} t ON t.fingerprint = c.${column}`;
  const rows = await ask(
    `WITH ${MATCHED}, ${traitsSql('"old"', 'old_traits')}, ${traitsSql('"new"', 'new_traits')},
    changed AS (SELECT DISTINCT before, after FROM matched WHERE before <> after),
    a AS (${side('before', 'old_traits')}), b AS (${side('after', 'new_traits')})
    SELECT before || after AS change, trait, bdf, a.value AS was, b.value AS is_now
    FROM a FULL JOIN b USING (before, after, trait, bdf) WHERE a.value IS DISTINCT FROM b.value ORDER BY bdf, trait`,
  );
  const changes = new Map<string, TraitChange[]>();
  for (const row of rows) {
    const bdf = row['bdf'] === '' ? undefined : textIn(row, 'bdf');
    gather(changes, textIn(row, 'change'), {
      trait: textIn(row, 'trait'),
      bdf,
      before: textIn(row, 'was'),
      after: textIn(row, 'is_now'),
    });
  }
  return changes;
}
