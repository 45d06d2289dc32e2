/** What a fleet is: models, kernels, answers. */
import { type Ask, GPU_KINDS, NIC_KINDS, numberIn, textIn } from './question.ts';

/** Pairs by answer. */
export interface VerdictCounts {
  readonly direct: number;
  readonly through: number;
  readonly refused: number;
  readonly unknown: number;
}

/** Machines that share something. */
export interface MachineCount {
  readonly name: string;
  readonly machines: number;
}

/** A model or a kernel with the answers of its pairs. */
export interface GroupSummary extends MachineCount, VerdictCounts {
  readonly fingerprints: number;
}

/** What holds for all machines. */
export interface FleetSummary {
  readonly machines: number;
  readonly fingerprints: number;
  readonly failed: number;
  /** Which pairs are counted: of GPUs with network adapters, both ways; all in focus where there are none. */
  readonly pairs: 'gpu-nic' | 'all';
  readonly verdicts: VerdictCounts;
  readonly models: readonly GroupSummary[];
  readonly kernels: readonly GroupSummary[];
  /** Findings of doctor that most machines have; `weight` as doctor has it. */
  readonly findings: readonly (MachineCount & { readonly code: string; readonly weight: string })[];
  /** Kinds of failures. */
  readonly failures: readonly MachineCount[];
}

const VERDICTS = [
  'PCI_P2PDMA_MAP_BUS_ADDR',
  'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
  'PCI_P2PDMA_MAP_NOT_SUPPORTED',
  'unknown',
] as const;

/** Sums up a fleet. */
export async function summarizeFleet(ask: Ask): Promise<FleetSummary> {
  const [all] = await ask(
    'SELECT (SELECT count(*) FROM machines) AS machines, (SELECT count(DISTINCT fingerprint) FROM machines) AS fingerprints, (SELECT count(*) FROM failed) AS failed',
  );
  const [between] = await ask(`SELECT count(*) AS n FROM distinct_pairs WHERE ${GPU_NIC}`);
  const pairs = numberIn(between, 'n') > 0 ? 'gpu-nic' : 'all';
  const models = await groups(ask, pairs, 'model');
  const kernels = await groups(ask, pairs, "'Linux ' || kernel");
  const findings = await ask(
    `SELECT f.code, f.weight, count(DISTINCT m.hash) AS machines FROM distinct_findings f JOIN machines m USING (fingerprint) GROUP BY ALL ORDER BY machines DESC, code LIMIT 20`,
  );
  const failures = await ask(
    'SELECT code AS name, count(*) AS machines FROM failed GROUP BY ALL ORDER BY machines DESC, name',
  );
  const sum = (name: keyof VerdictCounts): number => models.reduce((total, group) => total + group[name], 0);
  return {
    machines: numberIn(all, 'machines'),
    fingerprints: numberIn(all, 'fingerprints'),
    failed: numberIn(all, 'failed'),
    pairs,
    verdicts: { direct: sum('direct'), through: sum('through'), refused: sum('refused'), unknown: sum('unknown') },
    models,
    kernels,
    findings: findings.map((row) => ({
      name: textIn(row, 'code'),
      code: textIn(row, 'code'),
      weight: textIn(row, 'weight'),
      machines: numberIn(row, 'machines'),
    })),
    failures: failures.map((row) => ({ name: textIn(row, 'name'), machines: numberIn(row, 'machines') })),
  };
}

const GPU_NIC = `(provider_kind IN ${GPU_KINDS} AND client_kind IN ${NIC_KINDS} OR provider_kind IN ${NIC_KINDS} AND client_kind IN ${GPU_KINDS})`;

/** @param by what machines are put together by, as SQL over `machines` */
async function groups(ask: Ask, pairs: FleetSummary['pairs'], by: string): Promise<GroupSummary[]> {
  const counts = VERDICTS.map((verdict) => `count(*) FILTER (verdict = '${verdict}') AS "${verdict}"`).join(', ');
  const own =
    pairs === 'gpu-nic'
      ? `SELECT fingerprint, ${counts} FROM distinct_pairs WHERE ${GPU_NIC} GROUP BY fingerprint`
      : `SELECT DISTINCT fingerprint, direct AS "${VERDICTS[0]}", through AS "${VERDICTS[1]}", refused AS "${VERDICTS[2]}", "unknown" FROM machines`;
  const sums = VERDICTS.map((verdict) => `coalesce(sum(p."${verdict}"), 0) AS "${verdict}"`).join(', ');
  const rows = await ask(
    `WITH p AS (${own}), m AS (SELECT fingerprint, ${by} AS name FROM machines) SELECT name, count(*) AS machines, count(DISTINCT fingerprint) AS fingerprints, ${sums} FROM m LEFT JOIN p USING (fingerprint) GROUP BY name ORDER BY machines DESC, name`,
  );
  return rows.map((row) => ({
    name: textIn(row, 'name'),
    machines: numberIn(row, 'machines'),
    fingerprints: numberIn(row, 'fingerprints'),
    direct: numberIn(row, VERDICTS[0]),
    through: numberIn(row, VERDICTS[1]),
    refused: numberIn(row, VERDICTS[2]),
    unknown: numberIn(row, VERDICTS[3]),
  }));
}
