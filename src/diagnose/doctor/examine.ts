/** Looks over a whole machine. */
import { gather, unshown } from '../../base/index.ts';
import { type Finding, factValue } from '../../capture/index.ts';
import {
  acsRedirectBits,
  calcMapTypeAndDist,
  cellMapType,
  hostBridgeRule,
  kernelOption,
  type MapTypeMatrix,
  mapTypeMatrix,
  matrixCell,
  type P2pdmaMachine,
  type P2pOption,
  p2pdmaRules,
  surelyBelow,
} from '../../p2pdma/index.ts';
import {
  ACS_REDIRECT_BITS,
  acsBits,
  deviceKind,
  type HostBridge,
  isBridgeKind,
  isFocusKind,
  machineCmdline,
  type PciFunction,
  upstreamBridge,
} from '../../pci/index.ts';
import { lintTopology } from '../../route/index.ts';
import { bdfBus, formatBdf, kernelAtLeast, kernelVersion, PCI_ACS_SV } from '../../uapi/index.ts';
import { cmdlineMistakes } from '../cmdline-mistakes/index.ts';
import { isEndpoint } from '../exposure.ts';
import { focusOf } from '../focus.ts';
import { machineFaults } from '../hardware-faults/index.ts';
import { coarsest, groupGaps } from '../isolation.ts';
import { kernelDisagreements } from '../kernel-words/index.ts';
import { openPairs } from '../open-pairs.ts';
import { defaultWants, makePlan, pairNumber, type Want } from '../planner/index.ts';
import type { Situation } from '../what-if.ts';
import { type Ailment, ailmentRank, type DeviceLookup } from './ailment.ts';
import { examineDevices } from './examine-devices.ts';

/** Everything found, what costs most first. `report`: how far it is, from 0 to 1. */
export function examine(situation: Situation, report: (share: number) => void = () => {}): readonly Ailment[] {
  const { machine } = situation;
  const matrix = mapTypeMatrix(machine, machine.topology.functions.filter(isEndpoint));
  const parts: readonly (() => readonly Ailment[])[] = [
    () => examineWords(machine),
    () => examineKernel(machine),
    () => examinePairs(situation, matrix),
    () => examineGroups(situation),
    () => examineDevices(situation, matrix),
    () => machineFaults(machine).map((fault) => ({ code: 'hardware-fault', found: fault }) as const),
    () => examineAddresses(machine),
    () => examineAdvice(machine),
  ];
  const found = parts.flatMap((part, at) => {
    report((at + 1) / (parts.length + 1));
    return part();
  });
  return found.toSorted((a, b) => ailmentRank(a) - ailmentRank(b));
}

function examineWords(machine: P2pdmaMachine): Ailment[] {
  const disagreements = kernelDisagreements(machine);
  return disagreements.length === 0 ? [] : [{ code: 'kernel-disagrees', pairs: disagreements }];
}

function examineKernel(machine: P2pdmaMachine): Ailment[] {
  const { kernel, configP2pdma, topology } = machine;
  if (!p2pdmaRules(kernel).exists) return [{ code: 'p2pdma-off', why: 'too-old' }];
  if (configP2pdma.state === 'known' && !configP2pdma.value) return [{ code: 'p2pdma-off', why: 'not-configured' }];
  const config = factValue(topology.capture.kernel.config);
  const lacks = (option: P2pOption): boolean => factValue(kernelOption(machine, option).value) === 'n';
  const options: Ailment[] = [];
  if (lacks('CONFIG_DMABUF_MOVE_NOTIFY')) options.push({ code: 'option-missing', option: 'CONFIG_DMABUF_MOVE_NOTIFY' });
  if (kernelAtLeast(kernel, kernelVersion(6, 19)) && config?.get('CONFIG_VFIO_PCI_DMABUF') === 'n')
    options.push({ code: 'option-missing', option: 'CONFIG_VFIO_PCI_DMABUF' });
  const amd = topology.functions.some((fn) => unshown(factValue(fn.captured.driver)) === 'amdgpu');
  if (amd && lacks('CONFIG_HSA_AMD_P2P')) options.push({ code: 'option-missing', option: 'CONFIG_HSA_AMD_P2P' });
  return options;
}

function examinePairs(situation: Situation, matrix: MapTypeMatrix): Ailment[] {
  const { machine } = situation;
  const { functions } = machine.topology;
  const found: Ailment[] = [];
  const open = openPairs(machine);
  if (open.open > 0) found.push({ code: 'pairs-unknown', open });
  const unread = functions.filter((fn) => acsRedirectBits(machine, fn).state === 'unreadable');
  const [first] = unread;
  const bits = first && acsRedirectBits(machine, first);
  if (bits?.state === 'unreadable' && open.open > 0) found.push({ code: 'acs-unknown', ports: unread, why: bits.why });
  const wants = defaultWants(machine);
  const plan = makePlan(situation, { wants, goal: 'direct', keepIsolated: [] });
  if (plan.gained.length > 0) found.push({ code: 'redirect', plan });
  const kept = plan.open
    .flatMap(({ wants: each }) => each)
    .flatMap((want) => {
      const ports = keptByRedirect(machine, want);
      return ports === undefined ? [] : [ports];
    });
  if (kept.length > 0) {
    const ports = [...new Set(kept.flat())].sort((a, b) => a.index - b.index);
    found.push({ code: 'redirect-open', ports, pairs: kept.length });
  }
  const peers = focusOf(functions).devices;
  const mayGain = [...plan.gained, ...plan.open.flatMap(({ wants: each }) => each)];
  const gained = new Set(mayGain.map(({ provider, client }) => pairNumber(provider.index, client.index)));
  const hostBridges = new Map(peers.map((fn) => [fn, surelyBelow(machine.topology, fn)]));
  const hopeless = new Map<number, readonly [HostBridge | undefined, HostBridge | undefined]>();
  let pairs = 0;
  for (const a of peers) {
    for (const b of peers) {
      if (a === b || cellMapType(matrixCell(matrix, a, b)) !== 'PCI_P2PDMA_MAP_NOT_SUPPORTED') continue;
      if (gained.has(pairNumber(a.index, b.index))) continue;
      pairs++;
      const [one, other] = [hostBridges.get(a), hostBridges.get(b)];
      hopeless.set(pairNumber((one?.index ?? -1) + 1, (other?.index ?? -1) + 1), [one, other]);
    }
  }
  const lookups = [...hopeless.values()].flatMap(([a, b]) => hostBridgeRule(machine, a, b).lookups);
  const refusing = lookups.filter(({ outcome }) => outcome !== 'listed');
  const each = [...new Map(refusing.map((lookup) => [lookup.hostBridge, lookup])).values()];
  const isOn = machine.configP2pdma.state !== 'known' || machine.configP2pdma.value;
  if (pairs > 0 && isOn && p2pdmaRules(machine.kernel).exists)
    found.push({ code: 'no-way', pairs, of: peers.length * (peers.length - 1), lookups: each });
  return found;
}

/** The redirecting ports of a pair that is answered: undefined for one that is open by itself. */
function keptByRedirect(machine: P2pdmaMachine, { provider, client }: Want): readonly PciFunction[] | undefined {
  const { mapType, reasons } = calcMapTypeAndDist(machine, provider, client);
  const ports = reasons.flatMap((reason) => (reason.code === 'acs-redirect' ? reason.ports : []));
  return mapType === 'unknown' || ports.length === 0 ? undefined : ports.map(({ port }) => port);
}

function examineGroups(situation: Situation): Ailment[] {
  const { groups } = situation;
  if (groups === undefined) return [];
  const gaps = groupGaps(situation);
  const shared = coarsest(groups).groups.flatMap(({ number, members }): Ailment[] => {
    const devices = members.map(({ fn }) => fn).filter(isEndpoint);
    const slots = new Set(devices.map(({ bdf }) => Math.floor(bdf / 8)));
    const wanted = devices.filter((fn) => isFocusKind(deviceKind(fn)));
    return slots.size > 1 && wanted.length > 0 ? [{ code: 'shared-group', number, devices }] : [];
  });
  return [...(gaps.length > 0 ? [{ code: 'group-gap', exposures: gaps } as const] : []), ...shared];
}

/** Switched off until a driver comes: of no account at ports below which nothing is asked about. */
const SWITCHED_OFF: ReadonlySet<string> = new Set(['memory-decode-off', 'bridge-bus-master-off']);

/** Misfits of one kind together. */
function examineAddresses({ topology }: P2pdmaMachine): Ailment[] {
  const asked = new Set<string>();
  for (const device of focusOf(topology.functions).devices) {
    for (let at: PciFunction | undefined = device; at !== undefined; at = upstreamBridge(at))
      asked.add(formatBdf(at.bdf));
  }
  const byCode = new Map<string, Finding[]>();
  for (const finding of lintTopology(topology)) {
    const counts = !SWITCHED_OFF.has(finding.code) || [...asked].some((bdf) => finding.where.includes(bdf));
    if (counts) gather(byCode, finding.code, finding);
  }
  return [...byCode].map(([what, findings]) => ({ code: 'addresses', what, findings }));
}

/** What people are told to do, and what it does here. */
function examineAdvice(machine: P2pdmaMachine): Ailment[] {
  const { topology } = machine;
  const text = factValue(topology.capture.kernel.cmdline);
  const vain = text === undefined ? [] : machineCmdline(topology, text).notes;
  const found: Ailment[] = vain
    .filter(({ code }) => code !== 'not-on-this-architecture')
    .map((note) => ({ code: 'vain-parameter', note }));
  found.push(...cmdlineMistakes(machine).map((mistake) => ({ code: 'mistaken-parameter', mistake }) as const));
  const validating = topology.functions.filter((fn) => {
    const bits = factValue(acsBits(machine.acs, fn, PCI_ACS_SV | ACS_REDIRECT_BITS));
    return isBridgeKind(deviceKind(fn)) && bits === PCI_ACS_SV;
  });
  if (validating.length > 0) found.push({ code: 'source-validation', ports: validating });
  const surprises: DeviceLookup[] = [];
  if (machine.cpu.zen !== true && p2pdmaRules(machine.kernel).hostBridgeList) {
    for (const hostBridge of topology.hostBridges) {
      const [lookup] = hostBridgeRule(machine, hostBridge, hostBridge).lookups;
      const device = lookup?.device;
      if (lookup === undefined || device === undefined || deviceKind(device) === 'host-bridge') continue;
      // A paste of some devices may lack the real first one.
      const first = bdfBus(device.bdf) === hostBridge.bus && topology.capture.rootBuses.state === 'known';
      if (first && hostBridge.functions.some(isEndpoint)) surprises.push({ lookup, device });
    }
  }
  const [first, ...others] = surprises;
  if (first !== undefined) found.push({ code: 'lookup-surprise', lookups: [first, ...others] });
  return found;
}
