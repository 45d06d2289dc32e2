/** The kernel command line as words. Documentation/admin-guide/kernel-parameters.rst; lib/cmdline.c. */

/** One parameter: `iommu=pt` is {name: "iommu", value: "pt"}, `quiet` has no value. */
export interface CmdlineWord {
  /** As written, but with `-` as `_`: the kernel takes the two for the same. */
  readonly name: string;
  /** Text after the first `=`, without the double quotes around it; undefined where there is no `=`. */
  readonly value: string | undefined;
}

/**
 * The words of a command line in order. Double quotes protect spaces, around a value or around the whole word, and are
 * taken off at the two ends only. What follows `--` is for init, not for the kernel, and is left out.
 * @kernel next_arg lib/cmdline.c
 */
export function splitCmdline(text: string): readonly CmdlineWord[] {
  const words: CmdlineWord[] = [];
  for (const [raw] of text.matchAll(/(?:"[^"]*(?:"|$)|[^\s"])+/g)) {
    if (raw === '--') break;
    const wholeQuoted = raw.startsWith('"');
    const word = wholeQuoted ? dropQuotes(raw) : raw;
    const equals = word.indexOf('=');
    const name = (equals < 0 ? word : word.slice(0, equals)).replaceAll('-', '_');
    words.push({ name, value: equals < 0 ? undefined : dropQuotes(word.slice(equals + 1)) });
  }
  return words;
}

/** Takes off a leading quote, and then a trailing one. */
function dropQuotes(text: string): string {
  return text.startsWith('"') ? text.slice(1).replace(/"$/, '') : text;
}

/**
 * A boolean parameter: y, Y, t, T, 1, on; n, N, f, F, 0, off. Only the first letter counts (with `o` the second).
 * Undefined where the kernel refuses the value.
 * @kernel kstrtobool lib/kstrtox.c
 */
export function parseCmdlineBool(value: string | undefined): boolean | undefined {
  const letters = (value ?? '').toLowerCase();
  if (/^(?:[yt1]|on)/.test(letters)) return true;
  if (/^(?:[nf0]|of)/.test(letters)) return false;
  return undefined;
}
