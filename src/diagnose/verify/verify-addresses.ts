/** BARs and bridge windows: what the registers hold against what the kernel says. */
import { type AddrRange, hex, rangeContains } from '../../base/index.ts';
import { type CapturedResource, factValue } from '../../capture/index.ts';
import { FIRST_VMD_DOMAIN } from '../../iommu/index.ts';
import {
  barCount,
  PCI_BRIDGE_MEM_WINDOW,
  PCI_BRIDGE_PREF_MEM_WINDOW,
  type PciFunction,
  type PciTopology,
  readBars,
  readBridgeWindows,
} from '../../pci/index.ts';
import {
  bdfDomain,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_UNSET,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_MEMORY_BASE,
  PCI_PREF_BASE_UPPER32,
  PCI_PREF_LIMIT_UPPER32,
  PCI_PREF_MEMORY_BASE,
} from '../../uapi/index.ts';
import { type Cause, compared, type RecordedFact } from './recorded-fact.ts';

/** A resource that both a register and the kernel's list show. */
interface SeenTwice {
  readonly fn: PciFunction;
  readonly index: number;
  /** Bus addresses; of a BAR the first alone is in the register, `end` then follows from the list. `closed`: a window whose base is above its limit. */
  readonly register: AddrRange | 'closed';
  readonly list: CapturedResource;
}

/** Register against list: their difference is the translation of the host bridge, the same for a whole window of it. */
export function verifyBusAddresses(topology: PciTopology): RecordedFact[] {
  const all = topology.functions.flatMap(seenTwice);
  const offsets = offsetsByWindow(all);
  return all.map((each) => {
    const { fn, index, register, list } = each;
    const offset = translates(topology, fn) ? (offsets.get(windowOf(each)) ?? 0n) : 0n;
    const foreseen = { start: list.range.start - offset, end: list.range.end - offset };
    const fact = { kind: 'bus-address' as const, functions: [fn], part: partName(index) };
    return compared(
      { ...fact, recorded: register === 'closed' ? register : show(register), predicted: show(foreseen) },
      () => addressCause(each),
    );
  });
}

/** Host bridges of PCs do not translate; the bus inside a VMD endpoint may, in a virtual machine. */
function translates({ platform }: PciTopology, { bdf }: PciFunction): boolean {
  return factValue(platform.architecture) !== 'x86' || bdfDomain(bdf) >= FIRST_VMD_DOMAIN;
}

function seenTwice(fn: PciFunction): SeenTwice[] {
  const headerType = factValue(fn.headerType);
  const listed = factValue(fn.captured.resources);
  const { config, physfn } = fn.captured;
  // Registers of a virtual function's BARs read 0; registers made from text are no second record.
  if (headerType === undefined || listed === undefined || physfn.state === 'known' || config.mask !== undefined)
    return [];
  const found: SeenTwice[] = [];
  const add = (index: number, register: (list: CapturedResource) => SeenTwice['register']): void => {
    const list = listed[index];
    if (list === undefined || list === 'unknown' || (list.flags & IORESOURCE_UNSET) !== 0) return;
    if ((list.flags & (IORESOURCE_MEM | IORESOURCE_IO)) === 0) return;
    found.push({ fn, index, register: register(list), list });
  };
  for (const { index, busAddress } of readBars(config, undefined, barCount(headerType))) {
    add(index, ({ range }) => ({ start: busAddress, end: busAddress + (range.end - range.start) }));
  }
  if (headerType !== PCI_HEADER_TYPE_BRIDGE) return found;
  const open = readBridgeWindows(config);
  for (const { index, bus } of open) add(index, () => bus);
  for (const [index, registers] of MEMORY_WINDOW_REGISTERS) {
    const isClosed = registers.every((at) => config.read32(at) !== undefined) && open.every((o) => o.index !== index);
    if (isClosed) add(index, () => 'closed');
  }
  return found;
}

/** Resource index of each memory window, and the registers that say whether it is open. */
const MEMORY_WINDOW_REGISTERS: readonly (readonly [index: number, registers: readonly number[]])[] = [
  [PCI_BRIDGE_MEM_WINDOW, [PCI_MEMORY_BASE]],
  [PCI_BRIDGE_PREF_MEM_WINDOW, [PCI_PREF_MEMORY_BASE, PCI_PREF_BASE_UPPER32, PCI_PREF_LIMIT_UPPER32]],
];

/** The offset that most resources of each window of a host bridge have. */
function offsetsByWindow(all: readonly SeenTwice[]): ReadonlyMap<string, bigint> {
  const votes = new Map<string, Map<bigint, number>>();
  for (const each of all) {
    if (each.register === 'closed') continue;
    const offset = each.list.range.start - each.register.start;
    for (const window of new Set([windowOf(each), outsideOf(each)])) {
      const counts = votes.get(window) ?? new Map<bigint, number>();
      votes.set(window, counts);
      counts.set(offset, (counts.get(offset) ?? 0) + 1);
    }
  }
  return new Map(
    [...votes].map(([window, counts]) => {
      const [most = [0n, 0] as const] = [...counts].sort(
        (a, b) => b[1] - a[1] || Number(a[0] !== 0n) - Number(b[0] !== 0n),
      );
      return [window, most[0]];
    }),
  );
}

/** The window of the host bridge that a resource is in. One in none goes by what most below the host bridge have. */
function windowOf(each: SeenTwice): string {
  const windows = factValue(each.fn.hostBridge.windows) ?? [];
  const index = windows.findIndex(({ cpu }) => rangeContains(cpu, each.list.range));
  return index < 0 || isPort(each) ? outsideOf(each) : `${each.fn.hostBridge.index} ${index}`;
}

function outsideOf(each: SeenTwice): string {
  return `${each.fn.hostBridge.index} ${isPort(each) ? 'ports' : 'memory'}`;
}

function isPort({ list }: SeenTwice): boolean {
  return (list.flags & IORESOURCE_IO) !== 0;
}

function addressCause({ fn, register, index }: SeenTwice): Cause | undefined {
  const asleep = factValue(fn.captured.powerState) === 'D3cold' || factValue(fn.captured.powerState) === 'D3hot';
  return asleep || (register !== 'closed' && register.start === 0n && index < FIRST_WINDOW) ? 'reset' : undefined;
}

const FIRST_WINDOW = 13;

/** A BAR or window of a function that decodes memory lies in a window of the bridge above. */
export function verifyWithinBridges(topology: PciTopology): RecordedFact[] {
  return topology.functions.flatMap((fn) => {
    const bridge = fn.parent;
    const listed = factValue(fn.captured.resources);
    if (bridge === undefined || listed === undefined || bridge.captured.resources.state !== 'known') return [];
    if (factValue(bridge.headerType) !== PCI_HEADER_TYPE_BRIDGE) return [];
    if (factValue(fn.command)?.memory !== true || fn.captured.physfn.state === 'known') return [];
    const open = bridge.resources
      .slice(FIRST_WINDOW)
      .flatMap((window) => (window !== undefined && (window.flags & IORESOURCE_MEM) !== 0 ? [window.cpu] : []));
    // Text may leave out the lines of a bridge's windows.
    if (open.length === 0 && bridge.captured.resources.value.length <= FIRST_WINDOW) return [];
    return listed.flatMap((resource, index) => {
      if (resource === undefined || resource === 'unknown' || !isPlacedMemory(resource)) return [];
      if (index > 5 && index < FIRST_WINDOW) return [];
      const inside = open.some((window) => rangeContains(window, resource.range));
      const around = open.map(show).join(', ');
      const fact = { kind: 'within-bridge' as const, functions: [fn, bridge], part: partName(index) };
      const recorded = show(resource.range);
      return [
        compared({ ...fact, recorded, predicted: inside ? recorded : `within ${around || 'no window'}` }, () =>
          isSubtractive(bridge) ? 'subtractive' : undefined,
        ),
      ];
    });
  });
}

function isPlacedMemory({ flags, range }: CapturedResource): boolean {
  return (flags & IORESOURCE_MEM) !== 0 && (flags & IORESOURCE_UNSET) === 0 && range.start < range.end;
}

/** Programming interface 01 of a PCI-to-PCI bridge. */
function isSubtractive({ ids }: PciFunction): boolean {
  return factValue(ids.classCode) === 0x06_0401;
}

function partName(index: number): string {
  if (index < 6) return `BAR ${index}`;
  return ['I/O window', 'memory window', 'prefetchable window'][index - FIRST_WINDOW] ?? `resource ${index}`;
}

function show({ start, end }: AddrRange): string {
  return start < end ? `${hex(start)}-${hex(end - 1n)}` : hex(start);
}
