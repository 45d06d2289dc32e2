/** Opens archives, or says in a sentence why that cannot be. */
import { byteText, err, type Result } from '../base/index.ts';
import type { ArchiveContent } from './archive-tree.ts';
import { type Container, detectContainer } from './detect.ts';
import { type InputError, type InputErrorCode, inputError } from './input-error.ts';
import { readTar } from './read-tar.ts';
import { readZip, type ZipFailure } from './read-zip.ts';
import type { TarFailure } from './scan-tar.ts';
import { MAX_UNPACKED_BYTES, type UnpackOptions } from './unpack-with.ts';

/** Does a container hold files by name? */
export function isArchive(container: Container): boolean {
  return container === 'tar' || container === 'zip';
}

/** The files of a tar or zip archive that is not compressed as a whole. @param name what to call it in messages */
export function openArchive(
  bytes: Uint8Array,
  name: string,
  options: UnpackOptions,
): Result<ArchiveContent, InputError> {
  if (detectContainer(bytes) === 'zip') {
    const zip = readZip(bytes, Math.min(options.maxBytes ?? MAX_UNPACKED_BYTES, MAX_UNPACKED_BYTES));
    return zip.ok ? zip : refused(ZIP_FAILURES[zip.error], name);
  }
  return openTar(bytes, name);
}

/** The files of a tar archive. @param name what to call it in messages */
export function openTar(bytes: Uint8Array, name: string): Result<ArchiveContent, InputError> {
  const tar = readTar(bytes);
  return tar.ok ? tar : refused(TAR_FAILURES[tar.error], name);
}

function refused([code, what]: readonly [InputErrorCode, string], name: string): Result<ArchiveContent, InputError> {
  return err(inputError(code, name, what));
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
