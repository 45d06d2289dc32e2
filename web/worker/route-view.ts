/** A route in words. */
import { factValue } from '../../src/capture/index.ts';
import type { PciFunction } from '../../src/pci/index.ts';
import { ceilingText, type DeviceNames, endSentence } from '../../src/report/index.ts';
import { type Route, routeBandwidth } from '../../src/route/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import type { RouteView } from '../protocol.ts';
import { packetStops } from './packet-stops.ts';

/** The BAR that a request is for. */
interface Meant {
  readonly fn: PciFunction;
  readonly bar: number;
}

/** One route for the page. */
export function routeView(route: Route, request: string, meant: Meant, names: DeviceNames): RouteView {
  const nameOf = (fn: PciFunction): string => names.labelOf(fn) ?? formatBdf(fn.bdf);
  const bandwidth = routeBandwidth(route);
  const ceiling = ceilingText(bandwidth);
  // Where all links carry the same, none of them is what slows the others.
  const rates = new Set(bandwidth?.links.map(({ ceiling: each }) => factValue(each)));
  const narrowest = rates.size > 1 ? bandwidth?.narrowest : undefined;
  return {
    request,
    stops: packetStops(route.hops, nameOf),
    back: packetStops(route.completion?.hops ?? [], nameOf),
    end: endSentence(route, names),
    outcome: outcomeOf(route, meant),
    speed: ceiling === undefined ? undefined : `${ceiling} of payload`,
    bottleneck:
      narrowest === undefined
        ? undefined
        : {
            text: `${speedText(narrowest.speed, narrowest.width)} between ${nameOf(narrowest.port)} and ${nameOf(narrowest.below)}`,
            port: narrowest.port.index,
            below: narrowest.below.index,
          },
  };
}

function outcomeOf({ end, completion }: Route, meant: Meant): RouteView['outcome'] {
  if (end.kind === 'unknown') return 'unknown';
  if (end.kind !== 'function' || end.fn !== meant.fn || end.bar !== meant.bar) return 'lost';
  return completion?.end.kind === 'returned' ? 'arrives' : completion?.end.kind === 'unknown' ? 'unknown' : 'lost';
}

type NumberFact = NonNullable<ReturnType<typeof routeBandwidth>>['ceiling'];

function speedText(speed: NumberFact, width: NumberFact): string {
  return `${factValue(speed) ?? '?'} GT/s x${factValue(width) ?? '?'}`;
}
