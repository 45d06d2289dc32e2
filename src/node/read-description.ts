/** Machines described in YAML. The parser is loaded only for such an input: it would double the time every start takes. */
import type { InputError } from '../archive/index.ts';
import { decodeUtf8, err, printable, type Result } from '../base/index.ts';
import type { MachineCapture } from '../capture/index.ts';

const MARK = 'peerpath-machine:';
/** Where the mark of a description stands at the latest. */
const HEAD_BYTES = 4096;

/** The machine of a description; undefined where `bytes` are something else. */
export async function readDescription(
  bytes: Uint8Array,
  name: string,
): Promise<Result<MachineCapture, InputError> | undefined> {
  if (!decodeUtf8(bytes.subarray(0, HEAD_BYTES)).includes(MARK)) return undefined;
  const { looksLikeMachineDescription, readMachineDescription } = await import('../lab/index.ts');
  if (!looksLikeMachineDescription(bytes)) return undefined;
  const machine = readMachineDescription(decodeUtf8(bytes), name);
  if (machine.ok) return machine;
  return err({ code: 'damaged', text: printable(machine.error.sentence.replace(/\.$/, '')) });
}
