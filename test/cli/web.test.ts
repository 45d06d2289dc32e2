/** `peerpath web` as a user starts it: where it listens, and what it refuses to start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const BIN = fileURLToPath(new URL('../../dist/bin/peerpath.js', import.meta.url));
const CAPTURE = fileURLToPath(new URL('../machines/acsswitch-intel/capture.tar.gz', import.meta.url));
const TOKEN = '0123456789abcdef-token';

interface Started {
  readonly url: URL;
  readonly stop: () => Promise<void>;
}

/** Starts it, and waits for the address that it prints. */
async function start(...args: readonly string[]): Promise<Started> {
  const child = spawn(process.execPath, [BIN, 'web', ...args, CAPTURE], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let printed = '';
  for await (const part of child.stdout) {
    printed += part;
    if (printed.includes('Ctrl-C')) break;
  }
  const url = /^Serving .* at (\S+)$/m.exec(printed)?.[1];
  if (url === undefined) throw new Error(`no address in: ${printed}`);
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    await ended;
  };
  return { url: new URL(url), stop };
}

/** Is there somebody at this address and port? */
async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answer;
}

/** An address of this host that is not its loopback; undefined where it has none. */
function outwardAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flat()
    .find((each) => each !== undefined && !each.internal && each.family === 'IPv4')?.address;
}

describe('peerpath web', () => {
  test('listens on the loopback alone, under a policy that its page repeats', async () => {
    const { url, stop } = await start();
    expect([url.hostname, url.search]).toEqual(['127.0.0.1', '']);
    const page = await fetch(url);
    const meta = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(await page.text())?.[1] ?? '';
    const header = page.headers.get('content-security-policy') ?? '';
    // What only a header can say comes on top.
    expect(header).toBe(`${meta}; frame-ancestors 'none'`);
    expect(header).toMatch(/^default-src 'none'/);
    expect(header).not.toMatch(/unsafe|\*|https?:/);
    const outward = outwardAddress();
    if (outward !== undefined) expect(await answers(outward, Number(url.port))).toBe(false);
    await stop();
  });

  test('elsewhere, shows what it has to those with the token only', async () => {
    const { url, stop } = await start('--listen', '0.0.0.0', '--token', TOKEN);
    expect(url.searchParams.get('token')).toBe(TOKEN);
    const base = `http://127.0.0.1:${url.port}`;
    for (const path of ['/', '/source', '/events', '/peerpath.js', '/nothing'])
      expect([path, (await fetch(`${base}${path}`)).status]).toEqual([path, 401]);
    const first = await fetch(`${base}/?token=${TOKEN}`, { redirect: 'manual' });
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    const machine = await fetch(`${base}/source`, { headers: { cookie: cookie.split(';')[0] ?? '' } });
    expect([machine.status, machine.headers.get('x-peerpath')]).toEqual([200, 'machine']);
    await stop();
  });

  test.each([
    [['--listen', '0.0.0.0'], 'others can reach this address, so give a token'],
    [['--listen', '0.0.0.0', '--token', 'short'], 'so give a token of 16 characters or more'],
    [['--port', '1e3'], 'a number from 0 (any free one) to 65535'],
    [['--token', ''], '--token is empty'],
    [['--port', '99999'], 'a number from 0 (any free one) to 65535'],
    [['--listen', '203.0.113.1', '--token', TOKEN], 'cannot be listened on'],
  ])('does not start with %j', (args, words) => {
    const { code, stderr, stdout } = peerpath(['web', ...args, CAPTURE]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
  });
});
