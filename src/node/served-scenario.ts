/** A scenario file to be served, with the machine that it names. */
import { dirname, isAbsolute, join } from 'node:path';
import type { InputError } from '../archive/index.ts';
import { decodeUtf8, err, ok, printable, type Result } from '../base/index.ts';

const MARK = 'peerpath-scenario:';
/** Where the mark of a scenario stands at the latest. */
const HEAD_BYTES = 4096;

/**
 * The file of the machine that a scenario names by a path from its own folder; undefined for scenarios that describe
 * their machine, and for everything that is no scenario. The parser is loaded only for scenarios.
 * @param path of the scenario; `-` for standard input
 */
export async function machineOfScenario(
  bytes: Uint8Array,
  path: string,
): Promise<Result<{ readonly isScenario: boolean; readonly machine: string | undefined }, InputError>> {
  if (!decodeUtf8(bytes.subarray(0, HEAD_BYTES)).includes(MARK)) return ok({ isScenario: false, machine: undefined });
  const { looksLikeScenario, readScenario } = await import('../lab/index.ts');
  if (!looksLikeScenario(bytes)) return ok({ isScenario: false, machine: undefined });
  const read = readScenario(decodeUtf8(bytes), path === '-' ? 'standard input' : path);
  if (!read.ok) return err({ code: 'damaged', text: printable(read.error.text) });
  const { machine } = read.value;
  if (machine.kind === 'described') return ok({ isScenario: true, machine: undefined });
  const file = isAbsolute(machine.path) ? machine.path : join(dirname(path), machine.path);
  return ok({ isScenario: true, machine: file });
}
