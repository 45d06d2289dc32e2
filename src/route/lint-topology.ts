/** What is wrong with the addresses and bus numbers of a machine: things hardware routes by, and that do not fit. */
import { type AddrRange, hex, rangeContains, rangesOverlap } from '../base/index.ts';
import type { Finding } from '../capture/index.ts';
import type { HostBridge, PciFunction, PciTopology } from '../pci/index.ts';
import { bdfBus, formatBdf, IORESOURCE_UNSET, rootBusName } from '../uapi/index.ts';
import { hasMemoryAddress } from './bar-decoders.ts';
import { type Bridge, type Bus, type BusTree, busTreeOf } from './bus-tree.ts';
import { barName, windowName } from './registers.ts';

/** Names every misfit; the order follows the tree. Never throws. */
export function lintTopology(topology: PciTopology): Finding[] {
  const tree = busTreeOf(topology);
  const findings: Finding[] = lintHostBridges(tree);
  const pending = [...tree.rootBuses.values()].reverse();
  for (let bus = pending.pop(); bus !== undefined; bus = pending.pop()) {
    findings.push(...lintAddresses(bus), ...lintBusNumbers(bus));
    for (const fn of bus.functions) findings.push(...lintSwitches(fn, bus));
    pending.push(...bus.bridges.map(({ secondary }) => secondary).reverse());
  }
  return findings;
}

/** Something with a range, and its name. */
interface Claimant {
  readonly fn: PciFunction;
  readonly name: string;
  readonly range: AddrRange;
  readonly isWindow: boolean;
}

function lintAddresses(bus: Bus): Finding[] {
  const claimants = claimantsOn(bus);
  return [...overlaps(claimants), ...claimants.flatMap((each) => outsideAbove(each, bus))];
}

function claimantsOn(bus: Bus): Claimant[] {
  const bars = bus.bars
    .filter(({ sized, range }) => sized && range.start < range.end)
    .map(({ fn, bar, range }) => ({ fn, name: barName(fn, bar), range, isWindow: false }));
  const windows = bus.bridges.flatMap(({ fn, windows: known }) =>
    (known.state === 'known' ? known.value : []).map(({ index, range }) => ({
      fn,
      name: windowName(fn, index),
      range,
      isWindow: true,
    })),
  );
  return [...bars, ...windows];
}

/** Ranges on one bus belong to one device each. Sorted by start, an overlap is one with the farthest end so far. */
function overlaps(claimants: readonly Claimant[]): Finding[] {
  const findings: Finding[] = [];
  let farthest: Claimant | undefined;
  for (const each of [...claimants].sort((a, b) => compare(a.range.start, b.range.start))) {
    if (farthest !== undefined && rangesOverlap(farthest.range, each.range)) {
      const code = farthest.isWindow && each.isWindow ? 'window-overlap' : 'bar-overlap';
      const text = `${each.name} ${show(each.range)} overlaps ${farthest.name} ${show(farthest.range)}: both claim it`;
      findings.push(notice(code, each.fn, text));
    }
    if (farthest === undefined || each.range.end > farthest.range.end) farthest = each;
  }
  return findings;
}

/** What a bridge does not forward cannot be reached. */
function outsideAbove({ fn, name, range, isWindow }: Claimant, bus: Bus): Finding[] {
  const above = rangesAbove(bus);
  if (above === undefined || above.ranges.some((outer) => rangeContains(outer, range))) return [];
  const code = isWindow ? 'window-outside-bridge' : 'bar-outside-windows';
  return [notice(code, fn, `${name} ${show(range)} is in no window of ${above.name}: nothing from above reaches it`)];
}

/** The windows that lead to a bus; undefined where they are not known. */
function rangesAbove({ bridge, hostBridge }: Bus): { readonly name: string; readonly ranges: AddrRange[] } | undefined {
  if (bridge !== undefined) {
    if (bridge.windows.state !== 'known') return undefined;
    return { name: formatBdf(bridge.fn.bdf), ranges: bridge.windows.value.map(({ range }) => range) };
  }
  if (hostBridge.windows.state !== 'known' || hostBridge.windows.value.length === 0) return undefined;
  const ranges = hostBridge.windows.value.map(({ cpu, offset }) => {
    const start = BigInt.asUintN(64, cpu.start - offset);
    return { start, end: start + (cpu.end - cpu.start) };
  });
  return { name: rootName(hostBridge), ranges };
}

function rootName({ domain, bus }: HostBridge): string {
  return `host bridge ${rootBusName({ domain, bus })}`;
}

function lintBusNumbers(bus: Bus): Finding[] {
  const findings: Finding[] = [];
  let farthest: Bridge | undefined;
  const numbered = bus.bridges.filter(({ fn }) => fn.buses.state === 'known' && fn.buses.value.secondary !== 0);
  for (const bridge of numbered.sort((a, b) => busesOf(a).secondary - busesOf(b).secondary)) {
    const { secondary, subordinate } = busesOf(bridge);
    const range = `buses ${secondary}-${subordinate}`;
    if (subordinate < secondary) {
      findings.push(notice('bus-range-inverted', bridge.fn, `its ${range} are none: the last comes before the first`));
    }
    if (farthest !== undefined && secondary <= busesOf(farthest).subordinate) {
      const { secondary: first, subordinate: last } = busesOf(farthest);
      const text = `its ${range} overlap buses ${first}-${last} of ${formatBdf(farthest.fn.bdf)}`;
      findings.push(notice('bus-range-overlap', bridge.fn, text));
    }
    const above = bus.bridge?.fn.buses;
    if (above?.state === 'known' && (secondary < above.value.secondary || subordinate > above.value.subordinate)) {
      const text = `its ${range} are not within buses ${above.value.secondary}-${above.value.subordinate} of the bridge above`;
      findings.push(notice('bus-range-outside-bridge', bridge.fn, text));
    }
    if (farthest === undefined || subordinate > busesOf(farthest).subordinate) farthest = bridge;
  }
  return findings;
}

function busesOf({ fn }: Bridge): { readonly secondary: number; readonly subordinate: number } {
  return fn.buses.state === 'known' ? fn.buses.value : { secondary: 0, subordinate: 0 };
}

/** Memory and bus master enable, BARs without an address, a bus number no bridge leads to. */
function lintSwitches(fn: PciFunction, bus: Bus): Finding[] {
  const findings: Finding[] = [];
  const bars = fn.resources.slice(0, 6).filter((bar) => bar !== undefined);
  for (const { index, flags } of bars) {
    if (flags & IORESOURCE_UNSET) findings.push(notice('bar-unassigned', fn, `BAR${index} has no address`));
  }
  const child = bus.bridges.find((bridge) => bridge.fn === fn)?.secondary.functions[0];
  if (fn.command.state === 'known' && fn.physfn === undefined) {
    const decodes = child !== undefined || bars.some(hasMemoryAddress);
    if (!fn.command.value.memory && decodes) {
      findings.push(
        notice('memory-decode-off', fn, 'memory decode is switched off: its BARs and windows claim nothing'),
      );
    }
    if (!fn.command.value.busMaster && child !== undefined) {
      findings.push(notice('bridge-bus-master-off', fn, 'bus mastering of the bridge is off: nothing below can send'));
    }
  }
  const above = bus.bridge?.fn.buses;
  const number = bdfBus(fn.bdf);
  if (above?.state === 'known' && (number < above.value.secondary || number > above.value.subordinate)) {
    const text = `its bus is not within buses ${above.value.secondary}-${above.value.subordinate} of the bridge above`;
    findings.push(notice('bus-outside-bridge', fn, text));
  }
  return findings;
}

/** On PCs every host bridge may have the legacy video range. */
const LEGACY_VIDEO: AddrRange = { start: 0xa_0000n, end: 0xc_0000n };

/** Two host bridges with one CPU address. A bus inside an endpoint (Intel VMD) has its windows inside another's. */
function lintHostBridges(tree: BusTree): Finding[] {
  const windows = [...tree.rootBuses.keys()].flatMap((hostBridge) =>
    (hostBridge.windows.state === 'known' ? hostBridge.windows.value : []).map(({ cpu }) => ({ hostBridge, cpu })),
  );
  const findings: Finding[] = [];
  for (const [index, a] of windows.entries()) {
    for (const b of windows.slice(index + 1)) {
      if (a.hostBridge === b.hostBridge || !rangesOverlap(a.cpu, b.cpu) || rangeContains(LEGACY_VIDEO, a.cpu)) continue;
      if (rangeContains(a.cpu, b.cpu) !== rangeContains(b.cpu, a.cpu)) continue;
      const where = rootBusName(b.hostBridge);
      const text = `its window ${show(b.cpu)} overlaps ${show(a.cpu)} of ${rootName(a.hostBridge)}`;
      findings.push({ code: 'host-window-overlap', severity: 'notice', where, text });
    }
  }
  return findings;
}

function notice(code: string, fn: PciFunction, text: string): Finding {
  return { code, severity: 'notice', where: formatBdf(fn.bdf), text };
}

function show({ start, end }: AddrRange): string {
  return `${hex(start)}-${hex(end - 1n)}`;
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
