/** Packages that only `fleet` needs. They are large, so whoever wants a fleet installs them. */
import { errorCode } from './error-code.ts';
import { MissingPeer } from './missing-peer.ts';

const DUCKDB = '@duckdb/node-api@1.5.6-r.1';
const NATS_MISSING =
  'peerpath fleet needs the client of NATS for this: npm install @nats-io/transport-node@3.3.1 @nats-io/jetstream@3.3.1 @nats-io/obj@3.3.1';

/** The engine of tables. @throws MissingPeer */
export async function loadDuckdb(): Promise<typeof import('@duckdb/node-api')> {
  return load(() => import('@duckdb/node-api'), `peerpath fleet needs DuckDB: npm install ${DUCKDB}`);
}

/** Connections to a server of NATS. @throws MissingPeer */
export async function loadTransport(): Promise<typeof import('@nats-io/transport-node')> {
  return load(() => import('@nats-io/transport-node'), NATS_MISSING);
}

/** Streams. @throws MissingPeer */
export async function loadJetstream(): Promise<typeof import('@nats-io/jetstream')> {
  return load(() => import('@nats-io/jetstream'), NATS_MISSING);
}

/** Object stores. @throws MissingPeer */
export async function loadObjects(): Promise<typeof import('@nats-io/obj')> {
  return load(() => import('@nats-io/obj'), NATS_MISSING);
}

async function load<T>(from: () => Promise<T>, sentence: string): Promise<T> {
  try {
    return await from();
  } catch (error) {
    if (/MODULE_NOT_FOUND/.test(errorCode(error))) throw new MissingPeer(sentence);
    throw error;
  }
}
