/** What a change costs in isolation, in plain words. */
import type { Exposure, IsolationChange, Loss } from '../diagnose/index.ts';
import { type PciFunction, upstreamBridge } from '../pci/index.ts';
import { byKind, nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';

/** What is lost, a sentence for each set of devices, and what that means. */
interface Price {
  readonly lost: readonly string[];
  readonly means: readonly string[];
}

function priceOf(cost: IsolationChange, names: DeviceNames): Price {
  switch (cost.state) {
    case 'no-iommu':
      return { lost: ['none. This machine runs without an IOMMU, so there is no isolation to lose.'], means: [] };
    case 'unknown':
      return {
        lost: ['not known, the input does not tell whether an IOMMU is in use.'],
        means: [
          'Where one is, what is below these ports can then reach its peers without the IOMMU seeing it: give them to virtual machines only together.',
        ],
      };
    case 'known':
      break;
  }
  const { lost, exposed } = cost;
  if (lost.length === 0 && exposed.length === 0)
    return { lost: ['none. No two devices lose isolation from each other.'], means: [] };
  // Devices that can reach each other and come to share a group are one set.
  const told = exposedSets(exposed);
  const untold = lost.filter((parts) => !told.some((set) => parts.flat().every((fn) => set.has(fn))));
  return {
    lost: [...exposureTexts(exposed, names), ...untold.map((parts) => lossText(parts, names))],
    means: [
      lost.length === 0
        ? 'Linux still gives them IOMMU groups of their own: do not take that for isolation, and give them to virtual machines only together.'
        : 'They become one IOMMU group: they can be given to virtual machines only all together, to one and the same machine.',
      ...(cost.certain ? [] : ['This is the worst case: some ACS registers are not in the input.']),
    ],
  };
}

/** The price as sentences, those of what is lost begin with "Price:". */
export function priceLines(cost: IsolationChange, names: DeviceNames): string[] {
  const { lost, means } = priceOf(cost, names);
  return [...lost.map((line) => `Price: ${line}`), ...means];
}

/** The price in one or two sentences: of the first set of devices, and how many more there are. */
export function shortPrice(cost: IsolationChange, names: DeviceNames): string {
  const { lost } = priceOf(cost, names);
  const more = lost.length - 1;
  const first = `Price: ${lost[0] ?? ''}`;
  return more < 1 ? first : `${first} Likewise ${more} more set${more === 1 ? '' : 's'} of devices.`;
}

/** The same, and what it means. */
export function wholePrice(cost: IsolationChange, names: DeviceNames): string {
  return [shortPrice(cost, names).replace('Price: ', ''), ...priceOf(cost, names).means].join(' ');
}

/** "gpu0 loses isolation from nic0", or of several parts "gpu0, gpu1 and nic0 lose isolation from each other". */
export function lossText(parts: Loss, names: DeviceNames): string {
  const [first, second, ...more] = parts.map((part) => nameList(part, names));
  if (more.length === 0) {
    return `${first} ${parts[0]?.length === 1 ? 'loses' : 'lose'} isolation from ${second}.`;
  }
  const all = byKind(parts.flat());
  const together = parts.some((part) => part.length > 1) ? ' (those that share a group now keep sharing it)' : '';
  return `${nameList(all, names)} lose isolation from each other${together}.`;
}

/** One sentence for each switch: who can reach whom past the IOMMU. */
export function exposureTexts(exposed: readonly Exposure[], names: DeviceNames): string[] {
  return reachBySwitch(exposed).map(({ from, to }) => {
    const others = [...to].filter((fn) => !from.has(fn));
    const mutual = others.length < to.size;
    const whom = [...(mutual ? ['each other'] : []), ...(others.length > 0 ? [nameList(byKind(others), names)] : [])];
    return `${nameList(byKind([...from]), names)} can reach ${whom.join(' and ')} without the IOMMU seeing it.`;
  });
}

/** Who is reached or reaches, for each switch. */
function exposedSets(exposed: readonly Exposure[]): ReadonlySet<PciFunction>[] {
  return reachBySwitch(exposed).map(({ from, to }) => new Set([...from, ...to]));
}

function reachBySwitch(
  exposed: readonly Exposure[],
): { readonly from: ReadonlySet<PciFunction>; readonly to: ReadonlySet<PciFunction> }[] {
  const bySwitch = new Map<PciFunction | undefined, { from: Set<PciFunction>; to: Set<PciFunction> }>();
  for (const { port, from, to } of exposed) {
    const above = upstreamBridge(port);
    const sum = bySwitch.get(above) ?? { from: new Set(), to: new Set() };
    bySwitch.set(above, sum);
    for (const fn of from) sum.from.add(fn);
    for (const fn of to) sum.to.add(fn);
  }
  return [...bySwitch.values()];
}
