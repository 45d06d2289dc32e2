/** Machines described in YAML. The parser is loaded only for such an input: it would double the time every start takes. */
import { type InputError, inputError } from '../archive/index.ts';
import { decodeUtf8, err, printable, type Result } from '../base/index.ts';
import type { MachineCapture } from '../capture/index.ts';

const MARK = 'peerpath-machine:';
const SCENARIO_MARK = 'peerpath-scenario:';
/** Where the mark of a description stands at the latest. */
const HEAD_BYTES = 4096;

/** The machine of a description; undefined where `bytes` are something else. A scenario is refused with its command. */
export async function readDescription(
  bytes: Uint8Array,
  name: string,
): Promise<Result<MachineCapture, InputError> | undefined> {
  const head = decodeUtf8(bytes.subarray(0, HEAD_BYTES));
  if (!head.includes(MARK) && !head.includes(SCENARIO_MARK)) return undefined;
  const { looksLikeMachineDescription, looksLikeScenario, readMachineDescription } = await import('../lab/index.ts');
  if (looksLikeScenario(bytes))
    return err(inputError('not-recognised', name, `is a scenario, not a machine; play it with: peerpath lab ${name}`));
  if (!looksLikeMachineDescription(bytes)) return undefined;
  const machine = readMachineDescription(decodeUtf8(bytes), name);
  if (machine.ok) return machine;
  return err({ code: 'damaged', text: printable(machine.error.text) });
}
