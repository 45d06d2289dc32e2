/** Reads a machine from the bytes of any input: capture archives, hwloc archives, sos reports, lspci output. */
import { byteText, err, ok, type Result } from '../base/index.ts';
import {
  findMachineRoot,
  type Gunzip,
  hasTree,
  joinParts,
  type MachineCapture,
  readSosReport,
  readSysfsTree,
  readText,
} from '../capture/index.ts';
import { bunzip2 } from './bunzip2.ts';
import { type Decompress, type DecompressFailure, type ReportProgress, webGunzip } from './decompress.ts';
import { type Container, detectContainer } from './detect.ts';
import { type InputError, type InputErrorCode, inputError } from './input-error.ts';
import { readTar } from './read-tar.ts';
import type { TarFailure } from './scan-tar.ts';
import { unxz } from './unxz.ts';
import { unzstd } from './unzstd.ts';

/** What the platform does better than the code for all platforms, and what it can hold. */
export interface ReadInputOptions {
  /** Default: `DecompressionStream`. */
  readonly gunzip?: Decompress;
  /** For a `/proc/config.gz` inside the archive; default: not read. */
  readonly gunzipMember?: Gunzip;
  /** Most bytes that may come out of a compressed input; default {@link MAX_UNPACKED_BYTES}, for bzip2 a quarter. */
  readonly maxBytes?: number;
  /** Told how far unpacking is, where it takes long. */
  readonly report?: ReportProgress;
}

/** 1 GiB: a thousand times a large machine's capture, and still little enough for a host's memory. */
export const MAX_UNPACKED_BYTES: number = 2 ** 30;

/** bzip2 unpacks slowly, and a kilobyte of it can hold a gigabyte; a large machine's hwloc archive has 30 MiB. */
const MAX_BZIP2_BYTES: number = 2 ** 28;

/**
 * Reads an input whole.
 * @param name what to call the input in messages and in the capture: a file name, "standard input"
 */
export async function readInput(
  bytes: Uint8Array,
  name: string,
  options: ReadInputOptions = {},
): Promise<Result<MachineCapture, InputError>> {
  const unpacked = await unpack(bytes, name, options);
  if (!unpacked.ok) return unpacked;
  const { value: inner } = unpacked;
  if (inner.length === 0) return err(inputError('not-recognised', name, 'is empty'));
  const container = detectContainer(inner);
  if (container === 'tar') return readTarInput(inner, name, options);
  if (container === 'other') return readTextInput(inner, name);
  return err(inputError('not-recognised', name, `holds ${container} data inside compressed data; unpack it first`));
}

const UNSUPPORTED: Partial<Record<Container, string>> = {
  lzip: 'lzip -d',
  zip: 'unzip',
};

const TREE_ALONE =
  'is the tree of "lspci -t" alone, which shows where functions are and not what they are; give the output of ' +
  '"lspci -xxxx -vvv" as root with it, or in its place';

/** What reads compressed data on every platform. */
const DECOMPRESSORS: Partial<Record<Container, Decompress>> = {
  gzip: webGunzip,
  bzip2: bunzip2,
  xz: unxz,
  zstd: unzstd,
};

async function unpack(
  bytes: Uint8Array,
  name: string,
  options: ReadInputOptions,
): Promise<Result<Uint8Array, InputError>> {
  const container = detectContainer(bytes);
  const tool = UNSUPPORTED[container];
  if (tool !== undefined) {
    return err(
      inputError('unsupported', name, `${container} compression is not read yet; unpack it with "${tool}" first`),
    );
  }
  const decompress = (container === 'gzip' ? options.gunzip : undefined) ?? DECOMPRESSORS[container];
  if (decompress === undefined) return ok(bytes);
  const most = container === 'bzip2' ? MAX_BZIP2_BYTES : MAX_UNPACKED_BYTES;
  const maxBytes = Math.min(options.maxBytes ?? most, most);
  const result = await decompress(bytes, maxBytes, options.report);
  if (result.ok) return result;
  const code = result.error === 'trailing' ? 'damaged' : result.error;
  return err(inputError(code, name, decompressSentence(result.error, container, maxBytes)));
}

function decompressSentence(failure: DecompressFailure, container: Container, maxBytes: number): string {
  switch (failure) {
    case 'too-large':
      return `holds more than ${byteText(BigInt(maxBytes))} when unpacked, which is the limit; no capture is that large`;
    case 'cut-short':
      return `is cut short: its ${container} data ends in the middle; copy or make it again`;
    case 'damaged':
      return `is damaged: its ${container} data does not unpack; copy or make it again`;
    case 'trailing':
      return `is damaged: something else follows its ${container} data; copy or make it again`;
    case 'unsupported':
      return `uses ${container} options that are not read; unpack it with "${container} -d" first`;
  }
}

/** The dumps of ten thousand functions. */
const MAX_TEXT_BYTES: number = 2 ** 28;

function readTextInput(bytes: Uint8Array, name: string): Result<MachineCapture, InputError> {
  if (bytes.length > MAX_TEXT_BYTES) {
    const what = `is a text of more than ${byteText(BigInt(MAX_TEXT_BYTES))}, which is the limit`;
    return err(inputError('too-large', name, what));
  }
  const machine = joinParts(readText(bytes, name).parts);
  if (!machine.ok) return err(inputError('two-machines', name, machine.error.text));
  if (machine.value.functions.length > 0) return ok({ ...machine.value, source: { ...machine.value.source, name } });
  const what = hasTree(bytes)
    ? TREE_ALONE
    : 'is no capture archive, hwloc archive or lspci output; "peerpath capture" makes an archive';
  return err(inputError('not-recognised', name, what));
}

const TAR_SENTENCES: Record<TarFailure, string> = {
  'cut-short': 'is cut short: the tar archive ends in the middle; copy or make it again',
  damaged: 'is damaged: the tar archive has a broken header; copy or make it again',
  sparse: 'holds sparse members, which are not read; pack it again without "tar --sparse"',
  'too-many': 'holds more than a million folders; no capture is that large',
};

const TAR_CODES: Record<TarFailure, InputErrorCode> = {
  'cut-short': 'cut-short',
  damaged: 'damaged',
  sparse: 'unsupported',
  'too-many': 'too-large',
};

function readTarInput(bytes: Uint8Array, name: string, options: ReadInputOptions): Result<MachineCapture, InputError> {
  const tar = readTar(bytes);
  if (!tar.ok) {
    const code = TAR_CODES[tar.error];
    return err(inputError(code, name, TAR_SENTENCES[tar.error]));
  }
  const { tree, findings } = tar.value;
  const report = readSosReport(tree, name);
  if (report !== undefined) return requireFunctions({ ...report, findings: [...findings, ...report.findings] });
  const root = findMachineRoot(tree);
  if (root === undefined) {
    return err(inputError('no-machine', name, 'is an archive without /sys: no capture; "peerpath capture" makes one'));
  }
  const gunzip = options.gunzipMember;
  const capture = readSysfsTree(root, gunzip === undefined ? { name } : { name, gunzip });
  return requireFunctions({ ...capture, findings: [...findings, ...capture.findings] });
}

/**
 * Refuses a capture without PCI functions, unless it is a whole capture of a machine that has none.
 * Exported for inputs that come as folders.
 */
export function requireFunctions(capture: MachineCapture): Result<MachineCapture, InputError> {
  const { source } = capture;
  const provesNone = capture.findings.some((finding) => finding.code === 'capture-missing');
  if (capture.functions.length > 0 || provesNone) return ok(capture);
  const what =
    source.kind === 'hwloc'
      ? 'holds no PCI files; gather it again with "hwloc-gather-topology --io"'
      : 'shows no PCI function; make a capture on the host itself with "peerpath capture"';
  return err(inputError('no-pci', source.name, what));
}
