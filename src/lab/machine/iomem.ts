/** `/proc/iomem` of a placed machine. */
import { rawText } from '../../base/index.ts';
import type { IomemEntry } from '../../capture/index.ts';
import { formatBdf, formatRootBus, IORESOURCE_MEM, IORESOURCE_UNSET, makeBdf } from '../../uapi/index.ts';
import { vfBdf } from './capture-functions.ts';
import type { MachineSpec, WindowSpec } from './machine-spec.ts';
import type { PlacedFunction, PlacedResource, PlacedRoot } from './placed.ts';
import { isPc, ramRanges } from './ram.ts';

/** Memory map lines in file order: ascending, what lies inside another range directly behind it and one deeper. */
export function describeIomem(machine: MachineSpec, roots: readonly PlacedRoot[], lowRamEnd: number): IomemEntry[] {
  const top = [...ramAndFirmware(machine, lowRamEnd), ...roots.flatMap((root) => rootWindows(root, roots))];
  const entries: IomemEntry[] = [];
  print(top, 0, entries);
  return entries;
}

interface Node {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly inside: () => readonly Node[];
}

function print(nodes: readonly Node[], depth: number, into: IomemEntry[]): void {
  for (const node of [...nodes].sort((a, b) => a.start - b.start)) {
    into.push({ range: { start: BigInt(node.start), end: BigInt(node.end) }, name: rawText(node.name), depth });
    print(node.inside(), depth + 1, into);
  }
}

function leaf(start: number, end: number, name: string): Node {
  return { start, end, name, inside: () => [] };
}

function ramAndFirmware(machine: MachineSpec, lowRamEnd: number): Node[] {
  const nodes = ramRanges(machine, lowRamEnd).map(([start, end]) => leaf(start, end, 'System RAM'));
  if (!isPc(machine)) return nodes;
  return [
    leaf(0, 0x1000, 'Reserved'),
    ...nodes,
    leaf(0xf_0000, 0x10_0000, 'Reserved'),
    leaf(0xe000_0000, 0xf000_0000, 'PCI ECAM 0000 [bus 00-ff]'),
    leaf(0xfec0_0000, 0xfec0_0400, 'IOAPIC 0'),
  ];
}

function rootWindows(root: PlacedRoot, roots: readonly PlacedRoot[]): Node[] {
  if (root.spec.behind !== undefined) return [];
  const name = root.spec.platform?.iomemName ?? `PCI Bus ${formatRootBus(makeBdf(root.spec.domain, root.bus, 0))}`;
  const window = ({ start, end }: WindowSpec): Node => {
    const inside = (): readonly Node[] =>
      busNodes(root.functions, roots).filter((n) => n.start >= start && n.end <= end);
    return { start, end, name, inside };
  };
  const legacy = root.spec.domain === 0 && root.bus === 0 && root.spec.platform === undefined;
  const windows = [root.memory, root.prefetchable].filter((w): w is WindowSpec => w !== undefined && w.end > w.start);
  return [...(legacy ? [leaf(0xa_0000, 0xc_0000, name)] : []), ...windows.map(window)];
}

function busNodes(functions: readonly PlacedFunction[], roots: readonly PlacedRoot[]): Node[] {
  return functions.flatMap((fn) =>
    fn.resources.flatMap((resource, index) => {
      if (resource === undefined || (resource.flags & IORESOURCE_MEM) === 0) return [];
      return (resource.flags & IORESOURCE_UNSET) !== 0 ? [] : [resourceNode(fn, index, resource, roots)];
    }),
  );
}

function resourceNode(
  fn: PlacedFunction,
  index: number,
  { start, size }: PlacedResource,
  roots: readonly PlacedRoot[],
): Node {
  const end = start + size;
  if (index >= 13) {
    const name = `PCI Bus ${formatRootBus(makeBdf(fn.root.spec.domain, fn.buses?.secondary ?? 0, 0))}`;
    const inside = (): readonly Node[] => busNodes(fn.children, roots).filter((n) => n.start >= start && n.end <= end);
    return { start, end, name, inside };
  }
  const inside = (): readonly Node[] => (index >= 7 ? vfNodes(fn, index) : innerRoot(fn, index, roots));
  return { start, end, name: formatBdf(fn.bdf), inside };
}

function vfNodes(fn: PlacedFunction, index: number): Node[] {
  const size = fn.spec.sriov?.bars[index - 7]?.size ?? 0;
  const start = fn.resources[index]?.start ?? 0;
  return Array.from({ length: fn.spec.sriov?.numVfs ?? 0 }, (_, n) =>
    leaf(start + n * size, start + (n + 1) * size, formatBdf(vfBdf(fn, n))),
  );
}

/** A root bus inside an endpoint (VMD) has that endpoint's BARs as its windows. */
function innerRoot(fn: PlacedFunction, index: number, roots: readonly PlacedRoot[]): Node[] {
  const inner = roots.find((root) => root.spec.behind !== undefined && root.spec.behind === fn.spec.label);
  if (inner === undefined) return [];
  const window = index === 2 ? inner.memory : inner.prefetchable;
  if (window === undefined || (index !== 2 && index !== 4)) return [];
  const { start, end } = window;
  const inside = (): readonly Node[] =>
    busNodes(inner.functions, roots).filter((n) => n.start >= start && n.end <= end);
  return [{ start, end, name: index === 2 ? 'VMD MEMBAR1' : 'VMD MEMBAR2', inside }];
}
