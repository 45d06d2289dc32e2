/** The PCI tree as a drawing: of a large machine the ways to the devices that people ask about, else everything. */
import { gather } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { focusOf } from '../diagnose/index.ts';
import { acsRedirectBits } from '../p2pdma/index.ts';
import { deviceKind, type HostBridge, type PciFunction, upstreamBridge } from '../pci/index.ts';
import { acsBitNames, formatBdf, rootBusName } from '../uapi/index.ts';
import { inventory, isPlaced, MOST_FUNCTIONS, restText } from './devices-sheet.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { compositionText } from './pairs-sentence.ts';
import {
  drawing,
  type Emphasis,
  type Line,
  plainLine,
  type Section,
  type Sheet,
  strong,
  text,
  toned,
} from './sheet/index.ts';
import type { Subject } from './subject.ts';
import { linkText } from './words.ts';

/** Lines of the drawing of a large machine; host bridges of one shape are drawn once where it would be longer. */
const MOST_LINES = 34;
/** Characters of one function beside which a branch has room; of longer names what the device is sold as is told. */
const MOST_WORDS = 108;

/**
 * Root buses with everything below them; redirecting ports are marked. Of a large machine the ways to the devices that
 * people do peer-to-peer with; `all` draws every function.
 */
export function treeSheet(subject: Subject, all = false): Sheet {
  const { topology } = subject.analysis;
  const { functions } = topology;
  const { devices } = focusOf(functions);
  if (!all && functions.length > MOST_FUNCTIONS && devices.length > 0) return waysSheet(subject, devices);
  const { names } = subject;
  const children = childrenOf(functions);
  const node: NodeLine = (fn) => {
    const mark = redirectMark(fn, subject);
    const whole = [...nodeWords(fn, names), ...mark];
    return plainLine(whole).length <= MOST_WORDS ? whole : [...nodeWords(fn, names, true), ...mark];
  };
  const trees = topology.hostBridges.map((bridge) => ({
    title: bridgeTitle(bridge),
    blocks: [drawing(draw(bridge.rootFunctions, children, node))],
  }));
  return inventory('tree', subject, trees);
}

function childrenOf(functions: readonly PciFunction[]): Map<PciFunction, PciFunction[]> {
  const children = new Map<PciFunction, PciFunction[]>();
  for (const fn of functions) {
    const above = upstreamBridge(fn);
    if (above !== undefined) gather(children, above, fn);
  }
  return children;
}

function bridgeTitle(bridge: HostBridge): string {
  return isPlaced(bridge)
    ? `host bridge ${rootBusName(bridge)}`
    : `bus ${rootBusName(bridge)}, what lies above is not in this input`;
}

/** The ways to some devices: ports with one way down share its line, virtual functions that of their card. */
function waysSheet(subject: Subject, devices: readonly PciFunction[]): Sheet {
  const { names, analysis } = subject;
  const { functions, hostBridges } = analysis.topology;
  const shown = new Set<PciFunction>();
  for (const device of devices) {
    const start = device.physfn ?? device;
    for (let at: PciFunction | undefined = start; at !== undefined; at = upstreamBridge(at)) shown.add(at);
  }
  const virtual = new Map<PciFunction, PciFunction[]>();
  for (const device of devices) if (device.physfn !== undefined) gather(virtual, device.physfn, device);
  const children = childrenOf([...shown].toSorted((a, b) => a.index - b.index));
  const ways = (bridge: HostBridge, words: NodeLine, port: NodeLine): Line[] => {
    const roots = bridge.rootFunctions.filter((fn) => shown.has(fn));
    return draw(roots, children, words, port);
  };
  const marks = new Set(shown.size === 0 ? [] : [...shown].map((fn) => portMark(fn, subject)));
  const mark = (fn: PciFunction): Emphasis => {
    const sign = portMark(fn, subject);
    return toned(sign === '?' ? 'open' : 'warn', sign === '' ? '' : ` ${sign}`);
  };
  const line: NodeLine = (fn) => {
    const ofCard = virtual.get(fn) ?? [];
    const card = ofCard.length === 0 ? '' : `  virtual functions ${nameList(ofCard, names, 2)}`;
    return [...nodeWords(fn, names, true), card, mark(fn)];
  };
  const port: NodeLine = (fn) => [formatBdf(fn.bdf), mark(fn)];
  const shape: NodeLine = (fn) => [
    `${deviceKind(fn)} ${names.nameOf(fn)} ${linkText(fn)} ${portMark(fn, subject)} ${virtual.get(fn)?.length ?? 0}`,
  ];
  const drawn = hostBridges.filter(({ rootFunctions }) => rootFunctions.some((fn) => shown.has(fn)));
  const alike = new Map<string, HostBridge[]>();
  const long = drawn.reduce((sum, bridge) => sum + ways(bridge, line, port).length + 2, 0) > MOST_LINES;
  for (const bridge of drawn) {
    const own = ways(bridge, shape, shape).map(plainLine).join('\n');
    gather(alike, long ? own : String(bridge.index), bridge);
  }
  const below = (bridge: HostBridge): PciFunction[] => devices.filter((fn) => fn.hostBridge === bridge);
  const sections: Section[] = [...alike.values()].map(([first, ...others]) => ({
    title: first === undefined ? '' : bridgeTitle(first),
    blocks: [
      drawing(first === undefined ? [] : ways(first, line, port)),
      ...(others.length === 0 || first === undefined
        ? []
        : [text(...others.map((bridge) => `${bridgeTitle(bridge)} likewise: ${nameList(below(bridge), names)}`))]),
    ],
  }));
  const key = [
    ...(marks.has('◀') ? ['◀ ACS redirects peer traffic up.'] : []),
    ...(marks.has('?') ? ['? ACS is not known.'] : []),
  ];
  const left = restText(
    functions.filter((fn) => !shown.has(fn)),
    devices,
  );
  const context = [[...key, left].join(' ')];
  return inventory('tree', subject, sections, { answer: compositionText(devices, ' and '), context });
}

/** `◀` where a port redirects, `?` where that is not known. */
function portMark(fn: PciFunction, { analysis }: Subject): '' | '◀' | '?' {
  const redirect = acsRedirectBits(analysis.machine, fn);
  if (redirect.state === 'unreadable') return '?';
  return redirect.value === 0 ? '' : '◀';
}

type NodeLine = (fn: PciFunction) => readonly (string | Emphasis)[];

interface Pending {
  readonly fn: PciFunction;
  readonly indent: string;
  readonly last: boolean;
}

/** Depth first, without recursion: hostile trees may be deep. `joined`: ports with one way down share its line, with these words. */
function draw(
  roots: readonly PciFunction[],
  children: ReadonlyMap<PciFunction, readonly PciFunction[]>,
  node: NodeLine,
  joined?: NodeLine,
): Line[] {
  const lines: Line[] = [];
  const push = (fns: readonly PciFunction[], indent: string): Pending[] =>
    fns.map((fn, i) => ({ fn, indent, last: i === fns.length - 1 })).toReversed();
  const pending = push(roots, '');
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { indent, last } = next;
    let { fn } = next;
    const words = [toned('dim', `${indent}${last ? '└─' : '├─'}`), ' '];
    for (
      let [only, ...more] = children.get(fn) ?? [];
      joined !== undefined && only !== undefined && more.length === 0;
    ) {
      words.push(...joined(fn), toned('dim', ' → '));
      fn = only;
      [only, ...more] = children.get(fn) ?? [];
    }
    lines.push([...words, ...node(fn)]);
    pending.push(...push(children.get(fn) ?? [], `${indent}${last ? '   ' : '│  '}`));
  }
  return lines;
}

function nodeWords(fn: PciFunction, names: DeviceNames, brief = false): (string | Emphasis)[] {
  const label = names.labelOf(fn);
  const link = linkText(fn);
  return [
    `${formatBdf(fn.bdf)}  `,
    label === undefined ? deviceKind(fn) : strong(label),
    `  ${brief ? modelOf(names.nameOf(fn)) : names.nameOf(fn)}`,
    fn.physfn === undefined ? '' : `  VF of ${formatBdf(fn.physfn.bdf)}`,
    link === '-' ? '' : toned('dim', `  ${link}`),
  ];
}

/** What it is sold as, where the name ends in that: `ConnectX-7` of `Mellanox MT2910 Family [ConnectX-7]`. */
function modelOf(name: string): string {
  const sold = /\[([^[\]]{4,})\]$/.exec(name)?.[1];
  return sold === undefined || /^[0-9a-f]{4}:[0-9a-f]{4}$/.test(sold) ? name : sold;
}

function redirectMark(fn: PciFunction, { analysis, whatIf }: Subject): Emphasis[] {
  const redirect = acsRedirectBits(analysis.machine, fn);
  if (redirect.state === 'unreadable')
    return [toned('open', whatIf === undefined ? '  ACS unreadable' : '  ACS unknown')];
  const bits = redirect.value;
  const now = whatIf === undefined ? bits : (factValue(acsRedirectBits(whatIf.before.machine, fn)) ?? 0);
  const was = bits === now ? '' : ` (now ${acsBitNames(now) || 'no redirect'})`;
  if (bits === 0) return was === '' ? [] : [toned('good', `  ACS redirects nothing${was}`)];
  return [toned('warn', `  ◀ ACS ${acsBitNames(bits)}${was}`)];
}
