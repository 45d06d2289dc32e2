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

const NO_CONFIG = noConfigSpace('its registers are not in this input: run sudo lspci -xxxx');

/** Every fact of a function; what is not told is not in the input. Name by name: merged by spread it takes 100 times as long. */
function everyFact(told: Omit<PartFunction, 'line' | 'acsLine'>): Writable<CapturedFunction> {
  return {
    bdf: told.bdf,
    config: told.config ?? NO_CONFIG,
    vendor: told.vendor ?? NOT_IN_INPUT,
    device: told.device ?? NOT_IN_INPUT,
    subsystemVendor: told.subsystemVendor ?? NOT_IN_INPUT,
    subsystemDevice: told.subsystemDevice ?? NOT_IN_INPUT,
    classCode: told.classCode ?? NOT_IN_INPUT,
    revision: told.revision ?? NOT_IN_INPUT,
    printedName: told.printedName ?? NOT_IN_INPUT,
    resources: told.resources ?? NOT_IN_INPUT,
    parent: told.parent ?? FROM_BUS_NUMBERS,
    rootBus: told.rootBus ?? FROM_BUS_NUMBERS,
    physfn: told.physfn ?? NOT_IN_INPUT,
    driver: told.driver ?? NOT_IN_INPUT,
    numaNode: told.numaNode ?? NOT_IN_INPUT,
    iommuGroup: told.iommuGroup ?? NOT_IN_INPUT,
    dmaMaskBits: told.dmaMaskBits ?? NOT_IN_INPUT,
    consistentDmaMaskBits: told.consistentDmaMaskBits ?? NOT_IN_INPUT,
    link: told.link ?? NO_LINK,
    label: told.label ?? NOT_IN_INPUT,
    powerState: told.powerState ?? NOT_IN_INPUT,
    p2pmemSize: told.p2pmemSize ?? NOT_IN_INPUT,
  };
}

/** A function of which nothing is told. Its keys are the facts of a function, all of them. */
const NOTHING = everyFact({ bdf: 0 as Bdf });

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Facts of a function that are a single `Fact`. */
export type FactName = Exclude<
  keyof CapturedFunction,
  'bdf' | 'config' | 'link' | 'printedAcs' | 'expressType' | 'namedDevices' | 'systemNames' | 'below'
>;

/** Their names. */
const FACT_NAMES: readonly FactName[] = (Object.keys(NOTHING) as (FactName | 'bdf' | 'config' | 'link')[]).filter(
  (name) => name !== 'bdf' && name !== 'config' && name !== 'link',
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
    const { printedAcs, expressType, namedDevices, systemNames, below } = first.told;
    const only = everyFact(first.told);
    if (printedAcs !== undefined) only.printedAcs = printedAcs;
    if (expressType !== undefined) only.expressType = expressType;
    if (namedDevices !== undefined) only.namedDevices = namedDevices;
    if (systemNames !== undefined) only.systemNames = systemNames;
    if (below !== undefined) only.below = below;
    return only;
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
  const below = mentions.find(({ told }) => told.below !== undefined)?.told.below;
  if (below !== undefined) joined['below'] = below;
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
