/** Lines that stand above the capabilities of a function: behind them they can only be those of another function. */
import { startsWith } from './byte-text.ts';

const OWN_LINES = [
  'Bus: primary=',
  'BridgeCtl: ',
  'Control: I/O',
  'DeviceName: ',
  'Expansion ROM at ',
  'Flags: bus master',
  'Flags: fast devsel',
  'Flags: medium devsel',
  'Flags: slow devsel',
  'Flags: 66MHz',
  'I/O behind bridge',
  'IOMMU group: ',
  'Interrupt: pin',
  'Latency: ',
  'Memory behind bridge',
  'NUMA node: ',
  'Physical Slot: ',
  'Prefetchable memory behind bridge',
  'Region ',
  'Status: Cap',
  'Subsystem: ',
] as const;

/** First words by first letter; spaces need not be plain ones yet. */
const BY_LETTER: readonly (readonly string[] | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const words = [...OWN_LINES, 'Capabilities:', 'Kernel', 'ACSC'].map((line) => line.split(' ', 1)[0] ?? line);
  const own = words.filter((word) => word.charCodeAt(0) === code);
  return own.length === 0 ? undefined : own;
});

/** May the line at `start` be more than a detail of the capability above it? */
export function mayStand(bytes: Uint8Array, start: number): boolean {
  return BY_LETTER[bytes[start] as number]?.some((line) => startsWith(bytes, start, line)) === true;
}

/**
 * Does the line at `start` stand above the capabilities of a function?
 * @param inSriov within SR-IOV, which prints regions of its own
 */
export function standsAbove(bytes: Uint8Array, start: number, inSriov: boolean): boolean {
  if (inSriov && startsWith(bytes, start, 'Region ')) return false;
  return OWN_LINES.some((line) => startsWith(bytes, start, line));
}
