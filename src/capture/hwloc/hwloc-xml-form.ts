/**
 * hwloc's XML (`lstopo --of xml`, versions 1 to 3 of its format): functions that matter to programs, with the bridges
 * above them. Other functions are left out, host bridges and bridges without devices among them.
 */
import { type Bdf, bdfBus, parseBdf } from '../../uapi/index.ts';
import { starts, startsWithAny } from '../byte-words.ts';
import type { ArchitectureHint, CapturePart, PartFunction } from '../capture-part.ts';
import { ABSENT, type Fact, known, unreadable } from '../fact.ts';
import { lineForm, type TextLine } from '../line-form.ts';
import type { CapturedCpu, SystemName } from '../machine-capture.ts';
import type { PassageForm } from '../passage-form.ts';
import { nameOfOsDevice } from './os-device.ts';

const TAGS = ['<topology', '</topology', '<object ', '</object', '<info ', '<!DOCTYPE topology'];
const TAGS_TABLE = starts(TAGS);

/** Lines of its tags that matter. */
export const HWLOC_XML_FORM: PassageForm = lineForm({
  kind: 'hwloc',
  firstCharacters: '<',
  starts: TAGS,
  claims: (bytes, start, _end, inside) =>
    startsWithAny(bytes, start, TAGS_TABLE) && (inside || bytes[start + 1] !== 0x69),
  // Page types, distances and support flags stand between.
  gap: 500,
  read: readHwlocXml,
});

/** An open object: what its children need to know of it. */
interface OpenObject {
  readonly kind: 'host-bridge' | 'bridge' | 'device' | 'other';
  readonly bdf: Bdf | undefined;
  readonly domain: number;
  readonly bus: number;
}

interface Draft {
  /** Kinds of names are bits from version 3 on, numbers before. */
  readonly kindsAreBits: boolean;
  readonly functions: Map<Bdf, PartFunction & { readonly names: SystemName[] }>;
  readonly open: OpenObject[];
  readonly infos: Map<string, { readonly value: string; readonly line: number }>;
}

function readHwlocXml(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const kindsAreBits = lines.some(({ text }) => /^<topology version="(?:[3-9]|\d\d)/.test(text));
  const draft: Draft = { functions: new Map(), open: [], infos: new Map(), kindsAreBits };
  for (const { text, line } of lines) readTag(text, line, draft);
  const first = lines[0];
  const facts = factsOfInfos(draft.infos);
  const functions = [...draft.functions.values()].map(({ names, ...fn }) =>
    names.length === 0 ? fn : { ...fn, systemNames: names },
  );
  if (first === undefined || (functions.length === 0 && Object.keys(facts).length === 0)) return undefined;
  return {
    origin: { source, passage: 'hwloc', line: first.line, lastLine: lines.at(-1)?.line ?? first.line },
    ...(functions.length === 0 ? {} : { functions }),
    ...facts,
    findings: [],
  };
}

function readTag(text: string, line: number, { functions, open, infos, kindsAreBits }: Draft): void {
  if (text.startsWith('</object')) {
    open.pop();
    return;
  }
  if (text.startsWith('<info ')) {
    const [name, value] = [attribute(text, 'name'), attribute(text, 'value')];
    // Of several processors the first; names of functions say less than their ids.
    if (name !== undefined && value !== undefined && !infos.has(name)) infos.set(name, { value, line });
    return;
  }
  if (!text.startsWith('<object ')) return;
  const type = attribute(text, 'type');
  const device = type === 'PCIDev' || type === 'Bridge' ? functionOf(text, line, open) : undefined;
  if (device !== undefined && !functions.has(device.bdf)) functions.set(device.bdf, { ...device, names: [] });
  if (type === 'OSDev') {
    const above = open.findLast(({ kind }) => kind === 'device')?.bdf;
    const name = osDeviceName(text, kindsAreBits);
    if (above !== undefined && name !== undefined) functions.get(above)?.names.push(name);
  }
  if (!text.endsWith('/>')) open.push(openObject(text, type, device?.bdf));
}

function osDeviceName(text: string, kindsAreBits: boolean): SystemName | undefined {
  const kind = Number(attribute(text, 'osdev_type'));
  const isRdma = kindsAreBits ? (kind & 0x20) !== 0 : kind === 3;
  const isNetwork = kindsAreBits ? (kind & 0x10) !== 0 : kind === 2;
  return nameOfOsDevice(attribute(text, 'name') ?? '', isNetwork, isRdma);
}

function openObject(text: string, type: string | undefined, bdf: Bdf | undefined): OpenObject {
  const [, domain = '', bus = ''] = /^([0-9a-f]{4,8}):\[([0-9a-f]{2})-/.exec(attribute(text, 'bridge_pci') ?? '') ?? [];
  const numbers = { domain: Number.parseInt(domain, 16), bus: Number.parseInt(bus, 16) };
  if (type === 'Bridge') return { kind: bdf === undefined ? 'host-bridge' : 'bridge', bdf, ...numbers };
  return { kind: type === 'PCIDev' ? 'device' : 'other', bdf, ...numbers };
}

/** Class, vendor and device, those of the subsystem, revision, and of later versions the programming interface. */
const PCI_TYPE =
  /^([0-9a-f]{4}) \[([0-9a-f]{4}):([0-9a-f]{4})\](?: \[([0-9a-f]{4}):([0-9a-f]{4})\])?(?: ([0-9a-f]{2}))?(?: ([0-9a-f]{2}))?$/;

function functionOf(text: string, line: number, open: readonly OpenObject[]): PartFunction | undefined {
  const bdf = parseBdf(attribute(text, 'pci_busid') ?? '');
  const [, classWord, vendor, device, subVendor, subDevice, revision] =
    PCI_TYPE.exec(attribute(text, 'pci_type') ?? '') ?? [];
  if (bdf === undefined || vendor === undefined || device === undefined) return undefined;
  const isBridge = attribute(text, 'type') === 'Bridge';
  const number = (digits: string) => Number.parseInt(digits, 16);
  const programming = /([0-9a-f]{2}) ([0-9a-f]{2})$/.exec(attribute(text, 'pci_type') ?? '')?.[2] ?? '00';
  return {
    bdf,
    line,
    vendor: known(number(vendor)),
    device: known(number(device)),
    classCode: known(number(`${classWord}${programming}`)),
    ...(revision === undefined ? {} : { revision: known(number(revision)) }),
    // Of bridges these are bytes of another register.
    ...(isBridge || subVendor === undefined || subDevice === undefined || subVendor === '0000'
      ? {}
      : { subsystemVendor: known(number(subVendor)), subsystemDevice: known(number(subDevice)) }),
    ...placeIn(open, bdf, isBridge),
  };
}

const NO_BRIDGES = unreadable('hwloc shows no bridge above it');

/**
 * Without bridges above it, nothing tells where the function is: hwloc leaves them out when it is asked to, and draws a
 * host bridge above a device whose bridge it cannot read.
 */
function placeIn(open: readonly OpenObject[], bdf: Bdf, isBridge: boolean): Pick<PartFunction, 'parent' | 'rootBus'> {
  const above = open.findLast(({ kind }) => kind === 'bridge' || kind === 'host-bridge');
  const root = open.findLast(({ kind }) => kind === 'host-bridge');
  if (above === undefined) return { parent: NO_BRIDGES };
  const rootBus =
    root === undefined || Number.isNaN(root.bus) ? {} : { rootBus: known({ domain: root.domain, bus: root.bus }) };
  if (above.bdf !== undefined) return { parent: known(above.bdf), ...rootBus };
  return isBridge || bdfBus(bdf) === 0 ? { parent: ABSENT, ...rootBus } : { parent: NO_BRIDGES };
}

function factsOfInfos(infos: Draft['infos']): Partial<CapturePart> {
  const release = infos.get('OSRelease');
  const isLinux = infos.get('OSName')?.value === 'Linux';
  const x86 = infos.get('Architecture');
  const hint: ArchitectureHint | undefined =
    x86?.value === 'x86_64' || x86?.value === 'aarch64'
      ? { architecture: x86.value === 'x86_64' ? 'x86' : 'arm64', words: 'the hwloc topology', line: x86.line }
      : undefined;
  const cpu = cpuOf(infos);
  return {
    ...(release === undefined || !isLinux ? {} : { kernel: { release: known(release.value, { line: release.line }) } }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(hint === undefined ? {} : { architecture: [hint] }),
  };
}

function cpuOf(infos: Draft['infos']): Fact<CapturedCpu> | undefined {
  const vendor = infos.get('CPUVendor')?.value;
  const family = infos.get('CPUFamilyNumber')?.value;
  const model = infos.get('CPUModel')?.value;
  if (vendor === undefined || family === undefined || !/^\d{1,4}$/.test(family)) return undefined;
  return known({
    vendorId: known(vendor),
    family: known(Number(family)),
    modelName: model === undefined ? unreadable('not in the hwloc topology') : known(model),
  });
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function attribute(text: string, name: string): string | undefined {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(text)?.[1];
  return value?.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => ENTITIES[entity] ?? '');
}
