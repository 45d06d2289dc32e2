/** Links that run below what they could. */
import { factValue } from '../../capture/index.ts';
import { deviceKind, type PciFunction, upstreamBridge } from '../../pci/index.ts';
import type { LinkState } from './ailment.ts';

/** How a link runs, and how it could. */
export interface SlowLink {
  readonly now: LinkState;
  readonly could: LinkState;
}

/**
 * The link of a function to the port above it, where it runs below what both ends can do: it is as good as the worse of
 * them. Undefined for all others, for functions that share the link of the first of their device, and for ports, of
 * which the link is that of the device below.
 */
export function slowLink(fn: PciFunction): SlowLink | undefined {
  const link = factValue(fn.link);
  if (link === undefined || fn.physfn !== undefined || fn.bdf % 8 !== 0) return undefined;
  if (['root-port', 'switch-downstream'].includes(deviceKind(fn))) return undefined;
  const [speed, width] = [factValue(link.speed), factValue(link.width)];
  const port = upstreamBridge(fn);
  const above = port === undefined ? undefined : factValue(port.link);
  const ends = [link, above].filter((end) => end !== undefined);
  const could = {
    speed: Math.min(...ends.map(({ maxSpeed }) => factValue(maxSpeed) ?? Number.POSITIVE_INFINITY)),
    width: Math.min(...ends.map(({ maxWidth }) => factValue(maxWidth) ?? Number.POSITIVE_INFINITY)),
  };
  if (speed === undefined || width === undefined || speed === 0 || width === 0) return undefined;
  if (!Number.isFinite(could.speed) || !Number.isFinite(could.width)) return undefined;
  return speed >= could.speed && width >= could.width ? undefined : { now: { speed, width }, could };
}

/** A GPU at full width and the lowest speed: it wakes up with the first transfer. */
export function isResting(fn: PciFunction, { now, could }: SlowLink): boolean {
  return deviceKind(fn) === 'gpu' && now.width >= could.width && now.speed <= 2.5;
}
