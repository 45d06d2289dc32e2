/** Reads archives that were made to be captures, and nothing else: a page that shows one needs no more code than this. */
import { ok, type Result } from '../base/index.ts';
import { captureTreePart, type MachineCapture } from '../capture/index.ts';
import { webGunzip } from './decompress.ts';
import { detectContainer } from './detect.ts';
import type { InputError } from './input-error.ts';
import { joinSources } from './join-sources.ts';
import { openTar } from './open-archive.ts';
import type { ReadInputOptions } from './read-parts.ts';
import { unpackWith } from './unpack-with.ts';

/** The machine of a capture, or what another reader has to read: the input as it unpacks. */
export type CaptureOrOther = { readonly capture: MachineCapture } | { readonly other: Uint8Array };

/** Reads a capture as `peerpath capture` packs it, in the way that `readInput` does; everything else is for that one. */
export async function readCaptureArchive(
  bytes: Uint8Array,
  name: string,
  options: ReadInputOptions = {},
): Promise<Result<CaptureOrOther, InputError>> {
  const container = detectContainer(bytes);
  if (container !== 'gzip' && container !== 'tar') return ok({ other: bytes });
  const unpacked = await unpackWith({ gzip: webGunzip }, bytes, name, options);
  if (!unpacked.ok) return unpacked;
  const { value: inner } = unpacked;
  if (detectContainer(inner) !== 'tar') return ok({ other: bytes });
  const archive = openTar(inner, name);
  if (!archive.ok) return archive;
  const part = captureTreePart(archive.value.tree, { name, gunzip: options.gunzipMember });
  if (part === undefined) return ok({ other: inner });
  const joined = joinSources([{ name, parts: [part], findings: archive.value.findings }]);
  return joined.ok ? ok({ capture: joined.value }) : joined;
}
