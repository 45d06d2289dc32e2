/** `peerpath capture` and `web`: this machine as an archive, and as a page that is served here. */
import { randomBytes } from 'node:crypto';
import {
  captureMachine,
  captureScript,
  isLoopback,
  machineArchive,
  readMachine,
  servedSources,
  servePage,
  writeWhole,
} from '../../node/index.ts';
import { fileRedactor, keepsLink, redactCapture } from '../../report/index.ts';
import { UsageError } from '../exit-code.ts';
import { machineRoot } from '../open-machine.ts';
import { printNote, printText } from '../output.ts';

/** Options of `capture`. */
export interface CaptureOptions {
  readonly script?: boolean;
  /** A machine description, or any other input. */
  readonly machine?: string;
  readonly sysroot?: string;
  readonly redact?: boolean;
  /** Replaces a file that is there. */
  readonly force?: boolean;
}

/**
 * Writes an archive to `file` (`-`: standard output), or prints the script.
 * @throws UsageError when the archive cannot be written.
 */
export async function captureCommand(file: string | undefined, options: CaptureOptions): Promise<void> {
  if (options.script === true) {
    process.stdout.write(captureScript());
    return;
  }
  const target = file ?? 'peerpath-capture.tar.gz';
  if (target === '-' && process.stdout.isTTY === true)
    throw new UsageError('standard output is a terminal: redirect it, or give the name of a file');
  const bytes = options.machine === undefined ? thisMachine(options) : await describedMachine(options.machine, options);
  if (target === '-') {
    process.stdout.write(bytes);
    return;
  }
  const written = writeWhole(target, bytes, { force: options.force === true });
  if (!written.ok) throw new UsageError(written.error.text);
  printText(`Wrote ${target}. Ask it with: peerpath matrix ${target}`);
}

const MOST_UNREADABLE = 4;

/** Reads this machine, and says on standard error what is not in the archive. */
function thisMachine({ sysroot, redact }: CaptureOptions): Uint8Array {
  if (process.getuid?.() !== 0) {
    printNote('not root: config space is cut to 64 bytes and addresses in iomem read 0; sudo takes all of it');
  }
  const captured = captureMachine({
    ...machineRoot(sysroot),
    ...(redact === true ? { redact: fileRedactor(), keepsLink } : {}),
  });
  if (!captured.ok) throw new UsageError(captured.error.text);
  const { unreadable, bytes } = captured.value;
  if (unreadable.length > 0) {
    const some = unreadable.slice(0, MOST_UNREADABLE).map((path) => `/${path}`);
    const more = unreadable.length > some.length ? ` and ${unreadable.length - some.length} more` : '';
    printNote(`could not be read: ${some.join(', ')}${more} (all are named in its capture.log)`);
  }
  return bytes;
}

async function describedMachine(description: string, { redact }: CaptureOptions): Promise<Uint8Array> {
  const machine = await readMachine(description, {});
  if (!machine.ok) throw new UsageError(machine.error.text);
  return machineArchive(redact === true ? redactCapture(machine.value) : machine.value);
}

/** Options of `web`. */
export interface WebOptions {
  readonly port?: string;
  readonly listen?: string;
  readonly token?: string;
  readonly sysroot?: string;
}

/** Serves until the process is ended. @throws UsageError when the source or the address cannot be used. */
export async function webCommand(sources: readonly string[], options: WebOptions): Promise<void> {
  const port = Number(options.port ?? 0);
  if (!/^\d{1,5}$/.test(options.port ?? '0') || port > 65535)
    throw new UsageError(`--port ${options.port}: a number from 0 (any free one) to 65535`);
  const host = options.listen ?? '127.0.0.1';
  const { token } = options;
  if (token === '') throw new UsageError('--token is empty; leave it out, or give one that is not guessed');
  if (!isLoopback(host) && (token?.length ?? 0) < 16) {
    const example = randomBytes(16).toString('hex');
    throw new UsageError(
      `--listen ${host}: others can reach this address, so give a token of 16 characters or more too, for example --token ${example}`,
    );
  }
  const served = await servedSources(sources, machineRoot(options.sysroot));
  if (!served.ok) throw new UsageError(served.error.text);
  const page = await servePage(served.value, { host, port, ...(token === undefined ? {} : { token }) }).catch(
    (error: NodeJS.ErrnoException) => {
      throw new UsageError(`--listen ${host} --port ${port}: cannot be listened on (${error.code ?? error.message})`);
    },
  );
  printText(`Serving ${served.value.name} at ${page.url}`);
  printText('It follows the machine while it is open. Ctrl-C ends it.');
}
