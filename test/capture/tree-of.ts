/** Trees of files for tests of readers, written down as they look on a machine. */
import { type FileTree, MemoryFile, MemoryTree } from '../../src/capture/index.ts';

/** A link. */
export interface Link {
  readonly link: string;
}

/** Path to text, bytes, a link, or `null` for an empty directory. */
export type Files = Readonly<Record<string, string | Uint8Array | Link | null>>;

/** A tree in memory. */
export function treeOf(files: Files): FileTree {
  const tree = new MemoryTree();
  for (const [path, content] of Object.entries(files)) {
    if (content === null) {
      tree.makeDirectory(path);
      continue;
    }
    const slash = path.lastIndexOf('/');
    tree.makeDirectory(path.slice(0, Math.max(0, slash))).put(path.slice(slash + 1), entryOf(content));
  }
  return tree;
}

function entryOf(content: string | Uint8Array | Link): MemoryFile | string {
  if (typeof content === 'object' && 'link' in content) return content.link;
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return new MemoryFile(bytes, 0, bytes.length);
}

/** The files of one function as the kernel shows them to root, its link among them. Later ones override. */
export function functionFiles(directory: string, files: Files = {}): Files {
  const name = directory.slice(directory.lastIndexOf('/') + 1);
  const usual: Files = {
    config: configOf(),
    vendor: '0x8086\n',
    device: '0x1533\n',
    subsystem_vendor: '0x15d9\n',
    subsystem_device: '0x0001\n',
    class: '0x020000\n',
    revision: '0x03\n',
    numa_node: '-1\n',
    dma_mask_bits: '64\n',
    consistent_dma_mask_bits: '32\n',
    power_state: 'D0\n',
    resource: `${'0x0000000000000000 0x0000000000000000 0x0000000000000000\n'.repeat(13)}`,
    uevent: 'PCI_CLASS=20000\n',
  };
  const entries = Object.entries({ ...usual, ...files }).map(([file, content]) => [`${directory}/${file}`, content]);
  return {
    ...Object.fromEntries(entries),
    [`sys/bus/pci/devices/${name}`]: { link: `../../../${directory.slice('sys/'.length)}` },
  };
}

/** Config space of `length` bytes: vendor, device and a pattern. */
export function configOf(length = 4096): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, offset) => offset & 0xff);
  bytes.set([0x86, 0x80, 0x33, 0x15].slice(0, length));
  return bytes;
}
