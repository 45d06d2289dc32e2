/** Ranges as people write them. */
import type { RangePattern } from '../map-protocol.ts';
import type { BarView } from '../protocol.ts';

const UNITS: Readonly<Record<string, bigint>> = { '': 1n, k: 1n << 10n, m: 1n << 20n, g: 1n << 30n, t: 1n << 40n };

/** `64K`, `0x1000`, `2GiB` in bytes; undefined for what is no size. */
function parseSize(text: string): bigint | undefined {
  const read = /^(0x[0-9a-f]{1,16}|\d{1,20})([kmgt]?)(?:i?b)?$/i.exec(text);
  if (read === null) return undefined;
  const unit = UNITS[(read[2] ?? '').toLowerCase()];
  return unit === undefined ? undefined : BigInt(read[1] ?? '0') * unit;
}

/** One range or pattern a line; a sentence where a line is neither. */
export function parseRanges(text: string): readonly RangePattern[] | string {
  const patterns: RangePattern[] = [];
  for (const line of text.split(/[\n;]/)) {
    if (line.trim() === '') continue;
    const read = /^\s*(\S+)\s+(\S+)(?:\s+every\s+(\S+)\s+times\s+(\d{1,8}))?\s*$/i.exec(line);
    const [start, size] = [parseSize(read?.[1] ?? ''), parseSize(read?.[2] ?? '')];
    const stride = read?.[3] === undefined ? 0n : parseSize(read[3]);
    if (start === undefined || size === undefined || stride === undefined)
      return `“${line.trim().slice(0, 60)}” is no range: write “0 2M”, or “0 4K every 8K times 1000”.`;
    patterns.push({ start: `${start}`, size: `${size}`, stride: `${stride}`, count: Number(read?.[4] ?? 1) });
  }
  return patterns.length === 0 ? 'Give at least one range.' : patterns;
}

/** A few that say something about a BAR. */
export function presetsFor(bar: BarView): readonly { readonly title: string; readonly text: string }[] {
  const size = BigInt(bar.size);
  const half = size / 2n;
  const pages = size / 8192n;
  const many = pages > 1_000_000n ? 1_000_000n : pages;
  return [
    { title: 'All of it', text: `0 ${write(size)}` },
    ...(size >= 8192n ? [{ title: 'Two halves', text: `0 ${write(half)}\n${write(half)} ${write(half)}` }] : []),
    ...(pages >= 4n ? [{ title: 'Every other page', text: `0 4K every 8K times ${many}` }] : []),
  ];
}

function write(size: bigint): string {
  for (const [unit, of] of [['G', 1n << 30n] as const, ['M', 1n << 20n] as const, ['K', 1n << 10n] as const])
    if (size >= of && size % of === 0n) return `${size / of}${unit}`;
  return `0x${size.toString(16)}`;
}
