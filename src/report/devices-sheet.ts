/** What is in a machine: its functions as a table, its tree as a drawing. */
import { printable, sizeText } from '../base/index.ts';
import { type Finding, factValue } from '../capture/index.ts';
import { acsRedirectBits } from '../p2pdma/index.ts';
import { deviceKind, type HostBridge, type PciFunction, type PciResource, upstreamBridge } from '../pci/index.ts';
import { acsBitNames, formatBdf, IORESOURCE_IO, IORESOURCE_PREFETCH, rootBusName } from '../uapi/index.ts';
import { functionJson } from './devices-json.ts';
import type { DeviceNames } from './names.ts';
import { controlText, groupText, settingChangeJson, settingChanges, settingSection } from './setting-changes.ts';
import { drawing, type Emphasis, type Line, type Section, type Sheet, strong, toned } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted, linkText } from './words.ts';

/** One line a function: label, address, link, memory BARs, group, NUMA node, ACS, driver, name. */
export function devicesSheet(subject: Subject): Sheet {
  const { analysis, names, whatIf } = subject;
  const rows = analysis.topology.functions.map((fn) => [
    names.labelOf(fn) ?? deviceKind(fn),
    formatBdf(fn.bdf),
    linkText(fn),
    barsText(fn),
    groupText(fn, whatIf),
    String(factValue(fn.captured.numaNode) ?? '-'),
    controlText(analysis.situation, fn),
    printable(factValue(fn.captured.driver) ?? '-'),
    names.nameOf(fn),
  ]);
  const head = ['device', 'address', 'link', 'memory BARs', 'group', 'node', 'ACS', 'driver', 'name'];
  return inventory('devices', subject, [{ title: '', blocks: [{ kind: 'table', head, rows }] }]);
}

/** Root buses with everything below them; redirecting ports are marked. */
export function treeSheet(subject: Subject): Sheet {
  const { names } = subject;
  const { topology } = subject.analysis;
  const children = new Map<PciFunction, PciFunction[]>();
  for (const fn of topology.functions) {
    const above = upstreamBridge(fn);
    if (above !== undefined) children.set(above, [...(children.get(above) ?? []), fn]);
  }
  const node: NodeLine = (fn) => [...nodeWords(fn, names), ...redirectMark(fn, subject)];
  const trees = topology.hostBridges.map((bridge) => ({
    title: isPlaced(bridge)
      ? `host bridge ${rootBusName(bridge)}`
      : `bus ${rootBusName(bridge)}, what lies above is not in this input`,
    blocks: [drawing(draw(bridge.rootFunctions, children, node))],
  }));
  return inventory('tree', subject, trees);
}

/** Is it known that this is a root bus? Where the bridge of a bus is not in the input, it may be any bus. */
function isPlaced({ rootFunctions }: HostBridge): boolean {
  return rootFunctions.length === 0 || rootFunctions.some(({ placement }) => placement.certain);
}

function inventory(command: string, subject: Subject, sections: readonly Section[]): Sheet {
  const { names, whatIf } = subject;
  const { functions, hostBridges } = subject.analysis.topology;
  const placed = hostBridges.filter(isPlaced);
  const open = hostBridges.length - placed.length;
  const elsewhere = open === 0 ? '' : `, and on ${counted(open, 'bus', 'buses')} of unknown place`;
  return {
    title: `peerpath ${command}`,
    answer: `${counted(functions.length, 'function')} below ${counted(placed.length, 'host bridge')}${elsewhere}.`,
    context: contextLines(subject),
    sections: [...(whatIf === undefined ? [] : [settingSection(whatIf, functions, names)]), ...sections],
  };
}

function barsText(fn: PciFunction): string {
  const bars = fn.resources.filter(
    (r): r is PciResource => r !== undefined && r.index < 6 && (r.flags & IORESOURCE_IO) === 0,
  );
  const sized = bars.map(
    (bar) => `${bar.index}:${sizeText(bar.cpu.end - bar.cpu.start)}${bar.flags & IORESOURCE_PREFETCH ? 'p' : ''}`,
  );
  const unsized = fn.unsizedBars.filter((bar) => (bar.flags & IORESOURCE_IO) === 0).map((bar) => `${bar.index}:?`);
  return [...sized, ...unsized].join(' ') || '-';
}

type NodeLine = (fn: PciFunction) => readonly (string | Emphasis)[];

interface Pending {
  readonly fn: PciFunction;
  readonly indent: string;
  readonly last: boolean;
}

/** Depth first, without recursion: hostile trees may be deep. */
function draw(
  roots: readonly PciFunction[],
  children: ReadonlyMap<PciFunction, readonly PciFunction[]>,
  node: NodeLine,
): Line[] {
  const lines: Line[] = [];
  const push = (fns: readonly PciFunction[], indent: string): Pending[] =>
    fns.map((fn, i) => ({ fn, indent, last: i === fns.length - 1 })).toReversed();
  const pending = push(roots, '');
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { fn, indent, last } = next;
    lines.push([toned('dim', `${indent}${last ? '└─' : '├─'}`), ' ', ...node(fn)]);
    pending.push(...push(children.get(fn) ?? [], `${indent}${last ? '   ' : '│  '}`));
  }
  return lines;
}

function nodeWords(fn: PciFunction, names: DeviceNames): (string | Emphasis)[] {
  const label = names.labelOf(fn);
  const link = linkText(fn);
  return [
    `${formatBdf(fn.bdf)}  `,
    label === undefined ? deviceKind(fn) : strong(label),
    `  ${names.nameOf(fn)}`,
    fn.physfn === undefined ? '' : `  VF of ${formatBdf(fn.physfn.bdf)}`,
    link === '-' ? '' : toned('dim', `  ${link}`),
  ];
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

/** `devices --json` and `tree --json`. */
export function devicesJson(subject: Subject): object {
  const { analysis, names, whatIf } = subject;
  const { functions } = analysis.topology;
  return {
    ...documentHead('peerpath.devices/1', subject),
    functions: functions.map((fn) => functionJson(fn, names, analysis.situation)),
    ...(whatIf === undefined
      ? {}
      : { changes: settingChanges(whatIf, functions).map((change) => settingChangeJson(whatIf, change)) }),
    findings: findingsJson(subject),
  };
}

/** What was odd in the input and in the tree. */
export function findingsJson({ analysis }: Pick<Subject, 'analysis'>): readonly Finding[] {
  return [...analysis.capture.findings, ...analysis.topology.findings];
}
