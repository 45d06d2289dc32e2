/**
 * Reads a tar archive into a tree in memory. Nothing is unpacked to disk, no link is followed, and a name that leads
 * out of the archive names nothing.
 */
import { err, ok, type Result } from '../base/index.ts';
import { type Finding, type MemoryDirectory, type MemoryEntry, MemoryFile, MemoryTree } from '../capture/index.ts';
import { memberPath } from './member-path.ts';
import { scanTar, type TarFailure, type TarMember } from './scan-tar.ts';
import { BLOCK, headerSize, isTarHeader, wordsOf } from './tar-header.ts';

/** What a tar archive holds. */
export interface TarContent {
  readonly tree: MemoryTree;
  readonly findings: readonly Finding[];
}

/** More directories than any machine shows; keeps an archive of deep names from filling the memory. */
const MAX_DIRECTORIES = 1_000_000;

/** Is there a header at the start? */
export function looksLikeTar(bytes: Uint8Array): boolean {
  if (bytes.length < BLOCK || bytes[0] === 0 || headerSize(bytes, 0) === undefined) return false;
  return isTarHeader(bytes, wordsOf(bytes.subarray(0, BLOCK)), 0);
}

/** Reads all members. */
export function readTar(bytes: Uint8Array): Result<TarContent, TarFailure> {
  const builder = new ContentBuilder(bytes);
  const scanned = scanTar(bytes, (member) => builder.add(member));
  if (!scanned.ok) return scanned;
  return builder.tree.directoryCount > MAX_DIRECTORIES ? err('too-many') : ok(builder.finish());
}

/** Puts members into a tree and counts what is wrong with them: a hostile archive must not make a million findings. */
class ContentBuilder {
  readonly tree: MemoryTree = new MemoryTree();
  readonly #bytes: Uint8Array;
  readonly #wrong = new Map<Wrong, { count: number; first: string }>();
  /** Members of one directory mostly follow each other. */
  #lastPath = '';
  #lastDirectory: MemoryDirectory;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#lastDirectory = this.tree.makeDirectory('');
  }

  add(member: TarMember): void {
    if (this.tree.directoryCount > MAX_DIRECTORIES) return;
    const { path, problem } = memberPath(member.name);
    if (problem !== undefined) this.#note(problem, member.name);
    if (path === undefined || path === '') return;
    const entry = this.#entryOf(member, path);
    if (entry === undefined) return;
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    if (!this.#directory(path, slash).put(name, entry)) this.#note('repeated', path);
  }

  #directory(path: string, slash: number): MemoryDirectory {
    const last = this.#lastPath;
    if (slash !== last.length || !path.startsWith(last)) {
      this.#lastPath = path.slice(0, Math.max(0, slash));
      this.#lastDirectory = this.tree.makeDirectory(this.#lastPath);
    }
    return this.#lastDirectory;
  }

  /** Undefined for what needs no entry: devices, pipes and hard links to nothing. */
  #entryOf(member: TarMember, path: string): MemoryEntry | undefined {
    switch (member.type) {
      case '0':
        // Before POSIX a directory was a file whose name ends in a slash.
        if (member.name.endsWith('/')) return this.tree.makeDirectory(path);
        return new MemoryFile(this.#bytes, member.start, member.end, member.text);
      case '1':
        return this.#hardLink(path, member.linkName);
      case '2':
        return member.linkName;
      case '5':
        return this.tree.makeDirectory(path);
      default:
        return undefined;
    }
  }

  /** A second name of an earlier file or link. */
  #hardLink(path: string, name: string): MemoryEntry | undefined {
    const earlier = this.tree.get(memberPath(name).path ?? '');
    if (earlier instanceof MemoryFile || typeof earlier === 'string') return earlier;
    this.#note('hard-link', path);
    return undefined;
  }

  #note(what: Wrong, name: string): void {
    const before = this.#wrong.get(what);
    if (before === undefined) this.#wrong.set(what, { count: 1, first: name });
    else before.count++;
  }

  finish(): TarContent {
    const findings = [...this.#wrong].map(([what, { count, first }]): Finding => {
      const { code, severity, text } = WRONG[what];
      const more = count === 1 ? '' : ` (and ${count - 1} more)`;
      return { code, severity, where: first.slice(0, 200), text: `${text}${more}` };
    });
    return { tree: this.tree, findings };
  }
}

const WRONG = {
  outside: { code: 'archive-name-outside', severity: 'damaged', text: 'the name leads out of the archive; ignored' },
  absolute: { code: 'archive-name-absolute', severity: 'notice', text: 'the name begins with a slash; taken without' },
  long: { code: 'archive-name-long', severity: 'damaged', text: 'the name is too long or too deep; ignored' },
  'not-utf8': { code: 'archive-name-not-utf8', severity: 'notice', text: 'the name is not UTF-8 text' },
  repeated: {
    code: 'archive-member-repeated',
    severity: 'notice',
    text: 'two members have this name; the later counts',
  },
  'hard-link': {
    code: 'archive-hard-link-lost',
    severity: 'damaged',
    text: 'a hard link to nothing before it; ignored',
  },
} as const;

type Wrong = keyof typeof WRONG;
