/** What is in a machine: its functions as a table. */
import { gather, printable, sizeText } from '../base/index.ts';
import { type Finding, factValue } from '../capture/index.ts';
import { focusOf, isEndpoint } from '../diagnose/index.ts';
import { deviceKind, type HostBridge, kindLabel, type PciFunction, type PciResource } from '../pci/index.ts';
import { formatBdf, IORESOURCE_IO, IORESOURCE_PREFETCH } from '../uapi/index.ts';
import { functionJson } from './devices-json.ts';
import { byKind, nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { compositionText } from './pairs-sentence.ts';
import { controlText, groupText, settingChangeJson, settingChanges, settingSection } from './setting-changes.ts';
import {
  type Block,
  facts,
  type Line,
  plainLine,
  type Section,
  type Sheet,
  type TableBlock,
  text,
} from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted, linkText } from './words.ts';

/** Functions that a screen has room for: up to so many, an inventory shows every one. */
export const MOST_FUNCTIONS = 24;
/** Columns that a page has for a table. */
const MOST_COLUMNS = 118;
/** Rows of the table of a larger machine. */
const MOST_ROWS = 33;

/**
 * One line a function: label, address, link, memory BARs, group, NUMA node, ACS, driver, name. Of a large machine the
 * devices that people do peer-to-peer with, alike ones in one row, and how many others there are; `all` shows every one.
 */
export function devicesSheet(subject: Subject, all = false): Sheet {
  const { functions } = subject.analysis.topology;
  const { devices } = focusOf(functions);
  if (all || functions.length <= MOST_FUNCTIONS || devices.length === 0) {
    const rows = functions.map((fn) => [fn] as const);
    return inventory('devices', subject, [
      { title: '', blocks: all ? [deviceTable(rows, subject)] : tableBlocks(rows, subject) },
    ]);
  }
  const rows = foldedRows(byKind(devices), subject);
  const shared = rows.length < devices.length ? ' Alike ones share a row, the first of them with its address.' : '';
  const context: Line[] = [`${restText(functions, devices)}${shared}`];
  const answer = compositionText(devices, ' and ');
  return inventory('devices', subject, [{ title: '', blocks: tableBlocks(rows, subject) }], { answer, context });
}

/** What a short form leaves out, in one sentence. */
export function restText(functions: readonly PciFunction[], devices: readonly PciFunction[]): string {
  const shown = new Set(devices);
  const others = functions.filter((fn) => !shown.has(fn));
  const endpoints = others.filter(isEndpoint);
  const rest = others.length - endpoints.length;
  const parts = [
    ...(endpoints.length === 0 ? [] : [compositionText(endpoints)]),
    ...(rest === 0 ? [] : [`${rest} ports and parts of the platform`]),
  ];
  return parts.length === 0 ? '' : `Left out: ${parts.join(' and ')} (--all).`;
}

/** Functions of one row. */
type DeviceRow = readonly [PciFunction, ...PciFunction[]];

/** Columns whose cells may all be empty: they are left out then. */
const NOTHING = '-';

/** The table; where a row would be wider than a page, names stand below it, each once, and then bits are short, too. */
function tableBlocks(rows: readonly DeviceRow[], subject: Subject): Block[] {
  const table = deviceTable(rows, subject);
  if (tableWidth(table) <= MOST_COLUMNS) return [table];
  const [bare, brief] = [withoutNames(table), withoutNames(deviceTable(rows, subject, true))];
  return [tableWidth(bare) <= MOST_COLUMNS ? bare : brief, text(''), nameFacts(rows.flat(), subject.names)];
}

function tableWidth({ head, rows }: TableBlock): number {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => plainLine(row[at] ?? '').length)));
  return widths.reduce((sum, width) => sum + width + 2, 0);
}

function withoutNames(table: TableBlock): TableBlock {
  return { ...table, head: table.head.slice(0, -1), rows: table.rows.map((row) => row.slice(0, -1)) };
}

/** Who is what: names that devices share once. */
export function nameFacts(functions: readonly PciFunction[], names: DeviceNames): Block {
  const named = new Map<string, PciFunction[]>();
  for (const fn of functions) gather(named, names.nameOf(fn), fn);
  return facts(...[...named].map(([name, of]): [string, Line] => [nameList(of, names, 3), name]));
}

function deviceTable(rows: readonly DeviceRow[], { analysis, names, whatIf }: Subject, brief = false): TableBlock {
  const head = ['device', 'address', 'link', 'memory BARs', 'group', 'node', 'ACS', 'driver', 'name'];
  const cells = rows.map((row): Line[] => {
    const [fn] = row;
    const last = row.at(-1) ?? fn;
    const [from, to] = [groupText(fn, whatIf), groupText(last, whatIf)];
    return [
      row.length > 1 ? `${nameList(row, names, 2)} (${row.length})` : (names.labelOf(fn) ?? deviceKind(fn)),
      formatBdf(fn.bdf),
      linkText(fn),
      barsText(fn),
      from === to ? from : `${from}…${to}`,
      String(factValue(fn.captured.numaNode) ?? NOTHING),
      brief ? briefControl(controlText(analysis.situation, fn)) : controlText(analysis.situation, fn),
      printable(factValue(fn.captured.driver) ?? NOTHING),
      names.nameOf(fn),
    ];
  });
  const kept = head.map((_, at) => at < 2 || cells.some((row) => row[at] !== NOTHING));
  const pick = <T>(row: readonly T[]): T[] => row.filter((_, at) => kept[at]);
  return { kind: 'table', head: pick(head), rows: cells.map(pick) };
}

/** Bits as `SV RR CR UF`, the letters that `setpci` and the specification call them by. */
function briefControl(control: string): string {
  return control.replace(/([A-Z])[a-z]+([A-Z])[a-z]+\+/g, '$1$2');
}

/** Devices that differ in their place alone share a row: first virtual functions of one card, then those of one host bridge, then all. */
function foldedRows(devices: readonly PciFunction[], { analysis, names, whatIf }: Subject): DeviceRow[] {
  const looks = (fn: PciFunction): string =>
    [
      kindLabel(deviceKind(fn)),
      linkText(fn),
      barsText(fn),
      groupText(fn, whatIf) === NOTHING,
      factValue(fn.captured.numaNode),
      plainLine(controlText(analysis.situation, fn)),
      factValue(fn.captured.driver),
      names.nameOf(fn),
    ].join('\n');
  const places: readonly ((fn: PciFunction) => string)[] = [
    (fn) => `function ${fn.index}`,
    (fn) => (fn.physfn === undefined ? `function ${fn.index}` : `card ${fn.physfn.index}`),
    (fn) => `host bridge ${fn.hostBridge.index}`,
    () => '',
  ];
  let rows: DeviceRow[] = [];
  for (const placeOf of places) {
    const found = new Map<string, [PciFunction, ...PciFunction[]]>();
    for (const fn of devices) {
      const key = `${placeOf(fn)}\n${looks(fn)}`;
      const row = found.get(key);
      if (row === undefined) found.set(key, [fn]);
      else row.push(fn);
    }
    rows = [...found.values()];
    if (rows.length <= MOST_ROWS) break;
  }
  return rows;
}

/** Is it known that this is a root bus? Where the bridge of a bus is not in the input, it may be any bus. */
export function isPlaced({ rootFunctions }: HostBridge): boolean {
  return rootFunctions.length === 0 || rootFunctions.some(({ placement }) => placement.certain);
}

/** How many functions there are, then sections; `shortened`: who of them is shown, and what is left out. */
export function inventory(
  command: string,
  subject: Subject,
  sections: readonly Section[],
  shortened?: { readonly answer: string; readonly context: readonly Line[] },
): Sheet {
  const { names, whatIf } = subject;
  const { functions, hostBridges } = subject.analysis.topology;
  const placed = hostBridges.filter(isPlaced);
  const open = hostBridges.length - placed.length;
  const elsewhere = open === 0 ? '' : `, and on ${counted(open, 'bus', 'buses')} of unknown place`;
  const where = `${counted(functions.length, 'function')} below ${counted(placed.length, 'host bridge')}${elsewhere}.`;
  return {
    title: `peerpath ${command}`,
    answer: `${shortened === undefined ? '' : `${shortened.answer}, among `}${where}`,
    context: [...(shortened?.context ?? []), ...contextLines(subject)],
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
