/** Many devices in few words. */
import { deviceKind, KIND_ORDER, kindLabel, type PciFunction } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import type { DeviceNames } from './names.ts';

/** `gpu0`, or the address where a function has no label. */
export function shortName(fn: PciFunction, names: DeviceNames): string {
  return names.labelOf(fn) ?? formatBdf(fn.bdf);
}

/** `gpu0 (0000:03:00.0)`; for functions without a label what they are: `root port 0000:00:01.0`. */
export function longName(fn: PciFunction, names: DeviceNames): string {
  const label = names.labelOf(fn);
  const kind = deviceKind(fn);
  const words: Partial<Record<typeof kind, string>> = {
    'root-port': 'root port ',
    'switch-upstream': 'switch port ',
    'switch-downstream': 'switch port ',
    bridge: 'bridge ',
    'host-bridge': 'host bridge device ',
  };
  return label === undefined ? `${words[kind] ?? ''}${formatBdf(fn.bdf)}` : `${label} (${formatBdf(fn.bdf)})`;
}

/** Those that people look for first, then the others; each kind in bus order. */
export function byKind(functions: readonly PciFunction[]): PciFunction[] {
  return functions.toSorted((a, b) => kindRank(a) - kindRank(b) || a.index - b.index);
}

function kindRank(fn: PciFunction): number {
  const rank = KIND_ORDER.indexOf(kindLabel(deviceKind(fn)));
  return rank < 0 ? KIND_ORDER.length : rank;
}

/** `gpu0…gpu3, nic1, 0000:01:00.0`: labels that follow one another become a run; at most `most` parts. */
export function nameList(functions: readonly PciFunction[], names: DeviceNames, most = 12): string {
  const runs: { first: string; last: string; prefix: string; next: number; count: number }[] = [];
  for (const fn of functions) {
    const name = shortName(fn, names);
    const [, prefix = name, digits] = /^(.*\D)(\d+)$/.exec(names.labelOf(fn) ?? '') ?? [];
    const number = digits === undefined ? Number.NaN : Number(digits);
    const run = runs.at(-1);
    if (run !== undefined && run.prefix === prefix && run.next === number) {
      run.last = name;
      run.next++;
      run.count++;
    } else runs.push({ first: name, last: name, prefix, next: number + 1, count: 1 });
  }
  const parts = runs.flatMap(({ first, last, count }) =>
    count === 1 ? [first] : count === 2 ? [first, last] : [`${first}…${last}`],
  );
  const more = parts.length - most;
  return more > 1 ? `${parts.slice(0, most).join(', ')} and ${more} more` : parts.join(', ');
}
