/** A traced request, drawn as a path: a line a hop, with the rule that sent it on and the register that holds it. */
import type { PeerTrace, TraceAnswer } from '../answers/index.ts';
import { hex } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import {
  type Hop,
  type LinkUse,
  ROUTE_RULES,
  type RouteBandwidth,
  type RouteEnd,
  type SharedLink,
} from '../route/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { mapSheet } from './map-sheet.ts';
import { shortName } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { ceilingText, endText, hopPlace } from './route-words.ts';
import { drawing, type Line, type Section, type Sheet, strong, text, toned } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';

/** One request: where it ends first, then every hop, then what the links carry. */
export function traceSheet(subject: Subject, answer: TraceAnswer): Sheet {
  const { names } = subject;
  return {
    title: 'peerpath trace',
    answer: [strong(requestWords(answer, names)), ` ${endText(answer.route.end, names)}.`],
    context: contextLines(subject),
    sections: wayOf(answer, names),
  };
}

/** The requests of a client to memory it mapped; where there is no table, why. `shared`: links of several pairs. */
export function peerTraceSheet(subject: Subject, trace: PeerTrace, shared: readonly SharedLink[]): Sheet {
  const { names } = subject;
  const links = sharedSections(shared);
  if (trace.traces === undefined) {
    const map = mapSheet(subject, trace.mapping);
    return { ...map, sections: [...map.sections, ...links] };
  }
  const { write, read } = trace.traces;
  const [first, ...rest] = wayOf(read, names);
  const title = `${requestWords(read, names)} ${endText(read.route.end, names)}.`;
  const readSections = first === undefined ? [] : [{ ...first, title }, ...rest];
  const sheet = traceSheet(subject, write);
  return { ...sheet, sections: [...sheet.sections, ...readSections, ...links] };
}

function requestWords({ route }: TraceAnswer, names: DeviceNames): string {
  const { requester, kind, address } = route.tlp;
  return `A ${kind} by ${shortName(requester, names)} to ${hex(address)}`;
}

function wayOf({ route, bandwidth }: TraceAnswer, names: DeviceNames): Section[] {
  const { completion } = route;
  const back = completion === undefined ? [] : hopLines(completion.hops, completion.end, names, false);
  return [
    { title: '', blocks: [drawing(hopLines(route.hops, route.end, names, true))] },
    ...(completion === undefined ? [] : [{ title: 'The data comes back', blocks: [drawing(back)] }]),
    ...(bandwidth === undefined
      ? []
      : [{ title: 'What the links carry', blocks: [text(...bandwidthLines(bandwidth))] }]),
  ];
}

const ARROWS = { sends: '○', 'from-below': '↑', 'from-above': '↓', inside: '·' };

function hopLines(hops: readonly Hop[], end: RouteEnd, names: DeviceNames, arrows: boolean): Line[] {
  const places = hops.map(hopPlace);
  const width = arrows ? Math.max(0, ...places.map((place) => place.length)) : 0;
  const lines = hops.map(
    (hop, i): Line => [
      `  ${arrows ? `${ARROWS[hop.side]} ` : ''}${(places[i] ?? '').padEnd(width)}  ${ROUTE_RULES[hop.rule]}`,
      ...(hop.register === undefined ? [] : [toned('dim', `  [${hop.register}]`)]),
      ...(hop.assumed === undefined || !arrows ? [] : [toned('open', '  (assumed: no register tells)')]),
    ],
  );
  return [...lines, `  ● ${endText(end, names)}`];
}

/** The narrowest link, the expected ceiling, and links that run below what they could. */
function bandwidthLines(bandwidth: RouteBandwidth): Line[] {
  const ceiling = ceilingText(bandwidth);
  const { narrowest } = bandwidth;
  const lines: Line[] = [];
  if (ceiling === undefined) {
    const missing = bandwidth.missing.map(({ fact, device }) => `${fact} of ${device}`);
    const unknown = [...new Set(missing)].join(', ');
    lines.push(unknown === '' ? 'No PCI Express link whose speed is known is on the way.' : `unknown: ${unknown}`);
  } else {
    const payload = factValue(bandwidth.payload);
    const at = narrowest === undefined ? '' : `, at ${linkName(narrowest)}`;
    lines.push(`${ceiling}${at}${payload === undefined ? '' : `, payloads of ${payload} bytes`}`);
  }
  for (const link of bandwidth.links) {
    if (factValue(link.downgraded) !== true) continue;
    const most = `${factValue(link.maxSpeed) ?? '?'} GT/s x${factValue(link.maxWidth) ?? '?'}`;
    lines.push([toned('warn', `downgraded: ${linkName(link)} could be ${most}`)]);
  }
  return lines;
}

/** Links that several pairs use at once, and what is left for each. */
function sharedSections(shared: readonly SharedLink[]): Section[] {
  if (shared.length === 0) return [];
  const lines = shared.map(({ link, users, share }) => {
    const each = factValue(share);
    const left = each === undefined ? '' : `, ${each.toFixed(1)} GB/s each`;
    return `${linkName(link)} ${link.direction === 'up' ? 'upwards' : 'downwards'}: ${users.length} pairs${left}`;
  });
  return [{ title: 'Links shared when all pairs write at once', blocks: [text(...lines)] }];
}

function linkName({ port, below, speed, width }: LinkUse): string {
  return `${formatBdf(port.bdf)} – ${formatBdf(below.bdf)} (${factValue(speed) ?? '?'} GT/s x${factValue(width) ?? '?'})`;
}

/** `trace --json`, for one or more requests; `shared`: links that several pairs use, the first of them the traced one. */
export function traceJson(
  subject: Subject,
  traces: readonly TraceAnswer[],
  shared: readonly SharedLink[] = [],
): object {
  return {
    ...documentHead('peerpath.trace/1', subject),
    traces: traces.map(traceAnswerJson),
    sharedLinks: shared.map(sharedLinkJson),
  };
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
