/** How far a queue is, and its results brought to a folder. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeUtf8 } from '../base/index.ts';
import { beginPart, openForWriting } from './fleet-folder.ts';
import type { NatsOptions, QueueState } from './nats-options.ts';
import { NatsQueue, PART_COMPLETE } from './nats-queue.ts';

/** The state of a queue. @throws NatsError, MissingPeer */
export async function queueStatus(options: NatsOptions): Promise<QueueState> {
  const queue = await NatsQueue.open(options);
  try {
    return await queue.state();
  } finally {
    await queue.close();
  }
}

/** Brings parts that are whole in the object store, and not in the folder. @returns how many. @throws FleetFolderError, NatsError */
export async function fetchParts(options: NatsOptions, folder: string, version: string): Promise<number> {
  openForWriting(folder, version);
  const queue = await NatsQueue.open(options);
  let count = 0;
  try {
    for (const { name } of await queue.results.list()) {
      if (!name.endsWith(PART_COMPLETE)) continue;
      const part = name.slice(0, -PART_COMPLETE.length);
      if (!/^[a-z0-9-]+$/.test(part) || existsSync(join(folder, 'parts', part))) continue;
      const files = JSON.parse(decodeUtf8((await queue.results.getBlob(name)) ?? new Uint8Array(0))) as string[];
      const unfinished = beginPart(folder, part);
      try {
        for (const file of files.filter((each) => /^[a-z]+\.parquet$/.test(each)))
          writeFileSync(
            join(unfinished.path, file),
            (await queue.results.getBlob(`${part}/${file}`)) ?? new Uint8Array(0),
          );
        unfinished.commit();
        count++;
      } catch (error) {
        unfinished.discard();
        throw error;
      }
    }
  } finally {
    await queue.close();
  }
  return count;
}
