/**
 * How much a route can carry: the links it uses, the narrowest of them, and the ceiling that encoding and packet
 * overhead leave. The ceiling is no prediction: flow control, acknowledgements and the devices take more.
 */
import { type Fact, factValue, known, mapFact, unreadable } from '../capture/index.ts';
import { deviceKind, type PcieLink, type PciFunction, upstreamBridge } from '../pci/index.ts';
import { PCI_EXP_TYPE_DOWNSTREAM, PCI_EXP_TYPE_ROOT_PORT } from '../uapi/index.ts';
import { linkRate, type PacketHeader, packetEfficiency } from './link-rate.ts';
import { missingOf } from './registers.ts';
import type { Hop, MissingFact, Route } from './route-value.ts';

/** One direction of one link. */
export interface LinkUse {
  /** The port above. */
  readonly port: PciFunction;
  /** The function below, as the route passes it. */
  readonly below: PciFunction;
  /** Which way the data goes. */
  readonly direction: 'up' | 'down';
  /** Negotiated, GT/s and lanes. */
  readonly speed: Fact<number>;
  readonly width: Fact<number>;
  /** The speed that counts, GT/s: the negotiated one, or what both ends could do above a GPU that lowered it to save power. */
  readonly busySpeed: Fact<number>;
  /** What both ends could do. */
  readonly maxSpeed: Fact<number>;
  readonly maxWidth: Fact<number>;
  /** Runs below what both ends could do. */
  readonly downgraded: Fact<boolean>;
  /** 1e9 bytes per second after the line code. */
  readonly rate: Fact<number>;
  /** 1e9 bytes of payload per second at the payload size of the route. */
  readonly ceiling: Fact<number>;
}

/** How much a route can carry. */
export interface RouteBandwidth {
  /** In the order in which the data passes them; empty when it stays inside a device. */
  readonly links: readonly LinkUse[];
  /** The link with the lowest ceiling; undefined without links, or when one of them is not known. */
  readonly narrowest: LinkUse | undefined;
  /** Bytes of payload in a packet: Max_Payload_Size of the sender of the data. */
  readonly payload: Fact<number>;
  /** Functions on the way that are set to less: they refuse such packets as malformed. */
  readonly refusing: readonly PciFunction[];
  /** Of the narrowest link, 1e9 bytes of payload per second. */
  readonly ceiling: Fact<number>;
  readonly missing: readonly MissingFact[];
}

/**
 * The links that the data of a route passes: a write goes the way of its request, a read the way of its completions.
 * Undefined for a route that reaches nothing.
 */
export function routeBandwidth(route: Route): RouteBandwidth | undefined {
  if (route.end.kind !== 'function' && route.end.kind !== 'ram') return undefined;
  const isRead = route.tlp.kind === 'read';
  const hops = isRead && route.end.kind === 'function' ? (route.completion?.hops ?? []) : route.hops;
  const passed = passedLinks(hops);
  const pairs = isRead && route.end.kind === 'ram' ? passed.map(turned).reverse() : passed;
  const sender = isRead && route.end.kind === 'function' ? route.end.fn : isRead ? undefined : route.tlp.requester;
  const payload = payloadOf(sender, route.tlp.requester);
  const header = isRead ? 'completion' : route.tlp.address < 1n << 32n ? 'request-32' : 'request-64';
  const links = pairs.map((pair) => describeLink(pair, header, payload));
  const narrowest = narrowestOf(links);
  const missing = links.flatMap(missingFacts);
  if (payload.state === 'unreadable' && sender !== undefined)
    missing.push(missingOf(sender, 'Max_Payload_Size', payload.why));
  return {
    links,
    narrowest,
    payload,
    refusing: refusing(pairs, payload),
    ceiling: narrowest?.ceiling ?? unreadable(links.length === 0 ? 'no link is passed' : 'a link is not known'),
    missing,
  };
}

/**
 * The links between functions in a row, each the bridge above or below the one before it, as data of `sender` passes
 * them from the first to the last. Where two stand below no common bridge (two root ports), there is no link.
 */
export function linksAlong(path: readonly PciFunction[], sender: PciFunction): LinkUse[] {
  const payload = payloadOf(sender, sender);
  const pairs: LinkPair[] = [];
  for (const [at, to] of path.entries()) {
    const from = path[at - 1];
    if (from === undefined) continue;
    if (upstreamBridge(from) === to && isPort(to)) pairs.push({ port: to, below: from, direction: 'up' });
    else if (upstreamBridge(to) === from && isPort(from)) pairs.push({ port: from, below: to, direction: 'down' });
  }
  return pairs.map((pair) => describeLink(pair, 'request-64', payload));
}

/** A link used by several routes at once. */
export interface SharedLink {
  readonly link: LinkUse;
  /** Positions of the routes in the list asked about. */
  readonly users: readonly number[];
  /** What is left for each when all send at once, 1e9 bytes of payload per second. */
  readonly share: Fact<number>;
}

/** The links, and directions, that more than one of `routes` sends its data through; the most used first. */
export function sharedLinks(routes: readonly (RouteBandwidth | undefined)[]): SharedLink[] {
  const uses = new Map<string, { link: LinkUse; users: number[] }>();
  for (const [index, route] of routes.entries()) {
    for (const link of route?.links ?? []) {
      const key = `${link.port.index}/${link.direction}`;
      const use = uses.get(key) ?? { link, users: [] };
      use.users.push(index);
      uses.set(key, use);
    }
  }
  return [...uses.values()]
    .filter(({ users }) => users.length > 1)
    .map(({ link, users }) => ({ link, users, share: mapFact(link.ceiling, (all) => all / users.length) }))
    .sort((a, b) => b.users.length - a.users.length || a.link.port.bdf - b.link.port.bdf);
}

interface LinkPair {
  readonly port: PciFunction;
  readonly below: PciFunction;
  readonly direction: 'up' | 'down';
}

/** Hops at neighbours across a link: up into a port from below it, down out of a port. */
function passedLinks(hops: readonly Hop[]): LinkPair[] {
  const pairs: LinkPair[] = [];
  for (const [index, hop] of hops.entries()) {
    const before = hops[index - 1];
    if (before?.at.kind !== 'function' || hop.at.kind !== 'function' || before.at.fn === hop.at.fn) continue;
    const [from, to] = [before.at.fn, hop.at.fn];
    if (hop.side === 'from-below' && isPort(to)) pairs.push({ port: to, below: from, direction: 'up' });
    else if (before.side === 'from-above' && isPort(from)) pairs.push({ port: from, below: to, direction: 'down' });
  }
  return pairs;
}

/** A bridge whose PCI Express capability cannot be read may have a link below: it counts, with unknown speed. */
function isPort({ pcie }: PciFunction): boolean {
  if (pcie.state !== 'known') return pcie.state === 'unreadable';
  return pcie.value.type === PCI_EXP_TYPE_ROOT_PORT || pcie.value.type === PCI_EXP_TYPE_DOWNSTREAM;
}

function turned({ port, below, direction }: LinkPair): LinkPair {
  return { port, below, direction: direction === 'up' ? 'down' : 'up' };
}

function describeLink(pair: LinkPair, header: PacketHeader, payload: Fact<number>): LinkUse {
  const { port, below } = pair;
  const either = (pick: (link: PcieLink) => Fact<number>): Fact<number> => {
    const ends = [below, port].map((fn) => linkFact(fn, pick));
    return ends.find(({ state }) => state === 'known') ?? ends[1] ?? unreadable('not in this input');
  };
  const both = (pick: (link: PcieLink) => Fact<number>): Fact<number> => {
    const ends = [below, port].map((fn) => factValue(linkFact(fn, pick)));
    const [a, b] = ends;
    return a === undefined || b === undefined ? either(pick) : known(Math.min(a, b));
  };
  const speed = either((link) => link.speed);
  const width = either((link) => link.width);
  const maxSpeed = both((link) => link.maxSpeed);
  const maxWidth = both((link) => link.maxWidth);
  const slower = join(speed, maxSpeed, (now, could) => now < could);
  const busySpeed = factValue(slower) === true && sleeps(below) ? maxSpeed : speed;
  const rate = join(busySpeed, width, linkRate);
  const ceiling = join(
    rate,
    join(busySpeed, payload, (s, p) => packetEfficiency(s, header, p)),
    (a, b) => a * b,
  );
  const narrower = join(width, maxWidth, (now, could) => now < could);
  return {
    ...pair,
    speed,
    width,
    busySpeed,
    maxSpeed,
    maxWidth,
    downgraded: join(slower, narrower, (a, b) => a || b),
    rate,
    ceiling,
  };
}

/**
 * GPUs lower the speed of their link while they are idle, those with a switch of their own that of its uplink, too: what
 * is negotiated in an input says nothing of a busy one.
 */
function sleeps(fn: PciFunction): boolean {
  const kind = deviceKind(fn.physfn ?? fn);
  if (kind === 'gpu') return true;
  if (kind !== 'switch-upstream') return false;
  const behind = functionsBehind(fn).map(deviceKind);
  return behind.includes('gpu') && behind.every((each) => GPU_CARD.has(each));
}

/** What stands on the card of a GPU with a switch of its own. */
const GPU_CARD: ReadonlySet<string> = new Set(['gpu', 'companion', 'switch-downstream']);

function functionsBehind(bridge: PciFunction): PciFunction[] {
  return bridge.hostBridge.functions.filter((fn) => {
    for (let at = upstreamBridge(fn); at !== undefined; at = upstreamBridge(at)) if (at === bridge) return true;
    return false;
  });
}

/** The link registers of a virtual function are those of its physical function. */
function linkFact(fn: PciFunction, pick: (link: PcieLink) => Fact<number>): Fact<number> {
  const { link } = fn.physfn ?? fn;
  return link.state === 'known' ? pick(link.value) : link;
}

/** Max_Payload_Size of who sends the data; of memory, the root port's of the requester would say, which RAM reads lack. */
function payloadOf(sender: PciFunction | undefined, requester: PciFunction): Fact<number> {
  let fn = sender ?? requester;
  if (sender === undefined) while (fn.parent !== undefined) fn = fn.parent;
  const { pcie } = fn.physfn ?? fn;
  return pcie.state === 'known' ? pcie.value.maxPayload : pcie;
}

function refusing(pairs: readonly LinkPair[], payload: Fact<number>): PciFunction[] {
  if (payload.state !== 'known') return [];
  const passed = new Set(pairs.flatMap(({ port, below }) => [port, below.physfn ?? below]));
  return [...passed].filter(({ pcie }) => {
    const own = pcie.state === 'known' ? factValue(pcie.value.maxPayload) : undefined;
    return own !== undefined && own < payload.value;
  });
}

function narrowestOf(links: readonly LinkUse[]): LinkUse | undefined {
  let narrowest: LinkUse | undefined;
  for (const link of links) {
    if (link.ceiling.state !== 'known') return undefined;
    if (narrowest === undefined || link.ceiling.value < (factValue(narrowest.ceiling) ?? 0)) narrowest = link;
  }
  return narrowest;
}

function missingFacts({ port, speed, width }: LinkUse): MissingFact[] {
  const missing: MissingFact[] = [];
  if (speed.state === 'unreadable') missing.push(missingOf(port, 'link speed', speed.why));
  if (width.state === 'unreadable') missing.push(missingOf(port, 'link width', width.why));
  return missing;
}

function join<A, B, C>(a: Fact<A>, b: Fact<B>, combine: (a: A, b: B) => C): Fact<C> {
  if (a.state !== 'known') return a;
  return b.state === 'known' ? known(combine(a.value, b.value)) : b;
}
