/** Files and text from people: their bytes go to the worker and nowhere else. */

import { printable } from '../../src/base/index.ts';
import { looksDescribed, looksLikeScenario } from '../description-mark.ts';
import { completedBy, openInput } from '../opening.ts';
import type { BesideFile } from '../protocol.ts';
import { refusals, sayRefused } from '../state.ts';

/** Opens files: what tells of one machine is one, a scenario has the files that came along. */
export async function openFiles(list: Iterable<File>): Promise<void> {
  refusals.value = [];
  const files: BesideFile[] = [];
  for (const file of list) {
    const bytes = await bytesOf(file);
    if (typeof bytes === 'string') sayRefused(`${printable(file.name)}: ${bytes}.`);
    else files.push({ name: file.name, bytes });
  }
  const scenarios = files.filter(({ bytes }) => looksLikeScenario(bytes));
  const machines = files.filter((file) => !scenarios.includes(file));
  for (const file of scenarios) await openInput({ from: 'bytes', ...file, beside: machines }, undefined);
  if (scenarios.length === 0) await openMachines(machines);
}

async function openMachines(files: readonly BesideFile[]): Promise<void> {
  const completed = files.map(({ name }) => completedBy(name)).find((scenario) => scenario !== undefined);
  if (completed !== undefined) return openInput({ ...completed, beside: files }, undefined);
  const described = files.filter(({ bytes }) => looksDescribed(bytes));
  const [first, ...others] = files.filter((file) => !described.includes(file));
  if (first !== undefined) await openInput({ from: 'bytes', ...first, others }, undefined);
  for (const file of described) await openInput({ from: 'bytes', ...file }, undefined);
}

/** As much as the reader unpacks at most. */
const MOST_BYTES = 2 ** 30;

/** The bytes of a file, or why there are none: a folder was dropped, or the file is gone. */
async function bytesOf(file: File): Promise<Uint8Array | string> {
  if (file.size > MOST_BYTES) return 'is larger than 1 GiB; no capture is';
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return 'cannot be read; if it is a folder, give the archive of it';
  }
}

/** Opens pasted text. */
export function openText(text: string): Promise<void> {
  refusals.value = [];
  return openInput({ from: 'bytes', bytes: new TextEncoder().encode(text), name: 'pasted text' }, undefined);
}
