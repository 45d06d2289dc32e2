/** Who on a bus claims an address: BARs and bridge windows, as far as they are known and switched on. */
import { type Fact, known } from '../capture/index.ts';
import type { PciFunction } from '../pci/index.ts';
import type { BarDecoder } from './bar-decoders.ts';
import type { Bridge, BridgeWindow, Bus } from './bus-tree.ts';
import { missingOf } from './registers.ts';
import type { MissingFact } from './route-value.ts';
import type { Span } from './span.ts';
import { atFunction, fork, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** Something that decodes the address. `window` is undefined where the windows are not known. */
export type Claim =
  | { readonly kind: 'bar'; readonly fn: PciFunction; readonly decoder: BarDecoder }
  | {
      readonly kind: 'window';
      readonly fn: PciFunction;
      readonly bridge: Bridge;
      readonly window: BridgeWindow | undefined;
    };

/** Everything on a bus that has to do with one address. */
export interface Claims {
  readonly claims: readonly Claim[];
  /** Would claim it, but decoding is switched off. */
  readonly disabled: readonly Claim[];
  /** May claim it. */
  readonly unsure: readonly { readonly claim: Claim; readonly missing: MissingFact }[];
}

/** Asks every function on `bus` but `except`. */
export function claimsOn(world: World, bus: Bus, span: Span, except?: PciFunction): Claims {
  const found = new Collector(world);
  for (const decoder of bus.bars) {
    if (decoder.fn !== except && span.isIn(decoder.range)) found.bar(decoder);
  }
  for (const bridge of bus.bridges) {
    if (bridge.fn !== except) askBridge(bridge, span, found);
  }
  return found.finish();
}

/** The claim of one bridge's windows alone, as {@link claimsOn} would find it. */
export function claimsOfBridge(world: World, bridge: Bridge, span: Span): Claims {
  const found = new Collector(world);
  askBridge(bridge, span, found);
  return found.finish();
}

/** The claims of one function's own BARs. */
export function claimsOfFunction(world: World, bus: Bus, fn: PciFunction, span: Span): Claims {
  const found = new Collector(world);
  for (const decoder of bus.bars) if (decoder.fn === fn && span.isIn(decoder.range)) found.bar(decoder);
  return found.finish();
}

function askBridge(bridge: Bridge, span: Span, found: Collector): void {
  if (bridge.windows.state !== 'known') {
    found.unknownWindows(bridge, bridge.windows.state === 'unreadable' ? bridge.windows.why : 'not in this input');
    return;
  }
  const window = bridge.windows.value.find(({ range }) => span.isIn(range));
  if (window !== undefined) found.window(bridge, window);
}

class Collector {
  readonly #world: World;
  readonly #claims: Claim[] = [];
  readonly #disabled: Claim[] = [];
  readonly #unsure: { claim: Claim; missing: MissingFact }[] = [];
  #unsized: BarDecoder | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  bar(decoder: BarDecoder): void {
    if (decoder.sized) this.#add({ kind: 'bar', fn: decoder.fn, decoder }, decoder.enabled);
    // BARs do not overlap: of those without a size, only the last one below the address can hold it.
    else if (this.#unsized === undefined || decoder.range.start > this.#unsized.range.start) this.#unsized = decoder;
  }

  window(bridge: Bridge, window: BridgeWindow): void {
    const { fn } = bridge;
    this.#add({ kind: 'window', fn, bridge, window }, memoryEnabled(fn));
  }

  unknownWindows(bridge: Bridge, why: string): void {
    const { fn } = bridge;
    const claim = { kind: 'window', fn, bridge, window: undefined } as const;
    this.#unsure.push({ claim, missing: missingOf(fn, 'memory windows', why) });
  }

  finish(): Claims {
    const decoder = this.#unsized;
    if (decoder !== undefined) {
      const claim = { kind: 'bar', fn: decoder.fn, decoder } as const;
      const fact = `size of BAR${decoder.bar}`;
      this.#unsure.push({ claim, missing: missingOf(decoder.fn, fact, 'not in this input') });
    }
    return { claims: this.#claims, disabled: this.#disabled, unsure: this.#unsure };
  }

  #add(claim: Claim, enabled: Fact<boolean>): void {
    if (this.#world.assumeEnabled || (enabled.state === 'known' && enabled.value)) this.#claims.push(claim);
    else if (enabled.state === 'unreadable') {
      this.#unsure.push({ claim, missing: missingOf(claim.fn, 'Memory Space Enable', enabled.why) });
    } else this.#disabled.push(claim);
  }
}

function memoryEnabled(fn: PciFunction): Fact<boolean> {
  return fn.command.state === 'known' ? known(fn.command.value.memory) : fn.command;
}

/** Goes on with the one claim, or with none; branches where it is not known which. */
export function followClaim(
  found: Claims,
  onClaim: (claim: Claim) => Walk,
  onNone: (disabled: readonly Claim[]) => Walk,
): Walk {
  const [claim, second] = found.claims;
  if (claim !== undefined && second !== undefined) {
    return stop(atFunction(second.fn), 'from-above', { reason: 'conflict', rule: 'two-claims' });
  }
  if (claim !== undefined) return onClaim(claim);
  const [unsure] = found.unsure;
  if (unsure === undefined) return onNone(found.disabled);
  const missing = found.unsure.map((each) => each.missing);
  const branches = [...found.unsure.map((each) => onClaim(each.claim)), onNone(found.disabled)];
  return fork(atFunction(unsure.claim.fn), 'from-above', unsureRule(unsure.claim), missing, branches);
}

function unsureRule(claim: Claim): 'bar-size-unknown' | 'windows-unknown' | 'command-unknown' {
  if (claim.kind === 'bar') return claim.decoder.sized ? 'command-unknown' : 'bar-size-unknown';
  return claim.window === undefined ? 'windows-unknown' : 'command-unknown';
}
