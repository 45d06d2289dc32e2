/** Files and text from people: their bytes go to the worker and nowhere else. */
import { openInput } from '../state.ts';

/** Opens a file. */
export async function openFile(file: File): Promise<void> {
  await openInput({ from: 'bytes', bytes: new Uint8Array(await file.arrayBuffer()), name: file.name }, undefined);
}

/** Opens pasted text. */
export function openText(text: string): Promise<void> {
  return openInput({ from: 'bytes', bytes: new TextEncoder().encode(text), name: 'pasted text' }, undefined);
}
