/** `peerpath fleet check`: what `check` asks of one machine, of every machine. */
import { existsSync } from 'node:fs';
import { analyze } from '../../analyze.ts';
import { type Judgement, judge, type Requirement } from '../../diagnose/index.ts';
import {
  type CheckedFleet,
  type CheckedMachine,
  fleetCheckJson,
  fleetCheckPrometheus,
  fleetCheckSheet,
  fleetState,
  readAnswerFacts,
} from '../../fleet/index.ts';
import { FleetDatabase } from '../../fleet-node/index.ts';
import { loadPciNames } from '../../node/index.ts';
import type { PciNames } from '../../pci/index.ts';
import { deviceNames, judgementText } from '../../report/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { asUsage } from '../fleet-errors.ts';
import type { OpenMachine } from '../open-machine.ts';
import type { FormatOptions } from '../options.ts';
import { printSheet, printText } from '../output.ts';
import { readWant } from '../wants.ts';
import { readRequirements } from './wishes.ts';

/** Options of `fleet check`. */
export interface FleetCheckOptions extends FormatOptions {
  readonly require: readonly string[];
}

/** Fingerprints whose facts are held at once. */
const AT_ONCE = 20;

type Verdict = Omit<CheckedMachine, 'machine' | 'source'>;

const EXIT_CODES = { holds: EXIT.answered, fails: EXIT.no, unknown: EXIT.unknown } as const;

/** Prints which machines fail; exit code 0 all meet all, 1 one does not, 3 what is unknown decides. */
export async function fleetCheckCommand(folder: string, options: FleetCheckOptions): Promise<void> {
  const requirements = options.require.flatMap((text) =>
    readRequirements(existsSync(text) ? { file: text } : { require: [text] }),
  );
  const database = await asUsage(FleetDatabase.open([{ folder, schema: 'main' }]));
  try {
    const fleet = await checkFleet(database, requirements);
    const state = fleetState(fleet);
    if (state === 'without') throw new UsageError(`${folder}: no machine has the devices that the requirements name`);
    if (options.json !== true && options.format === 'prometheus') printText(fleetCheckPrometheus(fleet));
    else printSheet(fleetCheckSheet(fleet), () => fleetCheckJson(fleet), options, ['prometheus']);
    process.exitCode = EXIT_CODES[state];
  } finally {
    database.close();
  }
}

/** Every fingerprint is judged once. */
async function checkFleet(database: FleetDatabase, requirements: readonly Requirement[]): Promise<CheckedFleet> {
  const fingerprints = (await database.query('SELECT fingerprint FROM fingerprint_parts ORDER BY fingerprint')).rows;
  const listed = loadPciNames();
  const verdicts = new Map<string, Verdict>();
  for (let from = 0; from < fingerprints.length; from += AT_ONCE) {
    const some = fingerprints.slice(from, from + AT_ONCE).map((row) => `'${String(row['fingerprint'])}'`);
    const { rows } = await database.query(
      `SELECT fingerprint, facts FROM distinct_facts WHERE fingerprint IN (${some.join(', ')})`,
    );
    for (const row of rows)
      verdicts.set(String(row['fingerprint']), judgeFacts(String(row['facts']), requirements, listed));
  }
  const machines = await database.query('SELECT machine, source, fingerprint FROM machines ORDER BY machine, source');
  const unread = await database.query('SELECT count(*) AS n FROM failed');
  return {
    requirements: requirements.map(({ text }) => text),
    unread: Number(unread.rows[0]?.['n'] ?? 0),
    machines: machines.rows.flatMap((row): CheckedMachine[] => {
      const verdict = verdicts.get(String(row['fingerprint']));
      return verdict === undefined
        ? []
        : [{ machine: String(row['machine']), source: String(row['source']), ...verdict }];
    }),
  };
}

function judgeFacts(facts: string, requirements: readonly Requirement[], listed: PciNames | undefined): Verdict {
  const analysis = analyze(readAnswerFacts(facts));
  const names = deviceNames(analysis.topology, listed);
  const machine: OpenMachine = { analysis, names, present: analysis, whatIf: undefined };
  const judgements = requirements.flatMap((requirement) => judgementsOf(machine, requirement));
  const of = (state: Judgement['state']): Judgement[] => judgements.filter((each) => each.state === state);
  const [failed, open] = [of('fails'), of('unknown')];
  const first = failed[0] ?? open[0];
  return {
    state: judgements.length === 0 ? 'without' : failed.length > 0 ? 'fails' : open.length > 0 ? 'unknown' : 'holds',
    failed: failed.length,
    open: open.length,
    pairs: judgements.length,
    first: first && judgementText(first, names),
  };
}

/** None where the machine has no device that the requirement names. */
function judgementsOf(machine: OpenMachine, requirement: Requirement): readonly Judgement[] {
  try {
    return readWant(machine, requirement.pairs, 'requirement').map((pair) =>
      judge(machine.analysis.machine, requirement, pair),
    );
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}
