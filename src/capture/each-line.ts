import type { Lines } from './passage-form.ts';

const LF = 0x0a;
const CR = 0x0d;

/** Calls `visit` with each line: `[start, end)` without its end, and its number in the source. */
export function eachLine(
  { bytes, start, end, firstLine, ends }: Lines,
  visit: (start: number, end: number, line: number) => void,
): void {
  let line = firstLine;
  for (let at = start; at < end; line++) {
    const newline = ends === undefined ? lineEndAt(bytes, at) : (ends[line - firstLine] as number);
    const next = newline >= end ? end : newline;
    visit(at, next > at && bytes[next - 1] === CR ? next - 1 : next, line);
    at = next + 1;
  }
}

/** Lines are short: looking at their bytes costs less than asking the engine to. */
const NEAR = 256;

/** Position of the newline at or behind `at`; the length where there is none. */
export function lineEndAt(bytes: Uint8Array, at: number): number {
  const near = Math.min(bytes.length, at + NEAR);
  for (let i = at; i < near; i++) if (bytes[i] === LF) return i;
  if (near === bytes.length) return near;
  const newline = bytes.indexOf(LF, near);
  return newline < 0 ? bytes.length : newline;
}
