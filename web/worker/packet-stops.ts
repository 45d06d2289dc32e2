/** The way of a packet, stop by stop: what a route's hops come to on a picture. */
import { printable } from '../../src/base/index.ts';
import type { PciFunction } from '../../src/pci/index.ts';
import { ACS_TURNS, type Hop, ROUTE_RULES } from '../../src/route/index.ts';
import { rootBusName } from '../../src/uapi/index.ts';
import type { PacketStop, Place, StopRule } from '../protocol.ts';

/** Decisions in a row at one place, or inside the root complex, are one stop. */
export function packetStops(hops: readonly Hop[], nameOf: (fn: PciFunction) => string): PacketStop[] {
  const stops: (PacketStop & { readonly rules: StopRule[] })[] = [];
  for (const hop of hops) {
    const { at } = hop;
    const last = stops.at(-1);
    const place: Place = at.kind === 'function' ? at.fn.index : -1 - at.hostBridge.index;
    const together = last !== undefined && (last.place === place || (isHostBridge(place) && isHostBridge(last.place)));
    if (together) last.rules.push(stopRule(hop));
    else {
      const name = at.kind === 'function' ? printable(nameOf(at.fn)) : `host bridge ${rootBusName(at.hostBridge)}`;
      stops.push({ place, name, rules: [stopRule(hop)] });
    }
  }
  return stops;
}

function stopRule({ rule, register, missing, assumed }: Hop): StopRule {
  return {
    text: ROUTE_RULES[rule],
    turns: ACS_TURNS.has(rule),
    register: register === undefined ? undefined : printable(register),
    missing: missing.map(({ fact, device, why }) => printable(`${fact} of ${device}: ${why}`)),
    assumed: assumed !== undefined,
  };
}

function isHostBridge(place: Place): boolean {
  return place !== 'ram' && place < 0;
}
