/** Addresses and sizes of a table in words. */
import type { MapView } from '../protocol.ts';

/** Sizes as people write them. */
export function bytes(value: bigint): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let [size, unit] = [value, 0];
  while (size !== 0n && size % 1024n === 0n && unit < units.length - 1) {
    size /= 1024n;
    unit++;
  }
  return `${size} ${units[unit]}`;
}

/** The address of an entry as text. */
export function addressAt({ addrLo, addrHi }: MapView, entry: number): string {
  const high = addrHi[entry] ?? 0;
  const low = (addrLo[entry] ?? 0).toString(16);
  return high === 0 ? `0x${low}` : `0x${high.toString(16)}${low.padStart(8, '0')}`;
}
