/** What the tests of the lspci reader share. */
import { readFileSync } from 'node:fs';
import { type CapturedFunction, type MachineCapture, readLspci } from '../../src/capture/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';

/** The bytes of a file in test/fixtures/lspci. */
export function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../fixtures/lspci/${name}`, import.meta.url));
}

/** The same as text; no fixture has bytes beyond ASCII. */
export function fixtureText(name: string): string {
  return new TextDecoder().decode(fixture(name));
}

/** Reads text as lspci output. */
export function read(text: string): MachineCapture {
  return readLspci(new TextEncoder().encode(text), 'test');
}

/** The function with that address. */
export function functionOf(capture: MachineCapture, address: string): CapturedFunction {
  const fn = capture.functions.find(({ bdf }) => formatBdf(bdf) === address);
  if (fn === undefined) throw new Error(`${address} was not read`);
  return fn;
}

/** The only function of a text. */
export function readOne(text: string): CapturedFunction {
  const [fn, ...rest] = read(text).functions;
  if (fn === undefined || rest.length > 0) throw new Error('not one function');
  return fn;
}

/** Addresses in the order of the capture. */
export function addresses(capture: MachineCapture): string[] {
  return capture.functions.map(({ bdf }) => formatBdf(bdf));
}

/** The text without its rows of bytes. */
export function withoutHex(text: string): string {
  return text.replace(/^[0-9a-f]{2,3}:(?: [0-9a-f]{2}){16}\n/gm, '');
}

/** A value with its bigints and bytes in a form that can be compared and printed. */
export function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, part) => {
      if (typeof part === 'bigint') return `0x${part.toString(16)}`;
      return part instanceof Uint8Array ? [...part].map((byte) => byte.toString(16)).join(' ') : part;
    }),
  );
}
