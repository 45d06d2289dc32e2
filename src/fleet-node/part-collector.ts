/** Puts outcomes together until they make a part. A machine is written with its answers or after them, never before. */
import {
  ANSWER_TABLES,
  type AnswerTableName,
  type FailedRow,
  type FleetAnswers,
  type InputRow,
  type Row,
} from '../fleet/index.ts';
import type { Outcome } from './capture-reader.ts';
import type { KnownHashes } from './known-hashes.ts';
import type { PartRows } from './part-writer.ts';
import type { InputJob } from './worker-messages.ts';

/** Where outcomes go, and what is there. */
export interface CollectorOptions {
  readonly write: (rows: PartRows) => Promise<void>;
  /** Hashes in the tables. */
  readonly hashes?: KnownHashes;
  /** What holds for the machines of a fingerprint, for all that are answered; is added to. */
  readonly summaries?: Map<string, Row>;
  /** Failures in the tables, `HASH SOURCE`; is added to. */
  readonly failures?: Set<string>;
  readonly partSize?: number;
}

/** Machines and failures of one part. */
const PART_SIZE = 10_000;
/** Rows of answers of one part: what a part takes in memory. */
const MOST_ROWS = 150_000;

/** Collects rows, and writes them a part at a time. */
export class PartCollector {
  readonly #options: CollectorOptions;
  readonly #summaries: Map<string, Row>;
  readonly #seen = new Set<string>();
  readonly #failures: Set<string>;
  /** Machines whose fingerprint another thread is still answering. */
  #waiting: { readonly job: InputJob; readonly row: InputRow }[] = [];
  #machines: Row[] = [];
  #failed: FailedRow[] = [];
  #answers = emptyAnswers();
  #rows = 0;
  #counts = { machines: 0, failed: 0, known: 0, answered: 0 };

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#summaries = options.summaries ?? new Map();
    this.#failures = options.failures ?? new Set();
  }

  get counts(): {
    readonly machines: number;
    readonly failed: number;
    readonly known: number;
    readonly answered: number;
  } {
    return this.#counts;
  }

  /** Takes what became of one input; writes a part when it is full. */
  async add(job: InputJob, outcomes: readonly Outcome[]): Promise<void> {
    for (const outcome of outcomes) {
      if (outcome.kind === 'known') {
        this.#counts.known++;
        continue;
      }
      if (outcome.kind === 'machine' && outcome.answers !== undefined) this.#addAnswers(outcome.answers);
      if (!this.#isNew(outcome)) {
        this.#counts.known++;
        continue;
      }
      if (outcome.kind === 'failed') {
        this.#failed.push(outcome.row);
        this.#counts.failed++;
      } else this.#addMachine(job, outcome.row);
    }
    if (this.#machines.length + this.#failed.length >= (this.#options.partSize ?? PART_SIZE) || this.#rows >= MOST_ROWS)
      await this.flush();
  }

  /**
   * Writes what is left. @param again reads an input and answers it whoever claimed it: a fingerprint that nobody
   * answered was claimed by a thread that ended
   */
  async finish(again: (job: InputJob) => Promise<readonly Outcome[]>): Promise<void> {
    while (this.#waiting.length > 0) {
      const [first] = this.#settle();
      if (first === undefined) break;
      const outcomes = await again(first.job);
      const answers = outcomes.flatMap((outcome) =>
        outcome.kind === 'machine' && outcome.answers ? [outcome.answers] : [],
      );
      for (const each of answers) this.#addAnswers(each);
      if (!this.#summaries.has(first.row.fingerprint)) this.#giveUp(first.row);
    }
    await this.flush();
  }

  /** Writes a part, where there is anything to write. */
  async flush(): Promise<void> {
    this.#settle();
    if (this.#machines.length + this.#failed.length + this.#rows === 0) return;
    const rows: PartRows = { machines: this.#machines, failed: this.#failed, ...this.#answers };
    this.#machines = [];
    this.#failed = [];
    this.#answers = emptyAnswers();
    this.#rows = 0;
    await this.#options.write(rows);
  }

  /** Bytes that cannot be read are a failure of every input that has them: of a hundred empty files, each is named. */
  #isNew({ kind, row: { hash, source } }: Exclude<Outcome, { readonly kind: 'known' }>): boolean {
    if (kind === 'failed') {
      const failure = `${hash} ${source}`;
      if (this.#failures.has(failure)) return false;
      this.#failures.add(failure);
      return true;
    }
    // As 32 characters of one byte: half a million are 50 MB.
    const short = Buffer.from(hash, 'hex').toString('latin1');
    if (this.#seen.has(short) || this.#options.hashes?.has(hash) === true) return false;
    this.#seen.add(short);
    return true;
  }

  #addAnswers({ fingerprint, summary, rows }: FleetAnswers): void {
    if (this.#summaries.has(fingerprint)) return;
    this.#summaries.set(fingerprint, summary);
    this.#counts.answered++;
    for (const name of Object.keys(ANSWER_TABLES) as AnswerTableName[]) {
      for (const row of rows[name]) this.#answers[name].push(row);
      this.#rows += rows[name].length;
    }
  }

  #addMachine(job: InputJob, row: InputRow): void {
    this.#counts.machines++;
    const summary = this.#summaries.get(row.fingerprint);
    if (summary === undefined) this.#waiting.push({ job, row });
    else this.#machines.push({ ...row, ...summary });
  }

  /** Lets those go whose answers have come; gives the others. */
  #settle(): readonly { readonly job: InputJob; readonly row: InputRow }[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { job, row } of waiting) {
      const summary = this.#summaries.get(row.fingerprint);
      if (summary === undefined) this.#waiting.push({ job, row });
      else this.#machines.push({ ...row, ...summary });
    }
    return this.#waiting;
  }

  /** An input that changed or went away between two looks at it. */
  #giveUp(row: InputRow): void {
    this.#waiting = this.#waiting.filter(({ row: other }) => other.fingerprint !== row.fingerprint);
    const { source, hash, bytes } = row;
    const sentence = `${source}: changed while it was read; scan again`;
    this.#failed.push({ source, hash, bytes: bytes === null ? null : Number(bytes), code: 'changed', sentence });
    this.#counts.machines--;
    this.#counts.failed++;
  }
}

function emptyAnswers(): Record<AnswerTableName, Row[]> {
  return { devices: [], pairs: [], findings: [], links: [], groups: [], facts: [] };
}
