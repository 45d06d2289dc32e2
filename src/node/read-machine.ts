/** Reads a machine from wherever the user says: this machine, a folder, a file, standard input. */
import { realpathSync, type Stats, statSync } from 'node:fs';
import {
  type InputError,
  inputError,
  joinSources,
  memberUnpacker,
  type ReportProgress,
  readParts,
  type SourceParts,
} from '../archive/index.ts';
import { err, ok, type Result } from '../base/index.ts';
import {
  type FileTree,
  folderParts,
  type Gunzip,
  MAX_FILE_BYTES,
  type MachineCapture,
  partOfCapture,
  readSysfsTree,
  splitMachines,
  sysfsPart,
} from '../capture/index.ts';
import { nodeGunzip } from './gunzip.ts';
import { diskTree, errorCode } from './node-tree.ts';
import { readFileBytes, readStdin } from './read-bytes.ts';
import { readDescription } from './read-description.ts';
import { LARGE_TEXT, streamText } from './stream-text.ts';

/** Settings of {@link readMachine}. */
export interface ReadMachineOptions {
  /** Reads `DIR/sys` and `DIR/proc` in place of this machine's: a host's, seen from a container. */
  readonly sysroot?: string;
  /** Told how far unpacking an archive is, where it takes long. */
  readonly report?: ReportProgress;
}

/** How this machine is called in messages. */
const THIS_MACHINE = 'this machine';

/** For the kernel configuration in `/proc/config.gz`, and logs that are compressed each on its own. */
export const gunzipMember: Gunzip = (bytes, maxBytes = MAX_FILE_BYTES) => {
  const member = nodeGunzip(bytes, maxBytes);
  return member.ok ? member.value : undefined;
};

/**
 * Reads the machine that `source` names.
 * @param source a file or folder; `-` for standard input; undefined for this machine, or that of `sysroot`
 * @returns an error of one sentence when it cannot be used; what is merely damaged is in the capture's findings
 */
export async function readMachine(
  source: string | undefined,
  options: ReadMachineOptions = {},
): Promise<Result<MachineCapture, InputError>> {
  return readMachines(source === undefined ? [] : [source], options);
}

/** The same of several sources that show one machine. */
export async function readMachines(
  sources: readonly string[],
  options: ReadMachineOptions = {},
): Promise<Result<MachineCapture, InputError>> {
  const { sysroot, report } = options;
  const [first] = sources;
  if (first === undefined) return sysroot === undefined ? readLive(liveTree(), THIS_MACHINE) : readSysroot(sysroot);
  if (sysroot !== undefined) {
    return err(inputError('not-recognised', first, 'cannot be read together with a sysroot; give one of them'));
  }
  const read: SourceParts[] = [];
  for (const source of sources) {
    const parts = await readSourceParts(source, report);
    if (!parts.ok) return parts;
    read.push(parts.value);
  }
  return joinSources(read);
}

async function readSourceParts(
  source: string,
  report: ReportProgress | undefined,
): Promise<Result<SourceParts, InputError>> {
  if (source === '-') return readBytes(await readSource(source), 'standard input', report);
  const chosen = /^(.+)#([1-9]\d?)$/.exec(source);
  const stats = statOf(source);
  if (!stats.ok && chosen !== null)
    return chooseMachine(await readSourceParts(chosen[1] ?? '', report), source, Number(chosen[2]));
  if (!stats.ok) return stats;
  if (stats.value.isDirectory()) return readFolder(source);
  const streamed =
    stats.value.isFile() && stats.value.size >= LARGE_TEXT ? streamText(source, stats.value.size, report) : undefined;
  if (streamed !== undefined) return streamed;
  if (stats.value.isFile() || stats.value.isFIFO())
    return readBytes(await readFileBytes(source, stats.value), source, report);
  return err(inputError('not-readable', source, 'is neither a file nor a folder'));
}

/** One machine of a text that shows several. */
function chooseMachine(
  read: Result<SourceParts, InputError>,
  source: string,
  number: number,
): Result<SourceParts, InputError> {
  if (!read.ok) return read;
  const { machines } = splitMachines(read.value.parts);
  const parts = machines[number - 1];
  if (parts !== undefined) return ok({ name: source, parts });
  const count = machines.length === 1 ? 'one machine' : `${machines.length} machines`;
  return err(inputError('not-found', source, `the text shows ${count}`));
}

/** The bytes of a file, or of standard input where `path` is `-`. */
export async function readSource(path: string): Promise<Result<Uint8Array, InputError>> {
  if (path === '-') return readStdin('standard input');
  const stats = statOf(path);
  if (!stats.ok) return stats;
  if (stats.value.isFile() || stats.value.isFIFO()) return readFileBytes(path, stats.value);
  return err(inputError('not-readable', path, 'is no file'));
}

/** The files of this machine. */
export function liveTree(): FileTree {
  return diskTree('/', { followLinks: true });
}

/** The files below a folder; never others, whatever links it holds. */
export function sysrootTree(folder: string): Result<FileTree, InputError> {
  const stats = statOf(folder);
  if (!stats.ok) return stats;
  if (!stats.value.isDirectory()) return err(inputError('not-readable', folder, 'is not a folder'));
  return ok(diskTree(realpathSync(folder), { followLinks: false }));
}

function statOf(path: string): Result<Stats, InputError> {
  try {
    return ok(statSync(path));
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return err(inputError('not-found', path, 'does not exist'));
    return err(inputError('not-readable', path, `cannot be read (${code})`));
  }
}

async function readBytes(
  bytes: Result<Uint8Array, InputError>,
  name: string,
  report: ReportProgress | undefined,
): Promise<Result<SourceParts, InputError>> {
  return bytes.ok ? readBytesParts(bytes.value, name, report) : bytes;
}

/** What the bytes of an input of any kind tell. @param name what to call it in messages */
export async function readBytesParts(
  bytes: Uint8Array,
  name: string,
  report?: ReportProgress,
): Promise<Result<SourceParts, InputError>> {
  const described = await readDescription(bytes, name);
  if (described !== undefined) return described.ok ? ok({ name, parts: [partOfCapture(described.value)] }) : described;
  return readParts(bytes, name, {
    gunzip: nodeGunzip,
    gunzipMember,
    ...(report === undefined ? {} : { report }),
  });
}

function readLive(tree: FileTree, name: string): Result<MachineCapture, InputError> {
  const capture = readSysfsTree(tree, { name, kind: 'sysfs', gunzip: gunzipMember });
  if (capture.functions.length > 0) return ok(capture);
  const what =
    'shows no PCI function in /sys/bus/pci/devices (a container, or a guest without PCI); make a capture on the host ' +
    'with "peerpath capture" and give that';
  return err(inputError('no-pci', name, what));
}

/** A mounted `/sys` is a running machine's; an unpacked capture is told by its log. */
function readSysroot(folder: string): Result<MachineCapture, InputError> {
  const tree = sysrootTree(folder);
  if (!tree.ok) return tree;
  if (tree.value.directory('sys').state !== 'known') {
    return err(inputError('no-machine', folder, 'holds no folder "sys"; the sysroot is the folder above it'));
  }
  const root = tree.value.directory('');
  const isCapture = root.state === 'known' && root.value.names.includes('capture.log');
  return isCapture ? readUnpacked(tree.value, folder) : readLive(tree.value, folder);
}

function readFolder(folder: string): Result<SourceParts, InputError> {
  const tree = sysrootTree(folder);
  if (!tree.ok) return tree;
  const content = folderParts(tree.value, { name: folder, gunzip: memberUnpacker(gunzipMember) });
  if (content.parts.length > 0) return ok({ name: folder, ...content });
  const what =
    'is a folder that tells nothing of a machine: no "sys/bus/pci/devices", no text of lspci or of the kernel';
  return err(inputError('no-machine', folder, what));
}

function readUnpacked(tree: FileTree, name: string): Result<MachineCapture, InputError> {
  return joinSources([{ name, parts: [sysfsPart(tree, { name, gunzip: gunzipMember })] }]);
}
