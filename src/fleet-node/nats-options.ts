/** A queue on NATS, as it is asked for and as it is told of. */

/** Where the server is, and who asks. Files are NATS's own. */
export interface NatsOptions {
  /** `nats://host:4222`, `tls://host`; several separated by commas. */
  readonly url: string;
  /** A file of NATS credentials (`.creds`). */
  readonly creds?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Separates fleets on one server: letters, digits and dashes; default `peerpath`. */
  readonly name?: string;
}

/** A server that cannot be used, as one sentence. */
export class NatsError extends Error {
  override readonly name = 'NatsError';
}

/** What is known of a queue. */
export interface QueueState {
  /** Captures that nobody took yet, those that a worker has, and those that are done. */
  readonly queued: number;
  readonly underWay: number;
  readonly done: number;
  /** Deliveries in vain so far: a worker ended before it acknowledged. */
  readonly redelivered: number;
  /** Workers that wait for work. */
  readonly waiting: number;
  /** Parts in the object store of results. */
  readonly parts: number;
}
