/** Findings of a whole machine: evidence, consequence, fix, and whose decision it is. */
import { printable, sizeText } from '../base/index.ts';
import { type Ailment, type Layer, layerOf } from '../diagnose/index.ts';
import type { P2pdmaMachine } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { formatBdf, rootBusName } from '../uapi/index.ts';
import { kernelLine } from './kernel-text.ts';
import { longName, nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { PLAIN } from './paint.ts';
import { exposureTexts, shortPrice } from './price-text.ts';
import { list, type Section, type Sheet } from './sheet.ts';
import { noteText } from './what-if-text.ts';

/** One finding in words. */
export interface AilmentText {
  readonly title: string;
  readonly evidence: string;
  readonly consequence: string;
  readonly fix: string;
}

/** What a finding is about. */
export const LAYER_WORDS: Readonly<Record<Layer, string>> = {
  linux: 'what Linux P2PDMA allows',
  driver: "what a device's driver decides",
  hardware: 'what hardware routes',
  input: 'what the input shows',
};

/** All findings, what costs most first. `context` stands below the answer: a what-if. */
export function doctorSheet(
  ailments: readonly Ailment[],
  machine: P2pdmaMachine,
  names: DeviceNames,
  context: readonly string[] = [],
): Sheet {
  const [first] = ailments;
  const answer =
    first === undefined
      ? 'Nothing found that stands in the way of peer-to-peer DMA.'
      : `${ailments.length} finding${ailments.length === 1 ? '' : 's'}. What costs most: ${lower(ailmentText(first, names).title)}`;
  return {
    title: 'peerpath doctor',
    answer,
    context: [...context, kernelLine(machine, PLAIN)],
    sections: ailments.map((ailment, at): Section => {
      const { title, evidence, consequence, fix } = ailmentText(ailment, names);
      const layer = LAYER_WORDS[layerOf(ailment)];
      const items = [`Seen: ${evidence}`, `So: ${consequence}`, `Do: ${fix}`, `This is about ${layer}.`];
      return { title: `${at + 1}. ${title}`, blocks: [list(items)] };
    }),
  };
}

function lower(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? `${text[0]?.toLowerCase()}${text.slice(1)}.` : `${text}.`;
}

/** One finding: a title, and a sentence each. */
export function ailmentText(ailment: Ailment, names: DeviceNames): AilmentText {
  switch (ailment.code) {
    case 'p2pdma-off':
      return ailment.why === 'too-old'
        ? words(
            'This kernel has no P2PDMA',
            'the kernel is older than 4.20.',
            'every pair is refused.',
            'boot a newer kernel; peerpath --kernel 7.3 shows what it would allow.',
          )
        : words(
            'The kernel was built without CONFIG_PCI_P2PDMA',
            'the kernel configuration says so.',
            'every pair is refused.',
            'build or boot a kernel with CONFIG_PCI_P2PDMA=y.',
          );
    case 'acs-unknown':
      return words(
        'ACS is not readable',
        `${nameList(ailment.ports, names, 6)}: ${printable(ailment.why)}.`,
        'whether pairs below these ports are direct is unknown.',
        'read the machine as root: sudo peerpath, or sudo peerpath capture.',
      );
    case 'redirect':
      return redirectText(ailment, names);
    case 'no-way':
      return noWayText(ailment);
    case 'group-gap':
      return words(
        'IOMMU groups promise isolation that is not there',
        exposureTexts(ailment.exposures, names).join(' '),
        'given to different virtual machines, one guest can read and write the device of another.',
        'give these devices to virtual machines only together, or turn redirect on again (peerpath groups).',
      );
    case 'shared-group':
      return words(
        `IOMMU group ${ailment.number} holds several devices`,
        `${nameList(ailment.devices, names)} share it.`,
        'they can be given to virtual machines only all together.',
        'move cards to ports with ACS; pcie_acs_override would only pretend that they are isolated.',
      );
    case 'addresses':
      return addressText(ailment);
    default:
      return deviceText(ailment, names);
  }
}

function redirectText({ plan }: Extract<Ailment, { code: 'redirect' }>, names: DeviceNames): AilmentText {
  return words(
    `ACS redirect keeps ${plan.gained.length} pairs from being direct`,
    `it is on at ${nameList(plan.ports, names, 8)}.`,
    'their traffic goes up to the host bridge, or is refused where Linux does not trust that.',
    `peerpath fix shows the least change. ${shortPrice(plan.cost, names)} Zeroing ACS everywhere gains nothing more.`,
  );
}

function addressText({ what, findings }: Extract<Ailment, { code: 'addresses' }>): AilmentText {
  const where = findings.slice(0, 6).map((finding) => printable(finding.where));
  const more = findings.length - where.length;
  const sending = what === 'bridge-bus-master-off';
  return words(
    `Hardware does not route everything: ${what.replaceAll('-', ' ')}`,
    `${where.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${printable(findings[0]?.text ?? '')}.`,
    sending ? 'no device below can send anything.' : 'requests to these addresses do not arrive, or arrive elsewhere.',
    sending
      ? 'load the drivers of the devices below: Linux turns it on with the first of them.'
      : 'load the driver that enables the device, or look at the firmware settings (above 4G decoding, resizable BAR).',
  );
}

function noWayText({ pairs, lookups }: Extract<Ailment, { code: 'no-way' }>): AilmentText {
  const seen = lookups.map(({ hostBridge, device }) => {
    const root = rootBusName(hostBridge);
    return device === undefined ? `${root} (empty)` : `${root} (looked up by ${formatBdf(device.bdf)})`;
  });
  return words(
    `${pairs} pairs are refused, and no setting changes it`,
    `they meet only in host bridges, and not all are on the allowlist${seen.length > 0 ? `: ${seen.slice(0, 6).join(', ')}` : ''}.`,
    'Linux refuses peer-to-peer DMA between them.',
    'put the devices below one PCIe switch. No ACS or IOMMU setting helps; forcing the list has been seen to corrupt data.',
  );
}

type DeviceAilment = Exclude<
  Ailment,
  { code: 'p2pdma-off' | 'acs-unknown' | 'redirect' | 'no-way' | 'group-gap' | 'shared-group' | 'addresses' }
>;

function deviceText(ailment: DeviceAilment, names: DeviceNames): AilmentText {
  switch (ailment.code) {
    case 'bar-small': {
      const { fn, bar, size, largest } = ailment;
      return words(
        `BAR ${bar} of ${longName(fn, names)} could be larger`,
        `it is ${sizeText(size)}, and can be ${sizeText(largest)}.`,
        'peers reach only that part of its memory.',
        'turn on resizable BAR and above 4G decoding in the firmware; some drivers resize it themselves.',
      );
    }
    case 'link-below': {
      const { fn, now, could } = ailment;
      return words(
        `The link of ${longName(fn, names)} is below what both ends can do`,
        `${now.speed} GT/s x${now.width}, possible are ${could.speed} GT/s x${could.width}.`,
        'all its traffic is slower. Idle GPUs lower their speed by themselves: look again under load.',
        'reseat the card, check riser and slot; lspci -vv shows LnkSta.',
      );
    }
    case 'beyond-mask': {
      const { importer, maskBits, providers } = ailment;
      return words(
        `${longName(importer, names)} cannot address memory of ${nameList(providers, names)}`,
        `its DMA mask has ${maskBits} bits, the BARs lie above.`,
        'mapping them through the host bridge fails.',
        'use an IOMMU in translating mode, or let firmware place the BARs lower.',
      );
    }
    case 'translated':
      return words(
        `The IOMMU translates ${ailment.pairs} pairs that go through the host bridge`,
        `groups of type ${ailment.types.map(printable).join(', ')}.`,
        'importers get I/O addresses, and each page costs a translation. It is the safe setting.',
        'where speed matters more than isolation: peerpath --iommu pt shows pass-through.',
      );
    case 'lookup-surprise': {
      const { device, lookup } = ailment;
      const root = rootBusName(lookup.hostBridge);
      return words(
        `Root bus ${root} is judged by ${formatBdf(device.bdf)}`,
        `it is the first device of the root bus, a ${namesKind(device, names)}, not a host bridge device.`,
        `Linux looks up its ids in the allowlist: ${lookup.outcome === 'listed' ? 'found' : 'not found'}.`,
        'nothing to do; do not look for the ids of another device in the list.',
      );
    }
    case 'option-missing':
      return optionText(ailment.option);
    case 'vain-parameter':
      return words(
        'A kernel parameter does nothing',
        noteText(ailment.note),
        'it changes no answer here.',
        'take it out.',
      );
    case 'source-validation':
      return words(
        'SrcValid is on and redirects nothing',
        `at ${nameList(ailment.ports, names, 8)}.`,
        'no pair is held up by it.',
        'leave it on: clearing it gains nothing.',
      );
  }
}

function optionText(option: Extract<Ailment, { code: 'option-missing' }>['option']): AilmentText {
  const consequence = {
    CONFIG_DMABUF_MOVE_NOTIFY: 'buffers of GPUs move to system memory when they are shared with a peer.',
    CONFIG_VFIO_PCI_DMABUF:
      'VFIO cannot export BARs as dma-buf: no peer-to-peer DMA to devices given to virtual machines.',
    CONFIG_HSA_AMD_P2P: 'ROCm uses no peer-to-peer DMA between GPUs, whatever the topology allows.',
  }[option];
  return words(
    `The kernel was built without ${option}`,
    'the kernel configuration says so.',
    consequence,
    `boot a kernel with ${option}=y.`,
  );
}

function namesKind(fn: PciFunction, names: DeviceNames): string {
  return names.classOf(fn).replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
}

function words(title: string, evidence: string, consequence: string, fix: string): AilmentText {
  return { title, evidence, consequence, fix };
}

/** `doctor --json`. */
export function doctorJson(ailments: readonly Ailment[], kernel: object, names: DeviceNames): object {
  return {
    schema: 'peerpath.doctor/1',
    kernel,
    ailments: ailments.map((ailment) => ({
      code: ailment.code,
      layer: layerOf(ailment),
      ...ailmentText(ailment, names),
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
