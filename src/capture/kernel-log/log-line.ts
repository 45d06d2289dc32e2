/**
 * One line of a kernel log without what the tools that print it put before: `dmesg` (plain, `-T`, `-x`, `-r`, `-d`, `-e`,
 * `--time-format=iso`, with the caller), `journalctl` (short, short-iso, short-precise, short-monotonic, short-unix,
 * short-full, verbose, export, json, cat), syslog files, and both on top of each other.
 */

/** A line of a log. */
export interface LogLine {
  /** Number in the source, from 1. */
  readonly line: number;
  /** The message alone. Untrusted text. */
  readonly text: string;
  /** Seconds since the kernel started, where printed. */
  readonly seconds: number | undefined;
  /**
   * The clock on the wall, where the line has it: a text that sorts as time does among lines of the same form (its length
   * tells the form).
   */
  readonly clock: string | undefined;
  /** Name of the host, where printed. Untrusted text. */
  readonly host: string | undefined;
  /** Does the line have the marks of a log, or is it the bare message? */
  readonly marked: boolean;
}

const WEEKDAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const ISO = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d| ?UTC)?`;
const CLOCK = String.raw`\d\d:\d\d:\d\d(?:\.\d+)?`;

/** `Nov 30 08:44:37`, `Mon 2026-11-30 08:44:37 UTC`, `2026-11-30T08:44:37+0000`, `1796028277.123456`, then host and `kernel:`. */
const JOURNAL = new RegExp(
  String.raw`^(${MONTH} +\d+ ${CLOCK}|${WEEKDAY} \d{4}-\d\d-\d\d ${CLOCK} \S+|${ISO}|\d{9,}\.\d+|\[ *\d+\.\d+\]) (\S+) kernel(?:\[\d+\])?: ?`,
);
/** `kern  :info  : `. */
const FACILITY = /^[a-z0-9]+ *:[a-z]+ *: /;
/** `<6>`. */
const LEVEL = /^<\d+>/;
/** `[    1.234567] `, `[    1.234567 <    0.000012>] `, `[ 1.234567][    T1] `, also with a clock before it. */
const SECONDS = /^\[ *(\d+\.\d+)(?: *< *[\d.]+>)?\](?:\[ *[TC]\d+\])? ?/;
/** `[Mon Nov 30 08:44:37 2026] `, `[Nov30 08:44] `, `[  +0.000012] `. */
const OTHER_TIME = new RegExp(
  String.raw`^\[(?:${WEEKDAY} ${MONTH} +\d+ ${CLOCK} \d{4}|${MONTH} ?\d+ \d\d:\d\d| *\+\d+\.\d+|${ISO})\](?:\[ *[TC]\d+\])? ?`,
);
/** `2026-11-30T08:44:37,123456+00:00 ` of `dmesg --time-format=iso`. */
const ISO_ALONE = new RegExp(String.raw`^${ISO} (?=\S)`);
/** `MESSAGE=` of `journalctl -o verbose` and `-o export`. */
const FIELD = /^ *MESSAGE=/;
const JSON_MESSAGE = /"MESSAGE" ?: ?"((?:[^"\\]|\\.)*)"/;
const JSON_HOST = /"_HOSTNAME" ?: ?"([^"\\]*)"/;

/** Reads a line; margins are taken off before. */
export function parseLogLine(raw: string, line: number): LogLine {
  if (raw.startsWith('{') || raw.startsWith('"MESSAGE"')) {
    const message = JSON_MESSAGE.exec(raw)?.[1];
    if (message !== undefined) {
      return {
        ...withoutTime(unescapeJson(message)),
        line,
        clock: undefined,
        host: JSON_HOST.exec(raw)?.[1],
        marked: true,
      };
    }
  }
  const journal = JOURNAL.exec(raw);
  if (journal !== null) {
    const seconds = /^\[ *(\d+\.\d+)\]/.exec(raw)?.[1];
    const inner = withoutTime(raw.slice(journal[0].length));
    return {
      line,
      text: inner.text,
      seconds: inner.seconds ?? (seconds === undefined ? undefined : Number(seconds)),
      clock: clockOf(journal[1] ?? ''),
      host: journal[2],
      marked: true,
    };
  }
  const field = FIELD.exec(raw);
  const start = field === null ? raw : raw.slice(field[0].length);
  const inner = withoutTime(start);
  return {
    line,
    ...inner,
    clock: undefined,
    host: undefined,
    marked: field !== null || inner.text.length < start.length,
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function clockOf(stamp: string): string | undefined {
  if (stamp.startsWith('[')) return undefined;
  const short = /^([A-Z][a-z]{2}) +(\d+) (.{8})/.exec(stamp);
  if (short !== null) {
    const month = String(MONTHS.indexOf(short[1] ?? '')).padStart(2, '0');
    return `${month} ${(short[2] ?? '').padStart(2, '0')} ${short[3]}`;
  }
  return /\d{4}-\d\d-\d\d.\d\d:\d\d:\d\d/.exec(stamp)?.[0].replace(' ', 'T') ?? stamp;
}

function withoutTime(raw: string): Pick<LogLine, 'text' | 'seconds'> {
  let text = raw.replace(LEVEL, '').replace(FACILITY, '');
  const iso = ISO_ALONE.exec(text);
  if (iso !== null) text = text.slice(iso[0].length);
  const other = OTHER_TIME.exec(text);
  if (other !== null) text = text.slice(other[0].length);
  const seconds = SECONDS.exec(text);
  if (seconds === null) return { text, seconds: undefined };
  return { text: text.slice(seconds[0].length), seconds: Number(seconds[1]) };
}

function unescapeJson(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, code: string) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }[code] ?? code;
  });
}
