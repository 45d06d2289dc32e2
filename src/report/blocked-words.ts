/** Why wanted pairs cannot be had, by reason and place: one line for all pairs that stand alike. */
import type { Blocked, Want } from '../diagnose/index.ts';
import type { Reason } from '../p2pdma/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { bundleTexts } from './change-list.ts';
import type { DeviceNames } from './names.ts';
import { reasonTexts } from './reason-text.ts';
import { counted } from './words.ts';

/** Why: the kernel has no P2PDMA, a host bridge is in between and allowed or refused, or another rule. */
type Cause = 'kernel' | 'host-bridge-allowed' | 'host-bridge-refused' | 'other';

/** Pairs that cannot be had for one cause. */
export interface BlockedPairs {
  readonly cause: Cause;
  readonly wants: readonly Want[];
  readonly blocked: readonly Blocked[];
}

/** Alike pairs together, most pairs first. */
export function blockedByCause(blocked: readonly Blocked[]): BlockedPairs[] {
  const causes = new Map<Cause, Blocked[]>();
  for (const each of blocked) {
    const cause = causeOf(each);
    causes.set(cause, [...(causes.get(cause) ?? []), each]);
  }
  return [...causes]
    .map(([cause, of]) => ({ cause, wants: of.flatMap(({ wants }) => wants), blocked: of }))
    .sort((a, b) => b.wants.length - a.wants.length);
}

function causeOf({ verdict }: Blocked): Cause {
  const codes = new Set<Reason['code']>(verdict.reasons.map(({ code }) => code));
  if (codes.has('kernel-too-old') || codes.has('config-p2pdma-off')) return 'kernel';
  if (verdict.commonUpstream !== undefined || !codes.has('no-common-upstream-bridge')) return 'other';
  return verdict.mapType === 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE' ? 'host-bridge-allowed' : 'host-bridge-refused';
}

/** What becomes of such pairs, and why, after their number: "share no bridge: ...". */
export function causeWords({ cause, wants, blocked }: BlockedPairs, names: DeviceNames): string {
  const one = wants.length === 1;
  const share = one ? 'shares' : 'share';
  switch (cause) {
    case 'kernel': {
      const off = blocked[0]?.verdict.reasons.some(({ code }) => code === 'config-p2pdma-off');
      const kernel = off === true ? 'is built without CONFIG_PCI_P2PDMA' : 'has no P2PDMA';
      return `${one ? 'is' : 'are'} refused: the kernel ${kernel}`;
    }
    case 'host-bridge-allowed':
      return `${share} no bridge: no setting makes ${one ? 'it' : 'them'} direct, and Linux allows ${one ? 'it' : 'them'} through host bridges`;
    case 'host-bridge-refused':
      return `${share} no bridge, and Linux refuses the host bridges between them: no setting helps`;
    case 'other': {
      const why = blocked[0] === undefined ? '' : whyOf(blocked[0], names).replace(/\.$/, '');
      return `cannot be direct: ${why.slice(0, 1).toLowerCase()}${why.slice(1)}`;
    }
  }
}

/** Most groups of devices that are told of one cause. */
const MOST_PLACES = 3;

/** Pairs of a cause: who, why where there are other causes too, and what would help. */
export function blockedText(pairs: BlockedPairs, names: DeviceNames, tellsWhy: boolean): string {
  const places = bundleTexts(pairs.wants, names);
  const more = places.length - MOST_PLACES;
  const where = more > 1 ? [...places.slice(0, MOST_PLACES), `and ${more} more groups (--pairs)`] : places;
  const why = tellsWhy ? `${counted(pairs.wants.length, 'pair')} ${causeWords(pairs, names)}. ` : '';
  const bridges = pairs.cause === 'host-bridge-refused' ? refusedBridges(pairs.blocked) : [];
  return [`${where.join('; ')}.`, `${why}${[...bridges, helpText(pairs)].join(' ')}`].join(' ');
}

function helpText({ cause }: BlockedPairs): string {
  switch (cause) {
    case 'kernel':
      return 'Boot a kernel with CONFIG_PCI_P2PDMA=y, 4.20 or newer: no ACS or IOMMU setting helps before that.';
    case 'host-bridge-allowed':
      return 'Only below one PCIe switch would they be direct.';
    case 'host-bridge-refused':
      return 'Put both devices of a pair below one PCIe switch; the allowlist is no setting.';
    case 'other':
      return 'No ACS or IOMMU setting changes it.';
  }
}

/** Host bridges that are refused, those of one kind together. */
function refusedBridges(blocked: readonly Blocked[]): string[] {
  const byIds = new Map<string, Set<string>>();
  for (const { lookup } of blocked.flatMap(({ verdict }) => verdict.reasons).filter((reason) => 'lookup' in reason)) {
    if (lookup.device === undefined || lookup.outcome === 'listed') continue;
    const { ids } = lookup;
    const hex = (id: number): string => id.toString(16).padStart(4, '0');
    const key = ids === undefined ? 'of unknown ids' : `${hex(ids.vendor)}:${hex(ids.device)}`;
    byIds.set(key, (byIds.get(key) ?? new Set()).add(formatBdf(lookup.device.bdf)));
  }
  return [...byIds].map(([ids, devices]) => {
    const some = [...devices].slice(0, 4);
    const more = devices.size - some.length;
    const list = `${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    return devices.size === 1
      ? `Linux looks up ${list}, which is ${ids}: not allowlisted for these pairs.`
      : `Linux looks up ${list}: all are ${ids}, not allowlisted for these pairs.`;
  });
}

/** The reasons of a verdict in one line; that of ACS on a way that goes through the host bridge decides nothing. */
function whyOf({ verdict }: Blocked, names: DeviceNames): string {
  const reasons = verdict.reasons.filter(({ code }) => code !== 'acs-redirect');
  return reasonTexts({ ...verdict, reasons }, names).join(' ');
}
