/** Where the recordings of the repository are. */
import { fileURLToPath } from 'node:url';

/** The folder. */
export const RECORDINGS: string = fileURLToPath(new URL('./recordings', import.meta.url));
