/** The processor: its maker, and whether Linux takes it for an AMD Zen. */
import { type CapturedCpu, factValue, type MachineCapture } from '../../capture/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { type PlatformFact, shownBy } from './evidence.ts';
import type { Architecture, CpuMaker } from './kinds.ts';
import type { RootComplexVote } from './root-complexes.ts';

const MAKERS: ReadonlyMap<string, CpuMaker> = new Map([
  ['GenuineIntel', 'intel'],
  ['AuthenticAMD', 'amd'],
  ['HygonGenuine', 'hygon'],
  ['CentaurHauls', 'zhaoxin'],
  ['  Shanghai  ', 'zhaoxin'],
  ['Shanghai', 'zhaoxin'],
]);

const MAKER_NAMES: readonly (readonly [pattern: RegExp, maker: CpuMaker])[] = [
  [/\bHygon\b/i, 'hygon'],
  [/\b(?:AMD|EPYC|Ryzen|Opteron|Athlon|Phenom)\b/i, 'amd'],
  [/\b(?:Intel|Xeon|Pentium|Celeron)\b/i, 'intel'],
  [/\b(?:Zhaoxin|KaiXian|KaiSheng)\b/i, 'zhaoxin'],
];

/** From `/proc/cpuinfo`, the architecture, the processor's name, its host bridges: the first that tells. */
export function cpuMakerOf(
  capture: MachineCapture,
  architecture: PlatformFact<Architecture>,
  votes: readonly RootComplexVote[],
): PlatformFact<CpuMaker> {
  const cpu = factValue(capture.cpu);
  if (cpu?.vendorId.state === 'known') {
    return shownBy(MAKERS.get(cpu.vendorId.value) ?? 'other', 'cpu-vendor', cpu.vendorId.value);
  }
  if (architecture.state === 'known' && architecture.value !== 'x86') {
    return { state: 'known', value: 'other', evidence: architecture.evidence };
  }
  const name = cpu && factValue(cpu.modelName);
  const named = name === undefined ? undefined : MAKER_NAMES.find(([pattern]) => pattern.test(name));
  if (name !== undefined && named !== undefined) return shownBy(named[1], 'cpu-name', name);
  return byVotes(votes, ({ maker }) => maker);
}

const ZEN_FAMILY = 0x17;

const ZEN_NAMES = /\b(?:EPYC|Ryzen|Threadripper)\b/i;
const OLDER_NAMES = /\b(?:Opteron|Phenom|Sempron|Turion|FX\(tm\)|A(?:4|6|8|9|10|12)-\d+|G-T\d+|GX-\d+)/i;

/**
 * The processor rule of P2PDMA. A Zen's root complex, and its name, tell as much as `/proc/cpuinfo`; so do root
 * complexes that no Zen has.
 */
export function zenOf(
  capture: MachineCapture,
  architecture: PlatformFact<Architecture>,
  votes: readonly RootComplexVote[],
): PlatformFact<boolean> {
  const cpu = factValue(capture.cpu);
  if (cpu !== undefined) {
    const fact = byCpu(cpu);
    if (fact !== undefined) return fact;
  }
  if (architecture.state === 'known' && architecture.value !== 'x86') {
    return { state: 'known', value: false, evidence: architecture.evidence };
  }
  return byVotes(votes, ({ zen }) => zen);
}

function byCpu({ vendorId, family, modelName }: CapturedCpu): PlatformFact<boolean> | undefined {
  if (vendorId.state === 'known' && vendorId.value !== 'AuthenticAMD') {
    return shownBy(false, 'cpu-vendor', vendorId.value);
  }
  if (vendorId.state === 'known' && family.state === 'known') {
    return shownBy(family.value >= ZEN_FAMILY, 'cpu-family', `${vendorId.value} family ${family.value}`);
  }
  if (vendorId.state === 'absent') return shownBy(false, 'cpu-vendor', '');
  const name = factValue(modelName);
  if (name === undefined) return undefined;
  const maker = MAKER_NAMES.find(([pattern]) => pattern.test(name))?.[1];
  if (maker === undefined) return undefined;
  if (maker !== 'amd') return shownBy(false, 'cpu-name', name);
  if (family.state === 'known')
    return shownBy(family.value >= ZEN_FAMILY, 'cpu-family', `${name}, family ${family.value}`);
  if (ZEN_NAMES.test(name)) return shownBy(true, 'cpu-name', name);
  return OLDER_NAMES.test(name) ? shownBy(false, 'cpu-name', name) : undefined;
}

/** Functions that contradict each other tell nothing. */
function byVotes<T>(
  votes: readonly RootComplexVote[],
  pick: (vote: RootComplexVote) => T | undefined,
): PlatformFact<T> {
  const telling = votes.filter((vote) => pick(vote) !== undefined);
  const [first] = telling;
  const value = first && pick(first);
  if (first === undefined || value === undefined) return { state: 'unreadable', why: whyOpen(votes) };
  const other = telling.find((vote) => pick(vote) !== value);
  if (other === undefined) return shownBy(value, 'root-complex', formatBdf(first.bdf), first.bdf);
  const why = `the processor is not in this input, and ${formatBdf(first.bdf)} and ${formatBdf(other.bdf)} contradict each other`;
  return { state: 'unreadable', why };
}

function whyOpen(votes: readonly RootComplexVote[]): string {
  const emulated = votes.find((vote) => vote.emulated);
  const not = 'the processor is not in this input';
  if (emulated === undefined) return not;
  const hex = (id: number): string => id.toString(16).padStart(4, '0');
  const ids = `${hex(emulated.vendor)}:${hex(emulated.device)}`;
  return `${not}, and ${formatBdf(emulated.bdf)} [${ids}] stands before any processor in virtual machines`;
}
