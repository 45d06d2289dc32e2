/** `peerpath capture`: this machine as an archive, or the script that makes one without Node. */
import { captureScript, readMachine, writeCaptureArchive, writeMachineArchive } from '../../node/index.ts';
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
