/** Which hosts are unlike the others of their model. */
import { type Ask, numberIn, textIn } from './question.ts';
import { traitsSql } from './traits.ts';

/** One thing that a host has otherwise. */
export interface Difference {
  /** What is compared: kernel, cmdline, link, ACS, ... */
  readonly trait: string;
  /** The function it is of; undefined where it is of the machine. */
  readonly bdf: string | undefined;
  readonly value: string;
  /** What most hosts have, and how many. */
  readonly usual: string;
  readonly usualHosts: number;
  /** Hosts that have `value`, this one among them. */
  readonly hosts: number;
}

/** A host that differs. */
export interface Outlier {
  readonly machine: string;
  readonly source: string;
  readonly model: string;
  /** Hosts that it is compared with, itself among them. */
  readonly hosts: number;
  readonly differences: readonly Difference[];
}

/** What was compared. */
export interface Outliers {
  readonly machines: number;
  readonly models: number;
  /** Models (and machines of them) with too few hosts to tell what is usual. */
  readonly lonely: readonly { readonly model: string; readonly hosts: number }[];
  readonly outliers: readonly Outlier[];
}

/** Hosts of a model below which nothing is usual. */
export const LEAST_HOSTS = 3;
/** A value that at most this share of the hosts has is unusual, where two thirds have another. */
export const DEFAULT_SHARE = 0.05;

/**
 * Compares every host with the others of its model. Models of a few hosts count as the commonest one of their platform:
 * a host that lacks its GPUs, or has others, is not alone in the world.
 * @param share most hosts of a model, as a part of 1, that may have a value for it to count as unusual
 */
export async function findOutliers(ask: Ask, share: number = DEFAULT_SHARE): Promise<Outliers> {
  const models = await ask(
    `WITH ${MODELS} SELECT "group" AS model, sum(n) AS hosts FROM models GROUP BY ALL ORDER BY model`,
  );
  const rows = await ask(outlierSql(share));
  const outliers = new Map<string, Outlier & { differences: Difference[] }>();
  for (const row of rows) {
    const hash = textIn(row, 'hash');
    const outlier = outliers.get(hash) ?? {
      machine: textIn(row, 'machine'),
      source: textIn(row, 'source'),
      model: textIn(row, 'model'),
      hosts: numberIn(row, 'total'),
      differences: [],
    };
    outliers.set(hash, outlier);
    outlier.differences.push({
      trait: textIn(row, 'trait'),
      bdf: row['bdf'] === '' ? undefined : textIn(row, 'bdf'),
      value: textIn(row, 'value'),
      usual: textIn(row, 'usual'),
      usualHosts: numberIn(row, 'usual_hosts'),
      hosts: numberIn(row, 'n'),
    });
  }
  const counted = models.map((row) => ({ model: textIn(row, 'model'), hosts: numberIn(row, 'hosts') }));
  return {
    machines: counted.reduce((sum, { hosts }) => sum + hosts, 0),
    models: counted.length,
    lonely: counted.filter(({ hosts }) => hosts < LEAST_HOSTS),
    outliers: [...outliers.values()],
  };
}

/** Which models are compared with which: `models (model, n, "group")`. */
const MODELS = `
  counted AS (SELECT model, platform, count(*) AS n FROM machines GROUP BY ALL),
  models AS (
    SELECT model, n,
      CASE WHEN n < ${LEAST_HOSTS} OR n * 20 < sum(n) OVER (PARTITION BY platform)
        THEN first_value(model) OVER (PARTITION BY platform ORDER BY n DESC, model) ELSE model END AS "group"
    FROM counted)`;

function outlierSql(share: number): string {
  return `WITH ${MODELS}, ${traitsSql()},
  hosts AS (SELECT m.fingerprint, models."group" AS model, count(*) AS n FROM machines m JOIN models USING (model) GROUP BY ALL),
  totals AS (SELECT model, sum(n) AS total FROM hosts GROUP BY model HAVING sum(n) >= ${LEAST_HOSTS}),
  counts AS (SELECT model, trait, bdf, value, sum(n) AS n FROM traits JOIN hosts USING (fingerprint) GROUP BY ALL),
  lacking AS (
    SELECT model, trait, bdf, 'is not there' AS value, total - sum(n) AS n
    FROM counts JOIN totals USING (model) WHERE trait = 'function' GROUP BY model, trait, bdf, total HAVING total > sum(n)),
  every AS (SELECT * FROM counts UNION ALL SELECT * FROM lacking),
  ranked AS (
    SELECT every.*, total,
      first_value(value) OVER w AS usual, first_value(every.n) OVER w AS usual_hosts
    FROM every JOIN totals USING (model)
    WINDOW w AS (PARTITION BY model, trait, bdf ORDER BY every.n DESC, value)),
  unusual AS (
    SELECT * FROM ranked
    WHERE usual_hosts * 3 >= total * 2 AND value <> usual AND n <= greatest(1, floor(total * ${Number(share)}))),
  found AS (
    SELECT fingerprint, u.* FROM unusual u JOIN traits t USING (trait, bdf, value) JOIN hosts h USING (fingerprint, model)
    UNION ALL
    SELECT h.fingerprint, u.* FROM unusual u JOIN hosts h USING (model)
    WHERE u.value = 'is not there' AND NOT EXISTS (
      SELECT 1 FROM distinct_devices d WHERE d.fingerprint = h.fingerprint AND d.bdf = u.bdf))
  SELECT m.machine, m.source, m.hash, f.model, f.trait, f.bdf, f.value, f.usual, f.usual_hosts, f.n, f.total
  FROM found f JOIN machines m USING (fingerprint)
  ORDER BY f.model, m.machine, m.source, ${TRAIT_ORDER}, f.bdf, f.value`;
}

/** What explains most comes first. */
const TRAIT_ORDER = `list_position(['kernel', 'command line', 'processor', 'IOMMU', 'function', 'ACS', 'link', 'IOMMU group', 'BAR sizes', 'driver', 'NUMA node'], f.trait)`;
