/** Routes in a line, for tables of expected outcomes. */
import { hex, unshown } from '../../src/base/index.ts';
import type { Hop, HopPlace, RouteEnd } from '../../src/route/index.ts';
import { formatBdf, formatRootBus, makeBdf } from '../../src/uapi/index.ts';

/** An end: `0000:04:00.0 BAR0 +0x10`, `acs-violation at 0000:02:00.0`, `ram 0x1000`, `unknown: … (a | b)`. */
export function describeEnd(end: RouteEnd): string {
  switch (end.kind) {
    case 'function':
      return `${formatBdf(end.fn.bdf)} BAR${end.bar} +${hex(end.offset)}`;
    case 'ram':
      return `ram ${hex(end.phys)}`;
    case 'reserved':
      return `${unshown(end.name)} ${hex(end.phys)}`;
    case 'stopped':
      return `${end.reason} at ${place(end.at)}`;
    case 'unknown': {
      const facts = end.missing.map(({ fact, device }) => `${fact} of ${device}`).join(', ');
      return `unknown: ${facts} (${end.alternatives.map(describeEnd).join(' | ')})`;
    }
    default:
      return end.kind;
  }
}

/** The rules of a way, each with its place. */
export function rulesOf({ hops }: { readonly hops: readonly Hop[] }): string[] {
  return hops.map((hop) => `${place(hop.at)} ${hop.rule}`);
}

function place(at: HopPlace): string {
  return at.kind === 'function'
    ? formatBdf(at.fn.bdf)
    : formatRootBus(makeBdf(at.hostBridge.domain, at.hostBridge.bus, 0));
}
