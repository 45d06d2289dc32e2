/** Files and text from people: their bytes go to the worker and nowhere else. */

import { looksLikeScenario } from '../description-mark.ts';
import type { BesideFile } from '../lab-protocol.ts';
import { completedBy, openInput } from '../state.ts';

/** Opens files: each machine in a tab of its own, a scenario with the files that came along. */
export async function openFiles(list: Iterable<File>): Promise<void> {
  const files: BesideFile[] = [];
  for (const file of list) files.push({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
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

/** Opens pasted text. */
export function openText(text: string): Promise<void> {
  return openInput({ from: 'bytes', bytes: new TextEncoder().encode(text), name: 'pasted text' }, undefined);
}
