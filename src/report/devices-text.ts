/** The functions of a machine as a table. */

import { printable, sizeText } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import type { Situation } from '../diagnose/index.ts';
import { deviceKind, type PciFunction, type PciResource } from '../pci/index.ts';
import { formatBdf, IORESOURCE_IO, IORESOURCE_PREFETCH } from '../uapi/index.ts';
import type { DeviceNames } from './names.ts';
import type { Paint } from './paint.ts';
import { controlText, groupText, settingLines } from './setting-changes.ts';
import type { WhatIfReport } from './what-if-text.ts';

/** One line a function: label, address, link, memory BARs, group, NUMA node, ACS, driver, name. */
export function devicesText(
  present: Situation,
  functions: readonly PciFunction[],
  names: DeviceNames,
  paint: Paint,
  whatIf?: WhatIfReport,
): string {
  const head = ['device', 'address', 'link', 'memory BARs', 'group', 'node', 'ACS', 'driver', 'name'];
  const body = functions.map((fn) => [
    names.labelOf(fn) ?? deviceKind(fn),
    formatBdf(fn.bdf),
    linkText(fn),
    barsText(fn),
    groupText(fn, whatIf),
    numberText(factValue(fn.captured.numaNode)),
    controlText(whatIf?.after ?? present, fn),
    printable(factValue(fn.captured.driver) ?? '-'),
    names.nameOf(fn),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  const changed = whatIf === undefined ? [] : [...settingLines(whatIf, functions, names, paint), ''];
  return [...changed, paint.bold(line(head)), ...body.map(line)].join('\n');
}

function numberText(value: number | undefined): string {
  return value === undefined ? '-' : String(value);
}

/** "16 GT/s x16", with what it could be where it is less: "8 GT/s x8 of 16 x16". */
export function linkText(fn: PciFunction): string {
  const link = factValue(fn.link);
  if (link === undefined) return '-';
  const speed = factValue(link.speed);
  const width = factValue(link.width);
  const maxSpeed = factValue(link.maxSpeed);
  const maxWidth = factValue(link.maxWidth);
  if (speed === undefined || width === undefined) return '-';
  const below = (maxSpeed !== undefined && speed < maxSpeed) || (maxWidth !== undefined && width < maxWidth);
  return `${speed} GT/s x${width}${below ? ` of ${maxSpeed ?? '?'} x${maxWidth ?? '?'}` : ''}`;
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
