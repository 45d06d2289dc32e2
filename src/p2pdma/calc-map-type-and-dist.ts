/** The verdict for one pair, with unknown facts kept unknown. */
import type { PciFunction } from '../pci/index.ts';
import type { MapType } from '../uapi/index.ts';
import { hostBridgeMissing, hostBridgeReasons } from './host-bridge-reasons.ts';
import { hostBridgeRule } from './host-bridge-rule.ts';
import { p2pdmaRules } from './kernel-rules.ts';
import type { P2pdmaMachine } from './p2pdma-machine.ts';
import type { MissingFact, Reason, Verdict } from './verdict.ts';
import { type PairWalk, placesMissing, walkPair } from './walk-pair.ts';

const DIRECT: MapType = 'PCI_P2PDMA_MAP_BUS_ADDR';
const THROUGH: MapType = 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE';
const REFUSED: MapType = 'PCI_P2PDMA_MAP_NOT_SUPPORTED';

/**
 * Map type and distance of an ordered pair.
 *
 * ```
 *            root port                 A -> B: the paths meet in the switch's upstream port. The hops are A, A's port,
 *                |                     B's port, B: distance 4. No redirect on A, A's port, the upstream port, B's
 *          upstream port               port, B: PCI_P2PDMA_MAP_BUS_ADDR. A redirect on any of these: the host bridge
 *           |         |                decides, the distance stays 4.
 *        A's port  B's port
 *           |         |                Under two root ports the paths meet nowhere: the host bridges decide alone,
 *           A         B                and the distance counts the nodes of both paths.
 * ```
 *
 * ACS counts on the provider's path up to and including the common bridge, on the client's path below it.
 * @kernel calc_map_type_and_dist drivers/pci/p2pdma.c
 */
export function calcMapTypeAndDist(machine: P2pdmaMachine, provider: PciFunction, client: PciFunction): Verdict {
  const verdict = underOneKernel(machine, provider, client);
  const { others } = machine.kernelChoice;
  if (others.length === 0) return verdict;
  const rest = others.map((kernel) => underOneKernel({ ...machine, kernel }, provider, client));
  return underSeveral(machine, verdict, rest);
}

/** One answer where the rules of all kernels it may be agree, else what each would say. */
function underSeveral(machine: P2pdmaMachine, first: Verdict, rest: readonly Verdict[]): Verdict {
  const all = [first, ...rest];
  const candidates = [...new Set(all.flatMap((verdict) => verdict.candidates))];
  if (candidates.length === 1) return first;
  const kernels = [machine.kernel, ...machine.kernelChoice.others];
  const answers = all.map(({ mapType }, at) => ({ kernel: kernels[at] ?? machine.kernel, mapType }));
  const differ = answers.some(({ mapType }) => mapType !== first.mapType);
  if (!differ) return { ...first, candidates };
  const shared = first.reasons.filter(({ code }) =>
    rest.every(({ reasons }) => reasons.some((reason) => reason.code === code)),
  );
  const why = `which rules ${machine.kernelChoice.release} follows is not known`;
  const missing = [
    ...new Map(all.flatMap((verdict) => verdict.missing).map((fact) => [missingKey(fact), fact])).values(),
  ];
  return {
    ...first,
    mapType: 'unknown',
    distance: undefined,
    candidates,
    reasons: [...shared, { code: 'kernels-differ', answers }],
    missing: [...missing, { fact: 'kernel-rules', device: undefined, why }],
  };
}

function missingKey({ fact, device }: MissingFact): string {
  return `${fact} ${device?.bdf ?? ''}`;
}

function underOneKernel(machine: P2pdmaMachine, provider: PciFunction, client: PciFunction): Verdict {
  const walk = walkPair(machine, provider, client);
  const place = { provider, client, hops: walk.hops, commonUpstream: walk.common, path: walk.path };
  const off = switchedOff(machine);
  if (off !== undefined) {
    return { ...place, mapType: REFUSED, distance: -1, candidates: [REFUSED], reasons: [off], missing: [] };
  }
  const reasons: Reason[] = [placeReason(walk, provider, client)];
  if (walk.redirecting.length > 0 && walk.apart === undefined)
    reasons.push({ code: 'acs-redirect', ports: walk.redirecting });
  const host = hostAnswer(machine, provider, client, walk);
  const candidates = candidatesOf(walk, host.candidates);
  const mapType = candidates.length === 1 ? (candidates[0] ?? 'unknown') : 'unknown';
  const hostDecides = walk.certain || walk.apart !== undefined;
  if (mapType !== DIRECT && hostDecides) reasons.push(...host.reasons);
  const missing = mapType === 'unknown' ? [...walk.missing, ...(hostDecides ? host.missing : [])] : [];
  return { ...place, mapType, distance: distanceOf(mapType, walk.hops), candidates, reasons, missing };
}

/** What rules peer-to-peer DMA out for the whole machine; undefined when nothing does. */
export function switchedOff(machine: P2pdmaMachine): Reason | undefined {
  if (!p2pdmaRules(machine.kernel).exists) return { code: 'kernel-too-old' };
  const { configP2pdma, configSource } = machine;
  const off = configP2pdma.state === 'known' && !configP2pdma.value;
  return off ? { code: 'config-p2pdma-off', source: configSource } : undefined;
}

function placeReason(walk: PairWalk, provider: PciFunction, client: PciFunction): Reason {
  if (provider === client) return { code: 'same-function' };
  if (!walk.certain) return { code: walk.apart === undefined ? 'place-uncertain' : 'apart' };
  if (walk.common !== undefined) return { code: 'common-upstream-bridge', bridge: walk.common };
  const same = provider.hostBridge === client.hostBridge;
  const hostBridges = same ? [provider.hostBridge] : [provider.hostBridge, client.hostBridge];
  return { code: 'no-common-upstream-bridge', hostBridges };
}

interface HostAnswer {
  readonly candidates: readonly MapType[];
  readonly reasons: readonly Reason[];
  readonly missing: readonly MissingFact[];
}

function hostAnswer(machine: P2pdmaMachine, provider: PciFunction, client: PciFunction, walk: PairWalk): HostAnswer {
  const rules = p2pdmaRules(machine.kernel);
  if (walk.common !== undefined && walk.apart === undefined && !rules.redirectAsksHostBridge) {
    return { candidates: [REFUSED], reasons: [{ code: 'redirect-refused' }], missing: [] };
  }
  if (!rules.hostBridgeList) return { candidates: [REFUSED], reasons: [{ code: 'no-host-bridge-rule' }], missing: [] };
  const placed = walk.unplaced === undefined ? [provider.hostBridge, client.hostBridge] : [];
  const host = hostBridgeRule(machine, ...(walk.apart ?? [placed[0], placed[1]]));
  const open = host.allowed === 'unknown';
  return {
    candidates: open ? [THROUGH, REFUSED] : [host.allowed ? THROUGH : REFUSED],
    reasons: hostBridgeReasons(machine, host),
    missing: open ? [...placesMissing(walk.unplaced), ...hostBridgeMissing(machine, host)] : [],
  };
}

function candidatesOf(walk: PairWalk, host: readonly MapType[]): readonly MapType[] {
  // Elsewhere in the tree the pair might share a bridge, another host bridge, or none.
  if (walk.apart !== undefined) return host;
  if (!walk.certain) return [DIRECT, ...host];
  if (walk.common === undefined || walk.redirecting.length > 0) return host;
  return walk.missing.length > 0 ? [DIRECT, ...host] : [DIRECT];
}

function distanceOf(mapType: Verdict['mapType'], hops: number | undefined): number | undefined {
  if (mapType === 'unknown') return undefined;
  return mapType === REFUSED ? -1 : hops;
}
