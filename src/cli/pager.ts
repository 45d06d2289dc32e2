/** Text that is longer than the terminal, shown by a pager. */
import { spawn } from 'node:child_process';

/** Exit codes of a shell for a command that is not there, or cannot be run. */
const NOT_RUN = [126, 127];

/** less where it is installed; a machine without it is no reason to complain. */
const LESS = 'command -v less >/dev/null || exit 127; exec less';

/** The pager's command line; undefined where the user wants none. */
export function pagerOf({ PEERPATH_PAGER, PAGER }: NodeJS.ProcessEnv): string | undefined {
  const pager = (PEERPATH_PAGER ?? PAGER ?? LESS).trim();
  return pager === '' || pager === 'cat' ? undefined : pager;
}

/** Whether a text has more lines than a terminal of `rows` shows at once. */
export function isLong(text: string, rows: number): boolean {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines > rows - 1;
}

/** Shows text through a pager; `write` takes it where the pager cannot be run. The process ends when the user is done. */
export function page(text: string, pager: string, write: (text: string) => void): void {
  // less: leave if it fits, keep colours, leave the text on the screen.
  const env = { LESS: 'FRX', LV: '-c', ...process.env };
  const child = spawn(pager, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env });
  // Ctrl-C is the pager's as long as it shows.
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  child.stdin.on('error', ignore);
  child.on('error', () => write(text));
  child.on('close', (code) => {
    process.off('SIGINT', ignore);
    if (NOT_RUN.includes(code ?? 0)) write(text);
  });
  child.stdin.end(text);
}
