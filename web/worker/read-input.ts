/** The machine of an input: captured, described, shipped, or that of a scenario. */
import { machinesOf, readCaptureArchive, readParts, type SourceParts } from '../../src/archive/index.ts';
import { err, ok, type Result } from '../../src/base/index.ts';
import type { MachineCapture } from '../../src/capture/index.ts';
import type { BesideFile, OpenInput } from '../protocol.ts';

/** Why an input cannot be opened. */
export interface InputRefusal {
  readonly error: string;
  /** The file that a scenario names. */
  readonly needs?: string;
  /** A worker that reads texts may be able to: the files as they unpack. */
  readonly texts?: readonly BesideFile[];
  /** How many machines, or reasons why there are none, come after this one. */
  readonly more?: number;
}

/** A machine, and how many more the same files show; or why there is none. */
export type MachineRead = Result<{ readonly capture: MachineCapture; readonly more: number }, InputRefusal>;

/** Reads the machine that files show together; of several machines the one with this number, from 0. Never throws. */
export type ReadFiles = (files: readonly BesideFile[], machine: number) => Promise<MachineRead>;

/** The files of an input. */
export function filesOf(input: OpenInput & { readonly from: 'bytes' }): readonly BesideFile[] {
  return [{ name: input.name, bytes: input.bytes }, ...(input.others ?? [])];
}

/** Reads one capture archive, and refuses what needs a reader of texts. */
export async function readCaptureFile(files: readonly BesideFile[], machine: number): Promise<MachineRead> {
  const [file] = files;
  if (file === undefined || files.length > 1 || machine > 0) return needsTexts(files);
  const read = await readCaptureArchive(file.bytes, file.name);
  if (!read.ok) return err({ error: `${read.error.text}.` });
  if ('capture' in read.value) return ok({ capture: read.value.capture, more: 0 });
  return needsTexts([{ name: file.name, bytes: read.value.other }]);
}

function needsTexts(texts: readonly BesideFile[]): MachineRead {
  return err({ error: 'This worker reads captures only.', texts });
}

/** Reads files of every form: what they tell of one machine is one machine. What cannot be read comes last. */
export async function readAllFiles(files: readonly BesideFile[], machine: number): Promise<MachineRead> {
  const captures: SourceParts[] = [];
  const others: SourceParts[] = [];
  const refused: string[] = [];
  for (const { bytes, name } of files) {
    const read = await readParts(bytes, name);
    if (!read.ok) refused.push(read.error.text);
    else (isWholeCapture(read.value) ? captures : others).push(read.value);
  }
  const machines = machinesIn(captures, others);
  for (const read of machines) if (!read.ok) refused.push(read.error.text);
  const read = machines.flatMap((each) => (each.ok ? [each.value] : []));
  const more = read.length + refused.length - 1 - machine;
  const capture = read[machine];
  if (capture !== undefined) return ok({ capture, more });
  return err({ error: `${refused[machine - read.length] ?? 'The files show fewer machines than before'}.`, more });
}

/** Two whole captures are two machines, or one at two times; a single one and texts tell of the same machine. */
function machinesIn(captures: readonly SourceParts[], others: readonly SourceParts[]): ReturnType<typeof machinesOf> {
  if (captures.length < 2) return captures.length + others.length === 0 ? [] : machinesOf([...captures, ...others]);
  const alone = captures.flatMap((capture) => machinesOf([capture]));
  return others.length === 0 ? alone : [...alone, ...machinesOf(others)];
}

function isWholeCapture({ parts, texts = [] }: SourceParts): boolean {
  return texts.length === 0 && parts.length === 1 && parts[0]?.origin.passage === 'sysfs';
}
