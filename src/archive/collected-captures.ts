/** Archives in which people collect the captures of many hosts. */
import type { MemoryDirectory, MemoryTree } from '../capture/index.ts';
import { MemoryFile } from '../capture/index.ts';
import { detectContainer } from './detect.ts';
import { readTar } from './read-tar.ts';
import { readZip } from './read-zip.ts';
import { MAX_UNPACKED_BYTES } from './unpack-with.ts';

/** One input of such an archive. */
export interface CollectedCapture {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The inputs in an archive (a tar that is not compressed any more, or a zip) of captures: one of which half the files
 * or more are archives or compressed themselves, and which shows no `/sys`. Undefined for all others.
 */
export function collectedCaptures(bytes: Uint8Array): readonly CollectedCapture[] | undefined {
  const container = detectContainer(bytes);
  if (container !== 'tar' && container !== 'zip') return undefined;
  const read = container === 'tar' ? readTar(bytes) : readZip(bytes, MAX_UNPACKED_BYTES);
  if (!read.ok || read.value.tree.directory('sys').state === 'known') return undefined;
  const files = [...filesBelow(read.value.tree, '', 0)];
  const packed = files.filter(({ bytes: body }) => detectContainer(body) !== 'other');
  return packed.length > 0 && packed.length * 2 >= files.length ? files : undefined;
}

const MOST_DEPTH = 24;

function* filesBelow(tree: MemoryTree, path: string, depth: number): Generator<CollectedCapture> {
  const directory = tree.directory(path);
  if (directory.state !== 'known' || depth > MOST_DEPTH) return;
  const there: MemoryDirectory = directory.value;
  for (const name of there.names.toSorted()) {
    const below = path === '' ? name : `${path}/${name}`;
    const entry = there.get(name);
    if (entry instanceof MemoryFile) {
      const body = there.readFile(name, MAX_UNPACKED_BYTES);
      if (body.state === 'known') yield { name: below, bytes: body.value };
    } else if (entry !== undefined && typeof entry !== 'string') yield* filesBelow(tree, below, depth + 1);
  }
}
