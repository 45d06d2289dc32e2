/** What is wrong with a machine, in words: one table of sentences for each kind of finding. */
import { printable, sizeText } from '../base/index.ts';
import type { Ailment } from '../diagnose/index.ts';
import { type DeviceKind, deviceKind, type PciFunction } from '../pci/index.ts';
import { formatBdf, rootBusName } from '../uapi/index.ts';
import { settlingCommand } from './evidence-sheet.ts';
import { answerSentence } from './explain-sheet.ts';
import { faultText } from './fault-words.ts';
import { mistakeText } from './mistake-text.ts';
import { longName, nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { exposureTexts, shortPrice } from './price-text.ts';
import { missingText } from './reason-text.ts';
import { noteText } from './subject.ts';
import { counted } from './words.ts';

/** One finding in words. */
export interface AilmentText {
  readonly title: string;
  readonly evidence: string;
  readonly consequence: string;
  readonly fix: string;
}

/** One finding: a title, and a sentence each. */
export function ailmentText(ailment: Ailment, names: DeviceNames): AilmentText {
  switch (ailment.code) {
    case 'kernel-disagrees':
      return disagreementText(ailment, names);
    case 'p2pdma-off':
      return ailment.why === 'too-old'
        ? {
            title: 'This kernel has no P2PDMA',
            evidence: 'the kernel is older than 4.20.',
            consequence: 'every pair is refused.',
            fix: 'boot a newer kernel; peerpath --kernel 7.3 shows what it would allow.',
          }
        : {
            title: 'The kernel was built without CONFIG_PCI_P2PDMA',
            evidence: 'the kernel configuration says so.',
            consequence: 'every pair is refused.',
            fix: 'build or boot a kernel with CONFIG_PCI_P2PDMA=y.',
          };
    case 'pairs-unknown': {
      const { open, pairs, devices, command, facts } = ailment.open;
      const missing = [...new Set(facts.slice(0, 3).map(({ missing: fact }) => missingText(fact).fact))].join('; ');
      const settles = command === undefined ? '' : ` It settles ${command.settles} of them.`;
      return {
        title: `${open} of ${pairs} pairs of ${devices.length} devices are unknown`,
        evidence: `the input lacks ${missing}${facts.length > 3 ? ` and ${facts.length - 3} more facts` : ''}.`,
        consequence: 'what stands in the way of them is not known either.',
        fix: `${command === undefined ? 'take a capture as root: sudo peerpath capture.' : `run "${settlingCommand(command)}" and give its output beside this input.`}${settles}`,
      };
    }
    case 'acs-unknown':
      return {
        title: 'ACS is not readable',
        evidence: `${nameList(ailment.ports, names, 6)}: ${printable(ailment.why)}.`,
        consequence: 'whether pairs below these ports are direct is unknown.',
        fix: 'read the machine as root: sudo peerpath, or sudo peerpath capture.',
      };
    case 'hardware-fault':
      return faultText(ailment.found, names);
    case 'redirect':
      return redirectText(ailment, names);
    case 'redirect-open':
      return {
        title: `ACS redirect keeps ${counted(ailment.pairs, 'pair')} from being direct, and perhaps not alone`,
        evidence: `it is on at ${nameList(ailment.ports, names, 8)}; ACS of other ports on the way is not in this input.`,
        consequence: 'whether clearing it there is enough is not known.',
        fix: 'give the output of sudo lspci -vvv of the whole machine; peerpath fix then shows the least change.',
      };
    case 'no-way':
      return noWayText(ailment);
    case 'group-gap':
      return {
        title: 'IOMMU groups promise isolation that is not there',
        evidence: exposureTexts(ailment.exposures, names).join(' '),
        consequence: 'given to different virtual machines, one guest can read and write the device of another.',
        fix: 'give these devices to virtual machines only together, or take back what turned redirect off.',
      };
    case 'shared-group':
      return {
        title: `IOMMU group ${ailment.number} holds several devices`,
        evidence: `${nameList(ailment.devices, names)} share it.`,
        consequence: 'they can be given to virtual machines only all together.',
        fix: 'move cards to ports with ACS; pcie_acs_override would only pretend that they are isolated.',
      };
    case 'addresses':
      return addressText(ailment);
    default:
      return deviceText(ailment, names);
  }
}

function redirectText({ plan }: Extract<Ailment, { code: 'redirect' }>, names: DeviceNames): AilmentText {
  return {
    title: `ACS redirect keeps ${counted(plan.gained.length, 'pair')}${computeWords(plan.gained)} from being direct`,
    evidence: `it is on at ${nameList(plan.ports, names, 8)}.`,
    consequence: 'their traffic goes up to the host bridge, or is refused where Linux does not trust that.',
    fix: `peerpath fix shows the least change. ${shortPrice(plan.cost, names)} Zeroing ACS everywhere gains nothing more.`,
  };
}

/** What all of the pairs have in common: changing the registers makes others direct, too, which are not counted here. */
function computeWords(pairs: readonly { readonly provider: PciFunction; readonly client: PciFunction }[]): string {
  const withOne = (kinds: readonly DeviceKind[]): boolean =>
    pairs.every(({ provider, client }) => [provider, client].some((fn) => kinds.includes(deviceKind(fn))));
  return withOne(['gpu']) ? ' with a GPU' : withOne(['gpu', 'accelerator']) ? ' with a GPU or an accelerator' : '';
}

function addressText({ what, findings }: Extract<Ailment, { code: 'addresses' }>): AilmentText {
  const where = findings.slice(0, 6).map((finding) => printable(finding.where));
  const more = findings.length - where.length;
  const sending = what === 'bridge-bus-master-off';
  return {
    title: `Hardware does not route everything: ${what.replaceAll('-', ' ')}`,
    evidence: `${where.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${printable(findings[0]?.text ?? '')}.`,
    consequence: sending
      ? 'no device below can send anything.'
      : 'requests to these addresses do not arrive, or arrive elsewhere.',
    fix: sending
      ? 'load the drivers of the devices below: Linux turns it on with the first of them.'
      : 'load the driver that enables the device, or look at the firmware settings (above 4G decoding, resizable BAR).',
  };
}

function noWayText({ pairs, of, lookups }: Extract<Ailment, { code: 'no-way' }>): AilmentText {
  const seen = lookups.map(({ hostBridge, device }) => {
    const root = rootBusName(hostBridge);
    return device === undefined ? `${root} (empty)` : `${root} (looked up by ${formatBdf(device.bdf)})`;
  });
  return {
    title: `${pairs === of ? `All ${of}` : `${pairs} of ${of}`} pairs are refused, and no setting changes it`,
    evidence: `they meet only in host bridges, and not all are on the allowlist${seen.length > 0 ? `: ${seen.slice(0, 6).join(', ')}` : ''}.`,
    consequence: 'Linux refuses peer-to-peer DMA between them.',
    fix: 'put the devices below one PCIe switch. No ACS or IOMMU setting helps; forcing the list has been seen to corrupt data.',
  };
}

type DeviceAilment = Exclude<
  Ailment,
  {
    code:
      | 'kernel-disagrees'
      | 'p2pdma-off'
      | 'pairs-unknown'
      | 'acs-unknown'
      | 'hardware-fault'
      | 'redirect'
      | 'redirect-open'
      | 'no-way'
      | 'group-gap'
      | 'shared-group'
      | 'addresses';
  }
>;

function deviceText(ailment: DeviceAilment, names: DeviceNames): AilmentText {
  switch (ailment.code) {
    case 'bar-small': {
      const { devices, bar, size, largest } = ailment;
      const [first, second] = devices;
      const which = first !== undefined && second === undefined ? longName(first, names) : nameList(devices, names);
      return {
        title: `BAR ${bar} of ${which} could be larger`,
        evidence: `it is ${sizeText(size)}, and can be ${sizeText(largest)}.`,
        consequence: 'peers reach only that much of the memory behind it.',
        fix: 'turn on resizable BAR and above 4G decoding in the firmware; some drivers resize it themselves.',
      };
    }
    case 'link-below':
      return linkText(ailment, names);
    case 'beyond-mask': {
      const { importer, maskBits, providers } = ailment;
      return {
        title: `${longName(importer, names)} cannot address memory of ${nameList(providers, names)}`,
        evidence: `its DMA mask has ${maskBits} bits, the BARs lie above.`,
        consequence: 'mapping them through the host bridge fails.',
        fix: 'use an IOMMU in translating mode, or let firmware place the BARs lower.',
      };
    }
    case 'translated':
      return {
        title: `The IOMMU translates ${ailment.pairs} pairs that go through the host bridge`,
        evidence: `groups of type ${ailment.types.map(printable).join(', ')}.`,
        consequence: 'importers get I/O addresses, and each page costs a translation. It is the safe setting.',
        fix: 'where speed matters more than isolation: peerpath --iommu pt shows pass-through.',
      };
    case 'lookup-surprise':
      return surpriseText(ailment, names);
    case 'option-missing':
      return optionText(ailment.option);
    case 'mistaken-parameter':
    case 'vain-parameter':
      return parameterText(ailment, names);
    case 'source-validation':
      return {
        title: 'SrcValid is on and redirects nothing',
        evidence: `at ${nameList(ailment.ports, names, 8)}.`,
        consequence: 'no pair is held up by it.',
        fix: 'leave it on: clearing it gains nothing.',
      };
  }
}

function surpriseText({ lookups }: Extract<Ailment, { code: 'lookup-surprise' }>, names: DeviceNames): AilmentText {
  const [{ device, lookup }, ...others] = lookups;
  const listed = lookups.filter((each) => each.lookup.outcome === 'listed').length;
  const fix = 'nothing to do; do not look for the ids of another device in the list.';
  if (others.length === 0)
    return {
      title: `Root bus ${rootBusName(lookup.hostBridge)} is judged by ${formatBdf(device.bdf)}`,
      evidence: `it is the first device of the root bus, a ${namesKind(device, names)}, not a host bridge device.`,
      consequence: `Linux looks up its ids in the allowlist: ${listed === 1 ? 'found' : 'not found'}.`,
      fix,
    };
  const kinds = [...new Set(lookups.map((each) => namesKind(each.device, names)))].join(', ');
  const some = lookups.slice(0, 6).map((each) => formatBdf(each.device.bdf));
  const more = lookups.length - some.length;
  return {
    title: `${lookups.length} root buses are judged by devices that are no host bridges`,
    evidence: `their first devices, ${some.join(', ')}${more > 0 ? ` and ${more} more` : ''} (${kinds}).`,
    consequence: `Linux looks up their ids in the allowlist: ${foundText(listed, lookups.length)}.`,
    fix,
  };
}

function foundText(listed: number, all: number): string {
  if (listed === all) return 'all are found';
  return listed === 0 ? 'none is found' : `${listed} of ${all} are found`;
}

function disagreementText({ pairs }: Extract<Ailment, { code: 'kernel-disagrees' }>, names: DeviceNames): AilmentText {
  const [first] = pairs;
  const message = first?.words.messages.find(({ says }) => says !== 'hint');
  const answer = first === undefined ? '' : answerSentence(first.verdict, names);
  return {
    title: `The kernel that ran answered otherwise for ${counted(pairs.length, 'pair')}`,
    evidence: `line ${message?.line ?? '?'} of its log: "${printable(message?.text ?? '')}".`,
    consequence: answer === '' ? '' : `the answer here is: ${answer.answer}. ${answer.sentence}`,
    fix: 'look whether registers were changed after the message (setpci), and whether log and registers are of one boot; if they are, it is a fault of peerpath.',
  };
}

function parameterText(
  ailment: Extract<Ailment, { code: 'mistaken-parameter' | 'vain-parameter' }>,
  names: DeviceNames,
): AilmentText {
  if (ailment.code === 'vain-parameter') {
    return {
      title: 'A kernel parameter does nothing',
      evidence: noteText(ailment.note),
      consequence: 'it changes no answer here.',
      fix: 'take it out.',
    };
  }
  const { text, fix } = mistakeText(ailment.mistake, names);
  return {
    title: 'A kernel parameter does not do what it seems to',
    evidence: text,
    consequence: 'registers are not what was meant.',
    fix,
  };
}

function linkText(
  { devices, now, could, resting }: Extract<Ailment, { code: 'link-below' }>,
  names: DeviceNames,
): AilmentText {
  const who = devices.length === 1 && devices[0] !== undefined ? longName(devices[0], names) : nameList(devices, names);
  const states = `${now.speed} GT/s x${now.width}, possible are ${could.speed} GT/s x${could.width}.`;
  const link = devices.length === 1 ? 'link' : 'links';
  if (resting)
    return {
      title: `The ${link} of ${who} ${devices.length === 1 ? 'is' : 'are'} at rest`,
      evidence: states,
      consequence: 'nothing as long as they idle: GPUs lower their speed by themselves.',
      fix: 'look again under load before looking for a fault.',
    };
  return {
    title: `The ${link} of ${who} ${devices.length === 1 ? 'is' : 'are'} below what both ends can do`,
    evidence: states,
    consequence: 'all traffic there is slower.',
    fix: 'look again under load, then reseat the card, check riser and slot; lspci -vv shows LnkSta.',
  };
}

function optionText(option: Extract<Ailment, { code: 'option-missing' }>['option']): AilmentText {
  const consequence = {
    CONFIG_DMABUF_MOVE_NOTIFY: 'buffers of GPUs move to system memory when they are shared with a peer.',
    CONFIG_VFIO_PCI_DMABUF:
      'VFIO cannot export BARs as dma-buf: no peer-to-peer DMA to devices given to virtual machines.',
    CONFIG_HSA_AMD_P2P: 'ROCm uses no peer-to-peer DMA between GPUs, whatever the topology allows.',
  }[option];
  return {
    title: `The kernel was built without ${option}`,
    evidence: 'the kernel configuration says so.',
    consequence: consequence,
    fix: `boot a kernel with ${option}=y.`,
  };
}

function namesKind(fn: PciFunction, names: DeviceNames): string {
  return names.classOf(fn).replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
}
