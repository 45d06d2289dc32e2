#!/usr/bin/env node
/** The command. The only place where defects are caught: they end with exit code 70 and how to report them. */
import { messageOf, printable } from '../base/index.ts';
import { EXIT } from './exit-code.ts';
import { buildProgram, exitCodeOf, VERSION } from './program.ts';

// A reader that stops early (head, less) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.answered);
});

buildProgram(VERSION)
  .parseAsync()
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
