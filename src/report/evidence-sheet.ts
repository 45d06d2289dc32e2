/** What an input told, from where, what contradicts, and what is missing for the pairs that matter. */
import { gather, printable } from '../base/index.ts';
import type { CapturePart, Finding, PassageKind, TextCount } from '../capture/index.ts';
import type { FactSource, OpenFact, OpenPairs, SettlingCommand } from '../diagnose/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { missingText } from './reason-text.ts';
import { type Block, code, type Line, list, type Section, type Sheet, strong, text } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted } from './words.ts';

/** The report. */
export function evidenceSheet(subject: Subject, open: OpenPairs): Sheet {
  const { parts, findings, texts = [] } = subject.analysis.capture;
  return {
    title: 'peerpath evidence',
    answer: answerLine(open),
    context: contextLines(subject),
    sections: [
      ...commandSections(open),
      { title: 'What was understood', blocks: [partTable(parts), ...textBlocks(texts)] },
      ...findingSections('What contradicts', findings.filter(isContradiction)),
      ...missingSections(open),
      ...findingSections(
        'What was damaged or odd',
        findings.filter((finding) => !isContradiction(finding)),
      ),
    ],
  };
}

function answerLine({ devices, pairs, open, command }: OpenPairs): Line {
  if (devices.length < 2) return 'There are no two devices to ask about in this input.';
  const which = `${counted(pairs, 'pair')} of ${counted(devices.length, 'device')}`;
  if (open === 0) return `Nothing is missing: this input settles all ${which}.`;
  const settles =
    command === undefined ? '' : `; one command settles ${command.settles === open ? 'them' : command.settles}`;
  return `${open} of ${which} are open${settles}.`;
}

/** The command that settles most. */
function commandSections({ command, open, pairs }: OpenPairs): Section[] {
  if (command === undefined) return [];
  const { devices, sources, settles } = command;
  const enough =
    sources.includes('lspci') && devices.length > 1 && devices.length <= 12
      ? ` What it prints of ${devices.map(({ bdf }) => formatBdf(bdf)).join(', ')} is enough.`
      : '';
  const left = open - settles;
  const words = `It settles ${settles} of ${counted(pairs, 'pair')}${left === 0 ? '' : `, ${left} stay open`}.${enough} Give its output beside this input.`;
  return [
    { title: 'What to run on the machine', blocks: [code([settlingCommand(command)], 'this command'), text(words)] },
  ];
}

const COMMANDS: Readonly<Record<FactSource, string>> = {
  lspci: 'sudo lspci -D -nnvvv',
  cpuinfo: "grep -m3 -E 'vendor_id|cpu family|model name' /proc/cpuinfo",
  uname: 'uname -a',
  iommu: 'sudo dmesg | grep -i -E "iommu|dmar|amd-vi"',
};

/** One line for a shell. `lspci -s` takes one function; for several all are listed. */
export function settlingCommand({ sources, devices }: SettlingCommand): string {
  const [only, ...others] = devices;
  return sources
    .map((source) => {
      const alone = source === 'lspci' && only !== undefined && others.length === 0;
      return alone ? `${COMMANDS.lspci} -s ${formatBdf(only.bdf)}` : COMMANDS[source];
    })
    .join('; ');
}

function partTable(parts: readonly CapturePart[]): Block {
  if (parts.length === 0) return text('The machine was described, not read.');
  const short = shortSources(parts.map(({ origin }) => origin.source));
  const rows = parts.map((part): readonly Line[] => [
    printable(short.get(part.origin.source) ?? part.origin.source),
    linesOf(part),
    PASSAGE_WORDS[part.origin.passage],
    partTells(part).join(', '),
  ]);
  return { kind: 'table', head: ['source', 'line', 'read as', 'tells'], rows, prose: true };
}

/** A source with a longer name stands under the last parts of its path. */
const LONGEST_SOURCE = 36;

/** Sources under as few last parts of their paths as tell them apart; those that are short stand whole. */
function shortSources(sources: readonly string[]): ReadonlyMap<string, string> {
  const all = [...new Set(sources)];
  return new Map(
    all.map((source) => {
      const parts = source.split('/');
      const lasts = parts.map((_, at) => parts.slice(parts.length - 1 - at).join('/'));
      const last = lasts.find((end) => all.every((other) => other === source || !`/${other}`.endsWith(`/${end}`)));
      const short = last === undefined || last === source ? source : `…/${last}`;
      return [source, source.length <= LONGEST_SOURCE ? source : short];
    }),
  );
}

/** How much was passed over: of texts that tell something, and of those that tell nothing. */
function textBlocks(texts: readonly TextCount[]): Block[] {
  const telling = texts.filter(({ lines, skipped }) => skipped < lines);
  const skipped = telling.reduce((sum, each) => sum + each.skipped, 0);
  const lines = telling.reduce((sum, each) => sum + each.lines, 0);
  const silent = texts.length - telling.length;
  const words = [
    ...(skipped === 0
      ? []
      : [`${skipped} of ${counted(lines, 'line')} have no form that is known here, and were passed over.`]),
    ...(silent === 0 ? [] : [`${counted(silent, 'text')} ${silent === 1 ? 'tells' : 'tell'} nothing of a machine.`]),
  ];
  return words.length === 0 ? [] : [text(words.join(' '))];
}

function linesOf({ origin: { line, lastLine } }: CapturePart): string {
  if (line === undefined) return '';
  return lastLine === undefined || lastLine === line ? String(line) : `${line}-${lastLine}`;
}

/** How people call the passages. */
const PASSAGE_WORDS: Readonly<Record<PassageKind, string>> = {
  sysfs: 'files of /sys and /proc',
  lspci: 'lspci',
  'lspci-tree': 'lspci -t',
  'kernel-log': 'kernel log',
  'iommu-groups': 'list of IOMMU groups',
  cmdline: 'kernel command line',
  'boot-configuration': 'boot loader configuration',
  'kernel-version': 'kernel release',
  cpuinfo: 'processor',
  iomem: 'memory map',
  'kernel-config': 'kernel configuration',
  'acs-values': 'ACS control values',
  'gpu-topology': 'topology matrix',
  'nccl-log': 'NCCL log',
  'topology-xml': 'topology file',
  'rdma-topo': 'rdma_topo dump',
  hwloc: 'hwloc topology',
  'device-list': 'list of devices',
  'peer-distance': 'nvidia-fs peer distances',
  generated: 'machine description',
};

/** What a passage tells, each in a few words. */
function partTells(part: CapturePart): string[] {
  const { functions = [], kernel, cpu, iomem, iommuGroups, iommus, messages = [], labels = [], topology = [] } = part;
  const { toolWords = [] } = part;
  const told: (string | undefined)[] = [
    functions.length === 0 ? undefined : functionsTold(functions),
    kernel?.release?.state === 'known' ? `release ${kernel.release.value}` : undefined,
    kernel?.cmdline?.state === 'known' ? 'command line' : undefined,
    kernel?.config?.state === 'known' ? counted(kernel.config.value.size, 'option') : undefined,
    cpu?.state === 'known' ? `processor${nameOfCpu(cpu.value.modelName)}` : undefined,
    iomem?.state === 'known' ? `${counted(iomem.value.length, 'line')} of memory` : undefined,
    iommuGroups?.state === 'known' ? counted(iommuGroups.value.length, 'IOMMU group') : undefined,
    iommus?.state === 'known' ? counted(iommus.value.length, 'IOMMU') : undefined,
    messages.length === 0 ? undefined : `${counted(messages.length, 'message')} on peer-to-peer DMA`,
    topology.length === 0 ? undefined : `the way between ${counted(topology.length, 'pair')} of labels`,
    labels.length === 0 ? undefined : counted(labels.length, 'label'),
    toolWords.length === 0 ? undefined : `${counted(toolWords.length, 'statement')} on pairs`,
    part.told,
  ];
  return told.flatMap((words) => (words === undefined ? [] : [printable(words)]));
}

function functionsTold(functions: NonNullable<CapturePart['functions']>): string {
  const grouped = functions.filter(({ iommuGroup }) => iommuGroup?.state === 'known').length;
  const registers = functions.filter(({ config }) => (config?.bytes.length ?? 0) > 0x40).length;
  return [
    counted(functions.length, 'function'),
    ...(registers === 0 ? [] : [`registers of ${registers}`]),
    ...(grouped === 0 ? [] : [`groups of ${grouped}`]),
  ].join(', ');
}

function nameOfCpu(name: { readonly state: string; readonly value?: string }): string {
  return name.state === 'known' && name.value !== undefined ? ` ${name.value.replace(/\s+/g, ' ').trim()}` : '';
}

function isContradiction({ code: name }: Finding): boolean {
  return name === 'sources-disagree' || name === 'passage-left-out';
}

function findingSections(title: string, findings: readonly Finding[]): Section[] {
  if (findings.length === 0) return [];
  return [
    { title, blocks: [list(findings.map(({ where, text: words }) => `${printable(where)}: ${printable(words)}`))] },
  ];
}

/** Facts that pairs wait for; those of one kind that are missing for one reason together. */
function missingSections({ facts: open }: Pick<OpenPairs, 'facts'>): Section[] {
  if (open.length === 0) return [];
  const alike = new Map<string, OpenFact[]>();
  for (const each of open) gather(alike, `${each.missing.fact} ${commonReason(missingText(each.missing).how)}`, each);
  const items = [...alike.values()].flatMap(missingLines);
  return [{ title: 'What is missing', blocks: [list(items, 8)] }];
}

/** A reason without the functions that it names. */
function commonReason(how: string): string {
  return how.replace(/: of [0-9a-f:.]+(?:, [0-9a-f:.]+)*(?: and \d+ more)?$/, '');
}

/** Devices that are named one by one. */
const MOST_DEVICES = 4;

function missingLines(facts: readonly OpenFact[]): Line[] {
  const [first, second] = facts;
  if (first === undefined) return [];
  const { fact, how } = missingText(first.missing);
  if (second === undefined || first.missing.device === undefined)
    return [
      [
        strong(fact),
        `: ${counted(first.pairs, 'pair')} wait${first.pairs === 1 ? 's' : ''} for it (${printable(how)})`,
      ],
    ];
  const addresses = facts.flatMap(({ missing: { device } }) => (device === undefined ? [] : [formatBdf(device.bdf)]));
  const more = addresses.length - MOST_DEVICES;
  const named = more > 1 ? `${addresses.slice(0, MOST_DEVICES).join(', ')} and ${more} more` : addresses.join(', ');
  const most = Math.max(...facts.map(({ pairs }) => pairs));
  const waits = facts.every(({ pairs }) => pairs === most)
    ? `${counted(most, 'pair')} wait${most === 1 ? 's' : ''} for each`
    : `up to ${most} pairs wait for each`;
  const reasons = new Set(facts.map(({ missing }) => missingText(missing).how));
  const why = reasons.size === 1 ? how : commonReason(how);
  return [[strong(fact.replace(formatBdf(first.missing.device.bdf), named)), `: ${waits} (${printable(why)})`]];
}

/** What open pairs wait for, and the one command that settles most of them. */
export function openSections(open: OpenPairs): Section[] {
  return open.open === 0 ? [] : [...missingSections(open), ...commandSections(open)];
}

/** The same as a document. */
export function evidenceJson(subject: Subject, open: OpenPairs): object {
  const { parts, findings, texts = [] } = subject.analysis.capture;
  const { command } = open;
  return {
    ...documentHead('peerpath.evidence/1', subject),
    devices: open.devices.map(({ bdf }) => formatBdf(bdf)),
    pairs: open.pairs,
    open: open.open,
    command:
      command === undefined
        ? null
        : {
            line: settlingCommand(command),
            settles: command.settles,
            devices: command.devices.map(({ bdf }) => formatBdf(bdf)),
          },
    parts: parts.map((part) => ({
      source: part.origin.source,
      passage: part.origin.passage,
      line: part.origin.line ?? null,
      lastLine: part.origin.lastLine ?? null,
      tells: partTells(part),
    })),
    texts,
    contradictions: findings.filter(isContradiction),
    missing: open.facts.map(({ missing, pairs }) => {
      const { fact, how } = missingText(missing);
      return { fact, device: missing.device === undefined ? null : formatBdf(missing.device.bdf), pairs, how };
    }),
    findings: findings.filter((finding) => !isContradiction(finding)),
  };
}
