/** Writes a tar archive (ustar, long names the GNU way). */
import type { CaptureMember } from './capture-files.ts';

const BLOCK = 512;
const NAME_SIZE = 100;

/** The archive as bytes. @param mtime seconds since 1970, of every member */
export function writeTar(members: readonly CaptureMember[], mtime: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const member of members) {
    const name = Buffer.from(member.kind === 'directory' ? `${member.path}/` : member.path);
    const target = Buffer.from(member.kind === 'link' ? member.target : '');
    const body = member.kind === 'file' ? member.bytes : new Uint8Array(0);
    if (target.length > NAME_SIZE) addLongText(parts, 'K', target);
    if (name.length > NAME_SIZE) addLongText(parts, 'L', name);
    parts.push(header({ name, target, type: TYPES[member.kind], size: body.length, mtime }));
    addBody(parts, body);
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return Buffer.concat(parts);
}

const TYPES = { file: '0', link: '2', directory: '5' } as const;
/** Private, like the script's: what root reads is not for everyone. */
const MODES = { '0': 0o600, '2': 0o777, '5': 0o700, K: 0o600, L: 0o600 } as const;

interface HeaderFields {
  readonly name: Uint8Array;
  readonly target: Uint8Array;
  readonly type: keyof typeof MODES;
  readonly size: number;
  readonly mtime: number;
}

/** A member whose body is the name or link target of the next one. */
function addLongText(parts: Uint8Array[], type: 'K' | 'L', text: Uint8Array): void {
  const body = Buffer.concat([text, new Uint8Array(1)]);
  const name = Buffer.from('././@LongLink');
  parts.push(header({ name, target: new Uint8Array(0), type, size: body.length, mtime: 0 }));
  addBody(parts, body);
}

function addBody(parts: Uint8Array[], body: Uint8Array): void {
  parts.push(body);
  const rest = body.length % BLOCK;
  if (rest !== 0) parts.push(new Uint8Array(BLOCK - rest));
}

function header({ name, target, type, size, mtime }: HeaderFields): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  block.set(name.subarray(0, NAME_SIZE), 0);
  octal(block, 100, 8, MODES[type]);
  octal(block, 108, 8, 0);
  octal(block, 116, 8, 0);
  octal(block, 124, 12, size);
  octal(block, 136, 12, mtime);
  block.fill(' ', 148, 156);
  block.write(type, 156);
  block.set(target.subarray(0, NAME_SIZE), 157);
  // GNU's magic, since the long names are GNU's.
  block.write('ustar  \0', 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  octal(block, 148, 7, sum);
  return block;
}

/** Digits up to the last byte of the field, which stays NUL. */
function octal(block: Buffer, at: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), at);
  block[at + length - 1] = 0;
}
