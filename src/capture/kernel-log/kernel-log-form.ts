/** How lines of a kernel log are told from others, and what reads them. */
import { decodeUtf8 } from '../../base/index.ts';
import { eachLine } from '../each-line.ts';
import type { Lines, PassageForm, PassageReader } from '../passage-form.ts';
import { KernelLog } from './kernel-log.ts';
import { isLogLine, isStampedLine, isWorthReading } from './log-bytes.ts';

/** Lines with the marks of a log, and bare messages of the kernel about PCI. */
export const KERNEL_LOG_FORM: PassageForm = {
  kind: 'kernel-log',
  firstCharacters: '[<{"-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  claims: isLogLine,
  isSurely: isStampedLine,
  others: 'kept',
  open: (source) => new KernelLogReader(source),
};

class KernelLogReader implements PassageReader {
  readonly #log: KernelLog;

  constructor(source: string) {
    this.#log = new KernelLog(source);
  }

  take(lines: Lines): void {
    const { bytes } = lines;
    eachLine(lines, (lineStart, end, line) => {
      let start = lineStart;
      while (start < end && isMargin(bytes[start] as number)) start++;
      if (this.#log.wantsMore || isWorthReading(bytes, start, end)) {
        this.#log.take(decodeUtf8(bytes.subarray(start, Math.min(end, start + MAX_LINE))), line, end - lineStart);
      } else {
        this.#log.skip(line, end - lineStart);
      }
    });
  }

  finish() {
    return this.#log.parts();
  }
}

/** Command lines have 4096 characters at most (x86: 2048). */
const MAX_LINE = 8192;

function isMargin(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x3e || byte === 0x7c;
}
