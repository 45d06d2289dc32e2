/** IOMMU groups as a report: who can be given to a virtual machine without whom. */
import { printable, type RawText, rawText, unshown } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import {
  brokenGroups,
  coarsest,
  groupGaps,
  type IsolationChange,
  isEndpoint,
  isolationChange,
  isWithoutGroups,
  type Loss,
  type Situation,
} from '../diagnose/index.ts';
import { defaultDomainType, type Grouping, type IommuGroup, listedGrouping } from '../iommu/index.ts';
import { deviceKind, type PciFunction } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { byKind, longName, nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { exposureTexts, lossText } from './price-text.ts';
import type { Reader } from './reader.ts';
import { type Block, list, type Section, type Sheet, text } from './sheet/index.ts';
import { contextLines, documentHead, type Subject, type WhatIfReport } from './subject.ts';

/** The groups of a situation, and with a what-if who gains and loses isolation. */
export function groupsSheet(subject: Subject): Sheet {
  const { analysis, names, whatIf } = subject;
  const { situation } = analysis;
  const change = whatIf === undefined ? undefined : isolationChange(whatIf.before, whatIf.after);
  const answer =
    change === undefined || whatIf === undefined
      ? presentAnswer(situation, names, subject.reader)
      : changeAnswer(change, whatIf, names);
  const sections = [
    ...(change === undefined ? [] : changeSections(change, names)),
    ...gapSections(situation, names),
    ...groupSections(situation, names),
  ];
  return { title: 'peerpath groups', answer, context: contextLines(subject), sections };
}

/** Is it known which groups there are? */
export function groupsKnown({ groups }: Situation): boolean {
  return groups !== undefined && groups.state === 'known';
}

function presentAnswer(situation: Situation, names: DeviceNames, reader: Reader = 'command'): string {
  const { groups } = situation;
  const listed = listedGroups(situation);
  if (listed !== undefined) return partAnswer(listed, situation, names);
  if (groups === undefined)
    return `Unknown: the IOMMU groups are not in this input. Take a capture with peerpath capture, or ${reader === 'page' ? 'choose how the IOMMU boots under What if' : 'ask with --iommu dma'}.`;
  if (isWithoutGroups(groups))
    return 'No IOMMU groups: Linux uses no IOMMU here. No device is isolated from any other, and none can be given to a virtual machine safely.';
  const all = coarsest(groups);
  const gaps = groupGaps(situation);
  if (gaps.length > 0)
    return `${all.groups.length} IOMMU groups, but they promise more than the switches keep: ${exposureTexts(gaps, names).join(' ')}`;
  const broken = brokenGroups(situation);
  const [worstBroken] = broken;
  if (worstBroken !== undefined)
    return `${all.groups.length} IOMMU groups, but they promise more than there is: ${brokenText(worstBroken, names)}`;
  const shared = all.groups.map(togetherOf).filter((part) => part.length > 1);
  const late = lateAnswer(situation, all.groups.length);
  if (late !== undefined) return late;
  if (shared.length > 0) return `${all.groups.length} IOMMU groups: ${sharedText(shared, names)}`;
  const slots = all.groups.map(endpointsOf).filter((part) => part.length > 1);
  const tail =
    slots.length === 0
      ? 'every device can be given to a virtual machine by itself.'
      : `every slot can be given to a virtual machine by itself, but not every function: ${sharedText(slots, names)}`;
  return `${all.groups.length} IOMMU groups: ${tail}`;
}

/** Where the kernel told that it formed a group when a function came back alone. */
function lateAnswer({ machine, boot }: Situation, count: number): string | undefined {
  const late = machine.topology.capture.findings.filter(({ code }) => code === 'group-formed-later');
  if (late.length === 0 || boot !== undefined) return undefined;
  const of = late.length === 1 ? `that of ${late[0]?.where} was` : `${late.length} of them were`;
  return `${count} IOMMU groups, but they promise more than there is: ${printable(of)} formed when a function was added again.`;
}

/** Groups of some functions that the input lists, where those of others are not in it. */
function listedGroups({ groups, machine, boot }: Situation): Grouping | undefined {
  if (groups !== undefined || boot !== undefined) return undefined;
  const listed = listedGrouping(machine.topology);
  return listed.groups.length === 0 ? undefined : listed;
}

function partAnswer({ groups }: Grouping, { machine }: Situation, names: DeviceNames): string {
  const members = groups.reduce((sum, group) => sum + group.members.length, 0);
  const missing = machine.topology.functions.length - members;
  const shared = groups.map(endpointsOf).filter((part) => part.length > 1);
  const together = shared.length > 0 ? ` ${sharedText(shared, names)}` : '';
  return `${groups.length} IOMMU groups are in this input, with ${members} functions; of ${missing} others it lists none.${together}`;
}

/** Functions that nothing keeps apart, in groups of their own. */
function brokenText(parts: Loss, names: DeviceNames): string {
  return `nothing keeps ${nameList(parts.flat(), names, 6)} apart, and yet they are in ${parts.length} groups.`;
}

function sharedText(shared: readonly IommuGroup['members'][], names: DeviceNames): string {
  const [first = []] = shared;
  const fns = first.map(({ fn }) => fn);
  const more = shared.length - 1;
  return `${nameList(fns, names, 6)} share one${more > 0 ? ` (and ${more} more groups hold several devices)` : ''}.`;
}

/** The endpoints of a group if they stand in several slots; functions of one slot are one card. */
function togetherOf({ members }: Pick<IommuGroup, 'members'>): IommuGroup['members'] {
  const endpoints = endpointsOf({ members });
  const slots = new Set(endpoints.map(({ fn }) => Math.floor(fn.bdf / 8)));
  return slots.size > 1 ? endpoints : [];
}

/** Endpoints, and beside one the parts of the platform that have drivers of their own: they must be given up with it. */
function endpointsOf({ members }: Pick<IommuGroup, 'members'>): IommuGroup['members'] {
  if (!members.some(({ fn }) => isEndpoint(fn))) return [];
  return members.filter(({ fn }) => isEndpoint(fn) || isPlatformPart(fn));
}

const CLASS_ISA_BRIDGE = 0x0601;

function isPlatformPart(fn: PciFunction): boolean {
  return deviceKind(fn) === 'system' || factValue(fn.ids.baseAndSubClass) === CLASS_ISA_BRIDGE;
}

function changeAnswer(change: IsolationChange, { after }: WhatIfReport, names: DeviceNames): string {
  switch (change.state) {
    case 'unknown':
      return after.groups === undefined
        ? 'Unknown: whether Linux uses an IOMMU after the change is not in this input.'
        : `${presentAnswer(after, names)} Which groups there are now is not in this input.`;
    case 'no-iommu':
      return after.groups === undefined || isWithoutGroups(after.groups)
        ? 'No change: there is no IOMMU and no isolation, before and after.'
        : `The machine gets isolation: ${presentAnswer(after, names)}`;
    case 'known':
      break;
  }
  const { diff, lost, exposed } = change;
  if (diff.ungrouped.length > 0 && (after.groups === undefined || isWithoutGroups(after.groups)))
    return 'All isolation goes: without an IOMMU every device can reach all memory, and none can be given to a virtual machine safely.';
  if (lost.length > 0) return `${lost.flat(2).length} devices lose isolation: ${lossText(worst(lost), names)}`;
  if (exposed.length > 0)
    return `Isolation goes, though no devices come to share a group: ${exposureTexts(exposed, names).join(' ')}`;
  const gained = diff.split.length;
  return gained > 0 ? `No device loses isolation; ${gained} groups are split up.` : 'No device loses isolation.';
}

function worst(lost: readonly Loss[]): Loss {
  return lost.reduce((most, parts) => (parts.flat().length > most.flat().length ? parts : most));
}

function changeSections(change: IsolationChange, names: DeviceNames): Section[] {
  if (change.state !== 'known') return [];
  const sections: Section[] = [];
  if (change.lost.length > 0 || change.exposed.length > 0) {
    const warning = [
      'Give these devices to virtual machines only all together, to one and the same machine: a guest that controls one',
      'of them can read and write the others, and the IOMMU does not see it.',
      ...(change.lost.length === 0
        ? ['Linux does not show it: it gives each of these ports an IOMMU group of its own.']
        : []),
      ...(change.certain ? [] : ['This is the worst case: some ACS registers are not in the input.']),
    ];
    sections.push({
      title: 'Who loses isolation',
      blocks: [
        list([...change.lost.map((parts) => lossText(parts, names)), ...exposureTexts(change.exposed, names)]),
        text(...warning),
      ],
    });
  }
  const gained = change.diff.split.map(({ parts }) => parts.map((part) => nameList(part, names)).join(' | '));
  if (gained.length > 0) sections.push({ title: 'Who gains isolation', blocks: [list(gained)] });
  return sections;
}

/** Groups that promise more than the switches keep, or that were formed when a part was added alone. */
function gapSections(situation: Situation, names: DeviceNames): Section[] {
  const gaps = groupGaps(situation);
  const broken = brokenGroups(situation);
  const { findings } = situation.machine.topology.capture;
  const later = situation.boot === undefined ? findings.filter(({ code }) => code === 'group-formed-later') : [];
  const blocks: Block[] =
    later.length === 0 ? [] : [list(later.map(({ where, text: said }) => `${printable(where)}: ${printable(said)}.`))];
  if (gaps.length > 0) {
    const warning =
      'Their ports do not redirect, and Linux gives each its own group: give them to virtual machines only together.';
    blocks.push(list(exposureTexts(gaps, names)), text(warning));
  }
  if (broken.length > 0) {
    const warning =
      'Linux would put them together at boot. Devices that are removed and found again, and registers that are changed after boot, leave such groups: give them to virtual machines only together.';
    blocks.push(list(broken.map((parts) => brokenText(parts, names))), text(warning));
  }
  return blocks.length === 0 ? [] : [{ title: 'Separate groups, and yet no isolation', blocks }];
}

function listedSection({ groups }: Grouping, situation: Situation, names: DeviceNames): Section {
  const rows = groups.map((group) => [
    String(group.number),
    printable(groupType(group, situation) ?? '-'),
    group.members.map(({ fn }) => longName(fn, names)).join(', '),
  ]);
  return {
    title: 'Groups that the input lists',
    blocks: [{ kind: 'table', head: ['group', 'domain', 'devices'], rows, prose: true }],
  };
}

function groupSections(situation: Situation, names: DeviceNames): Section[] {
  const { groups } = situation;
  const listed = listedGroups(situation);
  if (listed !== undefined) return [listedSection(listed, situation, names)];
  if (groups === undefined || isWithoutGroups(groups)) return [];
  const all = coarsest(groups).groups;
  const [alone, told] = all.length > MOST_GROUPS ? split(all) : [[], all];
  const table = (some: readonly IommuGroup[]): Block => ({
    kind: 'table',
    head: ['group', 'domain', 'devices'],
    rows: some.map((group) => [
      groups.state === 'known' ? String(group.number) : '?',
      printable(groupType(group, situation) ?? '-'),
      group.members.map(({ fn }) => longName(fn, names)).join(', '),
    ]),
    prose: true,
  });
  const open =
    groups.state === 'known'
      ? predictedNumbers(groups.groups)
      : [text(`At their coarsest: ${groups.missing.length} facts are not in the input (read it as root).`)];
  if (alone.length === 0) return [{ title: 'Groups', blocks: [...open, table(told)] }];
  const devices = alone.flatMap(({ members }) => members.map(({ fn }) => fn)).filter(isEndpoint);
  const single: Block[] =
    devices.length === 0 ? [] : [text(`Each in a group of its own: ${nameList(byKind(devices), names)}.`)];
  return [
    { title: 'Groups', blocks: [...open, ...(told.length === 0 ? [] : [table(told)]), ...single] },
    {
      title: `${alone.length} groups of one device, of ports, or of parts of the platform`,
      blocks: [table(alone)],
      behind: '--all',
    },
  ];
}

/** Groups of nobody else, and those where a device shares its group with another function. */
function split(all: readonly IommuGroup[]): readonly [alone: readonly IommuGroup[], told: readonly IommuGroup[]] {
  const told = all.filter((group) => group.members.length > 1 && group.members.some(({ fn }) => isEndpoint(fn)));
  return [all.filter((group) => !told.includes(group)), told];
}

/** With more, groups of one function and those of ports and parts of the platform stand apart. */
const MOST_GROUPS = 24;

/** Who is with whom is known; which number a group gets is not, where Linux does not say it itself. */
function predictedNumbers({ groups }: Grouping): readonly Block[] {
  const inForce = groups.every(({ members }) => members.every(({ reason }) => reason.rule === 'captured'));
  return inForce ? [] : [text('Numbers are predicted: Linux gives them in the order in which it finds devices.')];
}

/** The kind of default domain: as captured, or as the imagined boot gives it. */
function groupType(group: IommuGroup, { boot, machine }: Situation): RawText | undefined {
  const { capture } = machine.topology;
  if (boot === undefined) {
    const captured = factValue(capture.iommuGroups)?.find(({ id }) => id === group.number);
    return captured === undefined ? undefined : factValue(captured.type);
  }
  const members = group.members.map(({ fn }) => fn);
  const unit = factValue(capture.iommus)?.[0];
  return rawText(defaultDomainType(members, unit, boot.cmdline, capture.kernel.config).type);
}

/** `groups --json`. */
export function groupsJson(subject: Subject): object {
  const { analysis, whatIf } = subject;
  const change = whatIf === undefined ? undefined : isolationChange(whatIf.before, whatIf.after);
  return {
    ...documentHead('peerpath.groups/1', subject),
    ...situationJson(analysis.situation),
    ...(whatIf === undefined || change === undefined
      ? {}
      : { present: situationJson(whatIf.before), changes: isolationJson(change) }),
  };
}

function situationJson(situation: Situation): object {
  const { groups } = situation;
  if (groups === undefined) return { state: 'unknown', groups: null };
  const of = (grouping: Grouping): object[] =>
    grouping.groups.map((group) => ({
      number: groups.state === 'known' ? group.number : null,
      type: unshown(groupType(group, situation)) ?? null,
      members: group.members.map(({ fn }) => formatBdf(fn.bdf)),
    }));
  if (groups.state === 'known') return { state: isWithoutGroups(groups) ? 'none' : 'known', groups: of(groups.groups) };
  return { state: 'open', groups: of(groups.coarsest), finest: of(groups.finest) };
}

/** An isolation change as JSON. */
export function isolationJson(change: IsolationChange): object {
  if (change.state !== 'known') return { state: change.state };
  const { merged, split, ungrouped, grouped } = change.diff;
  const parts = (all: typeof merged): string[][][] =>
    all.map((each) => each.parts.map((part) => part.map((fn) => formatBdf(fn.bdf))));
  return {
    state: change.certain ? 'known' : 'worst-case',
    lost: change.lost.map((loss) => loss.map((part) => part.map((fn) => formatBdf(fn.bdf)))),
    merged: parts(merged),
    exposed: change.exposed.map(({ port, from, to }) => ({
      port: formatBdf(port.bdf),
      from: from.map((fn) => formatBdf(fn.bdf)),
      to: to.map((fn) => formatBdf(fn.bdf)),
    })),
    split: parts(split),
    ungrouped: ungrouped.map((fn) => formatBdf(fn.bdf)),
    grouped: grouped.map((fn) => formatBdf(fn.bdf)),
  };
}
