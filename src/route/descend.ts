/** From a bus downward: bridge after bridge by its windows, to a BAR. PCI-to-PCI Bridge Specification 1.2, chapter 4. */
import type { Bus } from './bus-tree.ts';
import { type Claim, claimsOn, followClaim } from './claims.ts';
import { barName, commandName, windowName } from './registers.ts';
import type { Span } from './span.ts';
import { after, atFunction, atHostBridge, hop, reach, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** Follows the address from `bus` down; the span ends up as wide as all decisions on the way allow. */
export function descend(world: World, bus: Bus, span: Span): Walk {
  return followClaim(
    claimsOn(world, bus, span),
    (claim) => deliver(world, claim, span),
    (disabled) => noClaim(bus, disabled),
  );
}

/** Goes on behind a claim: the end at a BAR, or the bus behind a bridge. */
export function deliver(world: World, claim: Claim, span: Span): Walk {
  const place = atFunction(claim.fn);
  if (claim.kind === 'bar') {
    const { decoder } = claim;
    const offset = span.address - decoder.range.start;
    const end = { kind: 'function', fn: claim.fn, bar: decoder.bar, offset, phys: decoder.cpuStart + offset } as const;
    return reach(hop(place, 'from-above', 'bar', barName(claim.fn, decoder.bar)), end);
  }
  const register = claim.window === undefined ? undefined : windowName(claim.fn, claim.window.index);
  return after([hop(place, 'from-above', 'forward-down', register)], descend(world, claim.bridge.secondary, span));
}

/** Ends where nothing claims the address; what would, were it switched on, is named. */
function noClaim(bus: Bus, disabled: readonly Claim[]): Walk {
  const [off] = disabled;
  if (off !== undefined) {
    const rule = off.kind === 'bar' ? 'memory-off' : 'bridge-memory-off';
    const cause = { reason: 'unsupported-request', rule } as const;
    return stop(atFunction(off.fn), 'from-above', cause, commandName(off.fn, 'Mem'));
  }
  const { bridge, hostBridge } = bus;
  const isConventional = bridge === undefined || bridge.role === 'pci-bridge';
  const cause = { reason: isConventional ? 'master-abort' : 'unsupported-request', rule: 'no-claim' } as const;
  return stop(bridge === undefined ? atHostBridge(hostBridge) : atFunction(bridge.fn), 'from-above', cause);
}
