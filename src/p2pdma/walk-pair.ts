/** The walk that the kernel makes over the paths of two functions. */
import { type HostBridge, type PciFunction, upstreamBridge } from '../pci/index.ts';
import { acsRedirectBits } from './acs-redirect.ts';
import { areApart, whereaboutsOf } from './apart.ts';
import type { P2pdmaMachine } from './p2pdma-machine.ts';
import type { MissingFact, RedirectingPort } from './verdict.ts';

/** What the walk found. */
export interface PairWalk {
  readonly common: PciFunction | undefined;
  readonly hops: number | undefined;
  readonly path: readonly PciFunction[];
  /** Ports that redirect, the provider's side first, in the order in which the kernel names them. */
  readonly redirecting: readonly RedirectingPort[];
  /** Facts the walk lacks: ACS registers, places in the tree. */
  readonly missing: readonly MissingFact[];
  /** Is it certain where the paths meet, or that they do not? */
  readonly certain: boolean;
  /** Where that is not known: do they surely not meet? Which host bridges they are below, as far as that is known. */
  readonly apart: readonly [provider: HostBridge | undefined, client: HostBridge | undefined] | undefined;
  /** The first on both ways up of no certain place: which host bridges they are below is open, even where they meet is not. */
  readonly unplaced: PciFunction | undefined;
}

/** Walks up from both functions until the paths meet. */
export function walkPair(machine: P2pdmaMachine, provider: PciFunction, client: PciFunction): PairWalk {
  const up = pathUp(provider);
  const down = pathUp(client);
  const common = up.find((fn) => down.includes(fn));
  const above = common === undefined ? up : up.slice(0, up.indexOf(common) + 1);
  const below = common === undefined ? down : down.slice(0, down.indexOf(common));
  // Where the bridge that both share stands is no matter for how they meet, only for the host bridge above it.
  const uncertain = [...above, ...below].find((fn) => fn !== common && !fn.placement.certain);
  const apart = uncertain === undefined ? undefined : hostBridgesApart(machine, provider, client);
  const missing: MissingFact[] = placesMissing(uncertain);
  const redirecting: RedirectingPort[] = [];
  // Without a common bridge the kernel has looked at the provider's path only, and ACS decides nothing.
  for (const port of common === undefined ? above : [...above, ...below]) {
    const bits = acsRedirectBits(machine, port);
    if (bits.state === 'known' && bits.value !== 0) redirecting.push({ port, bits: bits.value });
    if (bits.state === 'unreadable' && common !== undefined) {
      missing.push({ fact: 'acs-control', device: port, why: bits.why });
    }
  }
  return {
    common,
    // Every node of both paths is a hop, but for the bridge where they meet.
    hops: uncertain === undefined ? above.length + below.length - (common === undefined ? 0 : 1) : undefined,
    path: [...above, ...below.toReversed()],
    redirecting,
    missing,
    certain: uncertain === undefined,
    apart,
    unplaced: [...up, ...down].find((fn) => !fn.placement.certain),
  };
}

function hostBridgesApart({ topology }: P2pdmaMachine, provider: PciFunction, client: PciFunction): PairWalk['apart'] {
  const [a, b] = [whereaboutsOf(topology, provider), whereaboutsOf(topology, client)];
  return areApart(a, b) ? [a?.hostBridge, b?.hostBridge] : undefined;
}

/** The place of a function as a missing fact; none where it is certain. */
export function placesMissing(fn: PciFunction | undefined): MissingFact[] {
  if (fn === undefined || fn.placement.certain) return [];
  return [{ fact: 'placement', device: fn, why: fn.placement.why }];
}

/** A function and every bridge above it, up to the root port. */
function pathUp(fn: PciFunction): PciFunction[] {
  const path: PciFunction[] = [];
  for (let at: PciFunction | undefined = fn; at !== undefined; at = upstreamBridge(at)) path.push(at);
  return path;
}
