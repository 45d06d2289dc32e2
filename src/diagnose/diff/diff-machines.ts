/** Two machines, or one before and after a change: what differs, and which pairs answer otherwise. */
import { type RawText, rawText } from '../../base/index.ts';
import { type Fact, factValue } from '../../capture/index.ts';
import { calcMapTypeAndDist, cellMapType, mapTypeMatrix, matrixCell, type Verdict } from '../../p2pdma/index.ts';
import { acsOf, type PciFunction } from '../../pci/index.ts';
import { isEndpoint } from '../exposure.ts';
import { focusOf } from '../focus.ts';
import { coarsest } from '../isolation.ts';
import type { Situation } from '../what-if.ts';
import { type MatchedFunctions, matchFunctions } from './match-functions.ts';

/** A fact of a function, or of the machine, on both sides: undefined where a side does not tell. */
export interface FactDifference<Value> {
  readonly first: Value | undefined;
  readonly second: Value | undefined;
}

/** The same of one function. */
export interface FunctionDifference<Value> extends FactDifference<Value> {
  readonly fn: PciFunction;
  readonly other: PciFunction;
}

/** A pair that answers otherwise. */
export interface DifferentPair {
  readonly first: Verdict;
  readonly second: Verdict;
}

/** What differs. Functions are those of the first machine where both have them. */
export interface MachineDiff {
  readonly functions: MatchedFunctions;
  readonly moved: readonly (readonly [PciFunction, PciFunction])[];
  readonly drivers: readonly FunctionDifference<RawText>[];
  /** Speeds in GT/s and lanes. */
  readonly links: readonly FunctionDifference<LinkWidth>[];
  /** ACS Control registers, 16 bits. */
  readonly acs: readonly FunctionDifference<number>[];
  /** Endpoints that share their IOMMU group with others than before; undefined where a side has no groups. */
  readonly groups: readonly FunctionDifference<readonly PciFunction[]>[] | undefined;
  readonly release: FactDifference<string> | undefined;
  readonly cmdline: FactDifference<string> | undefined;
  /** Lines of the kernel configuration that both have, and that differ. */
  readonly config: readonly (FactDifference<string> & { readonly option: string })[];
  /** Ordered pairs of devices in focus that both machines have. */
  readonly compared: number;
  readonly pairs: readonly DifferentPair[];
  /** Pairs that are unknown on both sides. */
  readonly open: number;
}

/** A link as it runs. */
export interface LinkWidth {
  readonly speed: number;
  readonly width: number;
}

/** Compares two machines. */
export function diffMachines(first: Situation, second: Situation): MachineDiff {
  const [a, b] = [first.machine.topology, second.machine.topology];
  const functions = matchFunctions(a.functions, b.functions);
  const [x, y] = [a.capture.kernel, b.capture.kernel];
  return {
    functions,
    moved: functions.pairs.filter(([fn, other]) => fn.bdf !== other.bdf),
    drivers: differences(functions, (fn) => factValue(fn.captured.driver) ?? noDriver(fn.captured.driver)),
    links: differences(functions, linkOf, (p, q) => p.speed === q.speed && p.width === q.width),
    acs: [...acsDifferences(first, second, functions)],
    groups: groupDifferences(first, second, functions),
    release: factDifference(factValue(x.release), factValue(y.release)),
    cmdline: factDifference(factValue(x.cmdline), factValue(y.cmdline)),
    config: [...configDifferences(x.config, y.config)],
    ...comparePairs(first, second, functions),
  };
}

function factDifference(first: string | undefined, second: string | undefined): FactDifference<string> | undefined {
  return first === second ? undefined : { first, second };
}

function noDriver({ state }: Fact<RawText>): RawText | undefined {
  return state === 'absent' ? rawText('none') : undefined;
}

/** Only what both sides tell can differ. */
function differences<Value>(
  { pairs }: MatchedFunctions,
  read: (fn: PciFunction) => Value | undefined,
  equal: (a: Value, b: Value) => boolean = (a, b) => a === b,
): FunctionDifference<Value>[] {
  return pairs.flatMap(([fn, other]) => {
    const [first, second] = [read(fn), read(other)];
    return first === undefined || second === undefined || equal(first, second) ? [] : [{ fn, other, first, second }];
  });
}

/** Ports are left out: their link is that of the device below. */
function linkOf(fn: PciFunction): LinkWidth | undefined {
  const link = factValue(fn.link);
  const [speed, width] = [link && factValue(link.speed), link && factValue(link.width)];
  if (fn.physfn !== undefined || fn.bdf % 8 !== 0 || speed === undefined || width === undefined) return undefined;
  return { speed, width };
}

function* acsDifferences(
  first: Situation,
  second: Situation,
  { pairs }: MatchedFunctions,
): Generator<FunctionDifference<number>> {
  for (const [fn, other] of pairs) {
    const [a, b] = [acsOf(first.machine.acs, fn), acsOf(second.machine.acs, other)];
    if (a.state !== 'known' || b.state !== 'known') continue;
    const [p, q] = [a.value.control, b.value.control];
    if (p.value !== q.value) yield { fn, other, first: p.value, second: q.value };
  }
}

/** Group numbers mean nothing between boots: who shares one does. */
function groupDifferences(
  first: Situation,
  second: Situation,
  { pairs }: MatchedFunctions,
): FunctionDifference<readonly PciFunction[]>[] | undefined {
  if (first.groups === undefined || second.groups === undefined) return undefined;
  const twin = new Map(pairs.map(([fn, other]) => [other, fn]));
  const before = companions(first.groups);
  const after = companions(second.groups);
  return pairs.flatMap(([fn, other]) => {
    if (!isEndpoint(fn)) return [];
    const mine = before.get(fn) ?? [];
    const theirs = (after.get(other) ?? []).map((each) => twin.get(each) ?? each);
    const same = mine.length === theirs.length && theirs.every((each) => mine.includes(each));
    return same ? [] : [{ fn, other, first: mine, second: theirs }];
  });
}

function companions(groups: NonNullable<Situation['groups']>): Map<PciFunction, readonly PciFunction[]> {
  const found = new Map<PciFunction, readonly PciFunction[]>();
  for (const { members } of coarsest(groups).groups) {
    const endpoints = members.map(({ fn }) => fn).filter(isEndpoint);
    for (const fn of endpoints)
      found.set(
        fn,
        endpoints.filter((each) => each !== fn),
      );
  }
  return found;
}

function* configDifferences(
  a: Fact<ReadonlyMap<string, string>>,
  b: Fact<ReadonlyMap<string, string>>,
): Generator<FactDifference<string> & { readonly option: string }> {
  const [x, y] = [factValue(a), factValue(b)];
  for (const [option, first] of x ?? []) {
    const second = y?.get(option);
    if (second !== undefined && second !== first) yield { option, first, second };
  }
}

function comparePairs(
  first: Situation,
  second: Situation,
  { pairs: matched }: MatchedFunctions,
): Pick<MachineDiff, 'compared' | 'pairs' | 'open'> {
  const twin = new Map(matched);
  const devices = focusOf(first.machine.topology.functions).devices.filter((fn) => twin.has(fn));
  const others = devices.flatMap((fn) => twin.get(fn) ?? []);
  const before = mapTypeMatrix(first.machine, devices);
  const after = mapTypeMatrix(second.machine, others);
  const pairs: DifferentPair[] = [];
  let open = 0;
  for (const provider of devices) {
    for (const client of devices) {
      const [p, c] = [twin.get(provider), twin.get(client)];
      if (provider === client || p === undefined || c === undefined) continue;
      const [x, y] = [cellMapType(matrixCell(before, provider, client)), cellMapType(matrixCell(after, p, c))];
      if (x !== y)
        pairs.push({
          first: calcMapTypeAndDist(first.machine, provider, client),
          second: calcMapTypeAndDist(second.machine, p, c),
        });
      else if (x === 'unknown') open++;
    }
  }
  return { compared: devices.length * Math.max(0, devices.length - 1), pairs, open };
}
