/** A real NATS server on a free port of this host, with a store of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createConnection, createServer } from 'node:net';

/** Is the server installed (Debian: nats-server)? In CI it has to be. */
const HAS_NATS = spawnSync('nats-server', ['--version']).status === 0;
/** Tests that need it: shown as skipped without, but in CI. */
export const SKIP_NATS: boolean = !HAS_NATS && process.env['CI'] === undefined;

/** A server that can be ended and started again. */
export class TestServer {
  readonly port: number;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  /** @param store a folder for its streams */
  static async start(store: string, args: readonly string[] = []): Promise<TestServer> {
    const port = await freePort();
    const server = new TestServer(port, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', store, ...args]);
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.#process = spawn('nats-server', [...this.#args], { stdio: 'ignore' });
    for (let attempt = 0; !(await answers(this.port)); attempt++) {
      if (attempt > 200) throw new Error('nats-server does not listen');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** @param signal SIGKILL: as a crash */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const ended = new Promise((resolve) => this.#process?.once('exit', resolve));
    this.#process?.kill(signal);
    await ended;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    const end = (answered: boolean) => () => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('data', end(true));
    socket.once('error', end(false));
    socket.setTimeout(500, end(false));
  });
}
