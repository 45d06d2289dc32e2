/** What may happen to the text of lspci on its way: lines, stretches, functions and columns are lost, marks are added. */
import type { Prng } from '../../src/base/index.ts';

type Lines = readonly string[];
type Change = (lines: Lines, random: Prng) => Lines;

/** Changes by their names. */
export type Changes = Readonly<Record<string, Change>>;

/** Words by which people filter. */
const WORDS = [
  ...['Capabilities', 'Control', 'Status', 'Bus:', 'ACSC', 'Express', 'Dev', 'Lnk', 'Kernel', 'Region', 'Flags'],
  ...['Access Control', 'Ctl', 'Cap', 'Sta', 'Memory', 'behind bridge', 'Subsystem', 'IOMMU group', 'LnkSta:', 'RootC'],
];

function anyWord(random: Prng, words: readonly string[] = WORDS): string {
  return words[random.below(words.length)] ?? '';
}

/** A share of 1 in 2, 4, 8, ... 128, as a test for one line or another. */
function some(random: Prng): () => boolean {
  const rate = 2 ** -(1 + random.below(7));
  return () => random.below(1 << 16) < rate * (1 << 16);
}

/** What people and programs do: loss. */
export const LOSSES: Changes = {
  'lines at random': (lines, random) => {
    const goes = some(random);
    return lines.filter(() => !goes());
  },
  'a stretch of lines': (lines, random) => {
    const start = random.below(lines.length);
    const end = start + random.below(Math.min(120, lines.length - start));
    return [...lines.slice(0, start), ...lines.slice(end)];
  },
  'several stretches': (lines, random) => {
    let left = lines;
    for (let n = 2 + random.below(4); n > 0 && left.length > 0; n--) {
      left = LOSSES['a stretch of lines']?.(left, random) ?? left;
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
  head: (lines, random) => lines.slice(0, random.below(lines.length)),
  tail: (lines, random) => lines.slice(random.below(lines.length)),
  functions: (lines, random) => {
    const rate = 1 + random.below(8);
    return inParagraphs(lines).flatMap((part) => (random.below(10) < rate ? [] : part));
  },
  'one function': (lines, random) => {
    const parts = inParagraphs(lines);
    const gone = random.below(parts.length);
    return parts.flatMap((part, n) => (n === gone ? [] : part));
  },
  sections: (lines, random) => {
    const goes = some(random);
    return withoutSections(lines, () => goes());
  },
  'sections of a kind': (lines, random) => {
    const name = anyWord(random, SECTIONS);
    return withoutSections(lines, (title) => title.includes(name) && random.below(4) > 0);
  },
  'lines of sections': (lines, random) => {
    const goes = some(random);
    return lines.filter((line) => !/^\t\t/.test(line) || !goes());
  },
  'sections with a mark': (lines, random) => {
    const goes = some(random);
    return withoutSections(lines, () => goes(), '\t[...]');
  },
  titles: (lines, random) => lines.filter((line) => !isTitle(line) || random.below(8) > 0),
  'a kind of line': (lines, random) => {
    const word = anyWord(random);
    return lines.filter((line) => !line.includes(word) || isTitle(line));
  },
  'a kind of line, titles too': (lines, random) => {
    const word = anyWord(random);
    return lines.filter((line) => !line.includes(word));
  },
  'all but titles and a few kinds': (lines, random) => {
    const kept = WORDS.filter(() => random.below(4) === 0);
    return lines.filter((line) => isTitle(line) || kept.some((word) => line.includes(word)));
  },
  'all but a few kinds': (lines, random) => {
    const kept = WORDS.filter(() => random.below(4) === 0);
    return lines.filter((line) => kept.some((word) => line.includes(word)));
  },
  'lines around a word': (lines, random) => {
    const word = anyWord(random, [...WORDS, 'bridge', 'VGA', 'Ethernet', 'Non-Volatile', 'PCI bridge']);
    const [before, after] = [random.below(2) * random.below(40), random.below(2) * random.below(60)];
    const at = lines.flatMap((line, n) => (line.includes(word) ? [n] : []));
    const kept = new Set(at.flatMap((n) => Array.from({ length: before + after + 1 }, (_, i) => n - before + i)));
    return lines.flatMap((line, n) => (kept.has(n) ? [line] : kept.has(n - 1) ? ['--'] : []));
  },
  'the first lines of each function': (lines, random) => {
    const most = 1 + random.below(40);
    return inParagraphs(lines).flatMap((part) => [...part.slice(0, most), ...(part.length > most ? [''] : [])]);
  },
  'columns at the right': (lines, random) => {
    const width = 40 + random.below(80);
    return lines.map((line) => line.slice(0, width));
  },
  'columns at the right of a terminal': (lines, random) => {
    const width = 40 + random.below(100);
    return lines.map((line) => {
      const shown = untabbed(line);
      return shown.length > width ? `${shown.slice(0, width - 1)}>` : shown;
    });
  },
  'columns at the left': (lines, random) => {
    const width = 1 + random.below(3);
    return lines.map((line) => line.slice(width));
  },
  'plus signs': (lines) => lines.map((line) => line.replaceAll('+', '')),
  'what HTML takes for tags': (lines) => lines.map((line) => line.replace(/<[^>]*>/g, '')),
  ids: (lines) => lines.map((line) => line.replace(/ \[[0-9a-f]{4}:[0-9a-f]{4}\]/g, '')),
  'the end of the last line': (lines) => [...lines.slice(0, -2), lines.at(-2)?.slice(0, 30) ?? ''],
};

/** What people and programs do: form. */
export const FORMS: Changes = {
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
  'lines folded': (lines, random) => {
    const width = [72, 80, 100, 132][random.below(4)] ?? 80;
    return lines.flatMap((line) => folded(untabbed(line), width));
  },
  indentation: (lines) => lines.map((line) => line.trimStart()),
  'single spaces': (lines) => lines.map((line) => line.replace(/\s+/g, ' ')),
  'tabs as spaces': (lines) => lines.map(untabbed),
  'empty lines': (lines) => lines.filter((line) => line !== ''),
  quotes: (lines, random) => lines.map((line) => `${'> '.repeat(1 + random.below(2))}${line}`),
  'numbers before lines': (lines, random) => {
    const behind = anyWord(random, ['\t', ':', '  ', ' | ']);
    return lines.map((line, n) => `${n + 1}${behind}${line}`);
  },
  bullets: (lines) => lines.map((line) => (isTitle(line) ? `* ${line}` : line)),
  'marks of forums': (lines, random) => {
    const [open, close] =
      [
        ['[B]', '[/B]'],
        ['**', '**'],
        ['`', '`'],
        ['[code]', '[/code]'],
      ][random.below(4)] ?? [];
    return lines.map((line) => (isTitle(line) ? `${open}${line}${close}` : line));
  },
  'lines set apart': (lines) => lines.flatMap((line) => [line, '']),
  'ends of Windows': (lines) => lines.map((line) => `${line}\r`),
};

/** Capabilities by parts of their titles. */
const SECTIONS = [
  ...['Express', 'Access Control', 'Advanced Error', 'Power Management', 'MSI', 'Alternative', 'Single Root'],
  ...['Device Serial', 'Subsystem', 'Address Translation', 'Virtual Channel', 'Resizable'],
];

/** A paragraph for each function, with the empty line behind it. */
function inParagraphs(lines: Lines): string[][] {
  const parts: string[][] = [[]];
  for (const line of lines) {
    parts.at(-1)?.push(line);
    if (line.trim() === '') parts.push([]);
  }
  return parts;
}

/** Without capabilities, title and lines below it, that are chosen by their title; a mark in their place. */
function withoutSections(lines: Lines, goes: (title: string) => boolean, mark?: string): string[] {
  let gone = false;
  return lines.flatMap((line) => {
    if (line.startsWith('\tCapabilities: [')) {
      gone = goes(line);
      return gone ? (mark ?? []) : line;
    }
    gone &&= line.startsWith('\t\t');
    return gone ? [] : line;
  });
}

/** As a terminal shows it. */
function untabbed(line: string): string {
  return line.replace(/^\t+/, (tabs) => ' '.repeat(8 * tabs.length));
}

/** As mail programs do it: at spaces. */
function wrapped(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const at = line.lastIndexOf(' ', width);
  return at <= 8 ? [line] : [line.slice(0, at), ...wrapped(line.slice(at + 1), width)];
}

/** As terminals do it: anywhere. */
function folded(line: string, width: number): string[] {
  return line.length <= width ? [line] : [line.slice(0, width), ...folded(line.slice(width), width)];
}

/** Does a function begin with the line? */
export function isTitle(line: string): boolean {
  return /^(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] /.test(line);
}

/** The lines after one or two changes, the lines before each of them, and the names of the changes. */
export function cutText(
  lines: Lines,
  random: Prng,
  losses: Changes = LOSSES,
  forms: Changes = FORMS,
): { readonly lines: Lines; readonly stages: readonly Lines[]; readonly changes: string } {
  const names = anyChanges(random, losses, forms);
  const stages: Lines[] = [];
  let left = lines;
  for (const name of names) {
    stages.push(left);
    const change = losses[name] ?? forms[name];
    if (left.length > 0) left = change?.(left, random) ?? left;
  }
  return { lines: left, stages, changes: names.join(', ') };
}

/** One loss, a loss and a form, or any two. */
function anyChanges(random: Prng, losses: Changes, forms: Changes): string[] {
  const any = (...changes: Changes[]): string => anyWord(random, changes.flatMap(Object.keys));
  switch (random.below(4)) {
    case 0:
      return [any(losses)];
    case 1:
      return [any(forms), any(losses)];
    case 2:
      return [any(losses), any(forms)];
    default:
      return [any(losses, forms), any(losses, forms)];
  }
}
