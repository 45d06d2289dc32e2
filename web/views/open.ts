/** Files and text from people: their bytes go to the worker and nowhere else. */

import { printable } from '../../src/base/index.ts';
import { looksLikeScenario } from '../description-mark.ts';
import type { BesideFile } from '../protocol.ts';
import { announcement, completedBy, openError, openInput } from '../state.ts';

/** Opens files: each machine in a tab of its own, a scenario with the files that came along. */
export async function openFiles(list: Iterable<File>): Promise<void> {
  const files: BesideFile[] = [];
  for (const file of list) {
    const bytes = await bytesOf(file);
    if (typeof bytes === 'string') {
      openError.value = `${printable(file.name)}: ${bytes}.`;
      announcement.value = openError.value;
      return;
    }
    files.push({ name: file.name, bytes });
  }
  const scenarios = files.filter(({ bytes }) => looksLikeScenario(bytes));
  const machines = files.filter((file) => !scenarios.includes(file));
  for (const file of scenarios) await openInput({ from: 'bytes', ...file, beside: machines }, undefined);
  if (scenarios.length > 0) return;
  for (const file of machines) {
    const scenario = completedBy(file.name);
    if (scenario === undefined) await openInput({ from: 'bytes', ...file }, undefined);
    else await openInput({ ...scenario, beside: machines }, undefined);
  }
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
  return openInput({ from: 'bytes', bytes: new TextEncoder().encode(text), name: 'pasted text' }, undefined);
}
