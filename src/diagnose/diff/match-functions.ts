/** Which function of one machine is which of another. */
import { gather } from '../../base/index.ts';
import { factValue } from '../../capture/index.ts';
import type { PciFunction } from '../../pci/index.ts';

/** Functions of two machines. */
export interface MatchedFunctions {
  /** In the order of the first machine. */
  readonly pairs: readonly (readonly [PciFunction, PciFunction])[];
  readonly onlyFirst: readonly PciFunction[];
  readonly onlySecond: readonly PciFunction[];
}

/** What makes a function the same one, the surest sign first: undefined where it is not told. */
const SIGNS: readonly ((fn: PciFunction) => string | undefined)[] = [
  (fn) => `${fn.bdf} ${idsOf(fn)}`,
  serialOf,
  (fn) => (idsOf(fn) === '' ? undefined : idsOf(fn)),
];

/**
 * By address and ids; what moved, by serial number, then the n-th of its ids with the n-th. What has another id at the
 * same address is another device.
 */
export function matchFunctions(first: readonly PciFunction[], second: readonly PciFunction[]): MatchedFunctions {
  const matched = new Map<PciFunction, PciFunction>();
  let [left, right] = [first, second];
  for (const sign of SIGNS) {
    const candidates = new Map<string, PciFunction[]>();
    for (const fn of right) {
      const key = sign(fn);
      if (key !== undefined) gather(candidates, key, fn);
    }
    for (const fn of left) {
      const found = candidates.get(sign(fn) ?? '')?.shift();
      if (found !== undefined) matched.set(fn, found);
    }
    const taken = new Set(matched.values());
    left = left.filter((fn) => !matched.has(fn));
    right = right.filter((fn) => !taken.has(fn));
  }
  return {
    pairs: first.flatMap((fn) => {
      const other = matched.get(fn);
      return other === undefined ? [] : [[fn, other] as const];
    }),
    onlyFirst: left,
    onlySecond: right,
  };
}

function idsOf({ ids }: PciFunction): string {
  const [vendor, device] = [factValue(ids.vendor), factValue(ids.device)];
  return vendor === undefined || device === undefined ? '' : `${vendor}:${device}`;
}

/** A serial number is one of a device: the function number tells its functions apart. Ports of one switch share theirs. */
function serialOf(fn: PciFunction): string | undefined {
  const serial = factValue(fn.serial);
  return serial === undefined || serial === 0n ? undefined : `${serial} ${idsOf(fn)} ${fn.bdf % 8}`;
}
