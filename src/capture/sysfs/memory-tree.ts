/** A tree of files in memory, for archives: nothing is ever written to disk or read from the host because of it. */
import { decodeUtf8 } from '../../base/index.ts';
import { ABSENT, type Fact, known, unreadable } from '../fact.ts';
import { type Directory, type FileTree, LINK_NOT_FOLLOWED, MAX_FILE_BYTES, tooLarge } from './file-tree.ts';

/** A file that is part of a larger array; cut out when it is asked for. */
export class MemoryFile {
  readonly #source: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #text: string | undefined;

  /** @param text the same as text, where the caller has it already */
  constructor(source: Uint8Array, start: number, end: number, text?: string) {
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.#text = text;
  }

  get size(): number {
    return this.#end - this.#start;
  }

  get bytes(): Uint8Array {
    return this.#source.subarray(this.#start, this.#end);
  }

  get text(): string {
    return this.#text ?? decodeUtf8(this.bytes);
  }
}

/** What a directory holds under a name: a file, a link (its target) or a directory. */
export type MemoryEntry = MemoryFile | string | MemoryDirectory;

const NOT_A_LINK = unreadable('it is not a link');

/** A directory in memory. */
export class MemoryDirectory implements Directory {
  readonly #entries = new Map<string, MemoryEntry>();

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /**
   * Puts an entry; of two files or links the later counts, a directory stays whatever comes.
   * @returns false when there was one of that name
   */
  put(name: string, entry: MemoryEntry): boolean {
    const before = this.#entries.get(name);
    if (!(before instanceof MemoryDirectory)) this.#entries.set(name, entry);
    return before === undefined || (before instanceof MemoryDirectory && entry instanceof MemoryDirectory);
  }

  get(name: string): MemoryEntry | undefined {
    return this.#entries.get(name);
  }

  readFile(name: string, maxBytes: number = MAX_FILE_BYTES): Fact<Uint8Array> {
    const file = this.#file(name, maxBytes);
    return file.state === 'known' ? known(file.value.bytes) : file;
  }

  readText(name: string): Fact<string> {
    const file = this.#file(name, MAX_FILE_BYTES);
    return file.state === 'known' ? known(file.value.text) : file;
  }

  readLink(name: string): Fact<string> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return ABSENT;
    return typeof entry === 'string' ? known(entry) : NOT_A_LINK;
  }

  #file(name: string, maxBytes: number): Fact<MemoryFile> {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry instanceof MemoryDirectory) return ABSENT;
    if (typeof entry === 'string') return LINK_NOT_FOLLOWED;
    return entry.size > maxBytes ? tooLarge(maxBytes) : known(entry);
  }
}

/** Filled once, then read. Paths have no leading slash, no empty, `.` or `..` parts. */
export class MemoryTree implements FileTree {
  readonly #directories = new Map<string, MemoryDirectory>([['', new MemoryDirectory()]]);

  directory(path: string): Fact<MemoryDirectory> {
    const directory = this.#directories.get(path);
    return directory === undefined ? ABSENT : known(directory);
  }

  /** How many directories there are, the root included. */
  get directoryCount(): number {
    return this.#directories.size;
  }

  /** The directory at `path`, made with all above it if it is not there. A file or link in the way gives way. */
  makeDirectory(path: string): MemoryDirectory {
    const made = this.#directories.get(path);
    if (made !== undefined) return made;
    const directory = new MemoryDirectory();
    this.#directories.set(path, directory);
    let below: MemoryDirectory = directory;
    let child = path;
    for (;;) {
      const slash = child.lastIndexOf('/');
      const abovePath = slash < 0 ? '' : child.slice(0, slash);
      const known = this.#directories.get(abovePath);
      const above: MemoryDirectory = known ?? new MemoryDirectory();
      above.put(child.slice(slash + 1), below);
      if (known !== undefined) return directory;
      this.#directories.set(abovePath, above);
      below = above;
      child = abovePath;
    }
  }

  /** What stands at `path`. */
  get(path: string): MemoryEntry | undefined {
    const slash = path.lastIndexOf('/');
    return this.#directories.get(path.slice(0, Math.max(0, slash)))?.get(path.slice(slash + 1));
  }
}
