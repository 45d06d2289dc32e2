/** `peerpath fleet scan`. */
import { decodeUtf8 } from '../../base/index.ts';
import { listInputs, type ScanCounts, scanFleet } from '../../fleet-node/index.ts';
import { readSource } from '../../node/index.ts';
import { counted } from '../../report/index.ts';
import { UsageError } from '../exit-code.ts';
import { asUsage } from '../fleet-errors.ts';
import { printDocument, printText } from '../output.ts';
import { progressBar } from '../progress.ts';
import { terminalOfErrors } from '../terminal.ts';
import { VERSION } from '../version.ts';

/** Options of `fleet scan`. */
export interface FleetScanOptions {
  readonly out: string;
  readonly threads?: string;
  readonly json?: boolean;
}

/** Reads inputs into tables; those that cannot be read are rows of a table, and no failure. */
export async function fleetScanCommand(sources: readonly string[], options: FleetScanOptions): Promise<void> {
  const inputs = await inputsOf(sources);
  if (inputs.length === 0) throw new UsageError(`${sources.join(' ')}: there are no inputs`);
  const threads = options.threads === undefined ? undefined : readThreads(options.threads);
  const bar = progressBar(`reading ${inputs.length} inputs`, terminalOfErrors());
  const start = performance.now();
  const counts = await asUsage(
    scanFleet({
      inputs,
      folder: options.out,
      version: VERSION,
      ...(threads === undefined ? {} : { threads }),
      report: (done) => bar.report(done / inputs.length, pace(done, inputs.length, performance.now() - start)),
    }),
  ).finally(bar.end);
  const seconds = (performance.now() - start) / 1000;
  if (options.json === true) printDocument({ schema: 'peerpath.fleet-scan/1', out: options.out, ...counts, seconds });
  else printText(scanText(options.out, counts, seconds));
}

/** The inputs that sources name; `-`: a list of sources on standard input. */
export async function inputsOf(sources: readonly string[]): Promise<readonly string[]> {
  const named: string[] = [];
  for (const source of sources) {
    if (source !== '-') named.push(source);
    else {
      const read = await readSource('-');
      if (!read.ok) throw new UsageError(read.error.text);
      for (const line of decodeUtf8(read.value).split(/\r?\n|\0/)) if (line !== '') named.push(line);
    }
  }
  return listInputs(named);
}

/** Threads of an option. @throws UsageError for what is no such number */
export function readThreads(text: string): number {
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1 || threads > 256)
    throw new UsageError(`--threads ${text}: a number from 1 to 256`);
  return threads;
}

/** `612/s, 31 s left`. */
export function pace(done: number, all: number, ms: number): string {
  const rate = done / (ms / 1000);
  const left = Math.round((all - done) / rate);
  const time = left < 120 ? `${left} s` : left < 7200 ? `${Math.round(left / 60)} min` : `${Math.round(left / 3600)} h`;
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s, ${time} left`;
}

function scanText(out: string, { machines, failed, known, answered }: ScanCounts, seconds: number): string {
  const parts = [
    `${counted(machines, 'machine')} read in ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s, ${counted(answered, 'new fingerprint')}`,
    ...(known > 0 ? [`${known} known already`] : []),
    ...(failed > 0 ? [`${counted(failed, 'input')} could not be read (table failed)`] : []),
  ];
  return `${parts.join('; ')}.\nAsk with: peerpath fleet summary ${out}, peerpath fleet outliers ${out}`;
}
