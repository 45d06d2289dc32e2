/** What may happen to the text of lspci on its way: lines, stretches, functions and columns are lost, marks are added. */
import type { Prng } from '../../src/base/index.ts';

type Lines = readonly string[];
type Change = (lines: Lines, random: Prng) => Lines;

/** Each change by its name. */
const CHANGES: Readonly<Record<string, Change>> = {
  'lines at random': (lines, random) => {
    const rate = 2 ** -(1 + random.below(7));
    return lines.filter(() => random.below(1 << 16) >= rate * (1 << 16));
  },
  'a stretch of lines': (lines, random) => {
    const start = random.below(lines.length);
    const end = start + random.below(Math.min(120, lines.length - start));
    return [...lines.slice(0, start), ...lines.slice(end)];
  },
  'several stretches': (lines, random) => {
    let left = lines;
    for (let n = 2 + random.below(4); n > 0 && left.length > 0; n--) {
      left = CHANGES['a stretch of lines']?.(left, random) ?? left;
    }
    return left;
  },
  'a screenful': (lines, random) => {
    const start = random.below(lines.length);
    return [...lines.slice(0, start), ...lines.slice(start + 20 + random.below(lines.length))];
  },
  'all but a stretch': (lines, random) => {
    const start = random.below(lines.length);
    return lines.slice(start, start + 40 + random.below(lines.length));
  },
  functions: (lines, random) => {
    const rate = 1 + random.below(8);
    return lines
      .join('\n')
      .split('\n\n')
      .filter(() => random.below(10) >= rate)
      .join('\n\n')
      .split('\n');
  },
  titles: (lines, random) => lines.filter((line) => !isTitle(line) || random.below(8) > 0),
  'a kind of line': (lines, random) => {
    const words = ['Capabilities', 'Control', 'Status', 'Bus:', 'ACSC', 'Express', 'Dev', 'Lnk', 'Kernel', 'Region'];
    const word = words[random.below(words.length)] ?? '';
    return lines.filter((line) => !line.includes(word) || isTitle(line));
  },
  'all but titles and a few kinds': (lines, random) => {
    const words = ['Capabilities', 'Control', 'Status', 'Bus:', 'ACSC', 'Express', 'Flags', 'Kernel'];
    const kept = words.filter(() => random.below(2) === 0);
    return lines.filter((line) => isTitle(line) || kept.some((word) => line.includes(word)));
  },
  'columns at the right': (lines, random) => {
    const width = 40 + random.below(80);
    return lines.map((line) => line.slice(0, width));
  },
  'columns at the left': (lines, random) => {
    const width = 1 + random.below(3);
    return lines.map((line) => line.slice(width));
  },
  'lines joined': (lines, random) => {
    const rate = 2 + random.below(200);
    return lines.reduce<string[]>((left, line) => {
      const last = left.at(-1);
      if (last === undefined || random.below(rate) > 0) left.push(line);
      else left[left.length - 1] = `${last}${random.below(2) === 0 ? ' ' : ''}${line}`;
      return left;
    }, []);
  },
  'lines wrapped': (lines, random) => {
    const width = [72, 76, 80, 100][random.below(4)] ?? 72;
    return lines.flatMap((line) => wrapped(line, width));
  },
  indentation: (lines) => lines.map((line) => line.trimStart()),
  'empty lines': (lines) => lines.filter((line) => line !== ''),
  quotes: (lines, random) => lines.map((line) => `${'> '.repeat(1 + random.below(2))}${line}`),
  'lines set apart': (lines) => lines.flatMap((line) => [line, '']),
  'ends of Windows': (lines) => lines.map((line) => `${line}\r`),
  ids: (lines) => lines.map((line) => line.replace(/ \[[0-9a-f]{4}:[0-9a-f]{4}\]/g, '')),
  'the end of the last line': (lines) => [...lines.slice(0, -2), lines.at(-2)?.slice(0, 30) ?? ''],
};

/** As mail programs do it: at spaces. */
function wrapped(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const at = line.lastIndexOf(' ', width);
  return at <= 8 ? [line] : [line.slice(0, at), ...wrapped(line.slice(at + 1), width)];
}

/** Does a function begin with the line? */
export function isTitle(line: string): boolean {
  return /^(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] /.test(line);
}

/** The lines after one or two changes, the lines before each of them, and the names of the changes. */
export function cutText(
  lines: Lines,
  random: Prng,
): { readonly lines: Lines; readonly stages: readonly Lines[]; readonly changes: string } {
  const names = Object.keys(CHANGES);
  const changes = Array.from({ length: 1 + random.below(2) }, () => names[random.below(names.length)] ?? '');
  const stages: Lines[] = [];
  let left = lines;
  for (const change of changes) {
    stages.push(left);
    if (left.length > 0) left = CHANGES[change]?.(left, random) ?? left;
  }
  return { lines: left, stages, changes: changes.join(', ') };
}
