/** `peerpath verify`: the machine held against the model. */
import { verifyMachine } from '../../diagnose/index.ts';
import { writeMachineArchive } from '../../node/index.ts';
import { redactCapture, type Subject, verifyJson, verifySheet } from '../../report/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { openMachine } from '../open-machine.ts';
import type { MachineOptions } from '../options.ts';
import { printSheet } from '../output.ts';

/** Options of `verify` beside those of the machine. */
export interface VerifyOptions extends MachineOptions {
  /** Where to write an archive that is fit to be shown to others. */
  readonly report?: string;
  /** Replaces an archive that is there. */
  readonly force?: boolean;
}

/** Prints what was compared; exit code 0 all as predicted or explained, 1 something is not, 3 nothing to compare. */
export async function verifyCommand(sources: readonly string[], options: VerifyOptions): Promise<void> {
  const { present, names } = await openMachine(sources, options);
  const verification = verifyMachine(present.machine);
  const subject: Subject = { analysis: present, names, whatIf: undefined };
  const json = (): object => verifyJson(subject, verification);
  if (options.report !== undefined) {
    const redacted = redactCapture(present.topology.capture);
    const beside = { 'verify.json': `${JSON.stringify(json(), null, 1)}\n` };
    const written = writeMachineArchive(options.report, redacted, beside, { force: options.force === true });
    if (!written.ok) throw new UsageError(written.error.text);
  }
  printSheet(verifySheet(subject, verification), json, options);
  const { facts, unexplained } = verification;
  process.exitCode = facts.length === 0 ? EXIT.unknown : unexplained.length > 0 ? EXIT.no : EXIT.answered;
}
