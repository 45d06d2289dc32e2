/** What functions are called: one name for each, and no name for two. */
import { gather, unshown } from '../base/index.ts';
import { factValue, type SystemNameKind } from '../capture/index.ts';
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
export function deviceLabels({ functions, capture }: Pick<PciTopology, 'functions' | 'capture'>): DeviceLabels {
  const isDescribed = capture.source.kind === 'generated';
  const given = new Map(functions.map((fn) => [fn, givenNames(fn, isDescribed)]));
  const holders = new Map<string, PciFunction[]>();
  for (const [fn, names] of given) for (const name of names) gather(holders, name.toLowerCase(), fn);
  const nextOf = kindCounter(holders);
  const names = new Map<PciFunction, readonly string[]>();
  const byName = new Map<string, PciFunction[]>();
  for (const fn of functions) {
    const own = (given.get(fn) ?? []).filter(
      (name) => holders.get(name.toLowerCase())?.length === 1 && !isBeside(fn, name),
    );
    const kind = deviceKind(fn);
    // Who has a number of its kind by name gets no other.
    const isNumbered = own.some((name) => new RegExp(`^${kindLabel(kind)}\\d+$`, 'i').test(name));
    const counted = isEndpointKind(kind) && !isNumbered ? [nextOf(fn)] : [];
    const ofFn = uniqueNames([...own, ...counted, ...(given.get(fn) ?? [])]);
    names.set(fn, ofFn);
    for (const name of ofFn) gather(byName, name.toLowerCase(), fn);
  }
  const namesOf = (fn: PciFunction): readonly string[] => names.get(fn) ?? [];
  return {
    labelOf: (fn) =>
      namesOf(fn)
        .slice(0, 1)
        .find((name) => byName.get(name.toLowerCase())?.length === 1),
    namesOf,
    named: (name) => {
      const found = byName.get(name.toLowerCase()) ?? [];
      const exact = found.filter((fn) => namesOf(fn).includes(name));
      return exact.length > 0 ? exact : found;
    },
  };
}

/** Classes of the system in which people know a device; the others are names beside. */
const CLASSES: readonly SystemNameKind[] = ['rdma', 'nvme', 'netdev', 'accel', 'drm'];

/**
 * What the input calls a function, that which people use first: the name in a description, the number that the tool of
 * its vendor gives to a GPU, `mlx5_0`, `nvme0`, `enp1s0f0`; a word of the firmware last. Names that were taken out of an
 * input are none.
 */
function givenNames({ captured }: PciFunction, isDescribed: boolean): readonly string[] {
  const label = unshown(factValue(captured.label));
  const own = label === undefined || label.startsWith('redacted-') ? [] : [label];
  const system = captured.systemNames ?? [];
  const tools = system.filter(({ kind }) => !CLASSES.includes(kind)).map(({ name }) => unshown(name).toLowerCase());
  const classes = CLASSES.flatMap((kind) => system.flatMap((each) => (each.kind === kind ? [unshown(each.name)] : [])));
  const all = isDescribed ? [...own, ...tools, ...classes] : [...tools, ...classes, ...own];
  return uniqueNames(all.filter((name) => LABEL.test(name)));
}

/** Nodes of graphics and accelerators are numbered by drivers: people count their GPUs otherwise. */
function isBeside({ captured }: PciFunction, name: string): boolean {
  return (
    captured.systemNames?.some(
      (each) => unshown(each.name) === name && (each.kind === 'drm' || each.kind === 'accel'),
    ) === true
  );
}

/** Of names that differ by case alone the first. */
function uniqueNames(names: readonly string[]): readonly string[] {
  return names.filter((name, at) => names.findIndex((other) => sameName(other, name)) === at);
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
