/** A bug report as people attach it: logs for the most part, dumps of lspci among them, and text of no known form. */
import { Prng } from '../src/base/index.ts';
import type { MachineCapture } from '../src/capture/index.ts';
import { formatBdf } from '../src/uapi/index.ts';

/** Lines of a day: the journal of kernel and daemons, the ring buffer, files of settings and counters. */
const TEMPLATES: readonly ((random: Random, line: number) => string)[] = [
  (r, line) => `${journal(line)} systemd[1]: Started Session ${r.number()} of user ${r.word()}.`,
  (r, line) =>
    `${journal(line)} sshd[${r.number()}]: Accepted publickey for ${r.word()} from 192.0.2.${r.below(250)} port ${r.number()} ssh2`,
  (r, line) =>
    `${journal(line)} kubelet[${r.number()}]: I1130 ${r.number()} kubelet.go:${r.below(3000)}] "SyncLoop UPDATE" pod="${r.word()}/${r.word()}-${r.number()}"`,
  (r, line) => `${journal(line)} kernel: ${r.word()}: port ${r.below(64)}(veth${r.number()}) entered forwarding state`,
  (r, line) =>
    `${journal(line)} kernel: audit: type=1400 audit(${r.number()}.${r.below(999)}:${r.number()}): apparmor="ALLOWED" profile="${r.word()}" pid=${r.number()}`,
  (r, line) =>
    `[${(line / 40).toFixed(6).padStart(13)}] ${r.word()}: ${r.word()} ${r.number()} of ${r.number()}, ${r.word()} ${r.word()}`,
  (r, line) =>
    `[${(line / 40).toFixed(6).padStart(13)}] nvme nvme${r.below(16)}: ${r.word()} queue ${r.below(128)} timeout, completion polled`,
  (r) =>
    ` ${String(r.below(300)).padStart(4)}:${Array.from({ length: 8 }, () => String(r.below(99_999)).padStart(11)).join('')}  IR-PCI-MSIX ${r.below(99)}-edge      mlx5_comp${r.below(64)}`,
  (r) => `${r.word()}.${r.word()}.${r.word()} = ${r.number()}`,
  (r) => `/usr/lib/${r.word()}/${r.word()}.so.${r.below(9)}: ${r.word()} ${r.word()} ${r.word()}`,
  (r) =>
    `(II) ${r.word()}(0): Modeline "${r.below(4000)}x${r.below(3000)}"x0.0  ${r.number()}.${r.below(99)}  ${r.below(4000)} ${r.below(4000)} (${r.below(200)}.${r.below(9)} kHz e)`,
  (r) => `    ${r.word()} ${r.word()} ${r.word()} ${r.word()}`,
  (r) => `\t${r.word()}:\t${r.word()}+ ${r.word()}- ${r.word()}-`,
  () => '',
];

/** Words and numbers by chance, the same for a seed. */
class Random {
  readonly #prng: Prng;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
  }

  below(limit: number): number {
    return this.#prng.below(limit);
  }

  number(): number {
    return this.#prng.below(100_000);
  }

  word(): string {
    return WORDS[this.#prng.below(WORDS.length)] ?? '';
  }
}

const WORDS =
  'alpha node cluster render storage queue driver session vendor memory thermal fabric socket handler monitor daemon cache engine policy worker bridge update device window buffer legacy mirror packet record signal'.split(
    ' ',
  );

function journal(line: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `Nov 30 ${two(Math.floor(line / 36_000) % 24)}:${two(Math.floor(line / 600) % 60)}:${two(Math.floor(line / 10) % 60)} host7`;
}

/** The text: the dump of a machine first, then other text until there are `bytes` of it. */
export function reportText(machine: MachineCapture, bytes: number): Uint8Array {
  const random = new Random(7);
  const chunks = [dump(machine)];
  let length = chunks[0]?.length ?? 0;
  for (let line = 0; length < bytes; line++) {
    // Reports stand in stretches: a file, then the next.
    const stretch = Math.floor(line / 400) * 5;
    const at = (stretch + random.below(6)) % TEMPLATES.length;
    const text = `${TEMPLATES[at]?.(random, line) ?? ''}\n`;
    chunks.push(text);
    length += text.length;
  }
  return new TextEncoder().encode(chunks.join(''));
}

/** What `lspci -D -nn -xxxx` prints as root. */
export function dump(capture: MachineCapture): string {
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  return capture.functions
    .map((fn) => {
      const word = (at: number) => `${hex(fn.config.bytes[at + 1] ?? 0)}${hex(fn.config.bytes[at] ?? 0)}`;
      const lines = [`${formatBdf(fn.bdf)} Class ${word(0x0a)}: Device ${word(0)}:${word(2)}`];
      for (let at = 0; at < fn.config.bytes.length; at += 16) {
        lines.push(`${hex(at)}: ${[...fn.config.bytes.subarray(at, at + 16)].map(hex).join(' ')}`);
      }
      return `${lines.join('\n')}\n\n`;
    })
    .join('');
}
