/** Where a request is, where it ends, and what its links carry, in words. */
import { hex, printable } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import type { Hop, Route, RouteBandwidth, RouteEnd, StopReason } from '../route/index.ts';
import { formatBdf, rootBusName } from '../uapi/index.ts';
import type { DeviceNames } from './names.ts';

/** Where a hop is: a function's address, or the host bridge of a root bus. */
export function hopPlace({ at }: Hop): string {
  if (at.kind === 'function') return formatBdf(at.fn.bdf);
  return `host bridge ${rootBusName(at.hostBridge)}`;
}

/** Where a request ends, in words. */
export function endText(end: RouteEnd, names: DeviceNames): string {
  switch (end.kind) {
    case 'function': {
      const { fn, bar, offset } = end;
      const label = names.labelOf(fn);
      return `reaches ${label === undefined ? '' : `${label} `}${formatBdf(fn.bdf)} BAR ${bar} +${hex(offset)}`;
    }
    case 'ram':
      return `reaches memory at ${hex(end.phys)}`;
    case 'reserved':
      return `reaches reserved memory at ${hex(end.phys)} (${printable(end.name)})`;
    case 'msi':
      return 'is taken for an interrupt: it reaches no memory';
    case 'returned':
      return 'returns to the requester';
    case 'stopped':
      return `stops here: ${STOP_WORDS[end.reason]}${end.implementationSpecific ? ' (what usually happens; the specification leaves it open)' : ''}`;
    case 'unknown': {
      const missing = end.missing.map(({ fact, device, why }) => `${fact} of ${device} (${why})`).join('; ');
      const either = end.alternatives.map((alternative) => endText(alternative, names)).join(', or ');
      return `has no known end: ${missing}${either === '' ? '' : `; perhaps it ${either}`}`;
    }
  }
}

const STOP_WORDS: Readonly<Record<StopReason, string>> = {
  'not-sent': 'it is not sent',
  malformed: 'the request is malformed',
  'unsupported-request': 'Unsupported Request (reads return all ones, writes are dropped)',
  'acs-violation': 'ACS violation (logged, the request is dropped)',
  'iommu-fault': 'the IOMMU faults',
  'master-abort': 'master abort: nothing answers',
  'root-complex': 'the root complex does not route between these ports',
  conflict: 'more than one device claims the address',
};

/** Where a request ends and whether its answer comes back, as one sentence. */
export function endSentence({ end, completion }: Route, names: DeviceNames): string {
  const there = `It ${endText(end, names)}`;
  const back = completion?.end;
  if (back === undefined) return `${there}.`;
  if (back.kind === 'returned') return `${there}, and the answer comes back.`;
  if (back.kind === 'unknown') return `${there}. The answer ${endText(back, names)}.`;
  return `${there}. The answer does not come back: it ${endText(back, names)}.`;
}

/** `at most 12.3 GB/s`; undefined where speeds are not known. */
export function ceilingText(bandwidth: RouteBandwidth | undefined): string | undefined {
  const ceiling = bandwidth === undefined ? undefined : factValue(bandwidth.ceiling);
  return ceiling === undefined ? undefined : `at most ${ceiling.toFixed(1)} GB/s`;
}
