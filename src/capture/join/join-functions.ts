/** One function of all that the parts tell of it. */
import type { Bdf } from '../../uapi/index.ts';
import type { CapturePart, PartFunction } from '../capture-part.ts';
import { type ConfigSpace, noConfigSpace } from '../config-space.ts';
import { type Fact, NOT_IN_INPUT, unreadable } from '../fact.ts';
import type { CapturedFunction, CapturedLink, PrintedAcs } from '../machine-capture.ts';
import { joinConfig } from './join-config.ts';
import { factRank } from './strength.ts';
import { uniqueNames } from './system-names.ts';

const NO_LINK: CapturedLink = {
  speed: NOT_IN_INPUT,
  width: NOT_IN_INPUT,
  maxSpeed: NOT_IN_INPUT,
  maxWidth: NOT_IN_INPUT,
};
const FROM_BUS_NUMBERS = unreadable('follows from the bus numbers in config space');

/** A function of which nothing is told. Its keys are the facts of a function, all of them. */
const NOTHING: Omit<CapturedFunction, 'bdf' | 'printedAcs' | 'expressType' | 'namedDevices' | 'systemNames'> = {
  config: noConfigSpace('its registers are not in this input: run sudo lspci -xxxx'),
  vendor: NOT_IN_INPUT,
  device: NOT_IN_INPUT,
  subsystemVendor: NOT_IN_INPUT,
  subsystemDevice: NOT_IN_INPUT,
  classCode: NOT_IN_INPUT,
  revision: NOT_IN_INPUT,
  printedName: NOT_IN_INPUT,
  resources: NOT_IN_INPUT,
  parent: FROM_BUS_NUMBERS,
  rootBus: FROM_BUS_NUMBERS,
  physfn: NOT_IN_INPUT,
  driver: NOT_IN_INPUT,
  numaNode: NOT_IN_INPUT,
  iommuGroup: NOT_IN_INPUT,
  dmaMaskBits: NOT_IN_INPUT,
  consistentDmaMaskBits: NOT_IN_INPUT,
  link: NO_LINK,
  label: NOT_IN_INPUT,
  powerState: NOT_IN_INPUT,
  p2pmemSize: NOT_IN_INPUT,
};

/** Facts of a function that are a single `Fact`. */
export type FactName = Exclude<keyof typeof NOTHING, 'config' | 'link'>;

/** Their names. */
export const FACT_NAMES: readonly FactName[] = (Object.keys(NOTHING) as (keyof typeof NOTHING)[]).filter(
  (name): name is FactName => name !== 'config' && name !== 'link',
);

/** A mention of a function, and the part it is in. */
export interface Mention {
  readonly part: CapturePart;
  readonly told: PartFunction;
}

/** All mentions of each function; functions in the order of the parts as they were given. */
export function gatherMentions(
  given: readonly CapturePart[],
  strongestFirst: readonly CapturePart[],
): Map<Bdf, Mention[]> {
  const mentions = new Map<Bdf, Mention[]>();
  for (const { functions = [] } of given) for (const { bdf } of functions) mentions.set(bdf, []);
  for (const part of strongestFirst) {
    for (const told of part.functions ?? []) mentions.get(told.bdf)?.push({ part, told });
  }
  return mentions;
}

/** The function of its mentions, the strongest first. */
export function joinFunction(bdf: Bdf, mentions: readonly Mention[]): CapturedFunction {
  const [first, ...others] = mentions;
  if (first !== undefined && others.length === 0) {
    const { line, acsLine, ...facts } = first.told;
    return { ...NOTHING, ...facts };
  }
  const joined: Record<string, unknown> = { ...NOTHING, bdf };
  for (const name of FACT_NAMES) joined[name] = strongestFact(mentions, name)?.fact ?? NOTHING[name];
  // Of several without registers, the strongest says why.
  joined['config'] = mentions
    .flatMap(({ told }) => told.config ?? [])
    .reduce<ConfigSpace | undefined>(
      (sum, config) => (sum === undefined ? config : joinConfig(sum, config)),
      undefined,
    );
  joined['config'] ??= NOTHING.config;
  joined['link'] = joinLinks(mentions);
  const acs = joinAcs(mentions);
  if (acs !== undefined) joined['printedAcs'] = acs;
  const named = mentions.find(({ told }) => told.namedDevices !== undefined)?.told.namedDevices;
  if (named !== undefined) joined['namedDevices'] = named;
  const names = uniqueNames(mentions.flatMap(({ told }) => told.systemNames ?? []));
  if (names.length > 0) joined['systemNames'] = names;
  const express = mentions.flatMap(({ told }) => told.expressType ?? []);
  if (express.length > 0) joined['expressType'] = express.reduce((a, b) => (factRank(b) < factRank(a) ? b : a));
  return joined as unknown as CapturedFunction;
}

/** The mention whose fact `name` counts: the best of the strongest. */
export function strongestFact(
  mentions: readonly Mention[],
  name: FactName,
): { readonly mention: Mention; readonly fact: Fact<unknown> } | undefined {
  let best: { mention: Mention; fact: Fact<unknown> } | undefined;
  for (const mention of mentions) {
    const fact: Fact<unknown> | undefined = mention.told[name];
    if (fact !== undefined && (best === undefined || factRank(fact) < factRank(best.fact))) best = { mention, fact };
  }
  return best;
}

function joinLinks(mentions: readonly Mention[]): CapturedLink {
  const best = (name: keyof CapturedLink): Fact<number> =>
    mentions
      .flatMap(({ told }) => told.link?.[name] ?? [])
      .reduce((a, b) => (factRank(b) < factRank(a) ? b : a), NOT_IN_INPUT as Fact<number>);
  return { speed: best('speed'), width: best('width'), maxSpeed: best('maxSpeed'), maxWidth: best('maxWidth') };
}

function joinAcs(mentions: readonly Mention[]): PrintedAcs | undefined {
  const printed = mentions.flatMap(({ told }) => told.printedAcs ?? []);
  if (printed.length === 0) return undefined;
  const first = (name: keyof PrintedAcs) => printed.find((acs) => acs[name] !== undefined)?.[name];
  return { cap: first('cap'), control: first('control') };
}
