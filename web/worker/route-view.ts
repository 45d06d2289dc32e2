/** A route in words. */
import { factValue } from '../../src/capture/index.ts';
import type { PciFunction } from '../../src/pci/index.ts';
import { type DeviceNames, endText } from '../../src/report/index.ts';
import { type Route, routeBandwidth } from '../../src/route/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import type { RouteView } from '../protocol.ts';
import { packetStops } from './packet-stops.ts';

/** One route for the page. `meant`: the BAR that the request is for. */
export function routeView(
  route: Route,
  request: string,
  meant: { readonly fn: PciFunction; readonly bar: number },
  names: DeviceNames,
): RouteView {
  const nameOf = (fn: PciFunction): string => names.labelOf(fn) ?? formatBdf(fn.bdf);
  const bandwidth = routeBandwidth(route);
  const ceiling = bandwidth === undefined ? undefined : factValue(bandwidth.ceiling);
  const narrowest = bandwidth?.narrowest;
  const arrives =
    route.end.kind === 'function' &&
    route.end.fn === meant.fn &&
    route.end.bar === meant.bar &&
    route.completion?.end.kind === 'returned';
  return {
    request,
    stops: packetStops(route.hops, nameOf),
    back: packetStops(route.completion?.hops ?? [], nameOf),
    end: endSentence(route, names),
    arrives,
    speed: ceiling === undefined ? undefined : `at most ${ceiling.toFixed(1)} GB/s of payload`,
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

type NumberFact = NonNullable<ReturnType<typeof routeBandwidth>>['ceiling'];

function speedText(speed: NumberFact, width: NumberFact): string {
  return `${factValue(speed) ?? '?'} GT/s x${factValue(width) ?? '?'}`;
}

function endSentence({ end, completion }: Route, names: DeviceNames): string {
  const there = `It ${endText(end, names)}`;
  const back = completion?.end;
  if (back === undefined) return `${there}.`;
  if (back.kind === 'returned') return `${there}, and the answer comes back.`;
  return `${there}. The answer does not come back: it ${endText(back, names)}.`;
}
