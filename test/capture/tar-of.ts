/** Tar archives for tests, with control over every field: also such as no honest program writes. */

/** One member. */
export interface RawMember {
  /** Bytes where it is no text. */
  readonly name: string | Uint8Array;
  /** Default: `0`, a file. */
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly link?: string;
  /** What the header says where that is not the body's size; text is written into the field as it stands. */
  readonly size?: number | string;
  /** ustar prefix. */
  readonly prefix?: string;
  /** Added to the right checksum. */
  readonly checksumError?: number;
}

const BLOCK = 512;

/** The members and, unless `end` is false, the end mark of two empty blocks. */
export function tarOf(members: readonly RawMember[], options: { readonly end?: boolean } = {}): Uint8Array {
  const parts = members.flatMap(memberBlocks);
  if (options.end !== false) parts.push(new Uint8Array(2 * BLOCK));
  return concat(parts);
}

/** The arrays one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A pax record line. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = new TextEncoder().encode(rest).length;
  let length = bytes + 1;
  while (bytes + String(length).length !== length) length++;
  return `${length}${rest}`;
}

function memberBlocks(member: RawMember): Uint8Array[] {
  const body = bytesOf(member.body ?? '');
  const block = new Uint8Array(BLOCK);
  const text = (value: string, at: number) => block.set(new TextEncoder().encode(value), at);
  block.set(bytesOf(member.name).subarray(0, 100));
  text('0000644\0', 100);
  text('0000000\0', 108);
  text('0000000\0', 116);
  const size = member.size ?? body.length;
  text(typeof size === 'string' ? size : size.toString(8).padStart(11, '0'), 124);
  text('00000000000\0', 136);
  text('        ', 148);
  text(member.type ?? '0', 156);
  text((member.link ?? '').slice(0, 100), 157);
  text('ustar\u000000', 257);
  text((member.prefix ?? '').slice(0, 155), 345);
  const sum = block.reduce((total, byte) => total + byte, 0) + (member.checksumError ?? 0);
  text(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [block, body, new Uint8Array(-body.length & (BLOCK - 1))];
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? new TextEncoder().encode(value) : value;
}
