/** Adapters and drives near GPUs: as a table, as a document, and as lines for NCCL and Kubernetes. */
import { factValue } from '../capture/index.ts';
import {
  type Assigned,
  type Assignment,
  type FoundFault,
  faultsOfPair,
  gpusNear,
  machineFaults,
  type Near,
  type Nearness,
  type Neighbour,
  type SharedUplink,
} from '../diagnose/index.ts';
import { deviceKind, type PciFunction } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { faultsJson } from './fault-words.ts';
import { longName, nameList, shortName } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { compositionText } from './pairs-sentence.ts';
import type { Reader } from './reader.ts';
import { type Block, type Line, list, type Section, type Sheet, text, toned } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted, MAP_TYPE_WORDS } from './words.ts';

/** All GPUs: the adapter each takes when all run at once, and who shares what. */
export function nearSheet(subject: Subject, near: Near): Sheet {
  const { names, reader = 'command' } = subject;
  return {
    title: 'peerpath near',
    answer: nearAnswer(near),
    context: contextLines(subject),
    sections: [
      ...(near.gpus.length === 0 ? [] : [{ title: '', blocks: [gpuTable(near, names), ...moreRows(near)] }]),
      ...reasonSections(near),
      ...uplinkSections(near.uplinks, names, near.gpus.length > MOST_UPLINKS.short ? 'long' : 'short'),
      ...faultLines(machineFaults(subject.analysis.machine), reader),
      ...(near.gpus.length === 0 ? [] : [{ title: '', blocks: [text(...noteLines(near, names, reader))] }]),
    ],
  };
}

function noteLines({ gpus, assignment, nics, drives }: Near, names: DeviceNames, reader: Reader): Line[] {
  const [first] = gpus;
  const more = {
    command: 'One of them in detail: peerpath near ',
    page: 'One pair in detail: choose it in the matrix',
  };
  const detail = first === undefined ? '' : ` ${more[reader]}${reader === 'page' ? '' : shortName(first.gpu, names)}`;
  return [
    'GB/s: payload that the slowest PCI Express link on the way leaves (docs/bandwidth.md); of an idle GPU, at full speed.',
    `Not counted: speed of the network, of disks, and of what connects sockets.${detail}`,
    ...(assignment === undefined || nics.length + drives.length < 2
      ? []
      : ['The next ones and the drives have the same answer as the one taken where none stands beside them.']),
  ].map((note): Line => [toned('dim', note)]);
}

function nearAnswer(near: Near): Line {
  const { gpus, nics, drives, assignment } = near;
  if (gpus.length === 0) return 'There is no GPU and no accelerator in this input.';
  const those = compositionText(gpus.map(({ gpu }) => gpu));
  if (assignment === undefined) {
    return drives.length === 0
      ? `${those}, and no network adapter or drive to ask about.`
      : `${those}, no network adapter, ${counted(drives.length, 'drive')}.`;
  }
  const refused = gpus.every(({ nics: near }) => near.every(({ verdict }) => verdict.mapType === REFUSED));
  if (refused)
    return `Linux refuses every pair of ${those} with ${counted(nics.length, 'adapter')}: their data goes through memory of the host. Nearest:`;
  const counts = MAP_TYPES_IN_ORDER.map((type) => {
    const count = assignment.pairs.filter(({ neighbour }) => neighbour.verdict.mapType === type).length;
    return count === 0 ? '' : `${count} ${MAP_TYPE_WORDS[type].short}`;
  }).filter((words) => words !== '');
  const open = assignment.pairs.filter(({ rate }) => rate === undefined).length;
  const moving = movingPairs(assignment).length;
  const total = moving === 0 && open > 0 ? 'links are not in this input' : `${gbps(assignment.total)} in all`;
  const rest = open > 0 && moving > 0 ? `, and ${open} more of unknown links` : '';
  const each =
    nics.length < gpus.length
      ? `${counted(nics.length, 'adapter')} for ${those}`
      : gpus.length === 1
        ? `the nearest adapter for ${those}`
        : `an adapter for each of ${those}`;
  return `With ${each} as below: ${counts.join(', ')}; when all run at once, ${total}${rest}.`;
}

const REFUSED = 'PCI_P2PDMA_MAP_NOT_SUPPORTED';

/** Pairs that are known to move data. */
function movingPairs({ pairs }: Assignment): readonly Assigned[] {
  return pairs.filter(({ rate }) => rate !== undefined && rate > 0);
}

/** `GPU`, or what stands in for it. */
function kindWord(gpus: Near['gpus']): string {
  return gpus.every(({ gpu }) => deviceKind(gpu) === 'gpu') ? 'GPU' : 'accelerator';
}

const MAP_TYPES_IN_ORDER = [
  'PCI_P2PDMA_MAP_BUS_ADDR',
  'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
  'unknown',
  'PCI_P2PDMA_MAP_NOT_SUPPORTED',
] as const;

/** More would fill more than a screen. */
const MOST_ROWS = 16;
/** Uplinks that are listed, below a short table and below a long one. */
const MOST_UPLINKS = { short: 10, long: 5 } as const;
/** Names of several devices that are longer give way to the first and a count. */
const LONGEST_NAMES = 16;

function gpuTable({ gpus, assignment, drives, nics }: Near, names: DeviceNames): Block {
  const rows = gpus.slice(0, MOST_ROWS).map(({ gpu, nics: near, drives: disks }, at): readonly Line[] => {
    const taken = assignment?.pairs[at];
    return [
      shortName(gpu, names),
      nodeText(gpu),
      ...(taken === undefined ? [] : takenCells(taken, names)),
      ...(nics.length > 1
        ? [
            nextOnes(
              near.filter(({ device }) => device !== taken?.neighbour.device),
              taken?.neighbour,
              names,
            ),
          ]
        : []),
      ...(drives.length > 0 ? [nextOnes(disks, taken?.neighbour, names)] : []),
    ];
  });
  const head = [
    kindWord(gpus),
    'node',
    ...(assignment === undefined ? [] : ['takes', 'answer', 'hops', 'slowest link', 'GB/s', 'at once']),
    ...(nics.length > 1 ? ['next'] : []),
    ...(drives.length > 0 ? ['drives'] : []),
  ];
  return { kind: 'table', head, rows, prose: true };
}

function moreRows({ gpus }: Near): Block[] {
  const more = gpus.length - MOST_ROWS;
  return more > 0 ? [text(`and ${counted(more, `more ${kindWord(gpus)}`)}; --json lists them all`)] : [];
}

function takenCells({ neighbour, rate }: Assigned, names: DeviceNames): Line[] {
  const { verdict, ceiling } = neighbour;
  return [
    shortName(neighbour.device, names),
    [answerWord(neighbour)],
    String(verdict.hops ?? '?'),
    slowestText(neighbour, false),
    numberText(factValue(ceiling)),
    rate === 0 ? '-' : numberText(rate),
  ];
}

const SHORT = {
  PCI_P2PDMA_MAP_BUS_ADDR: 'direct',
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: 'host bridge',
  PCI_P2PDMA_MAP_NOT_SUPPORTED: 'refused',
  unknown: 'unknown',
} as const;

function answerWord({ verdict: { mapType } }: Neighbour) {
  return toned(MAP_TYPE_WORDS[mapType].tone, SHORT[mapType]);
}

/** Those that stand as near as the nearest of them, with their answer where it is not that of the one taken. */
function nextOnes(neighbours: readonly Neighbour[], taken: Neighbour | undefined, names: DeviceNames): Line {
  const [first] = neighbours;
  if (first === undefined) return '';
  const alike = neighbours.filter(
    ({ verdict, nearness }) => verdict.mapType === first.verdict.mapType && nearness === first.nearness,
  );
  const sorted = alike.map(({ device }) => device).sort((a, b) => a.index - b.index);
  const all = nameList(sorted, names, 2);
  const lead = sorted[0] === undefined || all.length <= LONGEST_NAMES ? all : shortName(sorted[0], names);
  const words = lead === all ? all : `${lead} +${sorted.length - 1}`;
  return first.verdict.mapType === taken?.verdict.mapType ? words : [`${words} `, answerWord(first)];
}

function nodeText(fn: PciFunction): string {
  return String(factValue(fn.captured.numaNode) ?? '?');
}

function numberText(value: number | undefined): string {
  return value === undefined ? '?' : value.toFixed(1);
}

function gbps(value: number): string {
  return `${value.toFixed(1)} GB/s`;
}

/** The slowest link on the way. `placed`: and the port above it. */
function slowestText({ narrowest }: Neighbour, placed: boolean): string {
  const [speed, width] = [narrowest && factValue(narrowest.busySpeed), narrowest && factValue(narrowest.width)];
  return narrowest === undefined || speed === undefined || width === undefined
    ? placed
      ? 'not in this input'
      : '?'
    : `${speed} GT/s x${width}${placed ? ` ${formatBdf(narrowest.port.bdf)}` : ''}`;
}

function reasonSections({ assignment, nics, gpus }: Near): Section[] {
  if (assignment === undefined) return [];
  const { pairs, proved } = assignment;
  const shared = pairs.filter(
    ({ rate, neighbour }) => rate !== undefined && rate > 0 && rate < (factValue(neighbour.ceiling) ?? 0) - 0.05,
  );
  const refused = pairs.filter(({ neighbour }) => neighbour.verdict.mapType === REFUSED);
  const lines: Line[] = [
    movingPairs(assignment).length === 0
      ? 'Chosen by distance alone.'
      : proved
        ? 'No other assignment moves more in all; of equal ones this is the nearest.'
        : 'The best that was found: more assignments exist than were looked at.',
    ...(nics.length < gpus.length ? [`There are fewer adapters than ${kindWord(gpus)}s: some serve several.`] : []),
    ...(shared.length > 0
      ? [`${shared.length} of ${pairs.length} get less than alone, because links are shared.`]
      : []),
    ...(refused.length > 0 && refused.length < pairs.length
      ? [
          `Linux refuses ${refused.length} of these pairs: their data goes through memory of the host, and is not counted.`,
        ]
      : []),
  ];
  return [{ title: '', blocks: [text(...lines)] }];
}

function faultLines(found: readonly FoundFault[], reader: Reader = 'command'): Section[] {
  if (found.length === 0) return [];
  const items = found.map(
    ({ fault, pairs, atLeast }): Line =>
      `${fault.title}${pairs === 0 ? '' : ` (${atLeast ? 'at least ' : ''}${counted(pairs, 'pair')})`}`,
  );
  const more = reader === 'page' ? 'Findings tells more' : 'peerpath doctor tells more';
  return [{ title: `Known faults of this hardware (${more})`, blocks: [list(items, 5)] }];
}

function uplinkSections(
  uplinks: readonly SharedUplink[],
  names: DeviceNames,
  beside: keyof typeof MOST_UPLINKS,
): Section[] {
  if (uplinks.length === 0) return [];
  const items = uplinks.map(({ link, devices }): Line => {
    const ceiling = factValue(link.ceiling);
    const carries = ceiling === undefined ? '' : `, ${gbps(ceiling)} each way`;
    return `root port ${formatBdf(link.port.bdf)}${carries}: ${nameList(devices, names, 8)}`;
  });
  return [{ title: 'Who shares an uplink', blocks: [list(items, MOST_UPLINKS[beside])] }];
}

const NEARNESS_WORDS: Readonly<Record<Nearness, string>> = {
  switch: 'a switch',
  'host-bridge': 'one host bridge',
  node: 'one NUMA node',
  system: 'across sockets',
  open: 'host bridges',
};

/** One device: all that stand near it, in order of preference. */
export function nearDeviceSheet(subject: Subject, near: Near, device: PciFunction): Sheet {
  const { names } = subject;
  const of = near.gpus.find(({ gpu }) => gpu === device);
  const kinds =
    of === undefined
      ? [{ title: `${kindWord(near.gpus)}s`, neighbours: gpusNear(near, device), other: (each: Neighbour) => each.gpu }]
      : [
          { title: 'Network adapters', neighbours: of.nics, other: (each: Neighbour) => each.device },
          { title: 'Drives', neighbours: of.drives, other: (each: Neighbour) => each.device },
        ];
  const [first] = kinds.flatMap(({ neighbours, other }) => neighbours.map((each) => ({ each, fn: other(each) })));
  const uplink = near.uplinks.find(({ devices }) => devices.includes(device));
  const answer =
    first === undefined
      ? `${longName(device, names)}: nothing to do peer-to-peer DMA with in this input.`
      : `${longName(device, names)}: nearest is ${longName(first.fn, names)}, ${MAP_TYPE_WORDS[first.each.verdict.mapType].short}, ${rateWords(first.each)}.`;
  return {
    title: 'peerpath near',
    answer,
    context: contextLines(subject),
    sections: [
      ...kinds.flatMap(({ title, neighbours, other }): Section[] => neighbourSections(title, neighbours, other, names)),
      ...(uplink === undefined ? [] : uplinkSections([uplink], names, 'short')),
      ...faultLines(faultsNear(subject, near, device), subject.reader),
    ],
  };
}

/** Those that matter to a pair of the device and one of its neighbours. */
function faultsNear({ analysis }: Subject, near: Near, device: PciFunction): FoundFault[] {
  const verdicts = near.gpus
    .flatMap(({ nics, drives }) => [...nics, ...drives])
    .filter((each) => each.gpu === device || each.device === device)
    .map(({ verdict }) => verdict);
  const found = new Map<string, FoundFault>();
  for (const each of verdicts.flatMap((verdict) => faultsOfPair(analysis.machine, verdict))) {
    const before = found.get(each.fault.name);
    found.set(each.fault.name, { ...each, pairs: (before?.pairs ?? 0) + 1 });
  }
  return [...found.values()];
}

function rateWords({ ceiling }: Neighbour): string {
  const value = factValue(ceiling);
  return value === undefined ? 'links not in this input' : `up to ${gbps(value)}`;
}

/** Rows of a kind of device that are shown. */
const MOST_NEIGHBOURS = 14;

function neighbourSections(
  title: string,
  neighbours: readonly Neighbour[],
  other: (each: Neighbour) => PciFunction,
  names: DeviceNames,
): Section[] {
  if (neighbours.length === 0) return [];
  const rows = neighbours
    .slice(0, MOST_NEIGHBOURS)
    .map((each): readonly Line[] => [
      shortName(other(each), names),
      formatBdf(other(each).bdf),
      [answerWord(each)],
      NEARNESS_WORDS[each.nearness],
      String(each.verdict.hops ?? '?'),
      slowestText(each, true),
      numberText(factValue(each.ceiling)),
      nodeText(other(each)),
    ]);
  const more = neighbours.length - rows.length;
  const head = ['', 'address', 'answer', 'meet in', 'hops', 'slowest link', 'GB/s', 'node'];
  const blocks: Block[] = [{ kind: 'table', head, rows }];
  if (more > 0) blocks.push(text(`and ${more} more; --json lists them all`));
  return [{ title, blocks }];
}

/** `near --json`: a picture can be drawn of it. */
export function nearJson(subject: Subject, near: Near): object {
  const { names } = subject;
  const device = (fn: PciFunction): object => ({
    bdf: formatBdf(fn.bdf),
    label: names.labelOf(fn) ?? null,
    name: names.nameOf(fn),
    node: factValue(fn.captured.numaNode) ?? null,
  });
  return {
    ...documentHead('peerpath.near/1', subject),
    nics: near.nics.map(device),
    drives: near.drives.map(device),
    gpus: near.gpus.map(({ gpu, nics, drives }) => ({
      ...device(gpu),
      nics: nics.map(neighbourJson),
      drives: drives.map(neighbourJson),
    })),
    assignment:
      near.assignment === undefined
        ? null
        : {
            total: near.assignment.total,
            proved: near.assignment.proved,
            pairs: near.assignment.pairs.map(({ neighbour, rate }) => ({
              gpu: formatBdf(neighbour.gpu.bdf),
              nic: formatBdf(neighbour.device.bdf),
              rate: rate ?? null,
            })),
          },
    hardwareFaults: faultsJson(machineFaults(subject.analysis.machine)),
    uplinks: near.uplinks.map(({ link, devices }) => ({
      port: formatBdf(link.port.bdf),
      ceiling: factValue(link.ceiling) ?? null,
      devices: devices.map(({ bdf }) => formatBdf(bdf)),
    })),
  };
}

function neighbourJson({ device, verdict, nearness, links, narrowest, ceiling }: Neighbour): object {
  return {
    bdf: formatBdf(device.bdf),
    mapType: verdict.mapType,
    distance: verdict.distance ?? null,
    hops: verdict.hops ?? null,
    meet: nearness,
    links: links.map(({ port, direction }) => ({ port: formatBdf(port.bdf), direction })),
    slowest: narrowest === undefined ? null : formatBdf(narrowest.port.bdf),
    ceiling: factValue(ceiling) ?? null,
  };
}
