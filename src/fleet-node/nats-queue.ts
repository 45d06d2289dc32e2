/**
 * The queue of a fleet on NATS JetStream. Captures are objects, named by the SHA-256 of their bytes; work is a message for
 * each, which stays until it is acknowledged; what is done has a mark. Transport security and credentials are NATS's own.
 */
import { readFileSync } from 'node:fs';
import type { Consumer, JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { ObjectStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { errorCode, firstLine } from './error-code.ts';
import { NatsError, type NatsOptions, type QueueState } from './nats-options.ts';
import { loadJetstream, loadObjects, loadTransport } from './optional-peers.ts';

/** Milliseconds after which a capture that nobody acknowledged is given to another worker. */
const ACK_WAIT = 60_000;
const NANOS = 1_000_000;
const WEEK = 7 * 24 * 3600_000;

/** A queue, connected. */
export class NatsQueue {
  readonly js: JetStreamClient;
  readonly captures: ObjectStore;
  readonly results: ObjectStore;
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #name: string;

  private constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    stores: { readonly captures: ObjectStore; readonly results: ObjectStore },
    name: string,
  ) {
    this.#connection = connection;
    this.#manager = manager;
    this.js = manager.jetstream();
    this.captures = stores.captures;
    this.results = stores.results;
    this.#name = name;
  }

  /** Connects, and makes what is not there. @throws NatsError, MissingPeer */
  static async open(options: NatsOptions, ackWait: number = ACK_WAIT): Promise<NatsQueue> {
    const [transport, stream, objects] = await Promise.all([loadTransport(), loadJetstream(), loadObjects()]);
    const { name = 'peerpath' } = options;
    const { servers, login } = addressesOf(options.url);
    const url = servers.join(',');
    if (!/^[A-Za-z0-9-]{1,40}$/.test(name)) throw new NatsError(`--name ${name}: letters, digits and dashes`);
    const authenticator =
      options.creds === undefined ? {} : { authenticator: transport.credsAuthenticator(readBytes(options.creds)) };
    let connection: NatsConnection;
    try {
      connection = await transport.connect({
        servers: [...servers],
        ...login,
        name: 'peerpath fleet',
        // A server that restarts is waited for.
        maxReconnectAttempts: -1,
        reconnectTimeWait: 500,
        ...authenticator,
        ...tlsOptions(options),
      });
    } catch (error) {
      throw new NatsError(`${url}: cannot be connected to (${firstLine(error)})`);
    }
    try {
      const manager = await stream.jetstreamManager(connection);
      await makeStreams(manager, name, stream, ackWait);
      const stores = new objects.Objm(connection);
      const captures = await stores.create(`${name}-captures`);
      const results = await stores.create(`${name}-results`);
      return new NatsQueue(connection, manager, { captures, results }, name);
    } catch (error) {
      await connection.close();
      throw new NatsError(`${url}: JetStream cannot be used (${firstLine(error)})`);
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** The consumer that all workers share. */
  async consumer(): Promise<Consumer> {
    return this.js.consumers.get(streamName(this.#name, 'WORK'), 'workers');
  }

  /** Puts work into the queue. @returns false where it is in the queue already */
  async enqueue(hash: string, work: object): Promise<boolean> {
    try {
      const ack = await this.js.publish(subject(this.#name, 'work', hash), JSON.stringify(work), { msgID: hash });
      return !ack.duplicate;
    } catch (error) {
      if (/maximum messages per subject/.test(firstLine(error))) return false;
      throw error;
    }
  }

  /** Has somebody written it? */
  async isDone(hash: string): Promise<boolean> {
    return (
      (await this.#manager.streams
        .getMessage(streamName(this.#name, 'DONE'), {
          last_by_subj: subject(this.#name, 'done', hash),
        })
        .catch(noMessage)) !== null
    );
  }

  async markDone(hash: string): Promise<void> {
    await this.js.publish(subject(this.#name, 'done', hash), '');
  }

  /** Notes that it is read alone, after a worker ended that had it. @returns how often that was done before */
  async noteTry(hash: string): Promise<number> {
    const own = subject(this.#name, 'tries', hash);
    const { state } = await this.#manager.streams.info(streamName(this.#name, 'TRIES'), { subjects_filter: own });
    await this.js.publish(own, '');
    return state.subjects?.[own] ?? 0;
  }

  async state(): Promise<QueueState> {
    const { streams, consumers } = this.#manager;
    const [workers, done, parts] = await Promise.all([
      consumers.info(streamName(this.#name, 'WORK'), 'workers'),
      streams.info(streamName(this.#name, 'DONE')),
      this.results.list(),
    ]);
    return {
      queued: workers.num_pending,
      underWay: workers.num_ack_pending,
      done: done.state.messages,
      redelivered: workers.num_redelivered,
      waiting: workers.num_waiting,
      parts: parts.filter(({ name }) => name.endsWith(PART_COMPLETE)).length,
    };
  }
}

/** Ends the name of the object that says a part is whole; its text lists the others. */
export const PART_COMPLETE = '/complete';

function noMessage(): null {
  return null;
}

function streamName(name: string, what: 'WORK' | 'TRIES' | 'DONE'): string {
  return `${name}-${what}`;
}

function subject(name: string, what: 'work' | 'tries' | 'done', hash: string): string {
  return `${name}.${what}.${hash}`;
}

async function makeStreams(
  { streams, consumers }: JetStreamManager,
  name: string,
  { AckPolicy, DiscardPolicy, RetentionPolicy }: Awaited<ReturnType<typeof loadJetstream>>,
  ackWait: number,
): Promise<void> {
  const work = streamName(name, 'WORK');
  const known = async (stream: string): Promise<boolean> => (await streams.info(stream).catch(noMessage)) !== null;
  if (!(await known(work)))
    await streams.add({
      name: work,
      subjects: [`${name}.work.*`],
      retention: RetentionPolicy.Workqueue,
      // What is queued already is refused, whenever it comes again.
      max_msgs_per_subject: 1,
      discard: DiscardPolicy.New,
      discard_new_per_subject: true,
    });
  if (!(await known(streamName(name, 'TRIES'))))
    await streams.add({
      name: streamName(name, 'TRIES'),
      subjects: [`${name}.tries.*`],
      max_msgs_per_subject: 16,
      max_age: WEEK * NANOS,
    });
  if (!(await known(streamName(name, 'DONE'))))
    await streams.add({ name: streamName(name, 'DONE'), subjects: [`${name}.done.*`], max_msgs_per_subject: 1 });
  if ((await consumers.info(work, 'workers').catch(noMessage)) === null)
    await consumers.add(work, {
      durable_name: 'workers',
      ack_policy: AckPolicy.Explicit,
      ack_wait: ackWait * NANOS,
      max_deliver: -1,
      max_ack_pending: 8192,
    });
}

/** Servers, and the name and password (or token) that stands before one of them: no message shows it. */
function addressesOf(text: string): {
  readonly servers: readonly string[];
  readonly login: { readonly user?: string; readonly pass?: string; readonly token?: string };
} {
  let login = {};
  const servers = text.split(',').map((each) => {
    const [, scheme = '', user, password, host = ''] =
      /^([a-z]+:\/\/)?(?:([^:@/]*)(?::([^@/]*))?@)?([^@]+)$/.exec(each.trim()) ?? [];
    if (host === '') throw new NatsError('--nats: write nats://HOST:PORT or tls://HOST:PORT');
    if (password !== undefined) login = { user: decodeURIComponent(user ?? ''), pass: decodeURIComponent(password) };
    else if (user !== undefined) login = { token: decodeURIComponent(user) };
    return `${scheme}${host}`;
  });
  return { servers, login };
}

/** What NATS's client is told of TLS; nothing where no file is given: then the URL and the server decide. */
function tlsOptions({ tlsCa, tlsCert, tlsKey }: NatsOptions): {
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
} {
  if (tlsCa === undefined && tlsCert === undefined && tlsKey === undefined) return {};
  for (const file of [tlsCa, tlsCert, tlsKey]) if (file !== undefined) readBytes(file);
  return {
    tls: {
      ...(tlsCa === undefined ? {} : { caFile: tlsCa }),
      ...(tlsCert === undefined ? {} : { certFile: tlsCert }),
      ...(tlsKey === undefined ? {} : { keyFile: tlsKey }),
    },
  };
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new NatsError(`${file}: cannot be read (${errorCode(error)})`);
  }
}
