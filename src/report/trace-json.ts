/** `trace --json` (docs/json.md). */
import type { TraceAnswer } from '../answers/index.ts';
import { hex } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import type { Hop, RouteEnd, SharedLink } from '../route/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { hopPlace } from './route-text.ts';

/** The document for one or more requests; `shared`: links that several pairs use, the first of them the traced one. */
export function traceJson(traces: readonly TraceAnswer[], shared: readonly SharedLink[] = []): object {
  return { schema: 'peerpath.trace/1', traces: traces.map(traceAnswerJson), sharedLinks: shared.map(sharedLinkJson) };
}

function sharedLinkJson({ link, users, share }: SharedLink): object {
  return {
    port: formatBdf(link.port.bdf),
    below: formatBdf(link.below.bdf),
    direction: link.direction,
    pairs: users,
    shareGBps: factValue(share) ?? null,
  };
}

function traceAnswerJson({ route, bandwidth }: TraceAnswer): object {
  return {
    requester: formatBdf(route.tlp.requester.bdf),
    address: hex(route.tlp.address),
    kind: route.tlp.kind,
    hops: route.hops.map(hopJson),
    end: endJson(route.end),
    assumptions: route.assumptions,
    completion:
      route.completion === undefined
        ? null
        : { hops: route.completion.hops.map(hopJson), end: endJson(route.completion.end) },
    ceilingGBps: bandwidth === undefined ? null : (factValue(bandwidth.ceiling) ?? null),
    narrowest: bandwidth?.narrowest === undefined ? null : formatBdf(bandwidth.narrowest.port.bdf),
  };
}

function hopJson(hop: Hop): object {
  return { at: hopPlace(hop), side: hop.side, rule: hop.rule, register: hop.register ?? null };
}

function endJson(end: RouteEnd): object {
  switch (end.kind) {
    case 'function':
      return {
        kind: 'function',
        bdf: formatBdf(end.fn.bdf),
        bar: end.bar,
        offset: hex(end.offset),
        phys: hex(end.phys),
      };
    case 'ram':
    case 'reserved':
      return { kind: end.kind, phys: hex(end.phys) };
    case 'stopped':
      return { kind: 'stopped', reason: end.reason, rule: end.rule };
    case 'unknown':
      return { kind: 'unknown', missing: end.missing, alternatives: end.alternatives.map(endJson) };
    default:
      return { kind: end.kind };
  }
}
