/** Gives parts of a text that was decoded the line numbers of the text as people have it. */
import type { CapturePart } from '../capture-part.ts';

/** @param lines for each line that a reader saw, from 1, the line that people see */
export function renumberParts(parts: readonly CapturePart[], lines: readonly number[]): readonly CapturePart[] {
  const lineOf = (line: number): number => lines[line - 1] ?? line;
  return parts.map((part) => ({
    ...(renumbered(part, lineOf) as CapturePart),
    findings: part.findings.map((finding) => ({
      ...finding,
      where: finding.where.replace(/\bline (\d+)/, (_, line: string) => `line ${lineOf(Number(line))}`),
    })),
  }));
}

/** In all parts a line number stands under one of these names. */
const LINE_NAMES: ReadonlySet<string> = new Set(['line', 'lastLine', 'acsLine']);

/** Plain objects and arrays; what has an identity (config space) or other keys (maps) holds no lines. */
function renumbered(value: unknown, lineOf: (line: number) => number): unknown {
  if (Array.isArray(value)) return value.map((each) => renumbered(each, lineOf));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) =>
      LINE_NAMES.has(name) && typeof each === 'number' ? [name, lineOf(each)] : [name, renumbered(each, lineOf)],
    ),
  );
}
