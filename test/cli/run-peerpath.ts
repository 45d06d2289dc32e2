/** Runs the built command as a user does. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../dist/bin/peerpath.js', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a run printed and how it ended. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `peerpath ARGS…` in the root of the repository, with `input` on standard input. */
export function peerpath(args: readonly string[], input: string | Uint8Array = ''): Run {
  const run = spawnSync(process.execPath, [BIN, ...args], { cwd: ROOT, input, maxBuffer: 1 << 28 });
  return { code: run.status, stdout: run.stdout.toString('utf8'), stderr: run.stderr.toString('utf8') };
}
