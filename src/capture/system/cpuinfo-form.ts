/** `/proc/cpuinfo` and `lscpu`. */

import { starts, startsWithAny } from '../byte-words.ts';
import type { CapturePart } from '../capture-part.ts';
import { known } from '../fact.ts';
import { lineForm, lineText, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';
import { architectureOf } from './kernel-version-form.ts';
import { parseCpu } from './parse-cpu.ts';

/** Lines that tell something here; between them stand many others of the same shape. */
const TELLING = ['vendor_id', 'Vendor ID', 'cpu family', 'CPU family', 'model name', 'Model name', 'Architecture:'];
const TELLING_TABLE = starts(TELLING);

/** Fields of processors. */
export const CPUINFO_FORM: PassageForm = lineForm({
  kind: 'cpuinfo',
  firstCharacters: 'vVcCmMA',
  starts: TELLING,
  claims: (bytes, start, end) =>
    startsWithAny(bytes, start, TELLING_TABLE) && /^[\w ]+?\s*:\s/.test(lineText(bytes, start, end)),
  // Of the fields of a processor most stand between those that tell something.
  gap: 40,
  read: readCpuLines,
});

function readCpuLines(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const first = lines[0];
  if (first === undefined) return undefined;
  const cpu = parseCpu(
    lines.map(({ text }) => text),
    false,
  );
  const machine = lines.find(({ text }) => text.startsWith('Architecture:'));
  const hint = machine && architectureOf(machine.text, machine.line);
  if (cpu === undefined && hint === undefined) return undefined;
  return {
    origin: { source, passage: 'cpuinfo', line: first.line },
    ...(cpu === undefined ? {} : { cpu: known(cpu) }),
    ...(hint === undefined ? {} : { architecture: [hint] }),
    findings: [],
  };
}
