/** A traced request, drawn as a path. */
import type { PeerTrace, TraceAnswer } from '../answers/index.ts';
import { hex } from '../base/index.ts';
import type { P2pdmaMachine } from '../p2pdma/index.ts';
import { type CompletionRoute, ROUTE_RULES } from '../route/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { bandwidthText } from './bandwidth-text.ts';
import { mapText } from './map-text.ts';
import type { DeviceNames } from './names.ts';
import type { Paint } from './paint.ts';
import { endText, hopPlace, routeText } from './route-text.ts';

/** One request: where it ends first, then every hop, then what the links carry. */
export function traceText({ route, bandwidth }: TraceAnswer, names: DeviceNames, paint: Paint): string {
  const { requester, kind, address } = route.tlp;
  const who = names.labelOf(requester) ?? formatBdf(requester.bdf);
  return [
    `${paint.bold(`A ${kind} by ${who} to ${hex(address)}`)} ${endText(route.end, names)}.`,
    '',
    ...routeText(route, names, paint),
    ...completionText(route.completion, names, paint),
    ...(bandwidth === undefined ? [] : ['', paint.bold('What the links carry'), ...bandwidthText(bandwidth, paint)]),
  ].join('\n');
}

function completionText(completion: CompletionRoute | undefined, names: DeviceNames, paint: Paint): string[] {
  if (completion === undefined) return [];
  const steps = completion.hops.map(
    (hop) =>
      `  ${hopPlace(hop)}  ${ROUTE_RULES[hop.rule]}${hop.register === undefined ? '' : paint.dim(`  [${hop.register}]`)}`,
  );
  return ['', paint.bold('The data comes back'), ...steps, `  ● ${endText(completion.end, names)}`];
}

/** The requests of a client to memory it mapped; where there is no table, why. */
export function peerTraceText(machine: P2pdmaMachine, trace: PeerTrace, names: DeviceNames, paint: Paint): string {
  if (trace.traces === undefined) return mapText(machine, trace.mapping, names, paint);
  const { write, read } = trace.traces;
  return `${traceText(write, names, paint)}\n\n${traceText(read, names, paint)}`;
}
