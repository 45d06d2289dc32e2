import { describe, expect, test } from 'vitest';
import { type ProgressTerminal, progressBar, withProgress } from './progress.ts';

/** A terminal whose clock is set by hand, and what was written on it. */
function terminal(isTTY: boolean, columns = 80): ProgressTerminal & { written: string[]; time: number } {
  const made = { isTTY, columns, written: [] as string[], time: 0 };
  return Object.assign(made, {
    write: (text: string) => {
      made.written.push(text);
    },
    now: () => made.time,
  });
}

describe('a progress bar', () => {
  test('comes after half a second, is drawn at a pace, and goes', () => {
    const screen = terminal(true);
    const bar = progressBar('reading host.tar.xz', screen);
    screen.time = 400;
    bar.report(0.2);
    expect(screen.written).toEqual([]);
    screen.time = 600;
    bar.report(0.5);
    screen.time = 610;
    bar.report(0.51);
    expect(screen.written).toEqual(['\r\x1b[2Kreading host.tar.xz  ████████████░░░░░░░░░░░░  50 %']);
    bar.end();
    expect(screen.written.at(-1)).toBe('\r\x1b[2K');
  });

  test('is not written where nobody watches, and leaves nothing where it never came', () => {
    const file = terminal(false);
    const bar = progressBar('reading host.tar.xz', file);
    file.time = 5000;
    bar.report(0.5);
    bar.end();
    const quick = terminal(true);
    progressBar('reading host.tar.xz', quick).end();
    expect([file.written, quick.written]).toEqual([[], []]);
  });

  test('goes when the work is done, and when it fails', () => {
    const screen = terminal(true);
    const work = (report: (share: number) => void): number => {
      screen.time += 1000;
      report(0.5);
      return 7;
    };
    expect(withProgress('planning', screen, work)).toBe(7);
    expect(screen.written).toEqual([expect.stringMatching(/planning .* 50 %$/), '\r\x1b[2K']);
    const failing = (report: (share: number) => void): never => {
      work(report);
      throw new Error('no');
    };
    expect(() => withProgress('planning', screen, failing)).toThrow('no');
    expect(screen.written.at(-1)).toBe('\r\x1b[2K');
  });

  test('stays on one line of a narrow terminal', () => {
    const screen = terminal(true, 48);
    screen.time = 0;
    const bar = progressBar('reading a-very-long-name-of-an-archive.tar.xz', screen);
    screen.time = 1000;
    bar.report(1);
    const [line = ''] = screen.written;
    expect(line.replace('\r\x1b[2K', '').length).toBeLessThan(48);
    expect(line).toContain('…');
  });
});
