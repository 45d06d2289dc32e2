/** The files of a folder that are text, in the order of their paths. */
import { baseName, type FileTree, type Gunzip } from '../sysfs/index.ts';

/** A file that is text. */
export interface TextFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Reading ends here: no report is larger, and a hostile archive must not keep a reader busy for ever. */
const MOST_BYTES = 2 ** 30;
const MOST_FILES = 20_000;
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
const OLD_LOG = /boot_-[1-9]|\.old$|\.[1-9](?:\.gz)?$|-20\d{6}(?:\.gz)?$/;

/** Walks the tree; unpacks what is compressed on its own, where `gunzip` is given. */
export function* textFiles(tree: FileTree, gunzip: Gunzip | undefined): Generator<TextFile> {
  let bytesLeft = MOST_BYTES;
  let filesLeft = MOST_FILES;
  const pending = [''];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const directory = tree.directory(path);
    if (directory.state !== 'known') continue;
    const folders: string[] = [];
    for (const name of directory.value.names.toSorted()) {
      const below = path === '' ? name : `${path}/${name}`;
      if (tree.directory(below).state === 'known') {
        if (!SKIPPED_FOLDERS.has(name) && below.split('/').length <= MOST_DEPTH) folders.push(below);
        continue;
      }
      if (OLD_LOG.test(baseName(name))) continue;
      const file = directory.value.readFile(name);
      if (file.state !== 'known') continue;
      filesLeft--;
      const bytes = textOf(file.value, gunzip);
      bytesLeft -= bytes?.length ?? 0;
      if (filesLeft < 0 || bytesLeft < 0) return;
      if (bytes !== undefined) yield { path: below, bytes };
    }
    pending.push(...folders.reverse());
  }
}

const LOOK = 1024;

function textOf(bytes: Uint8Array, gunzip: Gunzip | undefined): Uint8Array | undefined {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isGzip ? gunzip?.(bytes) : bytes;
  return plain === undefined || plain.length === 0 || plain.subarray(0, LOOK).includes(0) ? undefined : plain;
}
