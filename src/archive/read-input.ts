/** Reads a machine from the bytes of any input: capture archives, hwloc archives, reports, texts. */
import type { Result } from '../base/index.ts';
import type { MachineCapture } from '../capture/index.ts';
import type { InputError } from './input-error.ts';
import { joinSources } from './join-sources.ts';
import { type ReadInputOptions, readParts } from './read-parts.ts';

/**
 * Reads an input whole.
 * @param name what to call the input in messages and in the capture: a file name, "standard input"
 */
export async function readInput(
  bytes: Uint8Array,
  name: string,
  options: ReadInputOptions = {},
): Promise<Result<MachineCapture, InputError>> {
  const source = await readParts(bytes, name, options);
  return source.ok ? joinSources([source.value]) : source;
}
