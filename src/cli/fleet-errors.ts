/** What keeps a fleet command from working, as a sentence and exit code 2. */

import { messageOf } from '../base/index.ts';
import { FleetFolderError, MissingPeer, NatsError, QueryError } from '../fleet-node/index.ts';
import { UsageError } from './exit-code.ts';

/** Waits for work; a folder that cannot be used, a package that is not installed and a wrong question are usage errors. */
export async function asUsage<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if ([FleetFolderError, MissingPeer, NatsError, QueryError].some((kind) => error instanceof kind))
      throw new UsageError(messageOf(error));
    throw error;
  }
}
