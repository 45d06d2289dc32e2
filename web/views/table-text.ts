/** Addresses of a table in words. */
import type { MapView } from '../map-protocol.ts';

/** The address of an entry as text. */
export function addressAt({ addrLo, addrHi }: MapView, entry: number): string {
  const high = addrHi[entry] ?? 0;
  const low = (addrLo[entry] ?? 0).toString(16);
  return high === 0 ? `0x${low}` : `0x${high.toString(16)}${low.padStart(8, '0')}`;
}
