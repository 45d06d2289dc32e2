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
import { type InputError, inputError } from './input-error.ts';
import { isArchive, openArchive } from './open-archive.ts';
import { unpack } from './unpack.ts';
import { memberUnpacker } from './unpack-member.ts';
import type { UnpackOptions } from './unpack-with.ts';

/** How an input is read. */
export interface ReadInputOptions extends UnpackOptions {
  /** Reads gzip inside an archive better than the code for all platforms does. */
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
  if (container === 'other') return textParts(inner, name);
  if (isArchive(container)) {
    const archive = openArchive(inner, name, options);
    return archive.ok ? treeParts(archive.value, name, options) : archive;
  }
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

function treeParts(
  { tree, findings }: ArchiveContent,
  name: string,
  options: ReadInputOptions,
): Result<SourceParts, InputError> {
  const content = folderParts(tree, { name, gunzip: memberUnpacker(options.gunzipMember) });
  if (content.parts.length > 0) return ok({ name, ...content, findings: [...findings, ...content.findings] });
  const what =
    'is an archive that tells nothing of a machine: no /sys, no text of lspci or of the kernel; "peerpath capture" makes one';
  return err(inputError('no-machine', name, what));
}
