/** Kernel command lines: `/proc/cmdline`, `Command line: …`, and what is set for later boots. */

import { starts, startsWithAny } from '../byte-words.ts';
import type { CapturePart } from '../capture-part.ts';
import { known } from '../fact.ts';
import { lineForm, lineText, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';

/** How command lines begin that boot loaders put together. */
const FIRST_WORDS = starts([
  'BOOT_IMAGE=',
  'initrd=',
  '\\EFI',
  '\\\\EFI',
  '\\vmlinuz',
  'root=',
  'ro ',
  'rw ',
  'quiet ',
]);
/** What people and programs write before one; lines that name the file tell that one follows. */
const HEADINGS =
  /^(?:[-*#$ ]*)?(?:\S{0,80}[$#] )?(?:kernel )?(?:command ?line|cmdline|kernel parameters|grub|boot (?:parameters|options|line)|(?:cat )?\/proc\/cmdline)\s*[:=]?\s*/i;
/** Lines that may be such a heading begin so. */
const HEADING_STARTS = starts([
  'Kernel ',
  'kernel ',
  'Command',
  'command',
  'Cmdline',
  'cmdline',
  'Boot ',
  'GRUB:',
  'Grub:',
  'boot ',
  '/proc/',
  '- ',
]);

const PRINTABLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i)).join('');

/** `/proc/cmdline` with or without a heading. */
export const CMDLINE_FORM: PassageForm = lineForm({
  kind: 'cmdline',
  firstCharacters: PRINTABLE,
  claims: (bytes, start, end, inside) => {
    if (startsWithAny(bytes, start, FIRST_WORDS)) return looksLikeCmdline(lineText(bytes, start, end));
    if (inside) return mayFollowHeading(lineText(bytes, start, end));
    if (!startsWithAny(bytes, start, HEADING_STARTS) && !isPrompt(bytes, start, end)) return false;
    return namesCmdline(lineText(bytes, start, end));
  },
  read: readCmdline,
});

const PROC_CMDLINE = starts(['/proc/cmdline']);

/** A prompt with a command: `root@host:~# cat /proc/cmdline`. */
function isPrompt(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 200) return false;
  const from = end - '/proc/cmdline'.length;
  return from > start && startsWithAny(bytes, from, PROC_CMDLINE);
}

function namesCmdline(line: string): boolean {
  if (line.length > 8192 || line.startsWith('GRUB_')) return false;
  if (/\/proc\/cmdline\W*$/.test(line)) return true;
  const heading = HEADINGS.exec(line)?.[0];
  return heading !== undefined && looksLikeCmdline(line.slice(heading.length));
}

/** Words of which at least one is a parameter that command lines have, and few are those of a sentence. */
function looksLikeCmdline(text: string): boolean {
  const hasParameter =
    /(?:^|\s)(?:(?:root|BOOT_IMAGE|initrd|console|crashkernel|(?:amd_|intel_)?iommu|pci)=\S|ro quiet|rw quiet)/.test(
      text,
    );
  // `=3D` is an equals sign of a mail that was not decoded.
  if (!hasParameter || /\w=3D\w/.test(text)) return false;
  const words = text.replace(HEADINGS, '').trim().split(/\s+/);
  const others = words.filter((word) => !PARAMETER.test(word));
  return others.length * 3 <= words.length && !others.some((word) => /[.,;:?!]$/.test(word));
}

/** `name=value`, a parameter of a driver, a file of a boot loader, and the parameters without a value that are frequent. */
const PARAMETER =
  /^(?:[`"']?[\w.-]+=.*|[\w-]+\.[\w-]+|\\+\S+|\/\S+|ro|rw|quiet|splash|nosplash|rhgb|single|debug|verbose|noapic|noacpi|nolapic|nomodeset|nosmt|nopti|noquiet|text|initcall_debug|ignore_loglevel|earlyprintk|nokaslr|--|---)[`"']?$/;

/** The line below a heading: words, not a sentence; `ls` lines of bug reports stand between. */
function mayFollowHeading(line: string): boolean {
  return line.startsWith('*** ') || line.startsWith('```') || looksLikeCmdline(line);
}

/** The image that the boot loader took, which most distributions name by its release. */
const IMAGE = /\bBOOT_IMAGE=\S*?(?:vmlinuz|vmlinux|linux|Image)-(\d+\.\d+\.\d+[\w.+~-]*)/;

function readCmdline(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const found = lines.findLast(({ text }) => looksLikeCmdline(text));
  if (found === undefined) return undefined;
  const text = found.text
    .replace(HEADINGS, '')
    .replace(/^`+|`+$/g, '')
    .trim();
  const { line } = found;
  const isGrub = /^\W*grub/i.test(found.text);
  const inferred = isGrub ? { line, inferredFrom: 'the configuration of the boot loader' } : { line };
  const release = IMAGE.exec(text)?.[1];
  return {
    origin: { source, passage: 'cmdline', line },
    kernel: {
      cmdline: known(text, inferred),
      ...(release === undefined
        ? {}
        : { release: known(release, { line, inferredFrom: 'the image that was booted' }) }),
    },
    findings: [],
  };
}

const GRUB = ['GRUB_CMDLINE_LINUX', 'export GRUB_CMDLINE_LINUX', 'kernelopts=', 'options '];
const GRUB_TABLE = starts(GRUB);

/** `GRUB_CMDLINE_LINUX_DEFAULT="…"`, `options root=…` of systemd-boot: what later boots will have. */
export const BOOT_CONFIGURATION_FORM: PassageForm = lineForm({
  kind: 'boot-configuration',
  firstCharacters: 'Geko#',
  starts: GRUB,
  claims: (bytes, start, end) =>
    startsWithAny(bytes, start, GRUB_TABLE) &&
    /^(?:export )?(?:GRUB_CMDLINE_LINUX|kernelopts=|options root=)/.test(lineText(bytes, start, end)),
  read: readBootConfiguration,
});

function readBootConfiguration(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const values = new Map<string, string>();
  for (const { text } of lines) {
    const [, name = '', value = ''] =
      /^(?:export )?(GRUB_CMDLINE_LINUX(?:_DEFAULT)?|kernelopts|options)[ =](.*)$/.exec(text) ?? [];
    if (name !== '') values.set(name, value.replace(/^(["'])(.*)\1.*$/, '$2').trim());
  }
  const words = [...values.values()].filter((value) => value !== '').join(' ');
  const line = lines[0]?.line;
  if (words === '' || line === undefined) return undefined;
  return {
    origin: { source, passage: 'boot-configuration', line },
    kernel: { cmdline: known(words, { line, inferredFrom: 'the configuration of the boot loader' }) },
    findings: [],
  };
}
