/** Lists and pairs of devices as people write them: `gpu0, gpu1`, `gpu* <-> nic*`. */
import { type Failure, fail, ok, type Result } from '../base/index.ts';
import { focusOf, type Want, WISHES, wantPairs, wishPairs } from '../diagnose/index.ts';
import type { PciFunction, PciTopology } from '../pci/index.ts';
import { parseBdf } from '../uapi/index.ts';
import type { DeviceNames } from './names.ts';
import { noDevice, selectFunctions } from './select.ts';

/** Pairs are worked on one by one, and they grow with the square of the devices. */
const MOST_PAIRS = 2_000_000;

/** The devices of a list. */
export interface SelectedList {
  /** Each once, in the order of the list. */
  readonly functions: readonly PciFunction[];
  /** Parts of the list that name no device of this machine: lists are written for many machines. */
  readonly unnamed: readonly string[];
}

/** The ordered pairs of a text. */
export interface SelectedPairs {
  readonly wants: readonly Want[];
  /** Parts of the text that name no device of this machine, where others beside them do. */
  readonly unnamed: readonly string[];
}

/**
 * The devices of a list with commas, each part as `selectFunctions` takes it. Fails where all parts name none, and for
 * an address that nothing has.
 */
export function selectList(topology: PciTopology, names: DeviceNames, text: string): Result<SelectedList, Failure> {
  const parts = text.split(',').map((part) => ({ part, found: selectFunctions(topology, names, part) }));
  const unnamed = parts.filter(({ found }) => found.length === 0).map(({ part }) => part.trim());
  const wrong = unnamed.length === parts.length ? unnamed[0] : unnamed.find((part) => parseBdf(part) !== undefined);
  if (wrong !== undefined) return fail(`${wrong}: ${noDevice(topology, names, wrong)}`);
  return ok({ functions: [...new Set(parts.flatMap(({ found }) => found))], unnamed });
}

/**
 * The ordered pairs that a text names, at least one: `gpu* -> nic*` (the left side is the provider, the right one the
 * client), `gpu* <-> nic*` for both ways, or a word of `WISHES`. Sides are lists as `selectList` takes them. The pairs of
 * a `Requirement` and what `peerpath fix --want` takes are such texts. Fails where a side names nothing, where there is
 * no arrow, for a device with itself, and for more than 2,000,000 pairs.
 */
export function selectPairs(topology: PciTopology, names: DeviceNames, text: string): Result<SelectedPairs, Failure> {
  const wish = WISHES.find((name) => name === text.trim());
  if (wish !== undefined) {
    const count = focusOf(topology.functions).devices.length;
    if (count * count > MOST_PAIRS) return tooMany(wish, count * count);
    const wants = wishPairs(topology.functions, wish);
    return wants.length === 0 ? fail(`${wish}: this machine has no such pairs`) : ok({ wants, unnamed: [] });
  }
  const sides = /^(.+?)\s*(<->|->)\s*(.+)$/.exec(text.trim());
  if (sides === null)
    return fail(`${text}: write PROVIDER->CLIENT or A<->B, for example 'gpu*<->nic*', or ${WISHES.join(', ')}`);
  const [, left = '', arrow, right = ''] = sides;
  const providers = selectList(topology, names, left);
  if (!providers.ok) return providers;
  const clients = selectList(topology, names, right);
  if (!clients.ok) return clients;
  const [a, b] = [providers.value, clients.value];
  const count = a.functions.length * b.functions.length;
  if (count > MOST_PAIRS) return tooMany(text, count);
  const wants = wantPairs(a.functions, b.functions, arrow === '<->');
  if (wants.length === 0) return fail(`${text}: both sides are one and the same device`);
  return ok({ wants, unnamed: [...a.unnamed, ...b.unnamed] });
}

function tooMany(text: string, pairs: number): Result<never, Failure> {
  return fail(`${text} makes ${pairs} pairs; name at most ${MOST_PAIRS}`);
}
