import type { Lines } from './passage-form.ts';

const LF = 0x0a;
const CR = 0x0d;

/** Calls `visit` with each line: `[start, end)` without its end, and its number in the source. */
export function eachLine(
  { bytes, start, end, firstLine }: Lines,
  visit: (start: number, end: number, line: number) => void,
): void {
  let line = firstLine;
  for (let at = start; at < end; line++) {
    const newline = bytes.indexOf(LF, at);
    const next = newline < 0 || newline >= end ? end : newline;
    visit(at, next > at && bytes[next - 1] === CR ? next - 1 : next, line);
    at = next + 1;
  }
}
