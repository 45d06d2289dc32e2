/** Serves the page: its own files, the machine it was started on, and word when that changes. Nothing else. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { PageFiles } from './page-files.ts';
import type { ServedSource } from './served-source.ts';
import { shownHost } from './shown-address.ts';

/** Where to listen. */
export interface ServeOptions {
  /** Address; default 127.0.0.1. Any that is not loopback needs a token. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Who has it may look. Required off loopback; at least 16 characters. */
  readonly token?: string;
  /** Folder of the built page; default: the one built with this package. */
  readonly files?: string;
}

/** A page that is being served. */
export interface ServedPage {
  /** For the browser, with the token where there is one. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Is it an address that only this host can reach? */
export function isLoopback(host: string): boolean {
  return /^localhost$/i.test(host) || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Starts serving. Rejects when the address cannot be listened on, or a token is missing that it needs. */
export async function servePage(source: ServedSource, options: ServeOptions = {}): Promise<ServedPage> {
  const { host = '127.0.0.1', port = 0, token } = options;
  if (token === '') throw new Error('an empty token is none');
  if (!isLoopback(host) && (token === undefined || token.length < 16))
    throw new Error('an address that others can reach needs a token of at least 16 characters');
  const watch = new Watch(source);
  const page = new Page(source, watch, { host, token, files: options.files ?? FILES });
  const server = createServer((request, response) => void page.answerSafely(request, response));
  const actual = await listen(server, host, port);
  page.port = actual;
  return {
    url: `http://${shownHost(host)}:${actual}/${token === undefined ? '' : `?token=${encodeURIComponent(token)}`}`,
    close: () => {
      watch.close();
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, () => done((server.address() as AddressInfo).port));
  });
}

/** Built by `npm run build`; the library and the bundled command both lie one folder below `dist`. */
const FILES = fileURLToPath(new URL('../web/', import.meta.url));

/** The page's own policy, and what only a header can say. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

class Page {
  port = 0;
  readonly #source: ServedSource;
  readonly #watch: Watch;
  readonly #host: string;
  readonly #token: string | undefined;
  readonly #files: PageFiles;

  constructor(
    source: ServedSource,
    watch: Watch,
    options: { readonly host: string; readonly token: string | undefined; readonly files: string },
  ) {
    this.#source = source;
    this.#watch = watch;
    this.#host = options.host;
    this.#token = options.token;
    this.#files = new PageFiles(options.files);
  }

  /** A request that fails costs its own answer, never the server. */
  async answerSafely(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'this failed; see whether the source can still be read');
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'only GET');
    // Another site's name that was made to point here is not this page.
    if (!this.#hostIsOurs(request.headers.host)) return refuse(response, 403, 'not a name of this server');
    const url = addressOf(request);
    if (url === undefined) return refuse(response, 400, 'not an address of this server');
    if (this.#token !== undefined && !this.#mayLook(request, url, response)) return;
    if (url.pathname === '/source') return this.#sendSource(this.#source, response);
    if (url.pathname === '/beside' && this.#source.beside !== undefined)
      return this.#sendSource(this.#source.beside, response);
    const other = /^\/others\/(\d{1,3})$/.exec(url.pathname);
    const further = other === null ? undefined : this.#source.others?.[Number(other[1])];
    if (further !== undefined) return this.#sendSource(further, response);
    if (url.pathname === '/events') return this.#sendEvents(request, response);
    return this.#sendFile(url.pathname === '/' ? '/index.html' : url.pathname, request, response);
  }

  /** What changes, as it does; who asks for the head alone gets that. */
  #sendEvents({ method }: IncomingMessage, response: ServerResponse): void {
    if (method === 'HEAD') response.writeHead(200, { 'content-type': 'text/event-stream' }).end();
    else this.#watch.add(response);
  }

  #hostIsOurs(header: string | undefined): boolean {
    if (!isLoopback(this.#host)) return true;
    const names = ['127.0.0.1', 'localhost', '[::1]', this.#host];
    // Names of hosts do not tell large letters from small ones.
    const asked = header?.toLowerCase();
    return names.some((name) => asked === `${name}:${this.port}` || (this.port === 80 && asked === name));
  }

  /** Browsers keep one cookie of a name for all ports of a host: two servers must not take each other's. */
  get #cookie(): string {
    return `peerpath-${this.port}`;
  }

  /** The token comes with the first address and is then kept in a cookie, out of the address and the history. */
  #mayLook(request: IncomingMessage, url: URL, response: ServerResponse): boolean {
    const given = url.searchParams.get('token');
    if (given !== null && same(given, this.#token ?? '')) {
      const cookie = `${this.#cookie}=${encodeURIComponent(given)}`;
      response.setHeader('set-cookie', `${cookie}; HttpOnly; SameSite=Strict; Path=/`);
      response.writeHead(303, { location: '/' }).end();
      return false;
    }
    const cookies = (request.headers.cookie ?? '').split(/;\s*/);
    const cookie = cookies.find((each) => each.startsWith(`${this.#cookie}=`))?.slice(this.#cookie.length + 1);
    if (cookie !== undefined && same(decoded(cookie), this.#token ?? '')) return true;
    refuse(response, 401, 'open the address with the token that "peerpath web" printed');
    return false;
  }

  async #sendSource({ name, bytes: read, beside, others }: ServedSource, response: ServerResponse): Promise<void> {
    // The mark first: what changes in between is told of once more.
    const mark = await this.#watch.mark();
    const bytes = await read();
    response.setHeader('x-peerpath', bytes.ok ? 'machine' : 'error');
    response.setHeader('x-peerpath-mark', mark);
    response.setHeader('x-peerpath-name', encodeURIComponent(name));
    if (beside !== undefined) response.setHeader('x-peerpath-beside', encodeURIComponent(beside.name));
    if (others !== undefined) response.setHeader('x-peerpath-others', String(others.length));
    response.setHeader('content-type', bytes.ok ? 'application/octet-stream' : 'text/plain; charset=utf-8');
    response.end(bytes.ok ? bytes.value : bytes.error.text);
  }

  /** Browsers keep files, and ask whether they are still the same: what they hold needs no second sending. */
  #sendFile(path: string, request: IncomingMessage, response: ServerResponse): void {
    const file = this.#files.get(path);
    if (file === undefined) {
      refuse(response, 404, 'not here');
      return;
    }
    response.setHeader('cache-control', 'private, no-cache');
    response.setHeader('etag', file.tag);
    response.setHeader('vary', 'accept-encoding');
    if (request.headers['if-none-match'] === file.tag) {
      response.writeHead(304).end();
      return;
    }
    response.setHeader('content-type', file.type);
    const packed = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    if (packed) response.setHeader('content-encoding', 'gzip');
    response.end(packed ? file.gzip : file.bytes);
  }
}

/** The address that is asked for: a path of this server, never another's name (`//host/`). */
function addressOf({ url = '/' }: IncomingMessage): URL | undefined {
  if (!/^\/(?!\/)/.test(url)) return undefined;
  try {
    return new URL(url, 'http://page');
  } catch {
    return undefined;
  }
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
}

/** Compares in a time that tells nothing of how much is right. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** Looks at the source while someone listens, and tells them its mark: first of all, and whenever it is another. */
class Watch {
  readonly #source: ServedSource;
  readonly #listeners = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;
  #mark: string | undefined;

  constructor(source: ServedSource) {
    this.#source = source;
  }

  /** For a header and an event: one line of plain characters. '' while the source cannot be read. */
  async mark(): Promise<string> {
    try {
      return encodeURIComponent(await this.#source.mark());
    } catch {
      return '';
    }
  }

  add(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 2000\n\n');
    if (this.#mark !== undefined) tell(response, this.#mark);
    this.#listeners.add(response);
    response.on('close', () => this.#listeners.delete(response));
    this.#timer ??= this.#next(0);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const listener of this.#listeners) listener.end();
  }

  #next(delay: number): NodeJS.Timeout {
    return setTimeout(() => void this.#look(), delay);
  }

  async #look(): Promise<void> {
    if (this.#listeners.size === 0) {
      this.#timer = undefined;
      this.#mark = undefined;
      return;
    }
    const mark = await this.mark();
    if (mark !== this.#mark) for (const listener of this.#listeners) tell(listener, mark);
    this.#mark = mark;
    this.#timer = this.#next(this.#source.interval);
  }
}

function tell(listener: ServerResponse, mark: string): void {
  listener.write(`event: mark\ndata: ${mark}\n\n`);
}
