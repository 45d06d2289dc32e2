/** What functions of one kind tell of each other: ports of one switch have the same capabilities at the same places. */
import { gather } from '../../base/index.ts';
import { PCI_EXP_TYPE_DOWNSTREAM, PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_UPSTREAM } from '../../uapi/index.ts';
import { expressType } from './express-type.ts';
import { type ParsedFunction, withoutCapabilities } from './parsed-function.ts';
import type { PrintedCapability } from './printed-text.ts';

/**
 * A capability of which all lines are missing leaves no trace: one line of `lspci -v`, a few of `lspci -vvv`. Where one
 * port has Access Control Services or PCI Express, a text of the same kind of port without it is not taken for whole. Where a port has
 * another capability at a place than most of its kind, or one with fewer lines, its end is that of another function.
 */
export function besideSiblings(functions: readonly ParsedFunction[]): ParsedFunction[] {
  const kinds = new Set(functions.filter(hasAcs).flatMap((fn) => [kindOf(fn, expressOf(fn)), kindOf(fn, undefined)]));
  const express = new Set(functions.filter(hasExpress).map((fn) => kindOf(fn, undefined)));
  const odd = withForeignPlaces(functions);
  return functions.map((fn) => {
    if (odd.has(fn)) return { ...withoutCapabilities(fn), textIsWhole: false };
    if (!fn.textIsWhole) return fn;
    const lacksAcs = !hasAcs(fn) && kinds.has(kindOf(fn, expressOf(fn)));
    const lacks = lacksAcs || (!hasExpress(fn) && express.has(kindOf(fn, undefined)));
    return lacks ? { ...fn, textIsWhole: false } : fn;
  });
}

function withForeignPlaces(functions: readonly ParsedFunction[]): ReadonlySet<ParsedFunction> {
  const kinds = new Map<string, ParsedFunction[]>();
  for (const fn of functions) {
    const type = expressOf(fn);
    if (type !== undefined && PORT_TYPES.has(type)) gather(kinds, `${kindOf(fn, type)} ${hasSlot(fn)}`, fn);
  }
  const odd = new Set<ParsedFunction>();
  for (const members of kinds.values()) {
    const ids = mostFrequent(members, ({ id }) => id);
    const lines = mostFrequent(members, linesOf);
    for (const fn of members) {
      const differs = fn.text.capabilities.some(
        (capability) => isOdd(ids, capability, capability.id) || isOdd(lines, capability, linesOf(capability)),
      );
      if (differs) odd.add(fn);
    }
  }
  return odd;
}

const PORT_TYPES: ReadonlySet<number> = new Set([
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
  PCI_EXP_TYPE_DOWNSTREAM,
]);

/** How many lines it has, where the same kind of port has always as many. */
function linesOf({ title, lineCount }: PrintedCapability): number | undefined {
  return /^(?:Express|Advanced Error|Access Control) /.test(title) ? lineCount : undefined;
}

function isOdd(usual: ReadonlyMap<number, ReadonlySet<number>>, { offset }: PrintedCapability, is: number | undefined) {
  return is !== undefined && usual.get(offset)?.has(is) === false;
}

/** What is most frequent at each offset; of two that are as frequent none. */
function mostFrequent(
  members: readonly ParsedFunction[],
  what: (capability: PrintedCapability) => number | undefined,
): ReadonlyMap<number, ReadonlySet<number>> {
  const counts = new Map<number, Map<number, number>>();
  for (const { text } of members) {
    for (const capability of text.capabilities) {
      const value = what(capability);
      if (value === undefined) continue;
      const values = counts.get(capability.offset) ?? new Map<number, number>();
      counts.set(capability.offset, values.set(value, (values.get(value) ?? 0) + 1));
    }
  }
  return new Map(
    [...counts].map(([offset, values]) => {
      const most = [...values.values()].reduce((highest, count) => Math.max(highest, count), 0);
      const usual = [...values].filter(([, count]) => count === most).map(([value]) => value);
      return [offset, new Set(usual.length === 1 ? usual : [])];
    }),
  );
}

function hasAcs({ text }: ParsedFunction): boolean {
  return (
    text.capabilities.some(({ title }) => title.startsWith('Access Control')) ||
    text.loose.some((line) => line.startsWith('ACSC'))
  );
}

function hasExpress({ text }: ParsedFunction): boolean {
  return text.capabilities.some(({ title }) => title.startsWith('Express'));
}

/** Ports with a slot have lines of it. */
function hasSlot({ text }: ParsedFunction): boolean {
  return text.capabilities.some(({ title }) => title.includes('(Slot+)'));
}

/** Of a function without the lines of PCI Express, these may be missing as well. */
function kindOf({ title }: ParsedFunction, type: number | undefined): string {
  return `${title.classCode} ${title.name} ${title.vendor} ${title.device} ${title.revision} ${type}`;
}

function expressOf({ text }: ParsedFunction): number | undefined {
  const express = text.capabilities.find(({ title }) => title.startsWith('Express'));
  return express && expressType(express.title);
}
