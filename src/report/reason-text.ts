/** Reasons and missing facts as sentences: the one place where a verdict becomes text. */
import { printable } from '../base/index.ts';
import type {
  HostBridgeLookup,
  HostBridgeReasonCode,
  KernelAnswer,
  MissingFact,
  Reason,
  RedirectingPort,
  Verdict,
} from '../p2pdma/index.ts';
import type { HostBridge } from '../pci/index.ts';
import { acsBitNames, formatBdf, formatKernelVersion, type MapType, rootBusName } from '../uapi/index.ts';
import type { DeviceNames } from './names.ts';

/** One sentence for one reason; a verdict's other reasons tell whether ACS decides. */
export function reasonText(reason: Reason, names: DeviceNames, verdict: Verdict): string {
  switch (reason.code) {
    case 'kernel-too-old':
      return 'This kernel has no P2PDMA: it came with Linux 4.20.';
    case 'config-p2pdma-off':
      return reason.source === undefined
        ? 'This kernel was built without CONFIG_PCI_P2PDMA: it refuses every pair.'
        : `This kernel is built without CONFIG_PCI_P2PDMA, by ${reason.source}: it refuses every pair.`;
    case 'same-function':
      return 'Provider and client are one function.';
    case 'common-upstream-bridge':
      return `Both paths meet in ${formatBdf(reason.bridge.bdf)} (${names.nameOf(reason.bridge)}).`;
    case 'place-uncertain':
      return 'Where the two stand to each other is not in this input: bridges between them are not shown.';
    case 'apart':
      return 'The two share no bridge, whatever their places: they meet in host bridges only.';
    case 'no-common-upstream-bridge':
      return noCommonBridge(reason.hostBridges);
    case 'acs-redirect':
      return acsRedirect(reason.ports, verdict.commonUpstream !== undefined);
    case 'redirect-refused':
      return 'Kernels before 5.4 refuse a path with ACS redirect.';
    case 'no-host-bridge-rule':
      return 'Kernels before 5.2 refuse devices that share no upstream bridge.';
    case 'cpu-zen':
      return reason.inferredFrom === undefined
        ? 'The processor is an AMD Zen (family 17h or later): Linux accepts its host bridges without looking at the allowlist.'
        : `The processor is taken to be an AMD Zen, inferred from ${formatBdf(reason.inferredFrom.bdf)} (${names.nameOf(reason.inferredFrom)}): Linux accepts its host bridges.`;
    case 'cpu-not-zen':
      return reason.inferredFrom === undefined
        ? 'The processor is no AMD Zen: for it, Linux looks at the allowlist.'
        : `The processor is taken to be no AMD Zen, inferred from ${formatBdf(reason.inferredFrom.bdf)} (${names.nameOf(reason.inferredFrom)}): Linux looks at the allowlist.`;
    case 'kernels-differ':
      return `Its distribution may have taken over rules of newer kernels: ${kernelAnswers(reason.answers)}.`;
    case 'host-bridges-unlisted':
      return 'The allowlist has no host bridge of the maker of this machine.';
    case 'iommu-excludes':
      return 'Linux 5.2 and 5.3 refuse the host bridge while an IOMMU is in use.';
    default:
      return hostBridgeText(reason.code, reason.lookup, names);
  }
}

/** The sentences of a verdict: one for two host bridges that were looked up alike. */
export function reasonTexts({ reasons, ...verdict }: Verdict, names: DeviceNames): string[] {
  return reasons.flatMap((reason, at) => {
    if (!('lookup' in reason)) return [reasonText(reason, names, { ...verdict, reasons })];
    const alike = reasons.filter((each): each is LookupReason => 'lookup' in each && alikeLookups(each, reason));
    if (alike.length === 1) return [reasonText(reason, names, { ...verdict, reasons })];
    return reasons.indexOf(alike[0] ?? reason) === at ? [alikeText(alike, names)] : [];
  });
}

type LookupReason = Extract<Reason, { readonly lookup: HostBridgeLookup }>;

/** Whether two first devices are of one kind and were answered alike. */
function alikeLookups(a: LookupReason, b: LookupReason): boolean {
  const [one, other] = [a.lookup.ids, b.lookup.ids];
  if (a.code !== b.code || one === undefined || other === undefined) return a === b;
  return one.vendor === other.vendor && one.device === other.device;
}

function alikeText(reasons: readonly LookupReason[], names: DeviceNames): string {
  const [first] = reasons;
  const devices = reasons.flatMap(({ lookup }) => lookup.device ?? []);
  const ids = first?.lookup.ids;
  const [device] = devices;
  if (first === undefined || ids === undefined || device === undefined) return '';
  const which = `both first devices, ${devices.map(({ bdf }) => formatBdf(bdf)).join(' and ')}, are`;
  const both = `${which} ${idsText(ids)}`;
  switch (first.code) {
    case 'host-bridge-listed':
      return `Linux looked up both root buses: ${both}, on the host bridge allowlist (${first.lookup.entry?.name}).`;
    case 'host-bridge-same-only':
      return `Linux looked up both root buses: ${both}, on the allowlist (${first.lookup.entry?.name}) only for two devices below one host bridge.`;
    case 'host-bridge-no-device':
      return `Linux looked up both root buses: ${both}, neither device 00.0 nor a root port, so they cannot stand for host bridges, which are refused.`;
    default:
      return `Linux looked up both root buses: ${which} ${names.nameOf(device)}, not on the host bridge allowlist.`;
  }
}

function idsText({ vendor, device }: NonNullable<HostBridgeLookup['ids']>): string {
  return `${vendor.toString(16).padStart(4, '0')}:${device.toString(16).padStart(4, '0')}`;
}

function acsRedirect(ports: readonly RedirectingPort[], decides: boolean): string {
  const list = ports.map(({ port, bits }) => `${formatBdf(port.bdf)} (${acsBitNames(bits)})`).join(', ');
  if (decides) return `ACS sends peer traffic up to the host bridge at ${list}.`;
  return `ACS redirect is set on the provider's side at ${list}, but decides nothing here: all traffic of this pair goes to the host bridge.`;
}

function noCommonBridge(hostBridges: readonly HostBridge[]): string {
  const [first, second] = hostBridges.map((bridge) => rootBusName(bridge));
  return second === undefined
    ? `The paths share no bridge: they meet only in the host bridge of root bus ${first}.`
    : `The paths share no bridge: they end at two host bridges, root buses ${first} and ${second}.`;
}

const ANSWERS: Readonly<Record<MapType | 'unknown', string>> = {
  PCI_P2PDMA_MAP_BUS_ADDR: 'direct',
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: 'through the host bridge',
  PCI_P2PDMA_MAP_NOT_SUPPORTED: 'not supported',
  unknown: 'unknown',
};

/** "not supported as Linux 5.14, through the host bridge from 5.18": releases with one answer together. */
function kernelAnswers(answers: readonly KernelAnswer[]): string {
  const runs = answers.filter(({ mapType }, at) => mapType !== answers[at - 1]?.mapType);
  return runs
    .map(
      ({ kernel, mapType }, at) =>
        `${ANSWERS[mapType]} ${at === 0 ? 'as Linux' : 'from'} ${formatKernelVersion(kernel)}`,
    )
    .join(', ');
}

function hostBridgeText(code: HostBridgeReasonCode, lookup: HostBridgeLookup, names: DeviceNames): string {
  const root = rootBusName(lookup.hostBridge);
  const { device, ids } = lookup;
  if (device === undefined) return `No device stands for the host bridge of root bus ${root}: its root bus is empty.`;
  const idText = ids === undefined ? '' : ` [${idsText(ids)}]`;
  const looked = `${formatBdf(device.bdf)}${idText}, the first device of root bus ${root}`;
  switch (code) {
    case 'host-bridge-listed':
      return `Linux looked up ${looked}: it is on the host bridge allowlist (${lookup.entry?.name}).`;
    case 'host-bridge-same-only':
      return `Linux looked up ${looked}: it is on the allowlist (${lookup.entry?.name}) only for two devices below one host bridge.`;
    case 'host-bridge-no-device':
      return `Linux looked up ${looked}: it is neither device 00.0 nor a root port, so it cannot stand for the host bridge, which is refused.`;
    default: {
      const name = names.nameOf(device);
      const named = idText !== '' && name.endsWith(idText.trim()) ? '' : ` (${name})`;
      return `Linux looked up ${looked}${named}: it is not on the host bridge allowlist.`;
    }
  }
}

/** A missing fact: what, of which device, and how to get it. */
export interface MissingText {
  readonly fact: string;
  readonly how: string;
}

/** A missing fact in words. */
export function missingText(missing: MissingFact): MissingText {
  const at = missing.device === undefined ? '' : formatBdf(missing.device.bdf);
  switch (missing.fact) {
    case 'acs-control':
      return { fact: `ACS control of ${at}`, how: missing.why };
    case 'placement':
      return { fact: `place of ${at} in the tree`, how: missing.why };
    case 'host-bridge-ids':
      return { fact: `vendor and device id of ${at}`, how: missing.why };
    case 'host-bridge-type':
      return { fact: `PCI Express type of ${at}`, how: missing.why };
    case 'host-bridge-first':
      return { fact: `first device of the root bus of ${at}`, how: missing.why };
    case 'cpu':
      return {
        fact: 'processor (AMD Zen or not)',
        how: `${missing.why.replace('the processor is ', '')}: take a capture with \`peerpath capture\`, or tell the command: --cpu zen or --cpu other`,
      };
    case 'kernel-rules':
      return {
        fact: 'which rules this kernel follows',
        how: `${printable(missing.why)}: tell the command which upstream release to take: --kernel 5.14, --kernel 7.3`,
      };
    case 'iommu':
      return { fact: 'whether an IOMMU is in use', how: 'not in this input: take a capture with `peerpath capture`' };
  }
}
