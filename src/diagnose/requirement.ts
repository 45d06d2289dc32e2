/** Conditions that pairs of a machine must meet. */
import { type Failure, fail, ok, type Result } from '../base/index.ts';
import { calcMapTypeAndDist, type P2pdmaMachine, type Verdict } from '../p2pdma/index.ts';
import type { MapType } from '../uapi/index.ts';
import type { Want } from './planner/index.ts';

/** A condition on ordered pairs. */
export interface Requirement {
  /** As it was written. */
  readonly text: string;
  /** The devices, as they were written: `gpu* -> nic*`. */
  readonly pairs: string;
  /** Map types that meet it. */
  readonly types: readonly MapType[];
  /** Most hops that `pci_p2pdma_distance()` may return. */
  readonly mostDistance: number | undefined;
}

const DIRECT: MapType = 'PCI_P2PDMA_MAP_BUS_ADDR';
const THROUGH: MapType = 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE';
const REFUSED: MapType = 'PCI_P2PDMA_MAP_NOT_SUPPORTED';

const TYPES: Readonly<Record<string, readonly MapType[]>> = {
  [DIRECT]: [DIRECT],
  [THROUGH]: [THROUGH],
  [REFUSED]: [REFUSED],
  direct: [DIRECT],
  through: [THROUGH],
  supported: [DIRECT, THROUGH],
  'not-supported': [REFUSED],
};

/** Reads `gpu* -> nic*: direct, distance <= 4`. The type may be left out where there is a distance. */
export function parseRequirement(text: string): Result<Requirement, Failure> {
  const split = /^(.+?(?:<->|->).+?|nearest|same-switch|all):([^:]+)$/.exec(text.trim());
  if (split === null)
    return fail(
      `${text}: write PAIRS: TYPE, for example 'gpu* -> nic*: direct' or 'gpu0 <-> nic0: supported, distance <= 6'`,
    );
  const [, pairs = '', conditions = ''] = split;
  let types: readonly MapType[] | undefined;
  let mostDistance: number | undefined;
  for (const word of conditions.split(',').map((part) => part.trim())) {
    const distance = /^distance\s*<=\s*(\d+)$/.exec(word)?.[1];
    if (distance !== undefined) mostDistance = Number(distance);
    else if (Object.hasOwn(TYPES, word)) types = TYPES[word];
    else return fail(`${text}: "${word}" is no condition; say ${Object.keys(TYPES).join(', ')} or distance <= N`);
  }
  return ok({ text: text.trim(), pairs: pairs.trim(), types: types ?? [DIRECT, THROUGH], mostDistance });
}

/** One pair held against a requirement. */
export interface Judgement {
  readonly requirement: Requirement;
  readonly pair: Want;
  readonly state: 'holds' | 'fails' | 'unknown';
  readonly verdict: Verdict;
}

/** Unknown only where what is missing decides: every answer that the input leaves open counts. */
export function judge(machine: P2pdmaMachine, requirement: Requirement, pair: Want): Judgement {
  const verdict = calcMapTypeAndDist(machine, pair.provider, pair.client);
  const { candidates, hops } = verdict;
  const meets = candidates.map((type) => requirement.types.includes(type));
  const near = isNear(requirement, candidates.includes(REFUSED) && candidates.length === 1 ? -1 : hops);
  const every = meets.every(Boolean) && near === true;
  const none = !meets.some(Boolean) || near === false;
  return { requirement, pair, state: every ? 'holds' : none ? 'fails' : 'unknown', verdict };
}

function isNear({ mostDistance }: Requirement, hops: number | undefined): boolean | undefined {
  if (mostDistance === undefined) return true;
  return hops === undefined ? undefined : hops >= 0 && hops <= mostDistance;
}
