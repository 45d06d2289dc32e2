/** One pair, explained: the answer, the path as a drawing, why, and what could be changed. */
import type { PairAnswer, PairFix } from '../analyze.ts';
import { printable } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { explainPair, KNOWN_DIFFERENCES, type Way } from '../diagnose/index.ts';
import type { P2pdmaMachine, Verdict } from '../p2pdma/index.ts';
import { ACS_REDIRECT_BITS, acsOf, deviceKind, type PciFunction, upstreamBridge } from '../pci/index.ts';
import { formatBdf, PCI_ACS_SV, rootBusName } from '../uapi/index.ts';
import { acsBitNames } from './acs-words.ts';
import { kernelLine } from './kernel-text.ts';
import { MAP_TYPE_WORDS } from './map-type-words.ts';
import type { DeviceNames } from './names.ts';
import type { Paint } from './paint.ts';
import { priceLines } from './price-text.ts';
import { missingText, reasonText } from './reason-text.ts';
import { type WhatIfReport, whatIfLines } from './what-if-text.ts';

/** A what-if, and the answer without it. */
export interface ExplainedWhatIf {
  readonly report: WhatIfReport;
  readonly present: PairAnswer;
}

/** The whole explanation, lines separated by newlines. */
export function explainText(
  machine: P2pdmaMachine,
  answer: PairAnswer,
  names: DeviceNames,
  paint: Paint,
  whatIf?: ExplainedWhatIf,
): string {
  const { verdict } = answer;
  return [
    headline(verdict, names, paint),
    ...(whatIf === undefined ? [] : presentLines(whatIf, verdict, names, paint)),
    kernelLine(machine, paint),
    '',
    ...pathDrawing(machine, verdict, names, paint),
    '',
    paint.bold('Why'),
    ...verdict.reasons.map((reason) => `  ${reasonText(reason, names, verdict)}`),
    ...misleadingBits(machine, verdict),
    ...missingLines(verdict, paint),
    ...packetLines(answer, paint),
    ...changeLines(answer, names, paint),
  ].join('\n');
}

/** The answer in a word or two, and what it means for the pair. */
export interface AnswerSentence {
  /** `Yes, directly`. */
  readonly answer: string;
  readonly sentence: string;
}

/** A verdict in one sentence. */
export function answerSentence(verdict: Verdict, names: DeviceNames): AnswerSentence {
  const client = title(verdict.client, names);
  const provider = title(verdict.provider, names);
  switch (verdict.mapType) {
    case 'PCI_P2PDMA_MAP_BUS_ADDR':
      return {
        answer: 'Yes, directly',
        sentence: `${client} can read and write ${provider} by PCI bus address, without the host bridge.`,
      };
    case 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE':
      return {
        answer: 'Yes, through the host bridge',
        sentence: `${client} can read and write ${provider}, the traffic goes up to the host bridge and back.`,
      };
    case 'PCI_P2PDMA_MAP_NOT_SUPPORTED':
      return { answer: 'No', sentence: `Linux refuses peer-to-peer DMA by ${client} to ${provider}.` };
    case 'unknown': {
      const either = verdict.candidates.map((type) => MAP_TYPE_WORDS[type].short).join(', or ');
      return { answer: 'Unknown', sentence: `${client} to ${provider} is ${either}; the input lacks what decides it.` };
    }
  }
}

function headline(verdict: Verdict, names: DeviceNames, paint: Paint): string {
  const { answer, sentence } = answerSentence(verdict, names);
  const colour = MAP_TYPE_WORDS[verdict.mapType].colour(paint);
  const detail = verdict.mapType === 'unknown' ? '' : ` (${verdict.mapType}, distance ${verdict.distance ?? 'open'})`;
  return `${paint.bold(colour(`${answer}:`))} ${sentence}${detail}`;
}

function presentLines(
  { report, present }: ExplainedWhatIf,
  { mapType }: Verdict,
  names: DeviceNames,
  paint: Paint,
): string[] {
  const now = present.verdict;
  const { short, colour } = MAP_TYPE_WORDS[now.mapType];
  const turn =
    now.mapType === mapType
      ? `No change: it is ${colour(paint)(short)} now, too.`
      : `Now it is ${colour(paint)(short)} (${now.mapType}, distance ${now.distance ?? 'open'}).`;
  return [turn, ...whatIfLines(report, names, paint)];
}

function title(fn: PciFunction, names: DeviceNames): string {
  const label = names.labelOf(fn);
  return label === undefined ? formatBdf(fn.bdf) : `${label} (${formatBdf(fn.bdf)})`;
}

/** The path, one function a line: up from the provider to where the paths meet, and down to the client. */
function pathDrawing(machine: P2pdmaMachine, verdict: Verdict, names: DeviceNames, paint: Paint): string[] {
  const { path, commonUpstream, provider, client } = verdict;
  const meets = commonUpstream !== undefined;
  const turn = meets ? path.indexOf(commonUpstream) : pathLength(provider);
  const deciding = new Set(
    verdict.reasons.flatMap((r) => (r.code === 'acs-redirect' ? r.ports.map(({ port }) => port) : [])),
  );
  const lines = path.map((fn, at) => {
    const role = fn === provider ? 'provider' : fn === client ? 'client' : fn === commonUpstream ? 'they meet' : '';
    const arrow = at < turn ? '↑' : meets && at === turn ? '●' : '↓';
    const marks = portMarks(machine, fn, deciding, meets, paint);
    return `  ${role.padEnd(9)} ${arrow} ${formatBdf(fn.bdf)}  ${describe(fn, names)}${marks}`;
  });
  if (!meets) lines.splice(turn, 0, hostBridgeLine(verdict, paint));
  return lines;
}

function pathLength(fn: PciFunction): number {
  let length = 0;
  for (let at: PciFunction | undefined = fn; at !== undefined; at = upstreamBridge(at)) length++;
  return length;
}

function hostBridgeLine(verdict: Verdict, paint: Paint): string {
  if (verdict.reasons[0]?.code === 'place-uncertain')
    return `  ${''.padEnd(9)} ${paint.cyan('? what is between them is not in this input')}`;
  const bridges = [...new Set([verdict.provider.hostBridge, verdict.client.hostBridge])];
  const names = bridges.map((b) => rootBusName(b)).join(' and ');
  return `  ${'they meet'.padEnd(9)} ${paint.bold(`● host bridge${bridges.length > 1 ? 's' : ''} ${names}`)}`;
}

function describe(fn: PciFunction, names: DeviceNames): string {
  const words: Partial<Record<ReturnType<typeof deviceKind>, string>> = {
    'root-port': 'root port',
    'switch-upstream': 'switch upstream port',
    'switch-downstream': 'switch downstream port',
  };
  const label = names.labelOf(fn);
  const role = words[deviceKind(fn)];
  return `${label === undefined ? '' : `${label} `}${names.nameOf(fn)}${role === undefined ? '' : `, ${role}`}`;
}

function portMarks(
  machine: P2pdmaMachine,
  fn: PciFunction,
  deciding: ReadonlySet<PciFunction>,
  decides: boolean,
  paint: Paint,
): string {
  if (deciding.has(fn)) {
    const bits = controlOf(machine, fn) & ACS_REDIRECT_BITS;
    return paint.yellow(`  ◀ ${acsBitNames(bits)}${decides ? ' redirects: this decides' : ' (does not matter here)'}`);
  }
  if (acsOf(machine.acs, fn).state === 'unreadable' && decides) return paint.cyan('  ◀ ACS not readable');
  return '';
}

function controlOf(machine: P2pdmaMachine, fn: PciFunction): number {
  return factValue(acsOf(machine.acs, fn))?.control.value ?? 0;
}

/** People clear the wrong bit: source validation does not redirect. */
function misleadingBits(machine: P2pdmaMachine, verdict: Verdict): string[] {
  if (verdict.commonUpstream === undefined) return [];
  const only = verdict.path.filter((fn) => {
    const control = controlOf(machine, fn);
    return (control & PCI_ACS_SV) !== 0 && (control & ACS_REDIRECT_BITS) === 0;
  });
  if (only.length === 0) return [];
  const ports = only.map((fn) => formatBdf(fn.bdf)).join(', ');
  return [`  SrcValid+ at ${ports} is no redirect: clearing it would change nothing here.`];
}

/** The verdict held against the route of the packets: they agree, or it is said where and why not. */
export interface PacketSentence {
  readonly agrees: boolean;
  readonly sentence: string;
}

/** What packets do, in one sentence; undefined where the two were not compared. */
export function packetSentence({ packets, verdict }: PairAnswer): PacketSentence | undefined {
  if (packets === undefined) return undefined;
  const name = explainPair(packets);
  const ways = [...packets.hardware].map((way) => WAY_WORDS[way]).join(', or ');
  if (name === 'agree') {
    const agree = verdict.mapType === 'unknown' ? 'This fits an answer that is open.' : 'The verdict agrees.';
    return { agrees: true, sentence: `They ${ways}. ${agree}` };
  }
  const cause = KNOWN_DIFFERENCES.find((difference) => difference.name === name)?.cause;
  const why = cause === undefined ? name : `${name}: ${cause}`;
  return { agrees: false, sentence: `They ${ways}: verdict and route differ (${why}).` };
}

function packetLines(answer: PairAnswer, paint: Paint): string[] {
  const packets = packetSentence(answer);
  if (packets === undefined) return [];
  const line = `  ${packets.sentence}`;
  return ['', paint.bold('Packets, routed through the modelled hardware'), packets.agrees ? line : paint.yellow(line)];
}

const WAY_WORDS: Readonly<Record<Way, string>> = {
  direct: 'reach the memory below the root complex',
  host: 'go up to the root complex, which has to pass them on',
  stopped: 'are stopped on the way',
};

function missingLines(verdict: Verdict, paint: Paint): string[] {
  if (verdict.missing.length === 0) return [];
  const lines = verdict.missing.map((missing) => {
    const { fact, how } = missingText(missing);
    return `  ${fact}: ${how}`;
  });
  return ['', paint.bold('What is missing'), ...new Set(lines)];
}

function changeLines({ verdict, fix, cost }: PairAnswer, names: DeviceNames, paint: Paint): string[] {
  if (fix === undefined) {
    const help = otherHelp(verdict);
    return help.length === 0 ? [] : ['', paint.bold('What would help'), ...help.map((line) => `  ${line}`)];
  }
  return [
    '',
    paint.bold('What would make it direct'),
    ...(cost === undefined ? [] : priceLines(cost, names)).map((line) => `  ${line}`),
    ...parameterLines(fix),
    '  Now, until the next boot, as root, with no peer-to-peer DMA running:',
    ...fix.setpci.map((line) => `    ${line}`),
    '  Undo:',
    ...fix.undo.map((line) => `    ${line}`),
    '  For GRUB, a systemd unit, or several pairs: peerpath fix --want "PROVIDER->CLIENT"',
  ];
}

function parameterLines({ parameter }: PairFix): string[] {
  if (parameter === undefined) return ['  At every boot: another parameter of the command line sets these bits again.'];
  const { text, replaces } = parameter;
  return [
    `  At every boot, as a kernel parameter${quoteAdvice(text)}:`,
    `    ${printable(text)}`,
    ...(replaces === undefined ? [] : [`    in place of ${printable(replaces)}, which it takes up`]),
  ];
}

/** What to do with a kernel parameter that a shell would cut; '' where it takes it as it is. */
export function quoteAdvice(parameter: string): string {
  return parameter.includes(';') ? ' (in a shell or GRUB file, quote it: it holds semicolons)' : '';
}

/** What helps where no setting does, as sentences; none where the question does not arise. */
export function otherHelp(verdict: Verdict): readonly string[] {
  if (verdict.mapType !== 'PCI_P2PDMA_MAP_NOT_SUPPORTED' || verdict.commonUpstream !== undefined) return [];
  return [
    'No ACS or IOMMU setting changes this: the pair shares no bridge, and its host bridge is not trusted by Linux.',
    'Put both devices below one PCIe switch, or use a platform whose host bridge is on the list.',
  ];
}
