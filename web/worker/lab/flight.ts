/** The ways of a step's packets, stop by stop. */
import { byteText, hex, printable } from '../../../src/base/index.ts';
import type { Lab, LabEvent, Landing, Step } from '../../../src/lab/index.ts';
import type { PciFunction } from '../../../src/pci/index.ts';
import { ROUTE_RULES, type RouteRule } from '../../../src/route/index.ts';
import type { FlightView } from '../../lab-protocol.ts';
import type { PacketStop } from '../../protocol.ts';
import { packetStops } from '../packet-stops.ts';

const MOST_FLIGHTS = 6;

/** The ways that are drawn, and how many more there were. */
export interface Flights {
  readonly flights: readonly FlightView[];
  readonly more: number;
}

/** Of a device's own requests, or of the processor's. */
export function flightsOf(lab: Lab, event: LabEvent, fnOf: (name: string) => PciFunction | undefined): Flights {
  const { step, transfer } = event;
  if (step.action === 'peek' || step.action === 'poke') {
    const fn = fnOf(step.device);
    return { flights: fn === undefined ? [] : [processorFlight(lab, event, step, fn)], more: 0 };
  }
  if (transfer === undefined) return { flights: unsent(lab, event, fnOf), more: 0 };
  const { landings, requester, kind, length } = transfer;
  const flights = landings.slice(0, MOST_FLIGHTS).map((landing) => landingFlight(lab, requester, kind, landing));
  const left = length - landings.reduce((sum, landing) => sum + landing.length, 0n);
  if (left > 0n && landings.length < MOST_FLIGHTS) {
    const text = `${lab.nameOf(requester)} has no address for ${byteText(left)}`;
    flights.push(stuck(lab, requester, kind, text, 'the table ends before it'));
  }
  return { flights, more: Math.max(0, landings.length - MOST_FLIGHTS) };
}

/** A device that sends nothing at all. */
function unsent(lab: Lab, { step, outcome }: LabEvent, fnOf: (name: string) => PciFunction | undefined): FlightView[] {
  if (step.action !== 'read' && step.action !== 'write') return [];
  if (outcome.kind !== 'stopped') return [];
  const { target } = step;
  const fn = target.kind === 'address' ? fnOf(target.device) : lab.mappings.get(target.mapping)?.attachment.client;
  return fn === undefined ? [] : [stuck(lab, fn, step.action, `${lab.nameOf(fn)} sends nothing`, outcome.why)];
}

function stuck(lab: Lab, fn: PciFunction, kind: 'read' | 'write', text: string, why: string): FlightView {
  return {
    kind,
    text: printable(text),
    stops: [{ place: fn.index, name: name(lab, fn), rules: [] }],
    back: [],
    end: 'stopped',
    lostOnReturn: false,
    endText: printable(why),
    rule: undefined,
  };
}

function landingFlight(lab: Lab, requester: PciFunction, kind: 'read' | 'write', landing: Landing): FlightView {
  const { address, length, end, route } = landing;
  const stops = packetStops(route?.hops ?? [], nameIn(lab));
  if (end.kind === 'memory') stops.push({ place: 'ram', name: printable(end.name), rules: [] });
  const lost = end.kind === 'stopped' && end.reason === 'completion-lost';
  return {
    kind,
    text: `${name(lab, requester)} ${kind === 'read' ? 'reads' : 'writes'} ${byteText(length)} at ${hex(address)}`,
    stops: stops.length > 0 ? stops : [{ place: requester.index, name: name(lab, requester), rules: [] }],
    back: packetStops(route?.completion?.hops ?? [], nameIn(lab)),
    end: end.kind === 'stopped' ? 'stopped' : end.kind === 'unknown' ? 'unknown' : 'arrives',
    lostOnReturn: lost,
    ...ending(lab, landing),
  };
}

function ending(lab: Lab, { end, length }: Landing): Pick<FlightView, 'endText' | 'rule'> {
  switch (end.kind) {
    case 'function':
      return {
        endText: `${byteText(length)} at ${name(lab, end.fn)} BAR ${end.bar} + ${hex(end.offset)}`,
        rule: undefined,
      };
    case 'memory':
      return { endText: `${byteText(length)} at ${printable(end.name)} ${hex(end.phys)}`, rule: undefined };
    case 'interrupt':
      return { endText: 'taken for interrupts: no memory is reached', rule: undefined };
    case 'unknown':
      return { endText: `not known: ${end.missing.map(({ fact }) => printable(fact)).join(', ')}`, rule: undefined };
    case 'stopped': {
      const rule = end.why in ROUTE_RULES ? ROUTE_RULES[end.why as RouteRule] : end.why;
      return { endText: STOPS[end.reason] ?? end.reason, rule };
    }
  }
}

const STOPS: Readonly<Record<string, string>> = {
  'not-sent': 'not sent',
  malformed: 'malformed request',
  'unsupported-request': 'Unsupported Request',
  'acs-violation': 'ACS violation',
  'iommu-fault': 'IOMMU fault',
  'master-abort': 'master abort',
  'root-complex': 'not routed by the root complex',
  conflict: 'claimed twice',
  'no-answer': 'no answer',
  'completion-lost': 'the answer is lost',
  'beyond-table': 'beyond the table',
};

function name(lab: Lab, fn: PciFunction): string {
  return printable(lab.nameOf(fn));
}

function nameIn(lab: Lab): (fn: PciFunction) => string {
  return (fn) => lab.nameOf(fn);
}

/** The processor's own access goes down the tree; the model asks only whether the device answers. */
function processorFlight(
  lab: Lab,
  { outcome }: LabEvent,
  step: Extract<Step, { action: 'peek' | 'poke' }>,
  fn: PciFunction,
): FlightView {
  const kind = step.action === 'peek' ? 'read' : 'write';
  const down: PacketStop[] = [];
  for (let at: PciFunction | undefined = fn; at !== undefined; at = at.parent) {
    down.unshift({ place: at.index, name: name(lab, at), rules: [] });
  }
  const top = { place: -1 - fn.hostBridge.index, name: 'the processor', rules: [] };
  const stops = [top, ...down];
  const arrives = outcome.kind === 'done';
  return {
    kind,
    text: `The processor ${kind}s ${byteText(step.length)} of ${name(lab, fn)} BAR ${step.bar} + ${hex(step.offset)}`,
    stops,
    back: kind === 'read' && arrives ? stops.toReversed() : [],
    end: arrives ? 'arrives' : 'stopped',
    lostOnReturn: false,
    endText: arrives
      ? `${byteText(step.length)} ${kind === 'read' ? 'read' : 'written'}`
      : 'why' in outcome
        ? printable(outcome.why)
        : 'no answer',
    rule: undefined,
  };
}
