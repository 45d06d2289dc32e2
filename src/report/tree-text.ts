/** The PCI tree as a drawing. */
import { factValue } from '../capture/index.ts';
import type { Situation } from '../diagnose/index.ts';
import { acsRedirectBits } from '../p2pdma/index.ts';
import { deviceKind, type PciFunction, upstreamBridge } from '../pci/index.ts';
import { formatBdf, rootBusName } from '../uapi/index.ts';
import { acsBitNames } from './acs-words.ts';
import { linkText } from './devices-text.ts';
import type { DeviceNames } from './names.ts';
import type { Paint } from './paint.ts';
import { settingLines } from './setting-changes.ts';
import type { WhatIfReport } from './what-if-text.ts';

/** Root buses with everything below them; redirecting ports are marked. */
export function treeText(situation: Situation, names: DeviceNames, paint: Paint, whatIf?: WhatIfReport): string {
  const { topology } = situation.machine;
  const children = new Map<PciFunction, PciFunction[]>();
  for (const fn of topology.functions) {
    const above = upstreamBridge(fn);
    if (above !== undefined) children.set(above, [...(children.get(above) ?? []), fn]);
  }
  const lines: string[] = whatIf === undefined ? [] : settingLines(whatIf, topology.functions, names, paint);
  const node: NodeText = (fn) => `${nodeText(fn, names, paint)}${mark(fn, situation, whatIf, paint)}`;
  for (const bridge of topology.hostBridges) {
    if (lines.length > 0) lines.push('');
    lines.push(paint.bold(`host bridge ${rootBusName(bridge)}`));
    draw(bridge.rootFunctions, children, node, paint, lines);
  }
  return lines.join('\n');
}

type NodeText = (fn: PciFunction) => string;

interface Pending {
  readonly fn: PciFunction;
  readonly indent: string;
  readonly last: boolean;
}

/** Depth first, without recursion: hostile trees may be deep. */
function draw(
  roots: readonly PciFunction[],
  children: ReadonlyMap<PciFunction, readonly PciFunction[]>,
  node: NodeText,
  paint: Paint,
  lines: string[],
): void {
  const push = (fns: readonly PciFunction[], indent: string): Pending[] =>
    fns.map((fn, i) => ({ fn, indent, last: i === fns.length - 1 })).toReversed();
  const pending = push(roots, '');
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { fn, indent, last } = next;
    lines.push(`${paint.dim(`${indent}${last ? '└─' : '├─'}`)} ${node(fn)}`);
    pending.push(...push(children.get(fn) ?? [], `${indent}${last ? '   ' : '│  '}`));
  }
}

function nodeText(fn: PciFunction, names: DeviceNames, paint: Paint): string {
  const label = names.labelOf(fn);
  const link = linkText(fn);
  const parts = [
    formatBdf(fn.bdf),
    label === undefined ? deviceKind(fn) : paint.bold(label),
    names.nameOf(fn),
    ...(fn.physfn === undefined ? [] : [`VF of ${formatBdf(fn.physfn.bdf)}`]),
    ...(link === '-' ? [] : [paint.dim(link)]),
  ];
  return parts.join('  ');
}

function mark(fn: PciFunction, situation: Situation, whatIf: WhatIfReport | undefined, paint: Paint): string {
  const redirect = acsRedirectBits((whatIf?.after ?? situation).machine, fn);
  if (redirect.state === 'unreadable') return paint.cyan(whatIf === undefined ? '  ACS unreadable' : '  ACS unknown');
  const bits = redirect.value;
  const now = factValue(acsRedirectBits(situation.machine, fn)) ?? 0;
  const was = bits === now ? '' : ` (now ${acsBitNames(now) || 'no redirect'})`;
  if (bits === 0) return was === '' ? '' : paint.green(`  ACS redirects nothing${was}`);
  return paint.yellow(`  ◀ ACS ${acsBitNames(bits)}${was}`);
}
