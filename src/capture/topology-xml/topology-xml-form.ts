/** Topology files of NCCL and RCCL (`NCCL_TOPO_DUMP_FILE`): devices with ids, and the processor. */
import { type Bdf, bdfDomain, parseBdf } from '../../uapi/index.ts';
import { starts, startsWithAny } from '../byte-words.ts';
import type { CapturePart, PartFunction } from '../capture-part.ts';
import { ABSENT, type Fact, known, unreadable } from '../fact.ts';
import { lineForm, type TextLine } from '../line-form.ts';
import type { CapturedCpu } from '../machine-capture.ts';
import type { PassageForm } from '../passage-form.ts';

const TAGS = ['<system ', '</system', '<cpu ', '</cpu', '<pci ', '</pci', '<gpu ', '<nic', '</nic', '<net '];
const TAGS_TABLE = starts(TAGS);

/**
 * The file has the upstream port of each switch and no other port: root ports and downstream ports are left out, so that
 * it tells which devices there are and what is below which switch, and not the next bridge above any of them.
 */
export const TOPOLOGY_XML_FORM: PassageForm = lineForm({
  kind: 'topology-xml',
  firstCharacters: '<',
  starts: TAGS,
  claims: (bytes, start) => startsWithAny(bytes, start, TAGS_TABLE),
  gap: 4,
  read: readTopologyXml,
});

const NO_PARENT = unreadable('the topology file leaves out root ports and downstream ports');

function readTopologyXml(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const functions = new Map<Bdf, PartFunction>();
  let cpu: Fact<CapturedCpu> | undefined;
  let numaNode: number | undefined;
  // Elements that are open; undefined: one of no device, of which nothing below it tells anything.
  const open: (Bdf | undefined)[] = [];
  let margin = 0;
  for (const { text, line, indent } of lines) {
    if (text.startsWith('<cpu ')) {
      cpu ??= cpuOf(text);
      numaNode = numberOf(text, 'numaid', 10);
      margin = indent;
      open.length = 0;
    }
    if (text.startsWith('</pci')) open.pop();
    if (!text.startsWith('<pci ')) continue;
    // Two blanks a level: elsewhere lines are lost, and what is above is not known.
    const isNested = indent === margin + 2 * (open.length + 1) && !open.includes(undefined);
    const below = isNested ? { bridge: open.at(-1) } : undefined;
    const fn = functionOf(text, line, numaNode, below);
    if (fn !== undefined && !functions.has(fn.bdf)) functions.set(fn.bdf, fn);
    if (!text.endsWith('/>') && !text.endsWith('</pci>')) open.push(below && fn?.bdf);
  }
  const first = lines[0];
  if (first === undefined || functions.size === 0) return undefined;
  const x86 = lines.find(({ text }) => text.startsWith('<cpu ') && attribute(text, 'arch') === 'x86_64');
  return {
    origin: { source, passage: 'topology-xml', line: first.line, lastLine: lines.at(-1)?.line ?? first.line },
    functions: [...functions.values()],
    ...(cpu === undefined ? {} : { cpu }),
    ...(x86 === undefined
      ? {}
      : { architecture: [{ architecture: 'x86', words: 'the topology file', line: x86.line }] }),
    findings: [],
  };
}

/** Made-up addresses (`ffff:ff:01.0`) are of no device; templates of makers of clouds have no ids, or none that count. */
function functionOf(
  text: string,
  line: number,
  numaNode: number | undefined,
  below: PartFunction['below'],
): PartFunction | undefined {
  const bdf = parseBdf(attribute(text, 'busid') ?? '');
  if (bdf === undefined || bdfDomain(bdf) >= 0xffff) return undefined;
  const [vendor, device, classCode] = ['vendor', 'device', 'class'].map((name) => numberOf(text, name, 16));
  const isNamed = vendor !== undefined && device !== undefined && vendor !== 0xffff && vendor !== 0;
  return {
    bdf,
    line,
    ...(isNamed ? { vendor: known(vendor), device: known(device) } : {}),
    ...(classCode === undefined ? {} : { classCode: known(classCode) }),
    ...(numaNode === undefined || numaNode < 0 ? {} : { numaNode: known(numaNode) }),
    parent: NO_PARENT,
    ...(below === undefined ? {} : { below }),
  };
}

/** `familyid` is base family and extended family as CPUID has them: 0x8f is 17h, 0x9f 18h, which only Hygon makes. */
function cpuOf(text: string): Fact<CapturedCpu> | undefined {
  const vendor = attribute(text, 'vendor');
  const id = numberOf(text, 'familyid', 10);
  if (vendor === undefined || id === undefined || id <= 0) return undefined;
  const amd = vendor === 'AMD' || vendor === 'AuthenticAMD';
  // Templates that people wrote have the family itself.
  const family = amd && id >= 0x17 && id < 0x40 ? id : familyOf(id);
  const vendorId = amd ? (family === 0x18 ? 'HygonGenuine' : 'AuthenticAMD') : vendor;
  return known({ vendorId: known(vendorId), family: known(family), modelName: ABSENT });
}

function familyOf(id: number): number {
  return (id & 0xf) === 0xf ? 0xf + (id >> 4) : id & 0xf;
}

function attribute(text: string, name: string): string | undefined {
  return new RegExp(` ${name}="([^"]*)"`).exec(text)?.[1];
}

function numberOf(text: string, name: string, base: 10 | 16): number | undefined {
  const value = Number.parseInt(attribute(text, name) ?? '', base);
  return Number.isNaN(value) ? undefined : value;
}
