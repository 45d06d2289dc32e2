/** Addresses and lengths of a table in words. */
import { byteText } from '../../src/base/index.ts';
import type { MapView } from '../map-protocol.ts';

/** The address of an entry as text. */
export function addressAt({ addrLo, addrHi }: MapView, entry: number): string {
  const high = addrHi[entry] ?? 0;
  const low = (addrLo[entry] ?? 0).toString(16);
  return high === 0 ? `0x${low}` : `0x${high.toString(16)}${low.padStart(8, '0')}`;
}

/** From here on a number of units is no longer read at a glance. */
const MOST_UNITS = 10_000n;

/** Bytes as people say them: `2 MiB`, and `4 GiB - 4 KiB` where that is shorter than 4194300 KiB. */
export function lengthText(bytes: bigint): string {
  const whole = byteText(bytes);
  if (BigInt(/^\d+/.exec(whole)?.[0] ?? 0) < MOST_UNITS) return whole;
  for (let unit = 1n << 40n; unit > 1n; unit >>= 10n) {
    if (bytes < unit) continue;
    const over = bytes % unit;
    const [less, more] = [unit - over, over];
    const rest = less < more ? less : more;
    if (rest * 16n > bytes) continue;
    const base = less < more ? bytes + less : bytes - more;
    return `${byteText(base)} ${less < more ? '-' : '+'} ${byteText(rest)}`;
  }
  return whole;
}
