import { describe, expect, test } from 'vitest';
import { readSources, type Source } from './sources.ts';

const sources = readSources();
const code = sources.filter((source) => !source.isTest);
const web = readSources('web');
const core = code.filter((source) => !['archive', 'node', 'fleet-node', 'cli'].includes(source.folder));

/** Files that write for people. JSON and files for machines escape what they hold. */
const forPeople = [...code, ...web].filter(({ path }) =>
  /^src\/(?:cli|report\/sheet)\/|^src\/(?:report|fleet)\/[\w-]*(?:sheet|text|words|lines)\.ts$|^web\/views\//.test(
    path,
  ),
);

/** What must not stand in code, where, and what to write instead. */
const BANNED: readonly { readonly pattern: RegExp; readonly where: readonly Source[]; readonly instead: string }[] = [
  { pattern: /\bDate\b\.now|new Date\(/, where: core, instead: 'a time passed in' },
  { pattern: /Math\.random/, where: core, instead: 'Prng with a seed passed in' },
  { pattern: /\bconsole\./, where: code, instead: 'a value, printed by the CLI' },
  { pattern: /\bprocess\b\./, where: core, instead: 'an argument' },
  { pattern: /\bBuffer\b/, where: core, instead: 'Uint8Array' },
  { pattern: /\bas any\b|: any[;,)\]]/, where: sources, instead: 'a real type' },
  { pattern: /\bunshown\((?!.* \?\? null,$)/m, where: forPeople, instead: '`printable`' },
  { pattern: /\benum \w+ \{/, where: code, instead: 'an `as const` object and a union type' },
  { pattern: /\b(?:FIXME|TODO|XXX|HACK)\b/, where: sources, instead: 'the thing done, or an issue' },
  { pattern: /@ts-ignore|@ts-expect-error|biome-ignore/, where: code, instead: 'code that needs no exception' },
];

describe('style', () => {
  test.each(BANNED)('no $pattern: $instead', ({ pattern, where }) => {
    expect(where.filter((source) => pattern.test(source.text)).map((source) => source.path)).toEqual([]);
  });

  test('files hold one idea: at most 400 lines', () => {
    const long = [...code, ...web].filter((source) => source.text.split('\n').length > 401);
    expect(long.map((source) => `${source.path}: ${source.text.split('\n').length} lines`)).toEqual([]);
  });

  test('the page keeps its state in values: no variable of a module changes', () => {
    const changing = web.filter((source) => /^(?:export )?let /m.test(source.text));
    expect(changing.map((source) => source.path)).toEqual([]);
  });

  test('functions fit a screen: at most 70 lines', () => {
    const long = code.flatMap((source) => longFunctions(source));
    expect(long).toEqual([]);
  });

  test('no folder or file is called utils, helpers, common or misc', () => {
    const vague = sources.filter((source) => /\b(?:utils?|helpers?|common|misc)\b/.test(source.path));
    expect(vague.map((source) => source.path)).toEqual([]);
  });

  test('everything exported says what it is', () => {
    const bare = code.flatMap((source) => undocumented(source));
    expect(bare).toEqual([]);
  });
});

/** Functions and methods by indentation: from a line that ends with ` {` to the closing brace at its column. */
function longFunctions(source: Source): string[] {
  const lines = source.text.split('\n');
  return lines.flatMap((line, start) => {
    const head = /^(\s*)(?:export )?(?:async )?(?:function\b|static |#?\w+\(|(?:const|let) \w+ = (?:async )?\()/.exec(
      line,
    );
    if (head === null || !line.endsWith('{') || /^\s*(?:if|for|while|switch)\b/.test(line)) return [];
    const end = new RegExp(`^${head[1]}\\}[;,)]*$`);
    const length = lines.slice(start).findIndex((later) => end.test(later)) + 1;
    return length > 70 ? [`${source.path}:${start + 1}: ${length} lines`] : [];
  });
}

/** Exports without a docstring above them. Constants under a documented one share its comment. */
function undocumented(source: Source): string[] {
  const lines = source.text.split('\n');
  return lines.flatMap((line, at) => {
    const name = /^export (?:async )?(?:abstract )?(?:function|class|interface|type|const) (\w+)/.exec(line)?.[1];
    if (name === undefined) return [];
    const above =
      lines
        .slice(0, at)
        .findLast((before) => before.trim() !== '')
        ?.trim() ?? '';
    const ok = above.endsWith('*/') || above.startsWith('export const') || (line.startsWith('export const') && at < 12);
    return ok ? [] : [`${source.path}:${at + 1}: ${name}`];
  });
}
