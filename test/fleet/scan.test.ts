import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { peerpath } from '../cli/run-peerpath.ts';
import { ask, folderOf, newFolder } from './fleet-folder.ts';
import { exampleMachine, plantedFleet } from './fleet-machines.ts';
import { HostKind } from './host-archives.ts';

const BIN = fileURLToPath(new URL('../../dist/bin/peerpath.js', import.meta.url));
/** FLEET_CAPTURES=10000: the fleet among which a hundredth is damaged, at full size. */
const CAPTURES = Number(process.env['FLEET_CAPTURES'] ?? 200);

const small = new HostKind(exampleMachine('dual-socket-allowlisted', ['label: NIC0', 'label: NIC0, serial: 0x10']));

function* hosts(count: number): Generator<{ readonly name: string; readonly archive: Uint8Array }> {
  for (let host = 0; host < count; host++) yield { name: `host-${host}.tar.gz`, archive: small.archive(host) };
}

const COUNTS =
  'SELECT count(*) AS machines, count(DISTINCT hash) AS hashes, count(DISTINCT serials) AS serials, count(DISTINCT fingerprint) AS fingerprints FROM machines';

describe('fleet scan', () => {
  it('works answers out once for hosts that differ only in serial numbers, and reads nothing twice', async () => {
    const captures = folderOf(hosts(40));
    const out = newFolder();
    const first = JSON.parse(peerpath(['fleet', 'scan', captures, '--out', out, '--json']).stdout);
    expect(first).toMatchObject({ inputs: 40, machines: 40, failed: 0, known: 0, answered: 1 });
    expect(await ask(out, COUNTS)).toEqual([{ machines: 40, hashes: 40, serials: 40, fingerprints: 1 }]);
    // A copy under another name is the same capture.
    writeFileSync(join(captures, 'copy.tar.gz'), readFileSync(join(captures, 'host-0.tar.gz')));
    const again = JSON.parse(peerpath(['fleet', 'scan', captures, '--out', out, '--json']).stdout);
    expect(again).toMatchObject({ inputs: 41, machines: 0, failed: 0, known: 41, answered: 0 });
    expect(await ask(out, COUNTS)).toEqual([{ machines: 40, hashes: 40, serials: 40, fingerprints: 1 }]);
    expect(readdirSync(join(out, 'parts'))).toHaveLength(1);
  });

  it(`makes rows of failed of ${CAPTURES / 100} damaged captures among ${CAPTURES}, and answers all others`, async () => {
    const captures = folderOf(
      (function* () {
        for (const { name, archive } of hosts(CAPTURES)) {
          const host = Number(/\d+/.exec(name)?.[0]);
          if (host % 100 !== 37) yield { name, archive };
          // Cut short, a flipped byte, or no capture at all.
          else if (host % 300 < 100) yield { name, archive: archive.subarray(0, archive.length / 2) };
          else if (host % 300 < 200)
            yield { name, archive: archive.map((byte, at) => (at === 3000 ? byte ^ 0x40 : byte)) };
          else yield { name, archive: 'hello\n' };
        }
      })(),
    );
    const out = newFolder();
    const run = peerpath(['fleet', 'scan', captures, '--out', out, '--json']);
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ machines: (CAPTURES * 99) / 100, failed: CAPTURES / 100 });
    const failed = await ask(out, 'SELECT source, code, sentence FROM failed ORDER BY source');
    expect(failed).toHaveLength(CAPTURES / 100);
    for (const { source, code, sentence } of failed) {
      expect(['cut-short', 'damaged', 'not-recognised']).toContain(code);
      expect(sentence).toMatch(/^\S+host-\d*37\.tar\.gz: (is|holds) .{20,}$/);
      expect(sentence).toContain(source);
    }
  }, 900_000);

  it('goes on after a kill at any point, and ends with the tables of a scan that nobody killed', async () => {
    const captures = folderOf(plantedFleet(120));
    const whole = newFolder();
    expect(peerpath(['fleet', 'scan', captures, '--out', whole]).code).toBe(0);
    const out = newFolder();
    for (const delay of [120, 400, 700, 1100]) {
      const scan = spawn(process.execPath, [BIN, 'fleet', 'scan', captures, '--out', out], { stdio: 'ignore' });
      await killAfter(scan, delay);
    }
    // What a kill leaves of a part that was being written.
    mkdirSync(join(out, 'parts', '.part-elsewhere-1-x'), { recursive: true });
    writeFileSync(join(out, 'parts', '.part-elsewhere-1-x', 'machines.parquet'), 'PAR1 half');
    const last = peerpath(['fleet', 'scan', captures, '--out', out]);
    expect(last.stderr).toBe('');
    expect(last.code).toBe(0);
    for (const table of [
      'machines',
      'distinct_devices',
      'distinct_pairs',
      'distinct_findings',
      'distinct_links',
      'distinct_groups',
      'failed',
    ]) {
      const sql = `SELECT * FROM ${table} ORDER BY ALL`;
      expect(await ask(out, sql), table).toEqual(await ask(whole, sql));
    }
  });

  it('takes archives of captures, lists on standard input, patterns, folders that are machines, and texts', async () => {
    const { writeTar } = await import('../../src/node/write-tar.ts');
    const tar = writeTar(
      [...hosts(3)].map(({ name, archive }) => ({ kind: 'file', path: `rack/${name}`, bytes: archive })),
      0,
    );
    const captures = folderOf([
      { name: 'rack.tar', archive: tar },
      { name: 'deep/er/host-9.tar.gz', archive: small.archive(9) },
      { name: 'machine/capture.log', archive: 'capture format 1\n' },
    ]);
    const list = `${join(captures, 'rack.tar')}\n${join(captures, '**/*.gz')}\ntest/machines/acsswitch-lspci/lspci.txt\n${join(captures, 'gone.tar.gz')}\n`;
    const out = newFolder();
    const run = peerpath(['fleet', 'scan', '-', '--out', out], list);
    expect(run.code).toBe(0);
    expect(await ask(out, 'SELECT machine FROM machines ORDER BY machine')).toEqual(
      ['acsswitch-lspci', 'host-0', 'host-1', 'host-2', 'host-9'].map((machine) => ({ machine })),
    );
    expect(await ask(out, 'SELECT code, sentence FROM failed')).toEqual([
      { code: 'not-readable', sentence: `${join(captures, 'gone.tar.gz')}: does not exist` },
    ]);
    // It is there now: what could not be opened is tried again.
    writeFileSync(join(captures, 'gone.tar.gz'), small.archive(10));
    peerpath(['fleet', 'scan', '-', '--out', out], list);
    expect(await ask(out, 'SELECT count(*) AS n FROM failed')).toEqual([{ n: 0 }]);
    expect(await ask(out, COUNTS)).toMatchObject([{ machines: 6 }]);
  });

  it.each([
    {
      args: ['fleet', 'scan', '/nowhere/*.gz', '--out', '/tmp'],
      says: 'peerpath: /nowhere/*.gz: there are no inputs\n',
    },
    {
      args: ['fleet', 'summary', 'docs'],
      says: 'peerpath: docs: is no fleet: it has no fleet.json; make one with peerpath fleet scan SOURCE... --out DIR\n',
    },
    {
      args: ['fleet', 'scan', 'docs', '--out', '/dev/null/x'],
      says: 'peerpath: /dev/null/x: cannot be written (ENOTDIR)\n',
    },
    {
      args: ['fleet', 'scan', 'docs', '--out', 'x', '--threads', '0'],
      says: 'peerpath: --threads 0: a number from 1 to 256\n',
    },
  ])('says in one sentence what is wrong: $args', ({ args, says }) => {
    const run = peerpath(args);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toBe(says);
  });
});

async function killAfter(scan: ChildProcess, ms: number): Promise<void> {
  const ended = new Promise((resolve) => scan.once('exit', resolve));
  await new Promise((resolve) => setTimeout(resolve, ms));
  scan.kill('SIGKILL');
  await ended;
}
