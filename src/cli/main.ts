#!/usr/bin/env node
/** The command. The only place where defects are caught: they end with exit code 70 and how to report them. */
import { messageOf, printable } from '../base/index.ts';
import { arrange } from './arrange.ts';
import { EXIT } from './exit-code.ts';
import { buildProgram, exitCodeOf } from './program.ts';
import { VERSION } from './version.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that stops early (head, less) is no failure, and the answer stays what it is.
  if (error.code === 'EPIPE') return;
  process.stderr.write(`peerpath: standard output cannot be written (${error.code ?? printable(error.message)})\n`);
  process.exit(EXIT.unusable);
});
// There is nowhere left to say it.
process.stderr.on('error', () => {});

const program = buildProgram(VERSION);
Promise.resolve()
  .then(() => program.parseAsync(arrange(program, process.argv.slice(2)), { from: 'user' }))
  .catch((error: unknown) => {
    const code = exitCodeOf(error);
    const text = messageOf(error);
    if (code === EXIT.unusable) process.stderr.write(`peerpath: ${printable(text)}\n`);
    if (code === EXIT.bug) {
      process.stderr.write(`peerpath: a defect of peerpath, please report it with the input: ${printable(text)}\n`);
      if (process.env['PEERPATH_TRACE'] !== undefined && error instanceof Error)
        process.stderr.write(`${error.stack}\n`);
    }
    process.exitCode = code;
  });
