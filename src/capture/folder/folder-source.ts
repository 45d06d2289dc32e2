import type { Gunzip } from '../sysfs/index.ts';

/** Where a folder comes from. */
export interface FolderSource {
  /** How people call it. */
  readonly name: string;
  /** Unpacks `/proc/config.gz` and texts that are compressed each on its own. */
  readonly gunzip?: Gunzip | undefined;
}
