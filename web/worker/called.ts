/** What a machine is called by texts that tell of it: its host, or its board. */
import { printable } from '../../src/base/index.ts';
import type { OpenInput } from '../protocol.ts';

/** Logs begin with it; more of a large one is not looked at. */
const MOST_LOOKED = 1 << 20;
const MOST_LETTERS = 40;

/** Host or board of the machine that an input shows; undefined where no text of it tells. */
export function calledIn(input: OpenInput): string | undefined {
  if (input.from === 'example') return undefined;
  for (const { bytes } of [input, ...(input.others ?? [])]) {
    // Compressed files hold no words.
    if (bytes[0] === 0x1f || bytes[0] === 0xfd || bytes[0] === 0x28) continue;
    const text = new TextDecoder('latin1').decode(bytes.subarray(0, MOST_LOOKED));
    const found = hostOf(text) ?? boardOf(text);
    if (found !== undefined) return printable(found.trim().slice(0, MOST_LETTERS));
  }
  return undefined;
}

/** `Nov 30 08:44:37 box kernel: …` */
function hostOf(text: string): string | undefined {
  return /^\w{3} [ \d]\d [\d:]{8} ([\w.-]+) kernel: /m.exec(text)?.[1];
}

/** `DMI: MAKER BOARD/PART, BIOS …`: without what makers are called in full. */
function boardOf(text: string): string | undefined {
  const board = /\bDMI: ([^\n]+?), BIOS /.exec(text)?.[1];
  return board
    ?.replace(/\/[^/]*$/, '')
    .replace(/^(.*?\b(?:Inc|INC|Ltd|LTD|Corp|Corporation|CORPORATION)\b\.?,?)\s+(?=\S)/, '');
}
