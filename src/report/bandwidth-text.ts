/** What a route can carry, in words. */
import { factValue } from '../capture/index.ts';
import type { LinkUse, RouteBandwidth, SharedLink } from '../route/index.ts';
import { formatBdf } from '../uapi/index.ts';
import type { Paint } from './paint.ts';

/** The narrowest link, the expected ceiling, and links that run below what they could. */
export function bandwidthText(bandwidth: RouteBandwidth, paint: Paint): string[] {
  const ceiling = factValue(bandwidth.ceiling);
  const { narrowest } = bandwidth;
  const lines: string[] = [];
  if (ceiling === undefined) {
    const missing = bandwidth.missing.map(({ fact, device }) => `${fact} of ${device}`);
    const unknown = [...new Set(missing)].join(', ');
    lines.push(unknown === '' ? '  No PCI Express link whose speed is known is on the way.' : `  unknown: ${unknown}`);
  } else {
    const payload = factValue(bandwidth.payload);
    const at = narrowest === undefined ? '' : `, at ${linkName(narrowest)}`;
    lines.push(
      `  at most ${ceiling.toFixed(1)} GB/s${at}${payload === undefined ? '' : `, payloads of ${payload} bytes`}`,
    );
  }
  for (const link of bandwidth.links) {
    if (factValue(link.downgraded) !== true) continue;
    const most = `${factValue(link.maxSpeed) ?? '?'} GT/s x${factValue(link.maxWidth) ?? '?'}`;
    lines.push(paint.yellow(`  downgraded: ${linkName(link)} could be ${most}`));
  }
  return lines;
}

/** Links that several pairs use at once, and what is left for each. */
export function sharedLinksText(shared: readonly SharedLink[], paint: Paint): string[] {
  if (shared.length === 0) return [];
  const lines = shared.map(({ link, users, share }) => {
    const each = factValue(share);
    const left = each === undefined ? '' : `, ${each.toFixed(1)} GB/s each`;
    return `  ${linkName(link)} ${link.direction === 'up' ? 'upwards' : 'downwards'}: ${users.length} pairs${left}`;
  });
  return ['', paint.bold('Links shared when all pairs write at once'), ...lines];
}

function linkName({ port, below, speed, width }: LinkUse): string {
  return `${formatBdf(port.bdf)} – ${formatBdf(below.bdf)} (${factValue(speed) ?? '?'} GT/s x${factValue(width) ?? '?'})`;
}
