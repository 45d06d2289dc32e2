/** A bar on standard error while something takes long. */

/** Milliseconds after which a bar is worth its place, and between two drawings of it. */
const PATIENCE = 500;
const PACE = 80;
const CELLS = 24;

/** Where a bar is drawn: standard error, or what stands for it. */
export interface ProgressTerminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Writes at once: no event loop turns while the work is done. */
  write(text: string): void;
  /** Milliseconds, from any point on. */
  now(): number;
}

/** What tells how far the work is, and takes the bar away when it is done. */
export interface Progress {
  /** @param pace how fast it goes and what is left, where that is told */
  readonly report: (share: number, pace?: string) => void;
  readonly end: () => void;
}

/** A bar that comes when the work has taken half a second, on terminals only. `what`: `reading host.tar.xz`. */
export function progressBar(what: string, terminal: ProgressTerminal): Progress {
  const start = terminal.now();
  let last = Number.NEGATIVE_INFINITY;
  return {
    report(share, pace) {
      const now = terminal.now();
      if (terminal.isTTY !== true || now - start < PATIENCE || now - last < PACE) return;
      last = now;
      const done = Math.min(1, Math.max(0, share));
      const full = Math.round(done * CELLS);
      const bar = `${'█'.repeat(full)}${'░'.repeat(CELLS - full)} ${String(Math.round(done * 100)).padStart(3)} %${pace === undefined ? '' : `  ${pace}`}`;
      const room = (terminal.columns ?? 80) - bar.length - 3;
      terminal.write(`\r\x1b[2K${what.length > room ? `…${what.slice(what.length - room + 1)}` : what}  ${bar}`);
    },
    end() {
      if (last > Number.NEGATIVE_INFINITY) terminal.write('\r\x1b[2K');
    },
  };
}

/** Work that tells how far it is, with a bar. `what`: `planning`. */
export function withProgress<T>(what: string, terminal: ProgressTerminal, work: (report: Progress['report']) => T): T {
  const bar = progressBar(what, terminal);
  try {
    return work(bar.report);
  } finally {
    bar.end();
  }
}
