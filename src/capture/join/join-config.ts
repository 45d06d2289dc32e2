/** The registers of one function as several parts show them. */
import { type CapabilityPlaces, ConfigSpace } from '../config-space.ts';

/** The first counts where both know a bit; the second fills in what the first does not know. */
export function joinConfig(first: ConfigSpace, second: ConfigSpace): ConfigSpace {
  if (second.bytes.length === 0 || addsNothing(first, second)) return first;
  if (first.bytes.length === 0) return second;
  const length = Math.max(first.bytes.length, second.bytes.length);
  const bytes = new Uint8Array(length);
  const mask = new Uint8Array(length);
  let whole = true;
  for (let i = 0; i < length; i++) {
    const a = maskAt(first, i);
    const b = maskAt(second, i) & ~a;
    bytes[i] = ((first.bytes[i] ?? 0) & a) | ((second.bytes[i] ?? 0) & b);
    mask[i] = a | b;
    if (mask[i] !== 0xff) whole = false;
  }
  const { whyUnknown } = first;
  const size = first.size ?? second.size;
  return new ConfigSpace(bytes, {
    mask: whole ? undefined : mask,
    whyUnknown,
    size,
    places: joinPlaces(first, second),
  });
}

function joinPlaces({ places: a }: ConfigSpace, { places: b }: ConfigSpace): CapabilityPlaces | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    standard: new Map([...b.standard, ...a.standard]),
    extended: new Map([...b.extended, ...a.extended]),
  };
}

function maskAt(config: ConfigSpace, offset: number): number {
  if (offset >= config.bytes.length) return 0;
  return config.mask === undefined ? 0xff : (config.mask[offset] as number);
}

function addsNothing(first: ConfigSpace, second: ConfigSpace): boolean {
  return first.mask === undefined && first.bytes.length >= second.bytes.length;
}
