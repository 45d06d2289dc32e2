/** The files of the built page, ready to be sent: compressed once, and told apart by what is in them. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** One file. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly gzip: Uint8Array;
  /** As an `ETag` header has it: other content, other tag. */
  readonly tag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** Files by name; no path of a request ever reaches the file system. */
export class PageFiles {
  readonly #paths: ReadonlyMap<string, string>;
  readonly #ready = new Map<string, PageFile>();

  /** @param folder of the built page */
  constructor(folder: string) {
    this.#paths = new Map(readdirSync(folder).map((name) => [`/${name}`, join(folder, name)]));
  }

  /** The file that stands at a path of the page; undefined where none does. */
  get(path: string): PageFile | undefined {
    const ready = this.#ready.get(path);
    const file = this.#paths.get(path);
    if (ready !== undefined || file === undefined) return ready;
    const bytes = readFileSync(file);
    const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    const made = { type: TYPES[extname(file)] ?? 'application/octet-stream', bytes, gzip: gzipSync(bytes), tag };
    this.#ready.set(path, made);
    return made;
  }
}
