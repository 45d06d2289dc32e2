/** Completion as it happens in the shells themselves: keys are typed, and what the shell shows is read. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CAPTURE = join(ROOT, 'test/machines/nvme-none/capture.tar.gz');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerpath-shell-'));
  const command = `exec '${process.execPath}' '${join(ROOT, 'dist/bin/peerpath.js')}' "$@"`;
  writeFileSync(join(folder, 'peerpath'), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  symlinkSync(CAPTURE, join(folder, 'nvme.tar.gz'));
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(folder, `${shell}.rc`), peerpath(['completion', shell]).stdout);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The environment of a shell that finds `peerpath`, and is told nothing by the one who runs the tests. */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: `${folder}:${process.env['PATH']}`,
    HOME: folder,
    ZDOTDIR: folder,
    TERM: 'dumb',
    PS1: '$ ',
    LANG: 'C',
  };
}

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

let terminal: ChildProcess | undefined;
afterEach(() => {
  terminal?.stdin?.end();
  terminal?.kill('SIGKILL');
});

/** Types keys into an interactive shell on a terminal of its own, and waits for text to be shown. */
async function type(shell: string, setUp: string, keys: string, awaited: RegExp): Promise<string> {
  const child = spawn('script', ['-qec', shell, '/dev/null'], { cwd: folder, env: environment() });
  terminal = child;
  let shown = '';
  child.stdout.on('data', (data: Buffer) => {
    shown += data.toString('utf8');
  });
  child.stdin.write(`${setUp}; echo rea''dy\n`);
  await expect.poll(() => shown, { timeout: 15_000 }).toContain('ready');
  shown = '';
  child.stdin.write(keys);
  await expect.poll(() => shown, { timeout: 15_000 }).toMatch(awaited);
  return shown;
}

const BASH = ['bash --norc --noprofile -i', 'bind "set bell-style none"; source bash.rc'] as const;
const ZSH = ['zsh -f -i', 'autoload -U compinit; compinit -D; source zsh.rc; LISTMAX=1000'] as const;

describe.skipIf(!has('script'))('bash', () => {
  test('a command is completed by its first letters', async () => {
    await type(...BASH, 'peerpath expl\t', /peerpath explain $/);
  });

  test('devices are those of the source on the line, which stands behind the cursor', async () => {
    // Ctrl-A, then 17 times right: behind "peerpath explain ".
    await type(...BASH, `peerpath explain  nvme1 nvme.tar.gz\x01${'\x06'.repeat(17)}nvme\t\t`, /nvme0 +nvme1/);
  });

  test('BARs go on behind the colon that breaks words for bash', async () => {
    await type(...BASH, `peerpath map  nvme.tar.gz\x01${'\x06'.repeat(13)}nvme0:\t\t`, /0 +2 *\r?\n/);
  });

  test('sources are files', async () => {
    await type(...BASH, 'peerpath tree nv\t', /nvme\.tar\.gz $/);
  });

  test('values of options', async () => {
    await type(...BASH, 'peerpath matrix --format=ht\t', /--format=html $/);
  });
});

describe.skipIf(!has('script') || !has('zsh'))('zsh', () => {
  test('a command is completed by its first letters', async () => {
    await type(...ZSH, 'peerpath expl\t', /ain $/);
  });

  test('devices with what they are', async () => {
    const shown = await type(...ZSH, 'peerpath matrix nvme.tar.gz --only nv\t\t', /nvme1/);
    expect(shown).toMatch(/nvme0\s+-- Red Hat QEMU NVM Express Controller/);
  });

  test('memory, with its colon', async () => {
    await type(...ZSH, 'peerpath trace nvme1 0x0 nvme.tar.gz --with nvme0:\t\t', /nvme0:0 .*16K of Red Hat/);
  });

  test('sources are files', async () => {
    await type(...ZSH, 'peerpath tree nv\t', /nvme\.tar\.gz $/);
  });
});

describe.skipIf(!has('fish'))('fish', () => {
  /** What fish offers for a line, as it would list it. */
  function offered(line: string): readonly string[] {
    const run = spawnSync('fish', ['--no-config', '-c', `source fish.rc; complete -C '${line}'`], {
      cwd: folder,
      env: environment(),
    });
    return run.stdout.toString('utf8').trim().split('\n');
  }

  test('commands with what they do', () => {
    expect(offered('peerpath expl')).toEqual([
      'explain\tone pair: the answer, the path, why, and what would change it',
    ]);
  });

  test('devices of the source', () => {
    expect(offered('peerpath matrix nvme.tar.gz --only nv')).toEqual([
      'nvme0\tRed Hat QEMU NVM Express Controller',
      'nvme1\tRed Hat QEMU NVM Express Controller',
    ]);
  });

  test('values of options, and options', () => {
    expect(offered('peerpath matrix --iommu d')).toEqual(['dma', 'dma-fq']);
    expect(offered('peerpath capture --forc')).toEqual(['--force\treplace the file where it is there already']);
  });

  test('sources are files', () => {
    expect(offered('peerpath tree nv').map((line) => line.split('\t')[0])).toContain('nvme.tar.gz');
  });
});

test('another shell is refused with those that have a script', () => {
  const { code, stdout, stderr } = peerpath(['completion', 'tcsh']);
  expect([code, stdout, stderr]).toEqual([2, '', 'peerpath: completion tcsh: say bash, zsh, fish\n']);
});
