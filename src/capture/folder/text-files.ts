/** The files of a folder that are text, in the order of their paths, and what was left out. */
import type { Finding } from '../finding.ts';
import { baseName, type FileTree, type Gunzip, LINK_NOT_FOLLOWED } from '../sysfs/index.ts';
import { LeftOut } from './left-out.ts';

/** A file that is text. */
export interface TextFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** How much is read. */
export interface TextLimits {
  /** Of one file: the journal of a large machine has a hundred megabytes. */
  readonly fileBytes: number;
  /** Of all: no report is larger, and a hostile archive must not keep a reader busy for ever. */
  readonly bytes: number;
  readonly files: number;
}

const LIMITS: TextLimits = { fileBytes: 2 ** 28, bytes: 2 ** 30, files: 20_000 };
const MOST_DEPTH = 24;
/** Folders of programs and packages, and those whose files have names that tell more than their texts. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  'sys',
  'proc',
  'etc',
  'usr',
  'lib',
  'rpm',
  'dpkg',
  'node_modules',
  '.git',
]);
/** Logs of boots before the last, and rotated ones. */
const OLD_LOG = /boot_-[1-9]|\.old$|(?:\.[1-9]|-20\d{6})(?:\.(?:gz|bz2|xz|zst))?$/;

/** Walks a tree of files once. */
export class TextFiles {
  readonly #tree: FileTree;
  readonly #gunzip: Gunzip | undefined;
  readonly #limits: TextLimits;
  readonly #leftOut = new LeftOut();
  #bytes = 0;
  #files = 0;

  /** @param gunzip unpacks what is compressed on its own; left out: such files are not read */
  constructor(tree: FileTree, gunzip: Gunzip | undefined, limits: TextLimits = LIMITS) {
    this.#tree = tree;
    this.#gunzip = gunzip;
    this.#limits = limits;
  }

  /** The texts. */
  *[Symbol.iterator](): Generator<TextFile> {
    for (const { path, name, read } of this.#walk()) {
      if (OLD_LOG.test(baseName(name))) {
        this.#leftOut.note('old-log', path);
        continue;
      }
      if (this.#files >= this.#limits.files || this.#bytes >= this.#limits.bytes) {
        this.#leftOut.note('over-limit', path);
        continue;
      }
      const file = read(this.#limits.fileBytes);
      // Links are how sos and must-gather name a file twice.
      if (file.state === 'unreadable' && file !== LINK_NOT_FOLLOWED) this.#leftOut.note('not-readable', path, file.why);
      if (file.state !== 'known') continue;
      this.#files++;
      const bytes = this.#textOf(file.value, path);
      this.#bytes += bytes?.length ?? 0;
      if (bytes !== undefined) yield { path, bytes };
    }
  }

  /** What was left out, one finding for each reason; whole when the walk has ended. */
  findings(): readonly Finding[] {
    return this.#leftOut.findings();
  }

  *#walk() {
    const pending = [''];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const directory = this.#tree.directory(path);
      if (directory.state !== 'known') continue;
      const { value } = directory;
      const folders: string[] = [];
      for (const name of value.names.toSorted()) {
        const below = path === '' ? name : `${path}/${name}`;
        if (this.#tree.directory(below).state !== 'known')
          yield { path: below, name, read: (most: number) => value.readFile(name, most) };
        else if (SKIPPED_FOLDERS.has(name)) continue;
        else if (below.split('/').length <= MOST_DEPTH) folders.push(below);
        else this.#leftOut.note('over-limit', below);
      }
      pending.push(...folders.reverse());
    }
  }

  /** Undefined where it is no text; what is compressed and stays so is left out with a word. */
  #textOf(bytes: Uint8Array, path: string): Uint8Array | undefined {
    const plain = isCompressed(bytes) ? this.#gunzip?.(bytes, this.#limits.fileBytes) : bytes;
    if (plain === undefined) this.#leftOut.note('compressed', path);
    else if (isArchive(plain)) this.#leftOut.note('archive', path);
    return plain === undefined || isBinary(plain) ? undefined : plain;
  }
}

/** First bytes of gzip, bzip2 (with the size of its blocks, a digit, behind), xz and zstd. */
const MAGICS: readonly (readonly number[])[] = [
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x28, 0xb5, 0x2f, 0xfd],
];

function isCompressed(bytes: Uint8Array): boolean {
  return MAGICS.some((magic) => magic.every((byte, index) => bytes[index] === byte));
}

/** A tar archive has "ustar" behind its first name, a zip archive begins with PK. */
function isArchive(bytes: Uint8Array): boolean {
  const at = (start: number, text: string) => [...text].every((char, i) => bytes[start + i] === char.charCodeAt(0));
  return at(257, 'ustar') || at(0, 'PK\u0003\u0004');
}

const LOOK = 1024;

function isBinary(bytes: Uint8Array): boolean {
  return bytes.length === 0 || bytes.subarray(0, LOOK).includes(0);
}
