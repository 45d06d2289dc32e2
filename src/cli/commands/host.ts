/** `peerpath capture` and `web`: this machine as an archive, and as a page that is served here. */
import { randomBytes } from 'node:crypto';
import {
  captureScript,
  isLoopback,
  readMachine,
  servedSource,
  servePage,
  writeCaptureArchive,
  writeMachineArchive,
} from '../../node/index.ts';
import { fileRedactor, redactCapture } from '../../report/index.ts';
import { UsageError } from '../exit-code.ts';
import { machineRoot } from '../open-machine.ts';
import { printText } from '../output.ts';

/** Options of `capture`. */
export interface CaptureOptions {
  readonly script?: boolean;
  /** A machine description, or any other input. */
  readonly machine?: string;
  readonly sysroot?: string;
  readonly redact?: boolean;
}

/** Writes an archive to `file`, or prints the script. @throws UsageError when the archive cannot be written. */
export async function captureCommand(file: string | undefined, options: CaptureOptions): Promise<void> {
  if (options.script === true) {
    process.stdout.write(captureScript());
    return;
  }
  const target = file ?? 'peerpath-capture.tar.gz';
  const written =
    options.machine === undefined
      ? writeCaptureArchive(target, {
          ...machineRoot(options.sysroot),
          ...(options.redact === true ? { redact: fileRedactor() } : {}),
        })
      : await writeDescribed(target, options.machine, options.redact === true);
  if (!written.ok) throw new UsageError(written.error.text);
  printText(`Wrote ${target}. Ask it with: peerpath matrix ${target}`);
}

async function writeDescribed(
  target: string,
  description: string,
  redact: boolean,
): Promise<ReturnType<typeof writeMachineArchive>> {
  const machine = await readMachine(description, {});
  if (!machine.ok) return machine;
  return writeMachineArchive(target, redact ? redactCapture(machine.value) : machine.value);
}

/** Options of `web`. */
export interface WebOptions {
  readonly port?: string;
  readonly listen?: string;
  readonly token?: string;
  readonly sysroot?: string;
}

/** Serves until the process is ended. @throws UsageError when the source or the address cannot be used. */
export async function webCommand(source: string | undefined, options: WebOptions): Promise<void> {
  const port = Number(options.port ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new UsageError(`--port ${options.port}: a number from 0 (any free one) to 65535`);
  const host = options.listen ?? '127.0.0.1';
  const { token } = options;
  if (!isLoopback(host) && (token?.length ?? 0) < 16) {
    const example = randomBytes(16).toString('hex');
    throw new UsageError(
      `--listen ${host}: others can reach this address, so give a token of 16 characters or more too, for example --token ${example}`,
    );
  }
  const served = await servedSource(source, machineRoot(options.sysroot));
  if (!served.ok) throw new UsageError(served.error.text);
  const page = await servePage(served.value, { host, port, ...(token === undefined ? {} : { token }) }).catch(
    (error: NodeJS.ErrnoException) => {
      throw new UsageError(`--listen ${host} --port ${port}: cannot be listened on (${error.code ?? error.message})`);
    },
  );
  printText(`Serving ${served.value.name} at ${page.url}`);
  printText('It follows the machine while it is open. Ctrl-C ends it.');
}
