/** What keeps a fleet command from working, as a sentence and exit code 2. */
import { FleetFolderError, MissingPeer, QueryError } from '../fleet-node/index.ts';
import { UsageError } from './exit-code.ts';

/** Waits for work; a folder that cannot be used, a package that is not installed and a wrong question are usage errors. */
export async function asUsage<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof FleetFolderError || error instanceof MissingPeer || error instanceof QueryError)
      throw new UsageError(error.message);
    throw error;
  }
}
