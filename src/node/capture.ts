/** Makes capture archives of this machine: by itself, and as a script for machines without Node. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type InputError, inputError } from '../archive/index.ts';
import { err, ok, type Result } from '../base/index.ts';
import type { MachineCapture } from '../capture/index.ts';
import { captureTree } from '../lab/index.ts';
import { type CaptureMember, collectCapture } from './capture-files.ts';
import { gunzipMember, liveTree, sysrootTree } from './read-machine.ts';
import { type WriteOptions, writeWhole } from './write-file.ts';
import { writeTar } from './write-tar.ts';

/** A capture archive, and what to say of it. */
export interface CaptureArchive {
  /** A gzip-compressed tar. */
  readonly bytes: Uint8Array;
  readonly functionCount: number;
  /** Paths of what could not be read, without a leading slash. */
  readonly unreadable: readonly string[];
}

/** Settings of a capture. */
export interface CaptureOptions {
  /** Captures the machine of `DIR/sys` and `DIR/proc` in place of this one. */
  readonly sysroot?: string;
  /** What stands in place of a file; default: the file. */
  readonly redact?: (path: string, bytes: Uint8Array) => Uint8Array | string;
  /** Is a link taken? Default: all are. */
  readonly keepsLink?: (path: string) => boolean;
}

/** Reads this machine into an archive in memory. */
export function captureMachine(options: CaptureOptions = {}): Result<CaptureArchive, InputError> {
  const tree = options.sysroot === undefined ? ok(liveTree()) : sysrootTree(options.sysroot);
  if (!tree.ok) return tree;
  const { members, functionCount, unreadable } = collectCapture(tree.value, gunzipMember);
  if (functionCount === 0) {
    const what = 'shows no PCI function in /sys/bus/pci/devices; capture on the host, not in a container';
    return err(inputError('no-pci', options.sysroot ?? 'this machine', what));
  }
  const shown = members.flatMap((member): CaptureMember[] => {
    if (member.kind === 'link') return options.keepsLink?.(member.path) === false ? [] : [member];
    if (member.kind !== 'file' || options.redact === undefined) return [member];
    return [{ ...member, bytes: Buffer.from(options.redact(member.path, member.bytes)) }];
  });
  const tar = writeTar(shown, Math.floor(Date.now() / 1000));
  return ok({ bytes: gzipSync(tar, { level: 9 }), functionCount, unreadable });
}

/**
 * Captures this machine to a file. The file appears whole under its name or not at all; an older one stays, or with
 * `force` stays until then. Readable by its owner only.
 */
export function writeCaptureArchive(
  path: string,
  options: CaptureOptions & WriteOptions = {},
): Result<Omit<CaptureArchive, 'bytes'>, InputError> {
  const archive = captureMachine(options);
  if (!archive.ok) return archive;
  const { bytes, ...rest } = archive.value;
  const written = writeWhole(path, bytes, options);
  return written.ok ? ok(rest) : written;
}

/**
 * Writes the archive that a capture of any machine (a described one, say) would be read from; as a whole or not at all.
 * `beside`: texts that go with it, by their names.
 */
export function writeMachineArchive(
  path: string,
  capture: MachineCapture,
  beside: Readonly<Record<string, string>> = {},
  options: WriteOptions = {},
): Result<void, InputError> {
  return writeWhole(path, machineArchive(capture, beside), options);
}

/** The same archive in memory, gzip-compressed. */
export function machineArchive(capture: MachineCapture, beside: Readonly<Record<string, string>> = {}): Uint8Array {
  const files = Object.entries(beside).map(([name, content]) => ({ path: name, content }));
  const members = [...captureTree(capture), ...files].map((entry): CaptureMember => {
    if ('link' in entry) return { kind: 'link', path: entry.path, target: entry.link };
    const bytes = typeof entry.content === 'string' ? Buffer.from(entry.content) : entry.content;
    return { kind: 'file', path: entry.path, bytes };
  });
  return gzipSync(writeTar(members, 0), { level: 9 });
}

/** The script that makes the same archive on a machine without Node: POSIX sh. */
export function captureScript(): string {
  return readFileSync(new URL('../../assets/capture.sh', import.meta.url), 'utf8');
}
