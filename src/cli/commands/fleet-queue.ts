/** `peerpath fleet submit`, `work` and `status`: a fleet beyond one machine. */
import { fetchParts, type NatsOptions, queueStatus, submitCaptures, workOnFleet } from '../../fleet-node/index.ts';
import { counted } from '../../report/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { asUsage } from '../fleet-errors.ts';
import { printDocument, printText } from '../output.ts';
import { progressBar } from '../progress.ts';
import { terminalOfErrors } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { inputsOf, pace, readThreads } from './fleet-scan.ts';

/** Options of every command that asks a server. */
export interface QueueOptions extends Omit<NatsOptions, 'url'> {
  readonly nats: string;
  readonly json?: boolean;
}

function natsOf({ nats, name, creds, tlsCa, tlsCert, tlsKey }: QueueOptions): NatsOptions {
  const given = Object.entries({ name, creds, tlsCa, tlsCert, tlsKey }).filter(([, value]) => value !== undefined);
  return { url: nats, ...Object.fromEntries(given) };
}

/** Sends captures to the queue. */
export async function fleetSubmitCommand(sources: readonly string[], options: QueueOptions): Promise<void> {
  const inputs = await inputsOf(sources);
  if (inputs.length === 0) throw new UsageError(`${sources.join(' ')}: there are no inputs`);
  const bar = progressBar(`sending ${inputs.length} inputs`, terminalOfErrors());
  const start = performance.now();
  const counts = await asUsage(
    submitCaptures(inputs, natsOf(options), (done) =>
      bar.report(done / inputs.length, pace(done, inputs.length, performance.now() - start)),
    ),
  ).finally(bar.end);
  const { submitted, known, unread } = counts;
  if (options.json === true) printDocument({ schema: 'peerpath.fleet-submit/1', ...counts });
  else
    printText(
      [
        `${counted(submitted, 'capture')} submitted`,
        ...(known > 0 ? [`${known} queued or done already`] : []),
        ...(unread > 0 ? [`${counted(unread, 'input')} could not be read`] : []),
      ]
        .join('; ')
        .concat('.'),
    );
}

/** Options of `fleet work`. */
export interface FleetWorkOptions extends QueueOptions {
  readonly out: string;
  readonly threads?: string;
  readonly untilEmpty?: boolean;
}

/** Works until it is told to end; captures that it has are finished. */
export async function fleetWorkCommand(options: FleetWorkOptions): Promise<void> {
  const ends = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ends.abort());
  const counts = await asUsage(
    workOnFleet({
      ...natsOf(options),
      out: options.out,
      version: VERSION,
      untilEmpty: options.untilEmpty === true,
      signal: ends.signal,
      ...(options.threads === undefined ? {} : { threads: readThreads(options.threads) }),
    }),
  );
  const { machines, failed } = counts;
  if (options.json === true) printDocument({ schema: 'peerpath.fleet-work/1', out: options.out, ...counts });
  else
    printText(
      `${counted(machines, 'machine')} answered${failed > 0 ? `, ${counted(failed, 'input')} could not be read` : ''}.`,
    );
}

/** Options of `fleet status`. */
export interface FleetStatusOptions extends QueueOptions {
  readonly fetch?: string;
}

/** Prints how far the queue is; exit code 3 while something is left to do. */
export async function fleetStatusCommand(options: FleetStatusOptions): Promise<void> {
  const state = await asUsage(queueStatus(natsOf(options)));
  const fetched =
    options.fetch === undefined ? undefined : await asUsage(fetchParts(natsOf(options), options.fetch, VERSION));
  if (options.json === true) printDocument({ schema: 'peerpath.fleet-status/1', ...state, fetched: fetched ?? null });
  else {
    printText(`${state.done} done, ${state.underWay} under way, ${state.queued} queued.`);
    printText(
      `${counted(state.waiting, 'worker')} waiting; ${counted(state.redelivered, 'capture')} given to a second worker; ${counted(state.parts, 'part')} in the object store.`,
    );
    if (fetched !== undefined) printText(`${counted(fetched, 'new part')} in ${options.fetch}.`);
  }
  process.exitCode = state.queued + state.underWay > 0 ? EXIT.unknown : EXIT.answered;
}
