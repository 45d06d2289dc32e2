/** Findings of a whole machine: evidence, consequence, fix, and whose decision it is. */
import { printable } from '../base/index.ts';
import { type Ailment, IOMMU_MODE_PARAMETERS, type Layer, layerOf, type Plan } from '../diagnose/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { ailmentText } from './ailment-words.ts';
import { parameterWords } from './explain-sheet.ts';
import type { DeviceNames } from './names.ts';
import { type Block, code, facts, type Section, type Sheet, text } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';

/** What a finding is about. */
export const LAYER_WORDS: Readonly<Record<Layer, string>> = {
  linux: 'what Linux P2PDMA allows',
  driver: "what a device's driver decides",
  hardware: 'what hardware routes',
  input: 'what the input shows',
};

/** All findings, what costs most first. */
export function doctorSheet(subject: Subject, ailments: readonly Ailment[]): Sheet {
  const { names } = subject;
  const [first] = ailments;
  const answer =
    first === undefined
      ? 'Nothing found that stands in the way of peer-to-peer DMA.'
      : `${ailments.length} finding${ailments.length === 1 ? '' : 's'}. What costs most: ${lower(ailmentText(first, names).title)}`;
  const sections = ailments.map((ailment, at): Section => {
    const section = ailmentSection(ailment, names);
    return { ...section, title: `${at + 1}. ${section.title}` };
  });
  return { title: 'peerpath doctor', answer, context: contextLines(subject), sections };
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
      return paste('Look at the link', [`sudo lspci -vvs ${formatBdf(ailment.fn.bdf)} | grep Lnk`]);
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
      return ailment.ports;
    case 'redirect':
      return ailment.plan.ports;
    case 'group-gap':
      return ailment.exposures.map(({ port }) => port);
    case 'shared-group':
      return ailment.devices;
    case 'bar-small':
    case 'link-below':
      return [ailment.fn];
    case 'beyond-mask':
      return [ailment.importer, ...ailment.providers];
    case 'lookup-surprise':
      return [ailment.device];
    case 'no-way':
      return ailment.lookups.flatMap(({ device }) => (device === undefined ? [] : [device]));
    default:
      return [];
  }
}
