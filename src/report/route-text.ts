/** The way of one request, as a drawing: a line a hop, with the rule that sent it on and the register that holds it. */
import { hex, printable } from '../base/index.ts';
import { type Hop, ROUTE_RULES, type Route, type RouteEnd, type StopReason } from '../route/index.ts';
import { formatBdf, rootBusName } from '../uapi/index.ts';
import type { DeviceNames } from './names.ts';
import type { Paint } from './paint.ts';

/** Where a hop is: a function's address, or the host bridge of a root bus. */
export function hopPlace({ at }: Hop): string {
  if (at.kind === 'function') return formatBdf(at.fn.bdf);
  return `host bridge ${rootBusName(at.hostBridge)}`;
}

/** One line a hop, and where it ends. */
export function routeText(route: Route, names: DeviceNames, paint: Paint): string[] {
  const arrows = { sends: '○', 'from-below': '↑', 'from-above': '↓', inside: '·' };
  const places = route.hops.map(hopPlace);
  const width = Math.max(0, ...places.map((place) => place.length));
  const lines = route.hops.map((hop, i) => {
    const register = hop.register === undefined ? '' : paint.dim(`  [${hop.register}]`);
    const assumed = hop.assumed === undefined ? '' : paint.cyan('  (assumed: no register tells)');
    return `  ${arrows[hop.side]} ${(places[i] ?? '').padEnd(width)}  ${ROUTE_RULES[hop.rule]}${register}${assumed}`;
  });
  return [...lines, `  ● ${endText(route.end, names)}`];
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
