/** Numbers as people type them: `4K`, `2M`, `1G`, `0x1000`, `4096`. */
import type { BarRange } from '../answers/index.ts';
import { U64_MAX } from '../base/index.ts';
import { UsageError } from './exit-code.ts';

const SHIFT: Readonly<Record<string, bigint>> = { '': 0n, k: 10n, m: 20n, g: 30n, t: 40n };

/** A size or address, 0 ... 2^64-1. @throws UsageError naming `option`. */
export function parseSize(text: string, option: string): bigint {
  const match = /^(0x[0-9a-f]+|\d+)([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  const unit = SHIFT[match?.[2]?.toLowerCase() ?? ''];
  if (match?.[1] === undefined || unit === undefined) {
    throw new UsageError(`${option}: "${text}" is no number; write 4096, 0x1000, 4K, 2M or 1G`);
  }
  const value = BigInt(match[1]) << unit;
  if (value > U64_MAX) throw new UsageError(`${option}: ${text} does not fit 64 bits`);
  return value;
}

/** `OFFSET+LENGTH`. @throws UsageError */
export function parseRange(text: string): BarRange {
  const [offset, length, more] = text.split('+');
  if (offset === undefined || length === undefined || more !== undefined) {
    throw new UsageError(`--range ${text}: write OFFSET+LENGTH, for example 0+2M or 0x10000+4K`);
  }
  const range = { offset: parseSize(offset, `--range ${text}`), length: parseSize(length, `--range ${text}`) };
  if (range.offset + range.length > U64_MAX + 1n) throw new UsageError(`--range ${text}: its end is over 2^64`);
  return range;
}

/** `DEVICE:BAR`, split at the last colon. @throws UsageError */
export function parseBar(text: string): { readonly device: string; readonly bar: number } {
  const match = /^(.+):([0-9]+)$/.exec(text);
  if (match?.[1] === undefined || Number(match[2]) > 5) {
    throw new UsageError(`"${text}" names no BAR; write PROVIDER:BAR with a BAR from 0 to 5, for example gpu0:2`);
  }
  return { device: match[1], bar: Number(match[2]) };
}
