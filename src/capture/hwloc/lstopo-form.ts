/**
 * What `lstopo` prints as text: addresses of the functions that matter, with what the system calls them. Bridges are
 * drawn without addresses unless it is told to be verbose.
 *
 *     HostBridge                                     HostBridge L#0 (buses=0000:[00-05])
 *       PCIBridge                                      PCIBridge L#1 (busid=0000:00:01.0 id=8086:2f02 class=0604(PCIBridge) …)
 *         PCI 41:00.0 (Ethernet)                         PCI L#0 (busid=0000:01:00.0 id=15b3:101b class=0200(Ethernet) …)
 *           Net "enp65s0f0"                                Network L#0 (Address=…) "enp1s0f0"
 */
import { type Bdf, bdfBus, parseBdf } from '../../uapi/index.ts';
import { starts, startsWithAny } from '../byte-words.ts';
import type { CapturePart, PartFunction } from '../capture-part.ts';
import { ABSENT, known, unreadable } from '../fact.ts';
import { lineForm, lineText, type TextLine } from '../line-form.ts';
import type { SystemName } from '../machine-capture.ts';
import type { PassageForm } from '../passage-form.ts';
import { nameOfOsDevice } from './os-device.ts';

const STARTS = ['HostBridge', 'PCIBridge', 'PCI ', 'Net', 'OpenFabrics', 'Block', 'GPU', 'CoProc'];
const STARTS_TABLE = starts(STARTS);
const LINE =
  /^(?:HostBridge\b|PCIBridge\b|PCI (?:L#\d+ )?(?:\(busid=|(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] \()|(?:Net|Network|OpenFabrics|Block|GPU|CoProc)\b.*"[^"]+")/;

/** Lines of devices and bridges; caches and cores between them are passed over. */
export const LSTOPO_FORM: PassageForm = lineForm({
  kind: 'hwloc',
  firstCharacters: 'HPNOBGC',
  starts: STARTS,
  claims: (bytes, start, end) => startsWithAny(bytes, start, STARTS_TABLE) && LINE.test(lineText(bytes, start, end)),
  gap: 2000,
  read: readLstopo,
});

const TERSE = /^PCI ((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) \(/;
const VERBOSE = /^PCI(Bridge)? L#\d+ \(busid=([0-9a-f:.]+) id=([0-9a-f]{4}):([0-9a-f]{4}) class=([0-9a-f]{4})\(/;

/** A bridge or a function around others. */
interface Open {
  readonly indent: number;
  readonly kind: 'host-bridge' | 'bridge' | 'function';
  readonly bdf: Bdf | undefined;
}

type Draft = PartFunction & { readonly names: SystemName[] };

function readLstopo(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const functions = new Map<Bdf, Draft>();
  const open: Open[] = [];
  for (const { text, line, indent } of lines) {
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const fn = functionOf(text, line, open);
    if (fn !== undefined && !functions.has(fn.bdf)) functions.set(fn.bdf, { ...fn, names: [] });
    const kind = text.startsWith('HostBridge') ? 'host-bridge' : text.startsWith('PCIBridge') ? 'bridge' : 'function';
    if (kind !== 'function' || fn !== undefined) open.push({ indent, kind, bdf: fn?.bdf });
    else addName(text, open, functions);
  }
  const first = lines[0];
  if (first === undefined || functions.size === 0) return undefined;
  return {
    origin: { source, passage: 'hwloc', line: first.line, lastLine: lines.at(-1)?.line ?? first.line },
    functions: [...functions.values()].map(({ names, ...fn }) =>
      names.length === 0 ? fn : { ...fn, systemNames: names },
    ),
    findings: [],
  };
}

function addName(text: string, open: readonly Open[], functions: ReadonlyMap<Bdf, Draft>): void {
  const above = open.at(-1);
  const [, kind, name = ''] = /^(Net|Network|OpenFabrics|Block|GPU|CoProc)\b.*"([^"]+)"/.exec(text) ?? [];
  if (above?.kind !== 'function' || above.bdf === undefined) return;
  const named = nameOfOsDevice(name, kind === 'Net' || kind === 'Network', kind === 'OpenFabrics');
  if (named !== undefined) functions.get(above.bdf)?.names.push(named);
}

const NO_ADDRESSES = unreadable('lstopo draws bridges without addresses: lstopo -v prints them');

function functionOf(text: string, line: number, open: readonly Open[]): PartFunction | undefined {
  const terse = parseBdf(TERSE.exec(text)?.[1] ?? '');
  if (terse !== undefined) return { bdf: terse, line, parent: NO_ADDRESSES };
  const [, bridge, address = '', vendor = '', device = '', classWord = ''] = VERBOSE.exec(text) ?? [];
  const bdf = parseBdf(address);
  if (bdf === undefined) return undefined;
  const number = (digits: string) => Number.parseInt(digits, 16);
  const above = open.at(-1);
  // See hwloc-xml-form: a host bridge may stand for a bridge that could not be read.
  const onRoot = above?.kind === 'host-bridge' && (bridge !== undefined || bdfBus(bdf) === 0);
  const parent = above?.bdf !== undefined ? known(above.bdf) : onRoot ? ABSENT : NO_ADDRESSES;
  return {
    bdf,
    line,
    vendor: known(number(vendor)),
    device: known(number(device)),
    classCode: known(number(`${classWord}00`)),
    parent,
  };
}
