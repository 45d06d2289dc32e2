/**
 * A fact of a machine, as far as the input tells it.
 *
 * - `known`: the input says so.
 * - `absent`: the input shows that there is none (no IOMMU group, no driver).
 * - `unreadable`: the input does not tell; `why` says what kept it from telling, in words that fit after "unknown: ".
 *
 * Nothing is ever filled in: a default in place of a fact is a wrong answer waiting to happen.
 */
export type Fact<T> = KnownFact<T> | AbsentFact | UnreadableFact;

/** The input says so. */
export interface KnownFact<T> {
  readonly state: 'known';
  readonly value: T;
  /** Where it stands, if that is not where the function or the passage around it stands; and what it was inferred from. */
  readonly origin?: FactOrigin;
}

/**
 * Where one fact comes from, as far as the part around it does not tell already (`origin` of a `CapturePart`, `line` of
 * a `PartFunction`): most facts need none.
 */
export interface FactOrigin {
  /** Line of the source, from 1. */
  readonly line?: number;
  /** Set where the fact was not stated but follows: words that fit after "inferred from ", like "the name of the device". */
  readonly inferredFrom?: string;
}

/** The input shows that there is none. */
export interface AbsentFact {
  readonly state: 'absent';
}

/** The input does not tell. */
export interface UnreadableFact {
  readonly state: 'unreadable';
  /** What kept the input from telling, for example "not in this input" or "config space is cut at 64 bytes". */
  readonly why: string;
}

/** Shared by all absent facts. */
export const ABSENT: AbsentFact = { state: 'absent' };

/** A fact whose input has no place for it: an lspci dump says nothing of the CPU. */
export const NOT_IN_INPUT: UnreadableFact = { state: 'unreadable', why: 'not in this input' };

/** Wraps a fact that the input tells. */
export function known<T>(value: T, origin?: FactOrigin): KnownFact<T> {
  return origin === undefined ? { state: 'known', value } : { state: 'known', value, origin };
}

/** A fact that the input does not tell, and why. */
export function unreadable(why: string): UnreadableFact {
  return { state: 'unreadable', why };
}

/** The value of a known fact, else undefined. Only for places where absent and unreadable mean the same. */
export function factValue<T>(fact: Fact<T>): T | undefined {
  return fact.state === 'known' ? fact.value : undefined;
}

/** The fact with its value changed; absent and unreadable stay as they are. */
export function mapFact<T, U>(fact: Fact<T>, change: (value: T) => U): Fact<U> {
  return fact.state === 'known' ? known(change(fact.value), fact.origin) : fact;
}
