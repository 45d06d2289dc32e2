/** What the picture of a tree shows beside the machine: the way of the chosen pair, ports that redirect or changed. */
import type { Tag } from '../../drawing/box-parts.ts';
import type { Item } from '../../drawing/outline.ts';
import type { Place } from '../../protocol.ts';
import type { Tab } from '../../tab.ts';
import { stopNumbers } from '../stop-numbers.tsx';
import { TYPE_CLASSES } from '../verdict-mark.tsx';
import { redirectsOf } from './box-words.ts';

/** By function index, but for places of packets. */
export interface Looks {
  /** What the traffic of the chosen pair passes, and in which role; '' in none. */
  readonly way: ReadonlyMap<number, string>;
  /** Class name of the pair's answer. */
  readonly verdict: string;
  /** Below the narrowest link of the way. */
  readonly narrow: number | undefined;
  /** Where the pair comes to an end. */
  readonly stop: Place | undefined;
  /** Which stops of the packet are where. */
  readonly numbers: ReadonlyMap<Place, string>;
  readonly redirects: ReadonlySet<number>;
  /** What is to be said first: what a question changed, what is new or gone. */
  readonly marks: ReadonlyMap<number, Tag>;
  /** IOMMU groups, where these are asked for: members, and number by function. */
  readonly groups: Groups | undefined;
}

/** Who is with whom. */
export interface Groups {
  readonly of: ReadonlyMap<number, number>;
  /** Groups of several. */
  readonly shared: ReadonlySet<number>;
}

/** What is shown on top of the machine. */
export type Overlay = 'none' | 'groups';

/** Of what a tab shows. */
export function looksOf(tab: Tab, overlay: Overlay = 'none'): Looks {
  const pair = tab.pairView.value?.forth;
  const numbers = [...stopNumbers(pair?.route?.stops ?? [], (place) => place)].map(
    ([place, all]) => [place, all.length > 3 ? `${all[0]}…${all.at(-1)}` : all.join('·')] as const,
  );
  return {
    way: wayOf(tab),
    verdict: TYPE_CLASSES[pair?.type ?? 0] ?? '',
    narrow: pair?.route?.bottleneck?.below,
    stop: pair?.stop,
    numbers: new Map(numbers),
    redirects: redirectsOf(tab.situation.value),
    marks: new Map(tab.situation.value?.changedPorts.map(({ port, redirect }) => [port, ACS_MARKS[redirect]])),
    groups: overlay === 'groups' ? groupsOf(tab) : undefined,
  };
}

/** What became of a port's redirection. */
export const ACS_MARKS: Readonly<Record<'on' | 'off' | 'same', Tag>> = {
  on: { text: '+ACS', looks: 'changed turn' },
  off: { text: '−ACS', looks: 'changed' },
  same: { text: '±ACS', looks: 'changed' },
};

function groupsOf(tab: Tab): Groups | undefined {
  const groups = tab.situation.value?.groups;
  if (groups === undefined) return undefined;
  return {
    of: new Map(groups.flatMap(({ number, members }) => members.map((fn) => [fn, number] as const))),
    shared: new Set(groups.flatMap(({ number, members }) => (members.length > 1 ? [number] : []))),
  };
}

function wayOf(tab: Tab): ReadonlyMap<number, string> {
  const view = tab.pairView.value?.forth;
  const way = new Map<number, string>();
  if (view === undefined) return way;
  for (const index of view.path) way.set(index, '');
  for (const { place } of view.route?.stops ?? [])
    if (place !== 'ram' && place >= 0 && !way.has(place)) way.set(place, '');
  way.set(view.provider, 'memory');
  way.set(view.client, 'uses it');
  if (view.meets >= 0 && view.meets !== view.provider && view.meets !== view.client) way.set(view.meets, 'meet');
  return way;
}

/** Where packets are when they are at a box. */
export function placeOf({ node }: Pick<Item, 'node'>): Place | undefined {
  if (node.what === 'root') return -1 - node.hostBridge;
  return node.what === 'function' ? node.fn.index : undefined;
}
