/** Which passage told a fact. */
import type { Bdf } from '../../uapi/index.ts';
import type { MachineCapture, PassageKind } from '../capture-part.ts';
import { type FactName, gatherMentions, type Mention, strongestFact } from './join-functions.ts';
import { byStrength } from './strength.ts';

/** Where a fact stands. */
export interface Told {
  readonly source: string;
  readonly passage: PassageKind;
  /** From 1; undefined in files of a tree. */
  readonly line: number | undefined;
  /** Set where the fact was not stated. */
  readonly inferredFrom: string | undefined;
}

/** Finds the passages behind facts: the same choice that `joinParts` made. Made once for many questions. */
export class Evidence {
  readonly #mentions: ReadonlyMap<Bdf, readonly Mention[]>;

  constructor({ parts }: MachineCapture) {
    this.#mentions = gatherMentions(parts, byStrength(parts));
  }

  /** What told the fact `name` of a function; undefined where nothing did. */
  ofFact(bdf: Bdf, name: FactName): Told | undefined {
    const found = strongestFact(this.#mentions.get(bdf) ?? [], name);
    if (found === undefined || found.fact.state === 'unreadable') return undefined;
    const { mention, fact } = found;
    const origin = fact.state === 'known' ? fact.origin : undefined;
    return toldBy(mention, origin?.line, origin?.inferredFrom);
  }

  /** What told the ACS control of a function. */
  ofAcs(bdf: Bdf): Told | undefined {
    const mentions = this.#mentions.get(bdf) ?? [];
    const mention =
      mentions.find(({ told }) => told.acsLine !== undefined || told.printedAcs !== undefined) ??
      mentions.find(({ told }) => (told.config?.bytes.length ?? 0) > 0x100);
    return mention === undefined ? undefined : toldBy(mention, mention.told.acsLine, undefined);
  }

  /** All passages that mention a function, the strongest first. */
  mentionsOf(bdf: Bdf): readonly Told[] {
    return (this.#mentions.get(bdf) ?? []).map((mention) => toldBy(mention, undefined, undefined));
  }
}

function toldBy({ part, told }: Mention, line: number | undefined, inferredFrom: string | undefined): Told {
  const { source, passage, line: partLine } = part.origin;
  return { source, passage, line: line ?? told.line ?? partLine, inferredFrom };
}
