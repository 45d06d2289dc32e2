/** What holds for many pairs, in one sentence: by places, and true for every pair. */
import type { Focus, PairSummary, Scope, ScopeAnswer } from '../diagnose/index.ts';
import { type DeviceKind, deviceKind, KIND_ORDER, kindLabel, type PciFunction } from '../pci/index.ts';
import type { MapType } from '../uapi/index.ts';
import { counted, MAP_TYPE_WORDS, MAP_TYPES } from './words.ts';

/** The longest that is read at a glance. */
const MOST_CHARACTERS = 200;
/** Exceptions, of all pairs, beyond which nothing holds by places. */
const MOST_EXCEPTIONS = 1 / 4;

/** `Below each of the 8 switches: 1 GPU, 1-3 NICs, direct with each other. Everything else: through host bridges, allowed.` */
export function pairsSentence(summary: PairSummary): string {
  const { answers, pairs } = summary;
  if (pairs === 0)
    return summary.functions.length === 0 ? 'No devices to ask about.' : 'One device: no pairs to ask about.';
  const exceptions = answers.reduce((sum, answer) => sum + answer.exceptions, 0);
  if (exceptions <= pairs * MOST_EXCEPTIONS) {
    const tail =
      exceptions === 0
        ? ''
        : ` But ${counted(exceptions, 'pair')} of ${pairs} ${exceptions === 1 ? 'differs' : 'differ'}.`;
    for (const detailed of [true, false]) {
      const sentence = `${claims(summary, detailed)}${tail}`;
      if (sentence.length <= MOST_CHARACTERS) return sentence;
    }
  }
  return countsSentence(summary);
}

/** `Mixed: of 240 pairs 12 are direct, 228 through the host bridge.` */
function countsSentence({ counts, pairs }: PairSummary): string {
  const parts = MAP_TYPES.filter((type) => counts[type] > 0).map(
    (type) => `${counts[type]} ${MAP_TYPE_WORDS[type].short}`,
  );
  return `Mixed: of ${pairs} ordered pairs ${parts.join(', ')}.`;
}

function claims(summary: PairSummary, detailed: boolean): string {
  const { answers, functions, pairs } = summary;
  const [only] = answers;
  if (answers.length === 1 && only !== undefined) {
    const of = detailed ? compositionText(functions, ' and ') : counted(functions.length, 'device');
    return `All ${pairs} pairs of ${of}: ${restWords(only)}.`;
  }
  return answers.map((answer, at) => claim(summary, answer, at === answers.length - 1, detailed)).join(' ');
}

function claim(summary: PairSummary, answer: ScopeAnswer, last: boolean, detailed: boolean): string {
  const largest = answer.scopes.at(-1) ?? 'machine';
  const unplaced = answer.scopes.length === 1 && largest === 'unplaced';
  if (last && !unplaced) return `Everything else: ${restWords(answer)}.`;
  // A card below no switch is no exception to what is said of switches: it is told with them.
  const cards = largest === 'switch' && answer.scopes.includes('card') && summary.cardsApart;
  return `${placeWords(summary, largest, detailed)} ${INNER_WORDS[answer.mapType]}${cards ? ', like functions of one card' : ''}.`;
}

/** Where pairs of a scope, and of the smaller ones that were not told yet, are. */
function placeWords({ switches }: PairSummary, scope: Scope, detailed: boolean): string {
  switch (scope) {
    case 'card':
      return 'Functions of one card:';
    case 'switch': {
      const where = switches.length === 1 ? 'Below one switch:' : `Below each of the ${switches.length} switches:`;
      return detailed ? `${where} ${rangesText(switches)},` : where;
    }
    case 'root-port':
      return 'Below one root port:';
    case 'host-bridge':
      return 'Within one host bridge:';
    case 'machine':
      return 'Where places are known:';
    case 'unplaced':
      return 'Where places are not known:';
  }
}

const INNER_WORDS: Readonly<Record<MapType | 'unknown', string>> = {
  PCI_P2PDMA_MAP_BUS_ADDR: 'direct with each other',
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: 'through the host bridge, allowed',
  PCI_P2PDMA_MAP_NOT_SUPPORTED: 'refused by Linux',
  unknown: 'unknown',
};

function restWords({ mapType, scopes }: ScopeAnswer): string {
  if (mapType === 'PCI_P2PDMA_MAP_BUS_ADDR') return 'direct';
  const several = scopes.includes('machine');
  return mapType === 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE' && several
    ? 'through host bridges, allowed'
    : INNER_WORDS[mapType];
}

const KIND_NOUNS: Partial<Readonly<Record<DeviceKind, readonly [string, string]>>> = {
  gpu: ['GPU', 'GPUs'],
  nic: ['NIC', 'NICs'],
  nvme: ['NVMe', 'NVMe'],
  nvswitch: ['NVSwitch', 'NVSwitches'],
  other: ['other device', 'other devices'],
  memory: ['memory device', 'memory devices'],
  storage: ['storage controller', 'storage controllers'],
  usb: ['USB controller', 'USB controllers'],
  audio: ['audio device', 'audio devices'],
  video: ['video device', 'video devices'],
  wireless: ['wireless adapter', 'wireless adapters'],
};

/** `1 GPU`, `3 NICs`. */
function kindCount(kind: DeviceKind, count: number): string {
  const [one, more] = KIND_NOUNS[kind] ?? [kind, `${kind}s`];
  return counted(count, one, more);
}

/** `8 GPUs, 10 NICs and 4 NVMe`. */
export function compositionText(functions: readonly PciFunction[], and = ', '): string {
  const parts = [...kindsOf(functions)].map(([kind, count]) => kindCount(kind, count));
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')}${and}${parts.at(-1)}`;
}

/** What a question without a choice of devices leaves out, and what shows it; empty where that is nothing. */
export function leftText(left: Focus['left'], shows: string): string {
  const parts = [...left].map(([kind, count]) => kindCount(kind, count));
  return parts.length === 0 ? '' : `Left out: ${parts.join(', ')} (${shows}).`;
}

/** `1 GPU, 1-3 NICs`: how many of each kind places hold. */
function rangesText(places: readonly (readonly PciFunction[])[]): string {
  const each = places.map(kindsOf);
  const kinds = KIND_ORDER_ALL.filter((kind) => each.some((counts) => counts.has(kind)));
  return kinds
    .map((kind) => {
      const counts = each.map((of) => of.get(kind) ?? 0);
      const [least, most] = [Math.min(...counts), Math.max(...counts)];
      return least === most ? kindCount(kind, most) : `${least}-${kindCount(kind, most)}`;
    })
    .join(', ');
}

/** Bridges and parts of the platform come last, where they are asked about at all. */
const KIND_ORDER_ALL: readonly DeviceKind[] = [
  ...KIND_ORDER,
  'root-port',
  'switch-upstream',
  'switch-downstream',
  'bridge',
  'host-bridge',
  'system',
  'companion',
  'switch-management',
  'dummy',
];

function kindsOf(functions: readonly PciFunction[]): ReadonlyMap<DeviceKind, number> {
  const counts = new Map<DeviceKind, number>();
  for (const fn of functions) {
    const kind = kindLabel(deviceKind(fn));
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return new Map(KIND_ORDER_ALL.flatMap((kind) => (counts.has(kind) ? [[kind, counts.get(kind) ?? 0] as const] : [])));
}
