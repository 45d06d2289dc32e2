/** `peerpath web`: the page, served on this host, opened on a machine. */
import { randomBytes } from 'node:crypto';
import { isLoopback, servedSource, servePage } from '../../node/index.ts';
import { UsageError } from '../exit-code.ts';
import { machineRoot } from '../open-machine.ts';
import { printText } from '../output.ts';

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
