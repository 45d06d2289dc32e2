/** The kernel that ran: `uname -a`, `/proc/version`, and the lines that report forms have for it. */

import { starts, startsWithAny } from '../byte-words.ts';
import type { ArchitectureHint, CapturePart } from '../capture-part.ts';
import { known } from '../fact.ts';
import { lineForm, lineText, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';

const RELEASE = String.raw`(\d+\.\d+(?:\.\d+)*[\w.+~-]*)`;
const PROC_VERSION = new RegExp(`^Linux version ${RELEASE} \\(`);
const UNAME = new RegExp(`^Linux (\\S+) ${RELEASE} #`);
/** `Kernel: 6.1.0-13-amd64 arch: x86_64 bits: 64`, `- Kernel version: Linux 5.15`, `**Kernel:** 6.8.0-60-generic`. */
const FIELD = new RegExp(
  `^[-*#\\s]*(?:linux )?kernel(?: version| release)?[*_\`]*\\s*[:=|]\\s*[*_\`]*\\s*(?:linux(?: version)? )?${RELEASE}(?!.* or (?:later|newer|above|higher))`,
  'i',
);
/** What stands behind `uname -r` alone. */
const RELEASE_ALONE = new RegExp(`^${RELEASE}$`);
/** That, or the mark of a block of code. */
const IN_BLOCK = new RegExp(`^(?:\`\`\`\\w*|${RELEASE})\\s*$`);
const UNAME_R = /(?:^|[$#>] *)uname -r\W*$/;
/** A heading of a report form, with the release in the next lines: `Kernel version:`. */
const HEADING = /^[-*#\s]*(?:linux )?kernel(?: version| release)?[*_`]*\s*:[*_`\s]*$/i;
const STARTS = starts(['Linux ', 'Kernel', 'kernel', 'KERNEL', 'linux', '-', '*', '#']);

/** Lines that name the release of the running kernel. */
export const KERNEL_VERSION_FORM: PassageForm = lineForm({
  kind: 'kernel-version',
  firstCharacters: 'LlKkUu-*#$[~`abcdefghijmnopqrstvwxyz0123456789',
  claims: (bytes, start, end, inside) => {
    if (end - start > 1000) return false;
    if (startsWithAny(bytes, start, STARTS)) {
      const line = lineText(bytes, start, end);
      return (
        PROC_VERSION.test(line) || UNAME.test(line) || FIELD.test(line) || UNAME_R.test(line) || HEADING.test(line)
      );
    }
    if (endsWithUname(bytes, start, end)) return UNAME_R.test(lineText(bytes, start, end));
    return inside && end - start < 80 && IN_BLOCK.test(lineText(bytes, start, end));
  },
  read: readVersion,
});

const UNAME_COMMAND = starts(['uname -r']);

function endsWithUname(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 8 && startsWithAny(bytes, end - 8, UNAME_COMMAND);
}

function readVersion(lines: readonly TextLine[], source: string): CapturePart | undefined {
  for (const [index, { text, line }] of lines.entries()) {
    const above = lines.slice(0, index).findLast((each) => !each.text.startsWith('```'))?.text ?? '';
    const release =
      PROC_VERSION.exec(text)?.[1] ??
      UNAME.exec(text)?.[2] ??
      FIELD.exec(text)?.[1] ??
      (UNAME_R.test(above) || HEADING.test(above) ? RELEASE_ALONE.exec(text)?.[1] : undefined);
    // "5.10+" is what a text asks for, not what ran.
    if (release === undefined || /^\d+\.\d+\+$/.test(release)) continue;
    const host = UNAME.exec(text)?.[1];
    const architecture = architectureOf(text, line);
    return {
      origin: { source, passage: 'kernel-version', line },
      kernel: { release: known(release, { line }) },
      ...(architecture === undefined ? {} : { architecture: [architecture] }),
      ...(host === undefined ? {} : { host }),
      findings: [],
    };
  }
  return undefined;
}

const MACHINES: readonly (readonly [RegExp, ArchitectureHint['architecture']])[] = [
  [/\b(?:x86_64|i[3-6]86)\b/, 'x86'],
  [/\baarch64\b/, 'arm64'],
  [/\barmv[67]\w*\b/, 'arm'],
  [/\bppc64(?:le)?\b/, 'ppc64'],
  [/\bloongarch64\b/, 'loongarch'],
  [/\briscv64\b/, 'riscv'],
  [/\bs390x\b/, 's390'],
];

/** The name of the machine that `uname` and `lscpu` print. */
export function architectureOf(text: string, line: number): ArchitectureHint | undefined {
  for (const [pattern, architecture] of MACHINES) {
    const words = pattern.exec(text)?.[0];
    if (words !== undefined) return { architecture, words, line };
  }
  return undefined;
}
