/** IOMMU groups: the sets of functions that the hardware cannot keep apart from each other. */
import { defined } from '../../base/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import { bdfDevfn } from '../../uapi/index.ts';
import { dmaAliases } from './dma-alias.ts';

/** What {@link formGroups} asks about the machine. */
export interface IsolationRules {
  /** Does the function keep its peers apart? `pci_acs_enabled` */
  readonly isolated: (fn: PciFunction) => boolean;
  /** Does the bridge, and every bridge above it? `pci_acs_path_enabled` */
  readonly pathIsolated: (bridge: PciFunction) => boolean;
  /** The function whose requester id the DMA of a function carries; mostly the function itself. */
  readonly realDmaDevice: (fn: PciFunction) => PciFunction;
  /** Further devfns of the same bus that a function's DMA may carry (a device table of the kernel). */
  readonly aliasDevfns?: (fn: PciFunction) => readonly number[];
}

/** One group, as it came to be. */
export interface IommuGroup {
  readonly number: number;
  /** In probe order. */
  readonly members: readonly GroupMember[];
}

/** A function and how it got into its group. */
export interface GroupMember {
  readonly fn: PciFunction;
  readonly reason: GroupReason;
}

/**
 * - `first`: it made the group.
 * - `alias`: its DMA carries the requester id of `at`, or may be taken for that of a function in the group.
 * - `bridge`: `at`, or a bridge above it, does not keep apart what is below.
 * - `captured`: the capture says so.
 * - `slot`: like another function of its slot, `at`, it does not keep its peers apart.
 */
export type GroupReason =
  | { readonly rule: 'first' | 'captured' }
  | { readonly rule: 'alias' | 'bridge' | 'slot'; readonly at: PciFunction };

/** Groups while they are formed. */
interface Forming {
  readonly rules: IsolationRules;
  readonly groupOf: Map<PciFunction, number>;
  readonly byBus: ReadonlyMap<number, readonly PciFunction[]>;
}

/** Puts functions into groups, in the order given (probe order: bridges before what is below them). */
export function formGroups(order: readonly PciFunction[], rules: IsolationRules): readonly IommuGroup[] {
  const groups: { number: number; members: GroupMember[] }[] = [];
  const forming: Forming = { rules, groupOf: new Map(), byBus: functionsByBus(order) };
  for (const fn of order) {
    const found = pciDeviceGroup(fn, forming);
    const number = found?.group ?? groups.length;
    forming.groupOf.set(fn, number);
    if (found === undefined) groups.push({ number, members: [] });
    defined(groups[number], 'group').members.push({ fn, reason: found?.reason ?? { rule: 'first' } });
  }
  return groups;
}

function functionsByBus(functions: readonly PciFunction[]): Map<number, PciFunction[]> {
  const byBus = new Map<number, PciFunction[]>();
  for (const fn of functions) {
    const onBus = byBus.get(busOf(fn));
    if (onBus === undefined) byBus.set(busOf(fn), [fn]);
    else onBus.push(fn);
  }
  return byBus;
}

/** Domain and bus together. */
function busOf(fn: PciFunction): number {
  return Math.floor(fn.bdf / 0x100);
}

interface Found {
  readonly group: number;
  readonly reason: GroupReason;
}

/**
 * The group that a function joins; undefined: a new one.
 * @kernel pci_device_group drivers/iommu/iommu.c
 */
function pciDeviceGroup(fn: PciFunction, forming: Forming): Found | undefined {
  const { rules, groupOf } = forming;
  const joins = (at: PciFunction, rule: 'alias' | 'bridge' | 'slot'): Found | undefined => {
    const group = groupOf.get(at);
    return group === undefined ? undefined : { group, reason: { rule, at } };
  };
  // All functions whose id its DMA may carry are one; the topmost of them stands for it from here on.
  let top = fn;
  for (const { owner } of dmaAliases(rules.realDmaDevice(fn))) {
    const found = joins(owner, 'alias');
    if (found !== undefined) return found;
    top = owner;
  }
  for (let bridge = top.parent; bridge !== undefined; bridge = bridge.parent) {
    if (rules.pathIsolated(bridge)) break;
    const found = joins(bridge, 'bridge');
    if (found !== undefined) return found;
    top = bridge;
  }
  return groupOnBus(top, forming);
}

/**
 * A group of another function on the bus of `top` that cannot be told from it: by alias, or in the same slot without
 * isolation, directly or through others.
 * @kernel get_pci_alias_group drivers/iommu/iommu.c
 * @kernel get_pci_function_alias_group drivers/iommu/iommu.c
 */
function groupOnBus(top: PciFunction, forming: Forming): Found | undefined {
  const { rules, groupOf, byBus } = forming;
  const bus = byBus.get(busOf(top)) ?? [];
  const seen = new Set([top]);
  const search = (from: PciFunction): Found | undefined => {
    const open = from.multiFunction && !rules.isolated(from);
    const aliased = bus.filter((other) => areAliases(from, other, rules));
    const slot = open ? bus.filter((other) => sameSlot(from, other) && !rules.isolated(other)) : [];
    for (const other of [...aliased, ...slot]) {
      if (seen.has(other)) continue;
      seen.add(other);
      const group = groupOf.get(other);
      const rule = aliased.includes(other) ? 'alias' : 'slot';
      const found = group === undefined ? search(other) : { group, reason: { rule, at: other } as const };
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(top);
}

/** @kernel pci_devs_are_dma_aliases drivers/pci/pci.c */
function areAliases(a: PciFunction, b: PciFunction, { aliasDevfns, realDmaDevice }: IsolationRules): boolean {
  if (a === b) return false;
  if (realDmaDevice(a) === b || realDmaDevice(b) === a) return true;
  return aliasDevfns?.(a).includes(bdfDevfn(b.bdf)) === true || aliasDevfns?.(b).includes(bdfDevfn(a.bdf)) === true;
}

function sameSlot(a: PciFunction, b: PciFunction): boolean {
  return bdfDevfn(a.bdf) >> 3 === bdfDevfn(b.bdf) >> 3;
}
