/** A line that NCCL or RCCL prints with `NCCL_DEBUG=INFO`: `host:pid:tid [device] NCCL INFO words`. */

const NCCL = [0x4e, 0x43, 0x43, 0x4c] as const;
/** Launchers print names and times before it. */
const MOST_BEFORE = 160;

/** Does `NCCL` stand near the start of the line? Looks at every fourth byte of other text. */
export function holdsNccl(bytes: Uint8Array, start: number, end: number): boolean {
  const last = Math.min(end, start + MOST_BEFORE) - 3;
  for (let at = start + 3; at < last; ) {
    const byte = bytes[at];
    if (byte === NCCL[3] && bytes[at - 1] === NCCL[2] && bytes[at - 2] === NCCL[1] && bytes[at - 3] === NCCL[0])
      return bytes[at + 1] === 0x20;
    at += byte === NCCL[0] ? 3 : byte === NCCL[1] ? 1 : 4;
  }
  return false;
}

/** What it is about: those lines alone are kept. Rings and trees of every channel, and each collective, are not. */
const KEPT = new RegExp(
  [
    String.raw`NET/\w+ ?: (?:Using|GPU Direct RDMA)`,
    'GPU Direct RDMA',
    'DMA-BUF is available',
    'Dmabuf feature',
    'support dmabuf',
    'CONFIG_',
    'Kernel version: ',
    'busId [0-9a-f]+',
    '(?:CPU|PCI|GPU|NIC)/[0-9A-F]',
    String.raw`\+ NET\[`,
    String.raw`(?:Channel|Ring) 0?0(?:/0)? : \d+\[.*(?: via |\[receive\])`,
    'P2P is disabled between',
    'Missing "iommu=pt"',
    'RCCL version',
  ].join('|'),
);

/** Parts of a line. */
export interface NcclLine {
  /** The host, as the process calls it. */
  readonly host: string;
  readonly words: string;
  readonly line: number;
}

const LINE = /([\w.-]+):\d+:\d+ \[-?\d+\] (?:\S+:\d+ )?NCCL (?:INFO|WARN|TRACE) (.*)$/;

/** Undefined where it is none, or is of what no machine follows from. */
export function parseNcclLine(text: string, line: number): NcclLine | undefined {
  const [, host, words] = LINE.exec(text) ?? [];
  return host === undefined || words === undefined || !KEPT.test(words) ? undefined : { host, words, line };
}
