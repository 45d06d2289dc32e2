/**
 * Undoes what terminals, mail programs, browsers and issue trackers do to pasted output: colours, quoting, invisible
 * and look-alike characters. Works on one line at a time, so that clean lines cost nothing.
 */

/** Longer lines are cut here: no line of lspci is a tenth of this. */
const MAX_LINE = 4096;

const ESC = 0x1b;
const BEL = 0x07;
const TAB = 0x09;
const SPACE = 0x20;
const DEL = 0x7f;

/**
 * The line `[start, end)` of `bytes` as text: UTF-8 decoded (what is not UTF-8 becomes U+FFFD), terminal escapes,
 * control characters and zero-width or direction marks left out, every kind of space a plain space, HTML's `&lt;`,
 * `&gt;` and `&amp;` undone, no space at the end. Tabs stay.
 */
export function cleanLine(bytes: Uint8Array, start: number, end: number): string {
  const stop = Math.min(end, start + MAX_LINE);
  for (let i = start; i < stop; i++) {
    const byte = bytes[i] as number;
    if ((byte < SPACE && byte !== TAB) || byte >= DEL) return cleanMarkedLine(bytes, start, stop);
  }
  const text = String.fromCharCode.apply(null, bytes.subarray(start, stop) as unknown as number[]);
  return text.includes('&') ? undoHtml(text).trimEnd() : text.trimEnd();
}

function cleanMarkedLine(bytes: Uint8Array, start: number, stop: number): string {
  const codes: number[] = [];
  let i = start;
  while (i < stop) {
    const byte = bytes[i] as number;
    if (byte === ESC) {
      i = skipEscape(bytes, i, stop);
    } else if (byte < 0x80) {
      if ((byte >= SPACE && byte !== DEL) || byte === TAB) codes.push(byte);
      i++;
    } else {
      i += pushCodePoint(bytes, i, stop, codes);
    }
  }
  return undoHtml(String.fromCodePoint(...codes)).trimEnd();
}

function undoHtml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&nbsp;', ' ').replaceAll('&amp;', '&');
}

/** Position after the escape sequence at `at`: CSI (colours), OSC (titles, links), or two characters. ECMA-48 §5. */
function skipEscape(bytes: Uint8Array, at: number, stop: number): number {
  const kind = bytes[at + 1];
  let i = at + 2;
  if (kind === 0x5b) {
    while (i < stop && ((bytes[i] as number) < 0x40 || (bytes[i] as number) > 0x7e)) i++;
    return i + 1;
  }
  if (kind === 0x5d) {
    while (i < stop && bytes[i] !== BEL && bytes[i] !== ESC) i++;
    return bytes[i] === ESC ? i + 2 : i + 1;
  }
  return i;
}

/** Decodes one multi-byte character of UTF-8 onto `codes`; gives its length. */
function pushCodePoint(bytes: Uint8Array, at: number, stop: number, codes: number[]): number {
  const lead = bytes[at] as number;
  const length =
    lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
  if (length === 0 || at + length > stop) return pushReplacement(codes);
  let code = lead & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] as number;
    if ((byte & 0xc0) !== 0x80) return pushReplacement(codes);
    code = (code << 6) | (byte & 0x3f);
  }
  const shortest = length === 4 ? 0x10000 : length === 3 ? 0x800 : 0x80;
  if (code < shortest || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return pushReplacement(codes);
  if (isSpace(code)) codes.push(SPACE);
  else if (!isInvisible(code)) codes.push(code);
  return length;
}

function pushReplacement(codes: number[]): number {
  codes.push(0xfffd);
  return 1;
}

/** No-break, en, em, figure, thin, ideographic and other spaces. */
function isSpace(code: number): boolean {
  return code === 0xa0 || (code >= 0x2000 && code <= 0x200a) || code === 0x202f || code === 0x205f || code === 0x3000;
}

/** C1 controls, soft hyphen, zero-width characters, direction marks (they reorder what people see), byte order mark. */
function isInvisible(code: number): boolean {
  if (code < 0xa0 || code === 0xad || code === 0xfeff) return true;
  return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f);
}

/** The line without leading white space and quote marks (`>`, nested or not, `|`, a single backtick). */
export function unquote(line: string): string {
  if (/^\w/.test(line)) return line;
  return line.replace(/^[\s>|]+/, '').replace(/^`(?!``)/, '');
}

/** Does an unquoted line end what came before it: a Markdown fence, or a shell prompt with a command? */
export function isFenceOrPrompt(line: string): boolean {
  if (line.startsWith('```') || line.startsWith('~~~')) return true;
  const prompt = /^(.{0,80}?)[$#%>] +\S/.exec(line)?.[1];
  return prompt !== undefined && (prompt === '' || prompt.includes('@') || prompt.startsWith('['));
}

/** Does the line say that something was left out here ("...", "[snip]", "(truncated)")? */
export function isEllipsis(line: string): boolean {
  return /^[[({<*\s-]*(?:\.{2,}|…|snip|cut here|(?:output )?truncated|omitted)[\s\])}>*.…-]*$/i.test(line);
}
