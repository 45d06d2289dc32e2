/** The facts of one boot as a part. */
import { rawText } from '../../base/index.ts';
import {
  type Bdf,
  bdfBus,
  bdfDevfn,
  bdfDomain,
  formatBdf,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  IORESOURCE_READONLY,
  IORESOURCE_SIZEALIGN,
  IORESOURCE_UNSET,
  PCI_CLASS_DEVICE,
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
  PCI_PRIMARY_BUS,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID,
} from '../../uapi/index.ts';
import type { CapturePart, KernelPeerMessage, PartFunction } from '../capture-part.ts';
import type { ConfigSpace } from '../config-space.ts';
import { ABSENT, type Fact, known, unreadable } from '../fact.ts';
import type { Finding } from '../finding.ts';
import { MaskedBytes, sizedConfigSpace } from '../lspci/index.ts';
import type { CapturedLink, CapturedResource, ListedResource } from '../machine-capture.ts';
import type { BootLog } from './boot-log.ts';
import { buildMachine, groupsOf, rootBusOf } from './build-machine.ts';
import {
  FIRST_VF_BAR,
  type FunctionDraft,
  IO_WINDOW,
  type LinkWords,
  PREFETCHABLE_WINDOW,
  ROM,
} from './function-draft.ts';
import { portsOfHint } from './peer-messages.ts';
import { barFlags, type PrintedResource, windowFlags } from './resource-words.ts';

const WHY_UNKNOWN = 'a kernel log does not print it: run sudo lspci -xxxx';
const NOT_PRINTED = unreadable('the kernel log does not print it');

/**
 * Makes the part of a boot.
 * @param findings what is to be said of the log as a whole
 */
export function buildPart(boot: BootLog, source: string, findings: readonly Finding[]): CapturePart {
  const { host, firstLine, lastLine, messages } = boot;
  const { told } = boot;
  const physical = told.filter(({ resources }) => resources.has(FIRST_VF_BAR));
  const out = new MaskedBytes();
  const functions = told.map((fn) => buildFunction(fn, boot, physical, out));
  functions.push(...namedInMessages(messages, new Set(told.map(({ bdf }) => bdf))));
  const groups = groupsOf(boot, functions);
  return {
    origin: { source, passage: 'kernel-log', line: firstLine, lastLine },
    functions,
    ...buildMachine(boot),
    ...(groups === undefined ? {} : { iommuGroups: groups }),
    ...(messages.length > 0 ? { messages } : {}),
    ...(host === undefined ? {} : { host }),
    findings: [...findings, ...regrouped(boot)],
  };
}

function buildFunction(
  fn: FunctionDraft,
  boot: BootLog,
  physical: readonly FunctionDraft[],
  out: MaskedBytes,
): PartFunction {
  const { identity, group } = fn;
  const driver = boot.leftCut ? undefined : fn.driver;
  const root = rootBusOf(boot.machine, fn.bdf);
  const node = root?.numaNode;
  return {
    bdf: fn.bdf,
    line: fn.line,
    config: configOf(fn, out),
    ...(driver === undefined ? {} : { driver: known(rawText(driver)) }),
    ...(fn.names.length === 0 ? {} : { systemNames: fn.names }),
    ...(identity === undefined
      ? classOf(driver ?? '')
      : {
          vendor: known(identity.vendor),
          device: known(identity.device),
          classCode: known(identity.classCode),
          resources: resourcesOf(fn, physical),
          ...(identity.express === undefined
            ? {}
            : { expressType: identity.express === 'conventional' ? ABSENT : known(identity.express) }),
        }),
    ...(root === undefined ? {} : { rootBus: known({ domain: root.domain, bus: root.bus }) }),
    ...(group === undefined ? noGroup(fn, boot) : { iommuGroup: known(group.id, { line: group.line }) }),
    ...(node === undefined ? {} : { numaNode: known(node, { inferredFrom: 'the NUMA node of its root bus' }) }),
    ...(fn.link === undefined && fn.maxLink === undefined ? {} : { link: linkOf(fn) }),
    ...(fn.acsControl === undefined
      ? {}
      : { printedAcs: { cap: undefined, control: fn.acsControl.value }, acsLine: fn.acsControl.line }),
    ...(fn.p2pmemSize === undefined ? {} : { p2pmemSize: known(fn.p2pmemSize) }),
  };
}

const CLASS_HOST_BRIDGE = 0x0600;
const CLASS_IOMMU = 0x0806;

/**
 * An IOMMU itself is in no group, and on machines of AMD the first function of a root complex may be in none: it would
 * come before the others of its bus, so that a number would be missing. Of others the line may be lost.
 */
function noGroup(fn: FunctionDraft, boot: BootLog): Pick<PartFunction, 'iommuGroup'> {
  if (fn.isGroupCut) return { iommuGroup: unreadable('the lines of the kernel log are cut, in its number perhaps') };
  const { identity } = fn;
  const grouped = boot.told.filter(({ group }) => group !== undefined);
  if (identity === undefined || grouped.length === 0) return {};
  const baseAndSub = identity.classCode >> 8;
  const isFirst = baseAndSub === CLASS_HOST_BRIDGE && bdfDevfn(fn.bdf) === 0;
  if (
    baseAndSub === CLASS_IOMMU ||
    (isFirst && isAmd(boot) && !boot.told.some(({ isGroupCut }) => isGroupCut) && showsAllUpTo(fn.bdf, grouped))
  ) {
    return { iommuGroup: ABSENT };
  }
  return { iommuGroup: unreadable('the kernel log has no line that adds it to an IOMMU group') };
}

function isAmd({ machine }: BootLog): boolean {
  return [...machine.iommus.values()].some(({ kind }) => kind === 'amd');
}

/** Is no number missing, with others of the same bus among them? */
function showsAllUpTo(bdf: Bdf, grouped: readonly FunctionDraft[]): boolean {
  const ids = new Set(grouped.map(({ group }) => group?.id));
  const mates = grouped.some(
    (fn) => fn.bdf !== bdf && bdfDomain(fn.bdf) === bdfDomain(bdf) && bdfBus(fn.bdf) === bdfBus(bdf),
  );
  return mates && Math.max(...[...ids].map((id) => id ?? 0)) === ids.size - 1;
}

/** Identity, header type and bus numbers; the log tells no other registers. */
function configOf(fn: FunctionDraft, out: MaskedBytes): ConfigSpace {
  const { identity, buses } = fn;
  if (identity !== undefined) {
    out.set(PCI_VENDOR_ID, 2, identity.vendor);
    out.set(PCI_DEVICE_ID, 2, identity.device);
    out.set(PCI_CLASS_REVISION + 1, 1, identity.classCode & 0xff);
    out.set(PCI_CLASS_DEVICE, 2, identity.classCode >> 8);
    out.set(PCI_HEADER_TYPE, 1, identity.headerType, PCI_HEADER_TYPE_MASK);
  } else if (buses !== undefined) {
    out.set(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_BRIDGE, PCI_HEADER_TYPE_MASK);
  }
  if (buses !== undefined) {
    // The kernel renumbers bridges of which the primary bus is not the one they are on.
    out.set(PCI_PRIMARY_BUS, 1, bdfBus(fn.bdf));
    out.set(PCI_SECONDARY_BUS, 1, buses.secondary);
    out.set(PCI_SUBORDINATE_BUS, 1, buses.subordinate);
  }
  const { bytes, mask } = out.finish();
  return sizedConfigSpace(bytes, mask, WHY_UNKNOWN);
}

const WINDOWS_END = PREFETCHABLE_WINDOW + 1;

function resourcesOf(fn: FunctionDraft, physical: readonly FunctionDraft[]): Fact<readonly ListedResource[]> {
  const { resources, buses } = fn;
  if (resources.size === 0 && physical.some((of) => mayBeVirtual(fn, of))) {
    return unreadable('the kernel log prints no BARs of virtual functions, and it may be one');
  }
  const list: ListedResource[] = [];
  // A line that is not there cannot be told from one that was lost.
  for (let bar = 0; bar < barsOf(fn); bar++) list[bar] = 'unknown';
  list[ROM] = 'unknown';
  for (const [index, resource] of resources) {
    list[index] = capturedResource(index, resource);
    // The upper half of its address.
    const isWide = index < LAST_BAR && (resource.flags & IORESOURCE_MEM_64) !== 0;
    if (isWide && !resources.has(index + 1)) list[index + 1] = undefined;
  }
  // A bridge whose windows were printed has no others.
  if (buses !== undefined && list.length < WINDOWS_END) list.length = WINDOWS_END;
  return known(Array.from(list));
}

const LAST_BAR = 5;

/** By the header; a CardBus bridge has one. */
function barsOf({ identity }: FunctionDraft): number {
  if (identity?.headerType === PCI_HEADER_TYPE_NORMAL) return LAST_BAR + 1;
  return identity?.headerType === PCI_HEADER_TYPE_BRIDGE ? 2 : 1;
}

/** Virtual functions stand on the bus of their physical function or one of those behind it, and have its vendor. */
function mayBeVirtual({ bdf, identity }: FunctionDraft, physical: FunctionDraft): boolean {
  if (identity?.headerType !== PCI_HEADER_TYPE_NORMAL || identity.vendor !== physical.identity?.vendor) return false;
  return bdfDomain(bdf) === bdfDomain(physical.bdf) && bdf > physical.bdf && bdfBus(bdf) - bdfBus(physical.bdf) <= 1;
}

/** Devices that the kernel names in its words on peer-to-peer DMA are there, whatever else is known of them. */
function namedInMessages(messages: readonly KernelPeerMessage[], told: Set<Bdf>): PartFunction[] {
  return messages.flatMap(({ provider, client, says, text, line }) =>
    [provider, client, ...(says === 'hint' ? portsOfHint(text) : [])].flatMap((bdf): PartFunction[] => {
      if (bdf === undefined || told.has(bdf)) return [];
      told.add(bdf);
      if (bdf !== provider && bdf !== client) return [{ bdf, line, classCode: PORT_CLASS }];
      const driver = bdf === client ? driverOf(text) : undefined;
      return [{ bdf, line, ...(driver && { driver: known(rawText(driver), { line }), ...classOf(driver) }) }];
    }),
  );
}

function capturedResource(index: number, { range, flags }: PrintedResource): CapturedResource {
  if (index === ROM) {
    const kept = flags & IORESOURCE_UNSET;
    return {
      range,
      flags: kept | IORESOURCE_MEM | IORESOURCE_PREFETCH | IORESOURCE_READONLY | IORESOURCE_SIZEALIGN,
    };
  }
  return { range, flags: index >= IO_WINDOW ? windowFlags(flags) : barFlags(flags) };
}

function linkOf({ link, maxLink }: FunctionDraft): CapturedLink {
  const of = (words: LinkWords | undefined, what: keyof LinkWords): Fact<number> =>
    words === undefined ? NOT_PRINTED : known(words[what]);
  return {
    speed: of(link, 'speed'),
    width: of(link, 'width'),
    maxSpeed: of(maxLink, 'speed'),
    maxWidth: of(maxLink, 'width'),
  };
}

/** Functions that were added again and came into another group: groups formed so say nothing of isolation. */
function regrouped({ functions }: BootLog): Finding[] {
  return [...functions.values()].flatMap((fn): Finding[] => {
    const { group, groupBefore } = fn;
    if (group === undefined || groupBefore === undefined || group.id === groupBefore.id) return [];
    const before = othersIn(functions, groupBefore.id, fn.bdf);
    const text =
      `the function was removed and added again (line ${group.line}): it is in IOMMU group ${group.id} now, and was in ` +
      `group ${groupBefore.id}${before} at boot; Linux does not see that the others belong to it when one is added ` +
      'alone, so this group promises no isolation';
    return [{ code: 'group-formed-later', severity: 'notice', where: formatBdf(fn.bdf), text }];
  });
}

function othersIn(functions: ReadonlyMap<Bdf, FunctionDraft>, id: number, self: Bdf): string {
  const others = [...functions.values()]
    .filter((fn) => fn.bdf !== self && (fn.group?.id === id || fn.groupBefore?.id === id))
    .map(({ bdf }) => formatBdf(bdf));
  if (others.length === 0) return '';
  return others.length > 3 ? ` with ${others.length} others` : ` with ${others.join(', ')}`;
}

/** What redirects is a port: a PCI bridge. */
const PORT_CLASS = known(0x060400, { inferredFrom: 'the kernel names it as a port that redirects' });

/** `amdgpu 0000:34:00.0: …` */
function driverOf(text: string): string | undefined {
  return /(?:^|\s)([\w-]+) [0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]: /i.exec(text)?.[1];
}

/** Drivers of one class of devices alone. */
const CLASS_OF_DRIVER: ReadonlyMap<string, number> = new Map([
  ['amdgpu', 0x030000],
  ['i915', 0x030000],
  ['nouveau', 0x030000],
  ['nvidia', 0x030000],
  ['radeon', 0x030000],
  ['xe', 0x030000],
  ['nvme', 0x010802],
  ['mlx5_core', 0x020000],
]);

function classOf(driver: string): Pick<PartFunction, 'classCode'> {
  const classCode = CLASS_OF_DRIVER.get(driver);
  return classCode === undefined ? {} : { classCode: known(classCode, { inferredFrom: `its driver, ${driver}` }) };
}
