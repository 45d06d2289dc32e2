/** One pair, explained: the answer, the path as a drawing, why, and what could be changed. */
import type { PairAnswer, PairFix } from '../analyze.ts';
import { printable } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { explainPair, faultsOfPair, KNOWN_DIFFERENCES, standingOf, type Way } from '../diagnose/index.ts';
import { isPlaced, type P2pdmaMachine, type Verdict } from '../p2pdma/index.ts';
import { ACS_REDIRECT_BITS, acsOf, deviceKind, type PciFunction, upstreamBridge } from '../pci/index.ts';
import { acsBitNames, formatBdf, PCI_ACS_SV, rootBusName } from '../uapi/index.ts';
import { functionJson } from './devices-json.ts';
import { findingsJson } from './devices-sheet.ts';
import { faultSections, faultsJson } from './fault-words.ts';
import { kernelJson, kernelSources } from './kernel-words.ts';
import { kernelWordsJson, kernelWordsSections, parameterSections } from './kernel-words-text.ts';
import { lengthWords } from './length-words.ts';
import type { DeviceNames } from './names.ts';
import { priceLines } from './price-text.ts';
import { missingText, reasonText, reasonTexts } from './reason-text.ts';
import {
  type Block,
  code,
  drawing,
  type Emphasis,
  type Line,
  list,
  plainLine,
  type Section,
  type Sheet,
  strong,
  text,
  toned,
} from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { toldFacts, toldLine } from './told-lines.ts';
import { toolWordsJson, toolWordsSections } from './tool-words-text.ts';
import { MAP_TYPE_WORDS } from './words.ts';

/** The whole explanation. `present`: the answer without the what-if. */
export function explainSheet(subject: Subject, answer: PairAnswer, present?: PairAnswer): Sheet {
  const { verdict } = answer;
  const { machine } = subject.analysis;
  return {
    title: 'peerpath explain',
    answer: headline(verdict, subject.names),
    context: [...(present === undefined ? [] : [turnLine(present.verdict, verdict)]), ...contextLines(subject)],
    sections: [
      { title: '', blocks: [drawing(pathDrawing(machine, verdict, subject.names))] },
      ...whySections(subject, answer),
      ...faultSections(machine, verdict),
      ...fixSections(answer, subject.names),
      ...parameterSections(subject),
    ],
  };
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
        sentence: `${client} can read and write ${provider}; ${trafficWords(verdict)}.`,
      };
    case 'PCI_P2PDMA_MAP_NOT_SUPPORTED':
      return { answer: 'No', sentence: `Linux refuses peer-to-peer DMA by ${client} to ${provider}.` };
    case 'unknown': {
      const either = verdict.candidates.map((type) => MAP_TYPE_WORDS[type].short).join(', or ');
      return { answer: 'Unknown', sentence: `${client} to ${provider} is ${either}; the input lacks what decides it.` };
    }
  }
}

/** By which way traffic goes that Linux sends through the host bridge: a chip of several virtual switches may pass it inside. */
function trafficWords({ provider, client, commonUpstream }: Verdict): string {
  const [a, b] = [provider, client].map((fn) => standingOf(fn).switch);
  const [one, other] = [a, b].map((port) => (port === undefined ? undefined : factValue(port.serial)));
  const apart = commonUpstream === undefined && a !== b && one !== undefined && one === other;
  if (!apart) {
    const oneBridge = commonUpstream !== undefined || provider.hostBridge === client.hostBridge;
    return oneBridge ? 'the traffic goes up to the host bridge and back' : 'the traffic goes through both host bridges';
  }
  // Zero is what switches say whose maker set none, and reports whose owner took it out.
  const chips = one === 0n ? 'may be one chip' : 'are one chip (equal serial numbers)';
  return `by addresses that go through the host bridge; both switches ${chips}, and whether it passes the traffic inside is not known`;
}

function headline(verdict: Verdict, names: DeviceNames): Line {
  const { answer, sentence } = answerSentence(verdict, names);
  const detail = verdict.mapType === 'unknown' ? '' : ` (${verdict.mapType}, distance ${verdict.distance ?? 'open'})`;
  return [strong(`${answer}:`, MAP_TYPE_WORDS[verdict.mapType].tone), ` ${sentence}${detail}`];
}

function turnLine(now: Verdict, { mapType }: Verdict): Line {
  const { short, tone } = MAP_TYPE_WORDS[now.mapType];
  if (now.mapType === mapType) return ['No change: it is ', toned(tone, short), ' now, too.'];
  return ['Now it is ', toned(tone, short), ` (${now.mapType}, distance ${now.distance ?? 'open'}).`];
}

function title(fn: PciFunction, names: DeviceNames): string {
  const label = names.labelOf(fn);
  return label === undefined ? formatBdf(fn.bdf) : `${label} (${formatBdf(fn.bdf)})`;
}

/** The path, one function a line: up from the provider to where the paths meet, and down to the client. */
function pathDrawing(machine: P2pdmaMachine, verdict: Verdict, names: DeviceNames): Line[] {
  const { path, commonUpstream, provider, client } = verdict;
  const meets = commonUpstream !== undefined;
  const turn = meets ? path.indexOf(commonUpstream) : pathLength(provider);
  const deciding = new Set(
    verdict.reasons.flatMap((r) => (r.code === 'acs-redirect' ? r.ports.map(({ port }) => port) : [])),
  );
  const lines = path.map((fn, at): Line => {
    const role = fn === provider ? 'provider' : fn === client ? 'client' : fn === commonUpstream ? 'they meet' : '';
    const arrow = at < turn ? '↑' : meets && at === turn ? '●' : '↓';
    const head = `  ${role.padEnd(9)} ${arrow} ${formatBdf(fn.bdf)}  `;
    const marks = portMarks(machine, fn, deciding, meets);
    return [`${head}${describe(fn, names, DRAWING_WIDTH - plainLine([head, ...marks]).length)}`, ...marks];
  });
  if (!meets) lines.splice(turn, 0, hostBridgeLine(verdict));
  return lines;
}

function pathLength(fn: PciFunction): number {
  let length = 0;
  for (let at: PciFunction | undefined = fn; at !== undefined; at = upstreamBridge(at)) length++;
  return length;
}

function hostBridgeLine(verdict: Verdict): Line {
  if (verdict.reasons[0]?.code === 'apart')
    return [`  ${'they meet'.padEnd(9)} `, strong('● host bridges; bridges on the way are not in this input')];
  if (!isPlaced(verdict)) return [`  ${''.padEnd(9)} `, toned('open', '? what is between them is not in this input')];
  const bridges = [...new Set([verdict.provider.hostBridge, verdict.client.hostBridge])];
  const names = bridges.map((b) => rootBusName(b)).join(' and ');
  return [`  ${'they meet'.padEnd(9)} `, strong(`● host bridge${bridges.length > 1 ? 's' : ''} ${names}`)];
}

/** Columns of a drawing: longer names end in an ellipsis, marks are whole. */
const DRAWING_WIDTH = 120;

function describe(fn: PciFunction, names: DeviceNames, width: number): string {
  const words: Partial<Record<ReturnType<typeof deviceKind>, string>> = {
    'root-port': 'root port',
    'switch-upstream': 'switch upstream port',
    'switch-downstream': 'switch downstream port',
  };
  const label = names.labelOf(fn);
  const role = words[deviceKind(fn)];
  const [before, after] = [label === undefined ? '' : `${label} `, role === undefined ? '' : `, ${role}`];
  const name = names.nameOf(fn);
  const room = Math.max(8, width - before.length - after.length);
  return `${before}${name.length <= room ? name : `${name.slice(0, room - 1)}…`}${after}`;
}

function portMarks(
  machine: P2pdmaMachine,
  fn: PciFunction,
  deciding: ReadonlySet<PciFunction>,
  decides: boolean,
): Emphasis[] {
  const bits = acsBitNames(controlOf(machine, fn) & ACS_REDIRECT_BITS);
  if (decides && deciding.has(fn)) return [toned('warn', `  ◀ ${bits} redirects: this decides`)];
  // Linux looks at the provider's side alone where paths do not meet; people look at both.
  if (bits !== '') return [toned('dim', `  ◀ ${bits} (does not matter here)`)];
  return acsOf(machine.acs, fn).state === 'unreadable' && decides ? [toned('open', '  ◀ ACS not readable')] : [];
}

function controlOf(machine: P2pdmaMachine, fn: PciFunction): number {
  return factValue(acsOf(machine.acs, fn))?.control.value ?? 0;
}

/** Why, what is missing, and what packets do. */
export function whySections({ analysis, names }: Subject, answer: PairAnswer): Section[] {
  const { verdict } = answer;
  const missing = verdict.missing.map((each): Line => {
    const { fact, how } = missingText(each);
    return `${fact}: ${how}`;
  });
  const packets = packetLine(answer);
  const told = toldFacts(analysis.capture, verdict);
  return [
    {
      title: 'Why',
      blocks: [
        text(
          ...reasonTexts(verdict, names),
          ...misleadingBits(analysis.machine, verdict),
          ...kernelSources(analysis.machine),
        ),
      ],
    },
    ...kernelWordsSections(analysis.machine, verdict),
    ...toolWordsSections(analysis.topology, verdict),
    ...(missing.length === 0 ? [] : [{ title: 'What is missing', blocks: [text(...new Set(missing))] }]),
    ...(told.length === 0 ? [] : [{ title: 'Where it stands in the input', blocks: [list(told.map(toldLine))] }]),
    ...(packets === undefined
      ? []
      : [{ title: 'Packets, routed through the modelled hardware', blocks: [text(packets)] }]),
  ];
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
  return [`SrcValid+ at ${ports} is no redirect: clearing it would change nothing here.`];
}

/** The verdict held against the route of the packets: they agree, or it is said where and why not. */
function packetLine({ packets, verdict }: PairAnswer): Line | undefined {
  if (packets === undefined) return undefined;
  const name = explainPair(packets);
  const ways = [...packets.hardware].map((way) => WAY_WORDS[way]).join(', or ');
  if (name === 'agree') {
    const agree = verdict.mapType === 'unknown' ? 'This fits an answer that is open.' : 'The verdict agrees.';
    return `They ${ways}. ${agree}`;
  }
  const cause = KNOWN_DIFFERENCES.find((difference) => difference.name === name)?.cause;
  const why = cause === undefined ? name : `${name}: ${cause}`;
  return [toned('warn', `They ${ways}: verdict and route differ (${why}).`)];
}

const WAY_WORDS: Readonly<Record<Way, string>> = {
  direct: 'reach the memory below the root complex',
  host: 'go up to the root complex, which has to pass them on',
  stopped: 'are stopped on the way',
};

/** What would make the pair direct, with its price first; else what would help; nothing where nothing is to be changed. */
export function fixSections({ verdict, fix, cost }: PairAnswer, names: DeviceNames): Section[] {
  if (fix === undefined) {
    const help = otherHelp(verdict);
    return help.length === 0 ? [] : [{ title: 'What would help', blocks: [text(...help)] }];
  }
  const price = cost === undefined ? [] : [text(...priceLines(cost, names))];
  const blocks = [
    ...price,
    ...parameterBlocks(fix, names),
    text('Now, until the next boot, as root, with no peer-to-peer DMA running:'),
    code(fix.setpci, 'the setpci commands'),
    text('Undo:'),
    code(fix.undo, 'the commands that undo it'),
    text('For GRUB, a systemd unit, or several pairs: peerpath fix --want "PROVIDER->CLIENT"'),
  ];
  return [{ title: 'What would make it direct', blocks }];
}

function parameterBlocks({ parameter }: PairFix, names: DeviceNames): Block[] {
  if (parameter === undefined)
    return [text('At every boot: another parameter of the command line sets these bits again.')];
  return [
    text(`${parameterWords(parameter)}:`),
    code([printable(parameter.text)], 'the kernel parameter'),
    ...lengthWords(parameter, names).map((words) => text(words)),
  ];
}

/** `At every boot, as a kernel parameter in place of pci=noats, which it takes up`. */
export function parameterWords({ text: option, replaces }: NonNullable<PairFix['parameter']>): string {
  const quote = option.includes(';') ? ' (in a shell or GRUB file, quote it: it holds semicolons)' : '';
  const instead = replaces === undefined ? '' : `, in place of ${printable(replaces)}, which it takes up`;
  return `At every boot, as a kernel parameter${quote}${instead}`;
}

/** What helps where no setting does, as sentences; none where the question does not arise. */
function otherHelp(verdict: Verdict): readonly string[] {
  if (verdict.mapType !== 'PCI_P2PDMA_MAP_NOT_SUPPORTED' || verdict.commonUpstream !== undefined) return [];
  return [
    'No ACS or IOMMU setting changes this: the pair shares no bridge, and its host bridge is not trusted by Linux.',
    'Put both devices below one PCIe switch, or use a platform whose host bridge is on the list.',
  ];
}

/** `explain --json`. */
export function explainJson(subject: Subject, { verdict, fix, packets }: PairAnswer, present?: PairAnswer): object {
  const { names, whatIf } = subject;
  const redirects = verdict.reasons.flatMap((r) => (r.code === 'acs-redirect' ? r.ports : []));
  const lookups = verdict.reasons.flatMap((r) => ('lookup' in r ? [r.lookup] : []));
  return {
    ...documentHead('peerpath.explain/1', subject),
    provider: functionJson(verdict.provider, names, subject.analysis.situation),
    client: functionJson(verdict.client, names, subject.analysis.situation),
    verdict: verdictJson(verdict, names),
    told: toldFacts(subject.analysis.capture, verdict).map(({ fact, device, told }) => ({
      fact,
      device: device === undefined ? null : formatBdf(device),
      source: told.source,
      line: told.line,
      inferredFrom: told.inferredFrom ?? null,
    })),
    ...(whatIf === undefined || present === undefined
      ? {}
      : {
          present: { kernel: kernelJson(whatIf.before.machine), verdict: verdictJson(present.verdict, names) },
          changes: turnJson(present.verdict, verdict),
        }),
    commonUpstream: verdict.commonUpstream === undefined ? null : formatBdf(verdict.commonUpstream.bdf),
    path: verdict.path.map((fn) => formatBdf(fn.bdf)),
    acsRedirect: redirects.map(({ port }) => formatBdf(port.bdf)),
    hostBridges: lookups.map(({ hostBridge, device, ids, entry, outcome }) => ({
      rootBus: rootBusName(hostBridge),
      device: device === undefined ? null : formatBdf(device.bdf),
      vendor: ids === undefined ? null : `0x${ids.vendor.toString(16).padStart(4, '0')}`,
      deviceId: ids === undefined ? null : `0x${ids.device.toString(16).padStart(4, '0')}`,
      outcome,
      entry: entry?.name ?? null,
    })),
    hardwareFaults: faultsJson(faultsOfPair(subject.analysis.machine, verdict)),
    kernelWords: kernelWordsJson(subject.analysis.machine, verdict),
    toolWords: toolWordsJson(subject.analysis.topology, verdict),
    packets: packets === undefined ? null : { ways: [...packets.hardware], verdict: explainPair(packets) },
    fixes:
      fix === undefined
        ? []
        : [
            {
              ports: fix.ports.map(({ port }) => formatBdf(port.bdf)),
              kernelParameter: fix.parameter?.text ?? null,
              replaces: fix.parameter?.replaces ?? null,
              setpci: fix.setpci,
              undo: fix.undo,
              becomes: 'PCI_P2PDMA_MAP_BUS_ADDR',
            },
          ],
    findings: findingsJson(subject),
  };
}

function turnJson(now: Verdict, { mapType }: Verdict): object[] {
  const pair = { provider: formatBdf(now.provider.bdf), client: formatBdf(now.client.bdf) };
  return now.mapType === mapType ? [] : [{ ...pair, from: now.mapType, to: mapType }];
}

function verdictJson(verdict: Verdict, names: DeviceNames): object {
  return {
    mapType: verdict.mapType,
    distance: verdict.distance ?? null,
    hops: verdict.hops ?? null,
    reasons: verdict.reasons.map((reason) => ({
      code: reason.code,
      text: reasonText(reason, names, verdict),
      devices: reasonDevices(reason),
    })),
    missing: verdict.missing.map((missing) => {
      const { fact, how } = missingText(missing);
      return { fact, device: missing.device === undefined ? null : formatBdf(missing.device.bdf), how };
    }),
    candidates: verdict.candidates,
  };
}

function reasonDevices(reason: PairAnswer['verdict']['reasons'][number]): string[] {
  switch (reason.code) {
    case 'acs-redirect':
      return reason.ports.map(({ port }) => formatBdf(port.bdf));
    case 'common-upstream-bridge':
      return [formatBdf(reason.bridge.bdf)];
    case 'cpu-zen':
    case 'cpu-not-zen':
      return reason.inferredFrom === undefined ? [] : [formatBdf(reason.inferredFrom.bdf)];
    default:
      return 'lookup' in reason && reason.lookup.device !== undefined ? [formatBdf(reason.lookup.device.bdf)] : [];
  }
}
