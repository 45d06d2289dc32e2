/** Whether parts can be of one machine: nothing else may stand at an address than what stands there. */
import { type Bdf, formatBdf } from '../../uapi/index.ts';
import type { Fact } from '../fact.ts';
import { placeOf } from './disagreements.ts';
import type { Mention } from './join-functions.ts';

/** Two mentions that cannot be of one function. */
export interface Contradiction {
  readonly bdf: Bdf;
  /** One sentence, without a stop. */
  readonly text: string;
}

/** The first address at which two parts have different devices. */
export function contradiction(mentions: ReadonlyMap<Bdf, readonly Mention[]>): Contradiction | undefined {
  for (const [bdf, each] of mentions) {
    if (each.length < 2) continue;
    const stated = each.flatMap((mention) => {
      const ids = statedIds(mention);
      return ids === undefined ? [] : [{ mention, ids }];
    });
    const [first, ...others] = stated;
    const other = others.find(({ ids }) => ids !== first?.ids);
    if (first === undefined || other === undefined) continue;
    const text =
      `at ${formatBdf(bdf)} there is ${first.ids} in ${placeOf(first.mention)} and ${other.ids} in ` +
      `${placeOf(other.mention)}: they are of two machines`;
    return { bdf, text };
  }
  return undefined;
}

/** `vvvv:dddd` as the part states it; a function that does not answer reads as all ones. */
function statedIds({ told }: Mention): string | undefined {
  const [vendor, device] = [stated(told.vendor), stated(told.device)];
  if (vendor === undefined || device === undefined || vendor === 0xffff) return undefined;
  return [vendor, device].map((id) => id.toString(16).padStart(4, '0')).join(':');
}

function stated(fact: Fact<number> | undefined): number | undefined {
  return fact?.state === 'known' && fact.origin?.inferredFrom === undefined ? fact.value : undefined;
}
