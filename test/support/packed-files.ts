/** Files made by real xz and zstd, and what is in them. The README.md beside them says how they were made. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FIXTURES = new URL('../fixtures/', import.meta.url);

/** A file of test/fixtures/packed. */
export function packed(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(`packed/${name}`, FIXTURES)));
}

/** What the files named text hold. */
export const PACKED_TEXT: Uint8Array = packed('text.txt');

/** What the files named tar hold: a recorded capture. */
export const PACKED_TAR: Uint8Array = Uint8Array.from(
  gunzipSync(readFileSync(new URL('recordings/switch-none/capture.tar.gz', FIXTURES))),
);
