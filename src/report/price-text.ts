/** What a change costs in isolation, in plain words. */
import type { Exposure, IsolationChange, Loss } from '../diagnose/index.ts';
import { type PciFunction, upstreamBridge } from '../pci/index.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';

/** The price as sentences, the first begins with "Price:". */
export function priceLines(cost: IsolationChange, names: DeviceNames): string[] {
  switch (cost.state) {
    case 'no-iommu':
      return ['Price: none. This machine runs without an IOMMU, so there is no isolation to lose.'];
    case 'unknown':
      return [
        'Price: not known, the input does not tell whether an IOMMU is in use.',
        'Where one is, what is below these ports can then reach its peers without the IOMMU seeing it: give them to virtual machines only together.',
      ];
    case 'known':
      break;
  }
  const { lost, exposed } = cost;
  if (lost.length === 0 && exposed.length === 0) return ['Price: none. No two devices lose isolation from each other.'];
  return [
    ...exposureTexts(exposed, names).map((line) => `Price: ${line}`),
    ...lost.map((parts) => `${exposed.length === 0 ? 'Price: ' : ''}${lossText(parts, names)}`),
    lost.length === 0
      ? 'Linux still gives them IOMMU groups of their own: do not take that for isolation, and give them to virtual machines only together.'
      : 'They become one IOMMU group: they can be given to virtual machines only all together, to one and the same machine.',
    ...(cost.certain ? [] : ['This is the worst case: some ACS registers are not in the input.']),
  ];
}

/** The price in one or two sentences: of the first switch, and how many more there are. */
export function shortPrice(cost: IsolationChange, names: DeviceNames): string {
  const [first = '', ...more] = priceLines(cost, names).filter((line) => line.startsWith('Price:'));
  return more.length === 0
    ? first
    : `${first} Likewise ${more.length} more set${more.length === 1 ? '' : 's'} of devices.`;
}

/** "gpu0 loses isolation from nic0", or of several parts "gpu0, gpu1 and nic0 lose isolation from each other". */
export function lossText(parts: Loss, names: DeviceNames): string {
  const [first, second, ...more] = parts.map((part) => nameList(part, names));
  if (more.length === 0) {
    return `${first} ${parts[0]?.length === 1 ? 'loses' : 'lose'} isolation from ${second}.`;
  }
  const all = parts.flat().toSorted((a, b) => a.index - b.index);
  const together = parts.some((part) => part.length > 1) ? ' (those that share a group now keep sharing it)' : '';
  return `${nameList(all, names)} lose isolation from each other${together}.`;
}

/** One sentence for each switch: who can reach whom past the IOMMU. */
export function exposureTexts(exposed: readonly Exposure[], names: DeviceNames): string[] {
  const bySwitch = new Map<PciFunction | undefined, { from: Set<PciFunction>; to: Set<PciFunction> }>();
  for (const { port, from, to } of exposed) {
    const above = upstreamBridge(port);
    const sum = bySwitch.get(above) ?? { from: new Set(), to: new Set() };
    bySwitch.set(above, sum);
    for (const fn of from) sum.from.add(fn);
    for (const fn of to) sum.to.add(fn);
  }
  return [...bySwitch.values()].map(({ from, to }) => {
    const others = [...to].filter((fn) => !from.has(fn));
    const mutual = others.length < to.size;
    const whom = [...(mutual ? ['each other'] : []), ...(others.length > 0 ? [nameList(ordered(others), names)] : [])];
    return `${nameList(ordered([...from]), names)} can reach ${whom.join(' and ')} without the IOMMU seeing it.`;
  });
}

function ordered(functions: readonly PciFunction[]): readonly PciFunction[] {
  return functions.toSorted((a, b) => a.index - b.index);
}
