/** What bus numbers tell of functions whose bridges are not in the input, as in plain lists. */
import { unshown } from '../base/index.ts';
import { type CapturedFunction, factValue } from '../capture/index.ts';
import {
  bdfBus,
  bdfDevfn,
  bdfDomain,
  makeBdf,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
} from '../uapi/index.ts';
import type { PlaceBounds } from './pci-function.ts';

const PCI_BASE_CLASS_BRIDGE = 0x06;

/** What is seen on one bus. */
interface SeenBus {
  /** Has it a function 00.0? Every bus below a port has. */
  first: boolean;
  /** Are all its functions surely no bridges, and no virtual functions of another bus? */
  leaves: boolean;
}

/**
 * Bounds of all places, by bus number. Buses below one host bridge are a run of numbers that begins with its root bus, so
 * two functions between which a root bus begins share no bridge. And a bridge has a lower bus number than what is behind
 * it: where every bus from the root bus on is seen, and none has a bridge, none is above two buses.
 */
export class BusBounds {
  readonly #seen = new Map<number, SeenBus>();
  readonly #isRootBus: (domain: number, bus: number) => boolean;
  readonly #known = new Map<number, PlaceBounds>();

  /** @param isRootBus is the bus surely a root bus? */
  constructor(
    functions: readonly CapturedFunction[],
    classOf: (fn: CapturedFunction) => number | undefined,
    isRootBus: (domain: number, bus: number) => boolean,
  ) {
    this.#isRootBus = isRootBus;
    for (const fn of functions) {
      const key = makeBdf(bdfDomain(fn.bdf), bdfBus(fn.bdf), 0);
      const bus = this.#seen.get(key) ?? { first: false, leaves: true };
      this.#seen.set(key, bus);
      if (bdfDevfn(fn.bdf) === 0) bus.first = true;
      if (!isLeaf(fn, classOf(fn))) bus.leaves = false;
    }
  }

  /** Bounds of the functions on a bus. */
  of(domain: number, bus: number): PlaceBounds {
    const key = makeBdf(domain, bus, 0);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let rootBus: number | undefined = bus;
    let alone = true;
    while (rootBus >= 0 && !this.#isRootBus(domain, rootBus)) {
      const seen = this.#seen.get(makeBdf(domain, rootBus, 0));
      alone &&= seen?.first === true && seen.leaves;
      rootBus--;
    }
    if (rootBus < 0) rootBus = undefined;
    const bounds = { rootBus, alone: alone && rootBus !== undefined };
    this.#known.set(key, bounds);
    return bounds;
  }
}

/** Functions of devices above 0 are virtual ones, ports of a switch, or on a conventional bus. */
function isLeaf(fn: CapturedFunction, classCode: number | undefined): boolean {
  if (bdfDevfn(fn.bdf) >= 8) return false;
  if (/\bvirtual function\b/i.test(unshown(factValue(fn.printedName)) ?? '')) return false;
  if (fn.config.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_NORMAL) return true;
  return classCode !== undefined && classCode >> 8 !== PCI_BASE_CLASS_BRIDGE;
}
