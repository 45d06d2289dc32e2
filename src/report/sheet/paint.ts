/** Colours, passed in by whoever knows where the text goes; meaning never depends on them. */
import type { Emphasis, Line, Tone } from './sheet.ts';

/** What a terminal does to words. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly red: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const same = (text: string): string => text;

/** No colours: files, pipes, tests. */
export const PLAIN: Paint = { bold: same, dim: same, green: same, yellow: same, red: same, cyan: same };

const COLOURS: Readonly<Record<Tone, (paint: Paint) => (text: string) => string>> = {
  good: (paint) => paint.green,
  warn: (paint) => paint.yellow,
  bad: (paint) => paint.red,
  open: (paint) => paint.cyan,
  dim: (paint) => paint.dim,
  plain: () => same,
};

/** Words in their colour. */
export function paintWords({ text, tone, strong }: Emphasis, paint: Paint): string {
  const coloured = COLOURS[tone](paint)(text);
  return strong ? paint.bold(coloured) : coloured;
}

/** A line in its colours. */
export function paintLine(line: Line, paint: Paint): string {
  if (typeof line === 'string') return line;
  return line.map((part) => (typeof part === 'string' ? part : paintWords(part, paint))).join('');
}
