/** Packages that only `fleet` needs. They are large, so whoever wants a fleet installs them. */
import { errorCode } from './error-code.ts';
import { MissingPeer } from './missing-peer.ts';

const DUCKDB = '@duckdb/node-api@1.5.6-r.1';
const NATS = '@nats-io/transport-node@3.3.1 @nats-io/jetstream@3.3.1 @nats-io/obj@3.3.1';

/** The engine of tables. @throws MissingPeer */
export async function loadDuckdb(): Promise<typeof import('@duckdb/node-api')> {
  return load(() => import('@duckdb/node-api'), `peerpath fleet needs DuckDB: npm install ${DUCKDB}`);
}

/** The client of NATS: connections, streams and object stores. @throws MissingPeer */
export async function loadNats(): Promise<
  typeof import('@nats-io/transport-node') &
    Pick<
      typeof import('@nats-io/jetstream'),
      'AckPolicy' | 'DiscardPolicy' | 'jetstream' | 'jetstreamManager' | 'RetentionPolicy'
    > &
    Pick<typeof import('@nats-io/obj'), 'Objm'>
> {
  return load(async () => {
    const [transport, stream, objects] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/jetstream'),
      import('@nats-io/obj'),
    ]);
    const { AckPolicy, DiscardPolicy, jetstream, jetstreamManager, RetentionPolicy } = stream;
    return {
      ...transport,
      AckPolicy,
      DiscardPolicy,
      jetstream,
      jetstreamManager,
      RetentionPolicy,
      Objm: objects.Objm,
    };
  }, `peerpath fleet needs the client of NATS for this: npm install ${NATS}`);
}

async function load<T>(from: () => Promise<T>, sentence: string): Promise<T> {
  try {
    return await from();
  } catch (error) {
    if (/MODULE_NOT_FOUND/.test(errorCode(error))) throw new MissingPeer(sentence);
    throw error;
  }
}
