/** Recorded machines with the ACS registers and IOMMU groups that real kernels answered. */
import { readFileSync } from 'node:fs';
import { type Analysis, analyze } from '../../src/analyze.ts';
import { readInput } from '../../src/archive/index.ts';
import { factValue } from '../../src/capture/index.ts';

/** One recording. */
export interface RecordedMachine {
  readonly analysis: Analysis;
  readonly cmdline: string;
  /** ACS Control by address, of functions that have it. */
  readonly control: ReadonlyMap<string, number>;
  /** Group by address; -1 none. */
  readonly group: ReadonlyMap<string, number>;
}

/** Reads a folder of test/fixtures/recordings. */
export async function readRecordedMachine(name: string): Promise<RecordedMachine> {
  const folder = new URL(`../fixtures/recordings/${name}/`, import.meta.url);
  const capture = await readInput(readFileSync(new URL('capture.tar.gz', folder)), name);
  if (!capture.ok) throw new Error(capture.error.text);
  const control = new Map<string, number>();
  const group = new Map<string, number>();
  for (const line of readFileSync(new URL('answers-acs-groups.jsonl', folder), 'utf8').trim().split('\n')) {
    const answer = JSON.parse(line);
    if (answer.op === 'acs' && answer.acs_pos !== '0') control.set(answer.dev, Number.parseInt(answer.acs_ctrl, 16));
    if (answer.op === 'groups') for (const device of answer.devices) group.set(device.dev, device.group);
  }
  const analysis = analyze(capture.value);
  return { analysis, cmdline: factValue(capture.value.kernel.cmdline) ?? '', control, group };
}

/** Reads the capture of a folder of test/machines. */
export async function readTestMachine(name: string): Promise<Analysis> {
  const capture = await readInput(readFileSync(new URL(`../machines/${name}/capture.tar.gz`, import.meta.url)), name);
  if (!capture.ok) throw new Error(capture.error.text);
  return analyze(capture.value);
}
