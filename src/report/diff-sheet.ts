/** Two machines held against each other: which pairs answer otherwise and why, then what differs. */
import { gather, printable, type RawText } from '../base/index.ts';
import type { DifferentPair, FactDifference, FunctionDifference, LinkWidth, MachineDiff } from '../diagnose/index.ts';
import type { Verdict } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { acsBitNames, formatBdf } from '../uapi/index.ts';
import { changeLines } from './change-list.ts';
import { kernelJson, kernelLine } from './kernel-words.ts';
import { longName, nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { missingText, reasonTexts } from './reason-text.ts';
import { type Line, list, type Section, type Sheet, strong, text } from './sheet/index.ts';
import { type Subject, whatIfJson, whatIfLines } from './subject.ts';
import { counted, MAP_TYPE_WORDS } from './words.ts';

/** Two machines by what they are called: A and B. */
export interface DiffSubjects {
  readonly a: Subject;
  readonly b: Subject;
}

/** The report. */
export function diffSheet({ a, b }: DiffSubjects, diff: MachineDiff): Sheet {
  const { names } = a;
  return {
    title: 'peerpath diff',
    answer: answerLine(diff),
    context: [
      ...(a.whatIf === undefined ? [] : whatIfLines(a.whatIf, names)),
      contextLine('A', a),
      contextLine('B', b),
    ],
    sections: [
      ...pairSections(diff, a, b),
      section('Kernel', kernelLines(diff)),
      section('Functions', functionLines(diff, a, b)),
      section('ACS Control', alikeLines(diff.acs, names, bits)),
      section('Links', alikeLines(diff.links, names, linkWords)),
      section('IOMMU groups', groupLines(diff, names)),
      section('Drivers', alikeLines(diff.drivers, names, driverWords)),
    ].flatMap((each) => each ?? []),
  };
}

function answerLine({ pairs, compared, open }: MachineDiff): Line {
  if (compared === 0) return 'The two machines have no two devices in common to ask about.';
  const all = `${counted(compared, 'ordered pair')} of devices that both have`;
  if (pairs.length === 0) return `All ${all} answer alike${open === 0 ? '' : `; ${open} are unknown on both sides`}.`;
  const turns = [...byTurn(pairs)].map(([words, of]) => `${of.length} ${words}`).join(', ');
  return `${pairs.length} of ${all} answer otherwise: ${turns}.`;
}

function contextLine(letter: string, { analysis, reader }: Subject): Line {
  const { name } = analysis.capture.source;
  return [strong(`${letter} `), `${printable(name)}. ${kernelLine(analysis.machine, reader)}`];
}

function section(title: string, lines: readonly Line[]): Section | undefined {
  return lines.length === 0 ? undefined : { title, blocks: [list(lines, 6)] };
}

function byTurn(pairs: readonly DifferentPair[]): Map<string, DifferentPair[]> {
  const turns = new Map<string, DifferentPair[]>();
  for (const pair of pairs) {
    const words = `${MAP_TYPE_WORDS[pair.first.mapType].short} → ${MAP_TYPE_WORDS[pair.second.mapType].short}`;
    turns.set(words, [...(turns.get(words) ?? []), pair]);
  }
  return turns;
}

function pairSections({ pairs }: MachineDiff, a: Subject, b: Subject): Section[] {
  if (pairs.length === 0) return [];
  const changes = pairs.map(({ first, second }) => ({
    provider: first.provider,
    client: first.client,
    from: first.mapType,
    to: second.mapType,
  }));
  const why = [...byTurn(pairs)].flatMap(([words, [example]]): Line[] => {
    if (example === undefined) return [];
    const { first } = example;
    const pair = `${longName(first.provider, a.names)} -> ${longName(first.client, a.names)}`;
    const { before, after } = onlyOneSide(example, a.names, b.names);
    const sides = [before === '' ? '' : `A: ${before}`, after === '' ? '' : `B: ${after}`];
    return [
      [strong(words), `, for example ${pair}`],
      ...sides.filter((side) => side !== '').map((side) => `  ${side}`),
    ];
  });
  return [
    { title: 'Pairs that answer otherwise', blocks: [text(...changeLines(changes, a.names, 8))] },
    { title: 'Why', blocks: [text(...why)] },
  ];
}

/** What one side met and the other did not. */
function onlyOneSide(
  { first, second }: DifferentPair,
  a: DeviceNames,
  b: DeviceNames,
): { readonly before: string; readonly after: string } {
  const [x, y] = [reasons(first, a), reasons(second, b)];
  return {
    before: x.filter((each) => !y.includes(each)).join(' '),
    after: y.filter((each) => !x.includes(each)).join(' '),
  };
}

function reasons(verdict: Verdict, names: DeviceNames): string[] {
  const missing = verdict.missing.map((each) => `Not known: ${missingText(each).fact}.`);
  return [...reasonTexts(verdict, names), ...new Set(missing)];
}

function turn(first: string | undefined, second: string | undefined): string {
  return `${first === undefined ? 'not told' : printable(first)} → ${second === undefined ? 'not told' : printable(second)}`;
}

function kernelLines({ release, cmdline, config }: MachineDiff): Line[] {
  const line = (what: string, difference: FactDifference<string> | undefined): Line[] =>
    difference === undefined ? [] : [`${what}: ${turn(difference.first, difference.second)}`];
  return [
    ...line('release', release),
    ...(cmdline?.first === undefined || cmdline.second === undefined
      ? line('command line', cmdline)
      : parameterLines(cmdline.first, cmdline.second)),
    ...config.map(({ option, first, second }) => `${option}: ${turn(first, second)}`),
  ];
}

function parameterLines(first: string, second: string): Line[] {
  const [x, y] = [first.split(/\s+/), second.split(/\s+/)];
  const lacks = (words: readonly string[], others: readonly string[]): string =>
    printable(words.filter((word) => !others.includes(word)).join(' '));
  const [gone, added] = [lacks(x, y), lacks(y, x)];
  return [
    ...(gone === '' ? [] : [`parameters of A alone: ${gone}`]),
    ...(added === '' ? [] : [`parameters of B alone: ${added}`]),
  ];
}

function functionLines({ functions, moved }: MachineDiff, a: Subject, b: Subject): Line[] {
  const named = (fn: PciFunction, names: DeviceNames): string => `${longName(fn, names)} ${names.nameOf(fn)}`;
  return [
    ...functions.onlyFirst.map((fn) => `A alone: ${named(fn, a.names)}`),
    ...functions.onlySecond.map((fn) => `B alone: ${named(fn, b.names)}`),
    ...moved.map(([fn, other]) => `at another address: ${longName(fn, a.names)} → ${longName(other, b.names)}`),
  ];
}

function bits(control: number | undefined): string {
  if (control === undefined) return 'not told';
  return control === 0 ? 'none' : acsBitNames(control);
}

/** Functions that differ alike share a line. */
function alikeLines<Value>(
  found: readonly FunctionDifference<Value>[],
  names: DeviceNames,
  words: (value: Value | undefined) => string,
): Line[] {
  const alike = new Map<string, PciFunction[]>();
  for (const { fn, first, second } of found) gather(alike, `${words(first)} → ${words(second)}`, fn);
  return [...alike].map(([change, functions]) => {
    const [only, ...others] = functions;
    const who = only !== undefined && others.length === 0 ? longName(only, names) : nameList(functions, names, 8);
    return `${who}: ${change}`;
  });
}

function linkWords(link: LinkWidth | undefined): string {
  return link === undefined ? 'not told' : `${link.speed} GT/s x${link.width}`;
}

function driverWords(driver: RawText | undefined): string {
  return driver === undefined ? 'not told' : printable(driver);
}

function groupLines({ groups }: MachineDiff, names: DeviceNames): Line[] {
  if (groups === undefined) return [];
  const with_ = (others: readonly PciFunction[] | undefined): string =>
    others === undefined || others.length === 0 ? 'alone' : `with ${nameList(others, names, 4)}`;
  return groups.map(({ fn, first, second }) => `${longName(fn, names)}: ${with_(first)} → ${with_(second)}`);
}

/** `diff --json`. */
export function diffJson({ a, b }: DiffSubjects, diff: MachineDiff): object {
  const side = ({ analysis }: Subject): object => ({
    source: analysis.capture.source.name,
    kernel: kernelJson(analysis.machine),
  });
  const of = <Value>(
    found: readonly FunctionDifference<Value>[],
    show: (value: Value | undefined) => unknown,
  ): object[] =>
    found.map(({ fn, other, first, second }) => ({
      a: formatBdf(fn.bdf),
      b: formatBdf(other.bdf),
      from: show(first),
      to: show(second),
    }));
  const same = <Value>(value: Value | undefined): Value | null => value ?? null;
  const addresses = (functions: readonly PciFunction[] = []): string[] => functions.map(({ bdf }) => formatBdf(bdf));
  return {
    schema: 'peerpath.diff/1',
    ...(a.whatIf === undefined ? {} : { whatIf: whatIfJson(a.whatIf, a.names) }),
    a: side(a),
    b: side(b),
    compared: diff.compared,
    unknownInBoth: diff.open,
    pairs: diff.pairs.map((pair) => {
      const { before, after } = onlyOneSide(pair, a.names, b.names);
      return {
        a: { provider: formatBdf(pair.first.provider.bdf), client: formatBdf(pair.first.client.bdf) },
        b: { provider: formatBdf(pair.second.provider.bdf), client: formatBdf(pair.second.client.bdf) },
        from: pair.first.mapType,
        to: pair.second.mapType,
        reasons: { a: before, b: after },
      };
    }),
    functions: {
      onlyA: addresses(diff.functions.onlyFirst),
      onlyB: addresses(diff.functions.onlySecond),
      moved: diff.moved.map(([fn, other]) => ({ a: formatBdf(fn.bdf), b: formatBdf(other.bdf) })),
    },
    acs: of(diff.acs, (value) => (value === undefined ? null : `0x${value.toString(16).padStart(4, '0')}`)),
    links: of(diff.links, same),
    groups: diff.groups === undefined ? null : of(diff.groups, addresses),
    drivers: of(diff.drivers, same),
    kernel: {
      release: diff.release === undefined ? null : { from: same(diff.release.first), to: same(diff.release.second) },
      cmdline: diff.cmdline === undefined ? null : { from: same(diff.cmdline.first), to: same(diff.cmdline.second) },
      config: diff.config.map(({ option, first, second }) => ({ option, from: same(first), to: same(second) })),
    },
  };
}
