import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ok } from '../base/index.ts';
import { type ServedPage, servePage } from './serve.ts';
import type { ServedSource } from './served-source.ts';

/** As `npm run build` makes it. */
const files = fileURLToPath(new URL('../../dist/web/', import.meta.url));
const TOKEN = '0123456789abcdef-token';
let mark = 'first';
/** How often the source was looked at. */
let looks = 0;
const source: ServedSource = {
  name: 'a name/ü',
  bytes: async () => ok(new TextEncoder().encode('the machine')),
  mark: async () => {
    looks++;
    return mark;
  },
  interval: 5,
};

let open: ServedPage;
let guarded: ServedPage;
beforeAll(async () => {
  open = await servePage(source, { files });
  guarded = await servePage(source, { files, token: TOKEN });
});
afterAll(async () => {
  await open.close();
  await guarded.close();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Plain requests: a browser's client would not send another Host, nor dots in a path. */
function ask(page: ServedPage, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(page.url);
  return new Promise((done, failed) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (part) => {
        body += part;
      });
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', failed);
    sent.end();
  });
}

/** Listens to marks. */
async function listen() {
  const response = await fetch(`${open.url}events`);
  const reader = response.body?.getReader();
  const marks: string[] = [];
  const until = async (count: number): Promise<void> => {
    while (reader !== undefined && marks.length < count) {
      const text = new TextDecoder().decode((await reader.read()).value);
      marks.push(...[...text.matchAll(/event: mark\ndata: (.*)\n/g)].map((match) => match[1] ?? ''));
    }
  };
  return { marks, until, stop: async () => reader?.cancel() };
}

describe('the served page', () => {
  test('is its own files and the machine, under a strict policy', async () => {
    const page = await ask(open, '/');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
    const machine = await ask(open, '/source');
    expect([machine.status, machine.body]).toEqual([200, 'the machine']);
    expect(decodeURIComponent(String(machine.headers['x-peerpath-name']))).toBe('a name/ü');
  });

  test.each([
    ['another host name', '/', { host: 'evil.example' }, 'GET', 403],
    ['another port', '/', { host: '127.0.0.1:1' }, 'GET', 403],
    ['a path outside', '/../../package.json', {}, 'GET', 404],
    ['an encoded path outside', '/%2e%2e/%2e%2e/package.json', {}, 'GET', 404],
    ['what is not there', '/nothing', {}, 'GET', 404],
    ['writing', '/', {}, 'POST', 405],
  ])('refuses %s', async (_, path, headers, method, status) => {
    expect((await ask(open, path, headers, method)).status).toBe(status);
  });

  test('answers by each name of the loopback', async () => {
    const { port } = new URL(open.url);
    for (const name of ['127.0.0.1', 'localhost', '[::1]'])
      expect((await ask(open, '/', { host: `${name}:${port}` })).status).toBe(200);
  });

  test('with a token, shows nothing without it', async () => {
    expect((await ask(guarded, '/source')).status).toBe(401);
    expect((await ask(guarded, '/?token=wrong')).status).toBe(401);
    expect((await ask(guarded, '/source', { cookie: `peerpath-${new URL(guarded.url).port}=wrong` })).status).toBe(401);
    const first = await ask(guarded, `/?token=${TOKEN}`);
    expect([first.status, first.headers['location']]).toEqual([303, '/']);
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? '';
    expect((await ask(guarded, '/source', { cookie })).body).toBe('the machine');
  });

  test('two servers of one host keep their tokens in cookies of their own', async () => {
    const other = await servePage(source, { files, token: `${TOKEN}-other` });
    const cookieOf = async (page: ServedPage, token: string): Promise<string> =>
      String((await ask(page, `/?token=${token}`)).headers['set-cookie']).split(';')[0] ?? '';
    const cookies = [await cookieOf(guarded, TOKEN), await cookieOf(other, `${TOKEN}-other`)];
    expect(new Set(cookies.map((cookie) => cookie.split('=')[0])).size).toBe(2);
    for (const page of [guarded, other])
      expect((await ask(page, '/source', { cookie: cookies.join('; ') })).status).toBe(200);
    await other.close();
  });

  test('sends its files compressed, and not a second time to who has them', async () => {
    const plain = await ask(open, '/peerpath.js');
    expect([plain.status, plain.headers['content-encoding']]).toEqual([200, undefined]);
    const packed = await ask(open, '/peerpath.js', { 'accept-encoding': 'gzip, br' });
    expect([packed.status, packed.headers['content-encoding']]).toEqual([200, 'gzip']);
    const again = await ask(open, '/peerpath.js', { 'if-none-match': String(packed.headers['etag']) });
    expect([again.status, again.body]).toEqual([304, '']);
    expect((await ask(open, '/peerpath.js', { 'if-none-match': '"other"' })).status).toBe(200);
    expect((await ask(open, '/source')).headers['cache-control']).toBe('no-store');
  });

  test('has the further files of a machine, and no others', async () => {
    const further = { ...source, name: 'dmesg.txt', bytes: async () => ok(new TextEncoder().encode('the log')) };
    const several = await servePage({ ...source, others: [further] }, { files });
    expect((await ask(several, '/source')).headers['x-peerpath-others']).toBe('1');
    expect((await ask(several, '/others/0')).body).toBe('the log');
    for (const path of ['/others/1', '/others/-1', '/others/0/x']) expect((await ask(several, path)).status).toBe(404);
    await several.close();
  });

  test('an address that is none of a page is refused, and the head of the events can be asked for', async () => {
    for (const path of ['//', '//host/source', 'http://other/', '*'])
      expect([path, (await ask(open, path)).status]).toEqual([path, 400]);
    const head = await ask(open, '/events', {}, 'HEAD');
    expect([head.status, head.headers['content-type'], head.body]).toEqual([200, 'text/event-stream', '']);
  });

  test('names of hosts are the same in large letters', async () => {
    const { port } = new URL(open.url);
    expect((await ask(open, '/source', { host: `LOCALHOST:${port}` })).status).toBe(200);
  });

  test('an empty token guards nothing, and is refused', async () => {
    await expect(servePage(source, { files, token: '' })).rejects.toThrow('an empty token is none');
  });

  test('does not listen where others can reach it without a token', async () => {
    await expect(servePage(source, { host: '0.0.0.0' })).rejects.toThrow('token');
    await expect(servePage(source, { host: '0.0.0.0', token: 'short' })).rejects.toThrow('token');
  });

  test('tells its mark at once, and each other one: also when it can no longer be read', async () => {
    mark = 'first';
    const first = await listen();
    await first.until(1);
    const before = looks;
    await expect.poll(() => looks).toBeGreaterThan(before + 2);
    const second = await listen();
    await second.until(1);
    mark = 'two\nlines';
    await first.until(2);
    mark = '';
    await first.until(3);
    await Promise.all([first.stop(), second.stop()]);
    expect(first.marks).toEqual(['first', 'two%0Alines', '']);
    expect(second.marks).toEqual(['first']);
  });

  test('looks at its source while somebody listens, and no longer', async () => {
    const listener = await listen();
    await listener.until(1);
    await listener.stop();
    let before = -1;
    await expect
      .poll(
        () => {
          [before, looks] = [looks, 0];
          return before;
        },
        { interval: 100 },
      )
      .toBe(0);
  });

  test('says by which mark it serves the machine', async () => {
    mark = 'third';
    expect((await ask(open, '/source')).headers['x-peerpath-mark']).toBe('third');
  });

  test('a source that fails costs one answer, not the server', async () => {
    const failing = await servePage({ ...source, bytes: () => Promise.reject(new Error('gone')) }, { files });
    expect((await ask(failing, '/source')).status).toBe(500);
    expect((await ask(failing, '/')).status).toBe(200);
    await failing.close();
  });
});
