/** Replays `vfio.jsonl`: every line, in order, against the modelled machine as the requests left it. */
import { compareAnswers, type Difference } from './compare.ts';
import type { ModelledMachine } from './modelled-machine.ts';
import type { Answer } from './recording.ts';
import { VfioProgram } from './vfio.ts';

/** A line that does not agree. */
export interface VfioFailure {
  /** From 0. */
  readonly line: number;
  readonly recorded: Answer;
  readonly differences: readonly Difference[];
}

const ALL_FIELDS = { skipped: new Set<string>(), shapeOnly: false };

/** Compares every field of every line. */
export function replayVfio(lines: readonly Answer[], machine: ModelledMachine): VfioFailure[] {
  const program = new VfioProgram(machine);
  return lines.flatMap((recorded, line) => {
    let differences: Difference[];
    try {
      differences = compareAnswers(recorded, program.answer(recorded), ALL_FIELDS);
    } catch (error) {
      differences = [{ field: 'op', recorded: recorded['op'], model: String(error) }];
    }
    return differences.length === 0 ? [] : [{ line, recorded, differences }];
  });
}
