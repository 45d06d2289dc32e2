/** Findings of a whole machine: evidence, consequence, fix, and whose decision it is. */
import { printable } from '../base/index.ts';
import {
  type Ailment,
  type Focus,
  focusOf,
  IOMMU_MODE_PARAMETERS,
  type Layer,
  layerOf,
  type Plan,
  summarizePairs,
  weightOf,
} from '../diagnose/index.ts';
import { mapTypeMatrix } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { ailmentText } from './ailment-words.ts';
import { settlingCommand } from './evidence-sheet.ts';
import { parameterWords } from './explain-sheet.ts';
import type { DeviceNames } from './names.ts';
import { leftText, pairsSentence } from './pairs-sentence.ts';
import { type Block, code, facts, type Section, type Sheet, text } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted } from './words.ts';

/** What a finding is about. */
const LAYER_WORDS: Readonly<Record<Layer, string>> = {
  linux: 'what Linux P2PDMA allows',
  driver: "what a device's driver decides",
  hardware: 'what hardware routes',
  input: 'what the input shows',
};

/** All findings, what costs most first. */
export function doctorSheet(subject: Subject, ailments: readonly Ailment[]): Sheet {
  const { names } = subject;
  const focus = focusOf(subject.analysis.topology.functions);
  const sections = ailments.map((ailment, at): Section => {
    const section = ailmentSection(ailment, names);
    const behind = at < MOST_FINDINGS ? {} : { behind: '--all' };
    return { ...section, title: `${at + 1}. ${section.title}`, ...behind };
  });
  const isAsked = focus.devices.length > 1;
  return {
    title: 'peerpath doctor',
    answer: doctorAnswer(ailments, isAsked, names),
    context: [...(isAsked ? [focusSentence(subject, focus)] : []), ...contextLines(subject)],
    sections,
  };
}

function doctorAnswer(ailments: readonly Ailment[], isAsked: boolean, names: DeviceNames): string {
  const [first] = ailments;
  const tells = first === undefined || weightOf(first) === 'tells';
  const clear = isAsked
    ? 'Nothing found that stands in the way of peer-to-peer DMA'
    : 'No two devices in this input to do peer-to-peer DMA with';
  if (!tells) {
    const { title } = first.code === 'hardware-fault' ? first.found.fault : ailmentText(first, names);
    const what = first.code === 'hardware-fault' ? `${title}.` : lower(title);
    return `${isAsked ? '' : `${clear}. `}${counted(ailments.length, 'finding')}. What costs most: ${what}`;
  }
  return first === undefined ? `${clear}.` : `${clear}; ${counted(ailments.length, 'thing')} to know.`;
}

/** Findings that a terminal shows at once. */
const MOST_FINDINGS = 5;

/** What holds for the pairs that findings are counted over, and which devices are not among them. */
function focusSentence({ analysis }: Subject, { devices, left }: Focus): string {
  const sentence = pairsSentence(summarizePairs(mapTypeMatrix(analysis.machine, devices), devices));
  const rest = leftText(left, 'peerpath matrix --all');
  return rest === '' ? sentence : `${sentence} ${rest}`;
}

function lower(title: string): string {
  return /^[A-Z][a-z ]/.test(title) ? `${title[0]?.toLowerCase()}${title.slice(1)}.` : `${title}.`;
}

/** One finding. */
export function ailmentSection(ailment: Ailment, names: DeviceNames): Section {
  const { title, evidence, consequence, fix } = ailmentText(ailment, names);
  const about = `This is about ${LAYER_WORDS[layerOf(ailment)]}.`;
  return { title, blocks: [facts(['Seen', evidence], ['So', consequence], ['Do', fix]), text(about)] };
}

/** Commands and parameters that go with a finding, to copy. */
export function ailmentPastes(ailment: Ailment): Block[] {
  switch (ailment.code) {
    case 'redirect':
      return planPastes(ailment.plan);
    case 'acs-unknown':
      return paste('Read it as root', ['sudo peerpath capture']);
    case 'link-below':
      return paste(
        'Look at the link',
        ailment.devices.slice(0, 4).map(({ bdf }) => `sudo lspci -vvs ${formatBdf(bdf)} | grep Lnk`),
      );
    case 'pairs-unknown':
      return ailment.open.command === undefined
        ? []
        : paste('The command that settles most', [settlingCommand(ailment.open.command)]);
    case 'option-missing':
      return paste('In the configuration of the kernel', [`${ailment.option}=y`]);
    case 'translated':
      return paste('Kernel parameters for pass-through', [IOMMU_MODE_PARAMETERS.pt]);
    case 'beyond-mask':
      return paste('Kernel parameters for translation', [IOMMU_MODE_PARAMETERS['dma-fq']]);
    default:
      return [];
  }
}

function planPastes({ steps }: Plan): Block[] {
  if (steps === undefined) return [];
  const { parameter, setpci, undo } = steps;
  return [
    ...(parameter === undefined ? [] : paste(parameterWords(parameter), [printable(parameter.text)])),
    ...paste('Now, until the next boot, as root, with no peer-to-peer DMA running', setpci),
    ...paste('Undo', undo),
  ];
}

function paste(what: string, lines: readonly string[]): Block[] {
  return [text(what), code(lines, what)];
}

/** `doctor --json`. */
export function doctorJson(subject: Subject, ailments: readonly Ailment[]): object {
  return {
    ...documentHead('peerpath.doctor/1', subject),
    ailments: ailments.map((ailment) => ({
      code: ailment.code,
      layer: layerOf(ailment),
      ...ailmentText(ailment, subject.names),
      devices: ailmentDevices(ailment).map((fn) => formatBdf(fn.bdf)),
    })),
  };
}

/** The functions that a finding is about, the first of them first; none where it is about the kernel. */
export function ailmentDevices(ailment: Ailment): readonly PciFunction[] {
  switch (ailment.code) {
    case 'acs-unknown':
    case 'source-validation':
    case 'redirect-open':
      return ailment.ports;
    case 'redirect':
      return ailment.plan.ports;
    case 'group-gap':
      return ailment.exposures.map(({ port }) => port);
    case 'shared-group':
      return ailment.devices;
    case 'bar-small':
    case 'link-below':
      return ailment.devices;
    case 'hardware-fault':
      return ailment.found.parts;
    case 'pairs-unknown':
      return ailment.open.facts.flatMap(({ missing }) => missing.device ?? []);
    case 'beyond-mask':
      return [ailment.importer, ...ailment.providers];
    case 'lookup-surprise':
      return ailment.lookups.map(({ device }) => device);
    case 'no-way':
      return ailment.lookups.flatMap(({ device }) => (device === undefined ? [] : [device]));
    default:
      return [];
  }
}
