/** Members of an archive as a tree in memory. Nothing is unpacked to disk, and a name that leads out of the archive names nothing. */
import { type Finding, type MemoryDirectory, type MemoryEntry, MemoryFile, MemoryTree } from '../capture/index.ts';
import { memberPath } from './member-path.ts';

/** What an archive holds. */
export interface ArchiveContent {
  readonly tree: MemoryTree;
  readonly findings: readonly Finding[];
}

/** One member of an archive. Text of others. */
export interface ArchiveMember {
  /** As it stands in the archive. */
  readonly name: string;
  /** `0` file, `1` hard link, `2` symbolic link, `5` directory, others of no interest. */
  readonly type: string;
  /** Links: what they point to. */
  readonly linkName: string;
  /** The body: bytes `start` ... `end`-1 of the array that holds all bodies. */
  readonly start: number;
  readonly end: number;
  /** The body as text, where it is short and ASCII. */
  readonly text: string | undefined;
}

/** More directories than any machine shows; keeps an archive of deep names from filling the memory. */
const MAX_DIRECTORIES = 1_000_000;

/** Puts members into a tree and counts what is wrong with them: a hostile archive must not make a million findings. */
export class ArchiveTree {
  /** Filled by `add`. */
  readonly tree: MemoryTree = new MemoryTree();
  readonly #bytes: Uint8Array;
  readonly #wrong = new Map<Wrong, { count: number; first: string }>();
  /** Members of one directory mostly follow each other. */
  #lastPath = '';
  #lastDirectory: MemoryDirectory;

  /** @param bytes holds the bodies of all members */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#lastDirectory = this.tree.makeDirectory('');
  }

  /** Is it fuller than any machine's? What comes then is not taken. */
  get isFull(): boolean {
    return this.tree.directoryCount > MAX_DIRECTORIES;
  }

  /** Takes a member. */
  add(member: ArchiveMember): void {
    if (this.isFull) return;
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
  #entryOf(member: ArchiveMember, path: string): MemoryEntry | undefined {
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

  /** Ends the archive. */
  finish(): ArchiveContent {
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
