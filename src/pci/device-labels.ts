/** What functions are called: one name for each, and no name for two. */
import { gather } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { deviceKind, isEndpointKind, kindLabel } from './kind.ts';
import type { PciFunction } from './pci-function.ts';
import type { PciTopology } from './topology.ts';

/** Names of the functions of one machine. */
export interface DeviceLabels {
  /**
   * What every answer calls a function: as the input names it, else `gpu0`, `nic3`, endpoints of a kind counted in bus
   * order. No two are equal, nor differ by case alone. Undefined for bridges and parts of the platform that the input
   * does not name.
   */
  readonly labelOf: (fn: PciFunction) => string | undefined;
  /** Every name of a function, its label first. */
  readonly namesOf: (fn: PciFunction) => readonly string[];
  /**
   * The functions of exactly this name, else of one that differs by case alone. Several where the input gives a name to
   * several: it is nobody's label then.
   */
  readonly named: (name: string) => readonly PciFunction[];
}

/** Labels are short words: other texts that firmware puts there are no names to call a device by. */
const LABEL = /^[A-Za-z][\w.-]{0,23}$/;

/** Names as the input gives them, and by kind. */
export function deviceLabels({ functions }: Pick<PciTopology, 'functions'>): DeviceLabels {
  const given = new Map<PciFunction, string>();
  const holders = new Map<string, PciFunction[]>();
  for (const fn of functions) {
    const name = givenName(fn);
    if (name === undefined) continue;
    given.set(fn, name);
    gather(holders, name.toLowerCase(), fn);
  }
  const nextOf = kindCounter(holders);
  const names = new Map<PciFunction, readonly string[]>();
  const byName = new Map<string, PciFunction[]>();
  for (const fn of functions) {
    const own = given.get(fn);
    const isLabel = own !== undefined && holders.get(own.toLowerCase())?.length === 1;
    const counted = isEndpointKind(deviceKind(fn)) ? [nextOf(fn)] : [];
    const all = own === undefined ? counted : isLabel ? [own, ...counted] : [...counted, own];
    const ofFn = all.filter((name, at) => all.findIndex((other) => sameName(other, name)) === at);
    names.set(fn, ofFn);
    for (const name of ofFn) gather(byName, name.toLowerCase(), fn);
  }
  const namesOf = (fn: PciFunction): readonly string[] => names.get(fn) ?? [];
  return {
    labelOf: (fn) => (isLabelled(fn) ? namesOf(fn)[0] : undefined),
    namesOf,
    named: (name) => {
      const found = byName.get(name.toLowerCase()) ?? [];
      const exact = found.filter((fn) => namesOf(fn).includes(name));
      return exact.length > 0 ? exact : found;
    },
  };

  function isLabelled(fn: PciFunction): boolean {
    const [first] = namesOf(fn);
    return first !== undefined && byName.get(first.toLowerCase())?.length === 1;
  }
}

/** What a description, or the firmware in a word, calls a function. Names that were taken out of an input are no names. */
function givenName(fn: PciFunction): string | undefined {
  const name = factValue(fn.captured.label);
  return name !== undefined && LABEL.test(name) && !name.startsWith('redacted-') ? name : undefined;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Counts endpoints of a kind, past numbers that the input has given to another. */
function kindCounter(holders: ReadonlyMap<string, readonly PciFunction[]>): (fn: PciFunction) => string {
  const counts = new Map<string, number>();
  return (fn) => {
    const kind = kindLabel(deviceKind(fn));
    for (let count = counts.get(kind) ?? 0; ; count++) {
      const name = `${kind}${count}`;
      if (holders.get(name)?.some((holder) => holder !== fn) === true) continue;
      counts.set(kind, count + 1);
      return name;
    }
  };
}
