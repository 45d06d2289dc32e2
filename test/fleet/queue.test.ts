import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { NatsQueue } from '../../src/fleet-node/nats-queue.ts';
import { peerpath } from '../cli/run-peerpath.ts';
import { ask, folderOf, newFolder } from './fleet-folder.ts';
import { plantedFleet } from './fleet-machines.ts';
import { SKIP_NATS, TestServer } from './nats-server.ts';

const BIN = fileURLToPath(new URL('../../dist/bin/peerpath.js', import.meta.url));
const TABLES = [
  'machines',
  'distinct_devices',
  'distinct_pairs',
  'distinct_findings',
  'distinct_links',
  'distinct_groups',
  'failed',
];
/** FLEET_QUEUED=2000: more captures than go into the store while workers are killed. */
const QUEUED = Number(process.env['FLEET_QUEUED'] ?? 600);

const servers: TestServer[] = [];
const workers: ChildProcess[] = [];
afterEach(async () => {
  for (const worker of workers.splice(0)) worker.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.stop();
});

async function newServer(args: readonly string[] = []): Promise<TestServer> {
  const server = await TestServer.start(newFolder(), args);
  servers.push(server);
  return server;
}

/** Makes the queue as a call of the command would, but for how soon a capture counts as abandoned. */
async function queueOf(server: TestServer): Promise<NatsQueue> {
  return NatsQueue.open({ url: server.url }, 4000);
}

function worker(server: TestServer, out: string): ChildProcess {
  const args = ['fleet', 'work', '--nats', server.url, '--out', out, '--threads', '1'];
  const started = spawn(process.execPath, [BIN, ...args], { stdio: 'ignore' });
  workers.push(started);
  return started;
}

async function until(holds: () => Promise<boolean> | boolean, what: string, seconds = 240): Promise<void> {
  for (let left = seconds * 10; !(await holds()); left--) {
    if (left === 0) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const doneOf = async (queue: NatsQueue): Promise<number> =>
  queue.state().then(
    ({ done }) => done,
    () => 0,
  );

describe.skipIf(SKIP_NATS)('fleet work (skipped without nats-server, but in CI)', () => {
  it('counts every capture once: three workers, two killed, the server restarted, one capture damaged', async () => {
    const captures = folderOf(
      (function* () {
        yield* plantedFleet(QUEUED);
        yield { name: 'broken.tar.gz', archive: Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3) };
      })(),
    );
    const local = newFolder();
    peerpath(['fleet', 'scan', captures, '--out', local]);
    const server = await newServer();
    const queue = await queueOf(server);
    const submitted = peerpath([
      'fleet',
      'submit',
      captures,
      join(captures, 'gone.gz'),
      '--nats',
      server.url,
      '--json',
    ]);
    expect(JSON.parse(submitted.stdout)).toMatchObject({ submitted: QUEUED + 1, known: 0, unread: 1 });
    // Again: everything is queued already.
    const again = peerpath(['fleet', 'submit', captures, '--nats', server.url, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ submitted: 0, known: QUEUED + 1 });
    const out = newFolder();
    const [first, second] = [worker(server, out), worker(server, out), worker(server, out)];
    await until(async () => (await doneOf(queue)) > 0, 'something is done');
    first.kill('SIGKILL');
    await server.stop('SIGKILL');
    await server.start();
    await until(async () => (await doneOf(queue)) > 1, 'the server is back');
    second.kill('SIGKILL');
    await until(async () => (await doneOf(queue)) === QUEUED + 2, `all are done`);
    await until(() => peerpath(['fleet', 'status', '--nats', server.url]).code === 0, 'status says so', 20);
    // Work that is done is not queued again.
    expect(JSON.parse(peerpath(['fleet', 'submit', captures, '--nats', server.url, '--json']).stdout)).toMatchObject({
      submitted: 0,
    });
    await queue.close();
    for (const table of TABLES) {
      const sql = `SELECT * FROM ${table} WHERE ${table === 'failed' ? "source NOT LIKE '%gone.gz'" : 'true'} ORDER BY ALL`;
      expect(await ask(out, sql), table).toEqual(await ask(local, sql));
    }
    expect(await ask(out, "SELECT code, sentence FROM failed WHERE source LIKE '%gone.gz'")).toEqual([
      { code: 'not-readable', sentence: `${join(captures, 'gone.gz')}: does not exist` },
    ]);
  }, 600_000);

  it('gives up a capture with which workers end, after three more tries, and answers all others', async () => {
    const captures = folderOf(plantedFleet(12));
    const server = await newServer();
    const queue = await queueOf(server);
    peerpath(['fleet', 'submit', captures, '--nats', server.url]);
    // A worker that takes all and ends, as if a capture had ended it; then whoever notes a try for that one ends.
    const taken = await (await queue.consumer()).fetch({ max_messages: 12, expires: 2000 });
    let poison = '';
    for await (const message of taken) poison ||= message.subject.split('.').at(-1) ?? '';
    for (let tries = 0; tries < 3; tries++) await queue.noteTry(poison);
    const out = newFolder();
    worker(server, out);
    await until(async () => (await doneOf(queue)) === 12, 'all are done');
    await queue.close();
    expect(await ask(out, 'SELECT count(*) AS n FROM machines')).toEqual([{ n: 11 }]);
    const [failed, ...others] = await ask(out, 'SELECT hash, code, sentence FROM failed');
    expect(others).toEqual([]);
    expect(failed).toMatchObject({ hash: poison, code: 'reading-ended' });
    expect(failed?.['sentence']).toMatch(/: 3 workers ended while they read it; it was given up$/);
  }, 300_000);

  it('brings results through the object store where workers share no folder', async () => {
    const captures = folderOf(plantedFleet(24));
    const server = await newServer();
    peerpath(['fleet', 'submit', captures, '--nats', server.url, '--name', 'rack-7']);
    const run = peerpath([
      'fleet',
      'work',
      '--nats',
      server.url,
      '--name',
      'rack-7',
      '--out',
      'nats',
      '--until-empty',
      '--json',
    ]);
    expect(JSON.parse(run.stdout)).toMatchObject({ machines: 24, failed: 0 });
    const [out, local] = [newFolder(), newFolder()];
    const status = peerpath(['fleet', 'status', '--nats', server.url, '--name', 'rack-7', '--fetch', out, '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ queued: 0, underWay: 0, done: 24, fetched: 1 });
    peerpath(['fleet', 'scan', captures, '--out', local]);
    for (const table of TABLES) {
      const sql = `SELECT * FROM ${table} ORDER BY ALL`;
      expect(await ask(out, sql), table).toEqual(await ask(local, sql));
    }
    const fetched = peerpath(['fleet', 'status', '--nats', server.url, '--name', 'rack-7', '--fetch', out, '--json']);
    expect(JSON.parse(fetched.stdout)).toMatchObject({ fetched: 0 });
  }, 300_000);

  it('says in one sentence what is wrong with a server', async () => {
    const server = await newServer(['--user', 'fleet', '--pass', 'secret']);
    const refused = peerpath(['fleet', 'status', '--nats', server.url]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^peerpath: nats:\/\/\S+: cannot be connected to \([^\n]+\)\n$/);
    const url = server.url.replace('//', '//fleet:secret@');
    expect(peerpath(['fleet', 'status', '--nats', url]).stdout).toMatch(/^0 done, 0 under way, 0 queued\.$/m);
    const missing = peerpath(['fleet', 'status', '--nats', server.url, '--creds', '/nowhere/x.creds']);
    expect(missing).toMatchObject({ code: 2, stderr: 'peerpath: /nowhere/x.creds: cannot be read (ENOENT)\n' });
  });
});

it.skipIf(!SKIP_NATS)('nats-server is not installed: what needs it is skipped', () => {
  expect(SKIP_NATS).toBe(true);
});
