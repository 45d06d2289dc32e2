/** Reads what an input tells, whatever form it has: archives, trees, texts; compressed or not. */
import { byteText, err, ok, type Result } from '../base/index.ts';
import {
  type CapturePart,
  type Finding,
  folderParts,
  type Gunzip,
  readText,
  type TextCount,
} from '../capture/index.ts';
import type { ArchiveContent } from './archive-tree.ts';
import { detectContainer } from './detect.ts';
import { type InputError, type InputErrorCode, inputError } from './input-error.ts';
import { readTar } from './read-tar.ts';
import { readZip, type ZipFailure } from './read-zip.ts';
import type { TarFailure } from './scan-tar.ts';
import { MAX_UNPACKED_BYTES, type UnpackOptions, unpack } from './unpack.ts';

/** How an input is read. */
export interface ReadInputOptions extends UnpackOptions {
  /** For what is compressed inside an archive, `/proc/config.gz` above all; default: not read. */
  readonly gunzipMember?: Gunzip;
}

/** What one input tells. */
export interface SourceParts {
  /** What to call it in messages: a file name, "standard input". */
  readonly name: string;
  readonly parts: readonly CapturePart[];
  /** How much of its texts was understood. */
  readonly texts?: readonly TextCount[];
  /** What is wrong with the input as a whole; what concerns a passage is in its part. */
  readonly findings?: readonly Finding[];
}

/** Reads an input whole. Its parts may be none: `joinSources` says so in a sentence. */
export async function readParts(
  bytes: Uint8Array,
  name: string,
  options: ReadInputOptions = {},
): Promise<Result<SourceParts, InputError>> {
  const unpacked = await unpack(bytes, name, options);
  if (!unpacked.ok) return unpacked;
  const { value: inner } = unpacked;
  if (inner.length === 0) return err(inputError('not-recognised', name, 'is empty'));
  const container = detectContainer(inner);
  if (container === 'tar') return tarParts(inner, name, options);
  if (container === 'zip') return zipParts(inner, name, options);
  if (container === 'other') return textParts(inner, name);
  return err(inputError('not-recognised', name, `holds ${container} data inside compressed data; unpack it first`));
}

/** The dumps of ten thousand functions. */
const MAX_TEXT_BYTES: number = 2 ** 28;

function textParts(bytes: Uint8Array, name: string): Result<SourceParts, InputError> {
  if (bytes.length <= MAX_TEXT_BYTES) {
    const { parts, text } = readText(bytes, name);
    return ok({ name, parts, texts: [text] });
  }
  const what = `is a text of more than ${byteText(BigInt(MAX_TEXT_BYTES))}, which is the limit`;
  return err(inputError('too-large', name, what));
}

const TAR_FAILURES: Record<TarFailure, readonly [InputErrorCode, string]> = {
  'cut-short': ['cut-short', 'is cut short: the tar archive ends in the middle; copy or make it again'],
  damaged: ['damaged', 'is damaged: the tar archive has a broken header; copy or make it again'],
  sparse: ['unsupported', 'holds sparse members, which are not read; pack it again without "tar --sparse"'],
  'too-many': ['too-large', 'holds more than a million folders; no capture is that large'],
};

const ZIP_FAILURES: Record<ZipFailure, readonly [InputErrorCode, string]> = {
  'cut-short': ['cut-short', 'is cut short: the end of the zip archive is missing; copy or make it again'],
  damaged: ['damaged', 'is damaged: the zip archive does not unpack; copy or make it again'],
  encrypted: ['unsupported', 'is an encrypted zip archive; unpack it first and give the folder'],
  method: ['unsupported', 'is a zip archive with members that are not deflated; unpack it first and give the folder'],
  split: [
    'unsupported',
    'is a zip archive in several files or of more than 4 GiB; unpack it first and give the folder',
  ],
  'too-large': [
    'too-large',
    `holds more than ${byteText(BigInt(MAX_UNPACKED_BYTES))} when unpacked, which is the limit; no capture is that large`,
  ],
  'too-many': TAR_FAILURES['too-many'],
};

function tarParts(bytes: Uint8Array, name: string, options: ReadInputOptions): Result<SourceParts, InputError> {
  const tar = readTar(bytes);
  return tar.ok
    ? treeParts(tar.value, name, options)
    : err(inputError(TAR_FAILURES[tar.error][0], name, TAR_FAILURES[tar.error][1]));
}

function zipParts(bytes: Uint8Array, name: string, options: ReadInputOptions): Result<SourceParts, InputError> {
  const zip = readZip(bytes, Math.min(options.maxBytes ?? MAX_UNPACKED_BYTES, MAX_UNPACKED_BYTES));
  return zip.ok
    ? treeParts(zip.value, name, options)
    : err(inputError(ZIP_FAILURES[zip.error][0], name, ZIP_FAILURES[zip.error][1]));
}

function treeParts(
  { tree, findings }: ArchiveContent,
  name: string,
  options: ReadInputOptions,
): Result<SourceParts, InputError> {
  const content = folderParts(tree, { name, gunzip: options.gunzipMember });
  if (content.parts.length > 0) return ok({ name, ...content, findings: [...findings, ...content.findings] });
  const what =
    'is an archive that tells nothing of a machine: no /sys, no text of lspci or of the kernel; "peerpath capture" makes one';
  return err(inputError('no-machine', name, what));
}
