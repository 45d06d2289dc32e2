/**
 * `rdma_topo dump` of rdma-core: a JSON list of functions with their paths, config space, groups and names, printed with
 * a value on each line. Host bridges are left out (classes 0600, 0601 and of parts of the platform), so that the first
 * device of a root bus is not known from it.
 */
import { rawText } from '../../base/index.ts';
import { type Bdf, formatBdf } from '../../uapi/index.ts';
import { starts, startsWithAny } from '../byte-words.ts';
import type { CapturePart, PartFunction } from '../capture-part.ts';
import { ConfigSpace, noConfigSpace } from '../config-space.ts';
import { parseDevicePath, placeFacts } from '../device-path.ts';
import { known } from '../fact.ts';
import type { Finding } from '../finding.ts';
import { lineForm, type TextLine } from '../line-form.ts';
import type { SystemName } from '../machine-capture.ts';
import type { PassageForm } from '../passage-form.ts';
import { NAMED_CLASSES } from '../sysfs/index.ts';
import { unpackBytes } from './packed-bytes.ts';

const KEYS = ['"realpath": "/sys/devices/', '"modalias": "pci:'];
const KEYS_TABLE = starts(KEYS);
const QUOTE = 0x22;
const PUNCTUATION = '{}[],';

/** Lines of the list. */
export const RDMA_TOPO_FORM: PassageForm = lineForm({
  kind: 'rdma-topo',
  firstCharacters: `"${PUNCTUATION}`,
  starts: KEYS,
  claims: (bytes, start, _end, inside) =>
    startsWithAny(bytes, start, KEYS_TABLE) ||
    (inside && (bytes[start] === QUOTE || PUNCTUATION.includes(String.fromCharCode(bytes[start] ?? 0)))),
  gap: 2,
  read: readDump,
});

/** One function as it is listed. */
interface Entry {
  readonly line: number;
  readonly values: Map<string, string>;
  readonly names: SystemName[];
}

function readDump(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const findings: Finding[] = [];
  const functions = entriesOf(lines).flatMap((entry) => functionOf(entry, findings) ?? []);
  const first = lines[0];
  if (first === undefined || functions.length === 0) return undefined;
  return {
    origin: { source, passage: 'rdma-topo', line: first.line, lastLine: lines.at(-1)?.line ?? first.line },
    functions: onceEach(functions),
    findings,
  };
}

/** A new one begins with each path. */
function entriesOf(lines: readonly TextLine[]): Entry[] {
  const entries: Entry[] = [];
  let list: string | undefined;
  for (const { text, line } of lines) {
    const [, key, value = ''] = /^"(\w+)": ?(?:"([^"]*)"|(?:-?\d+|null|[[{]))?/.exec(text) ?? [];
    if (key === 'realpath') entries.push({ line, values: new Map(), names: [] });
    const entry = entries.at(-1);
    if (entry === undefined) continue;
    const number = /^"\w+": ?(-?\d+)/.exec(text)?.[1];
    if (key !== undefined) {
      list = text.endsWith('[') ? key : undefined;
      entry.values.set(key, number ?? value);
      continue;
    }
    const name = /^"([^"]{1,64})",?$/.exec(text)?.[1];
    const kind = list === undefined ? undefined : NAMED_CLASSES[list];
    if (name !== undefined && kind !== undefined && !/^card\d+-/.test(name))
      entry.names.push({ kind, name: rawText(name) });
    if (text.startsWith(']')) list = undefined;
  }
  return entries;
}

const MODALIAS =
  /^pci:v([0-9A-F]{8})d([0-9A-F]{8})sv([0-9A-F]{8})sd([0-9A-F]{8})bc([0-9A-F]{2})sc([0-9A-F]{2})i([0-9A-F]{2})/;

function functionOf({ line, values, names }: Entry, findings: Finding[]): PartFunction | undefined {
  const place = parseDevicePath(values.get('realpath') ?? '');
  if (place === undefined) return undefined;
  const ids = (MODALIAS.exec(values.get('modalias') ?? '') ?? []).slice(1).map((digits) => Number.parseInt(digits, 16));
  const [vendor, device, subVendor, subDevice, base, sub, programming] = ids;
  const group = numberOf(values.get('iommu_group'));
  const node = numberOf(values.get('numa_node'));
  return {
    bdf: place.bdf,
    line,
    ...placeFacts(place),
    config: configOf(values.get('config'), place.bdf, line, findings),
    ...(vendor === undefined || device === undefined ? {} : { vendor: known(vendor), device: known(device) }),
    ...(subVendor === undefined || subDevice === undefined || subVendor === 0xffffffff
      ? {}
      : { subsystemVendor: known(subVendor), subsystemDevice: known(subDevice) }),
    ...(base === undefined || sub === undefined || programming === undefined
      ? {}
      : { classCode: known((base << 16) | (sub << 8) | programming) }),
    ...(group === undefined ? {} : { iommuGroup: known(group) }),
    ...(node === undefined || node < 0 ? {} : { numaNode: known(node) }),
    ...(names.length === 0 ? {} : { systemNames: names }),
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const SIZES = [256, 4096];

function configOf(packed: string | undefined, bdf: Bdf, line: number, findings: Finding[]): ConfigSpace {
  if (packed === undefined || packed === '') return noConfigSpace('the dump holds no config space of it');
  const bytes = unpackBytes(packed, 4096);
  if (bytes === undefined) {
    const text = `the config space of ${formatBdf(bdf)} does not unpack: cut or damaged`;
    findings.push({ code: 'config-damaged', severity: 'damaged', where: `line ${line}`, text });
    return noConfigSpace('its config space is cut or damaged in the dump');
  }
  const size = SIZES.find((possible) => possible === bytes.length);
  return new ConfigSpace(bytes, { size, whyUnknown: `config space has ${bytes.length} bytes in the dump` });
}

function onceEach(functions: readonly PartFunction[]): PartFunction[] {
  return [...new Map(functions.map((fn) => [fn.bdf, fn])).values()];
}
