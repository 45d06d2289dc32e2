/** Lines of a kernel configuration, whole or picked: `grep P2PDMA /boot/config-…`. */

import { starts, startsWithAny } from '../byte-words.ts';
import type { CapturePart } from '../capture-part.ts';
import { known } from '../fact.ts';
import { lineForm, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';
import { parseConfig } from './parse-config.ts';

const STARTS = ['CONFIG_', '# CONFIG_', '/boot/config', '/proc/config'];
const STARTS_TABLE = starts(STARTS);

/** `CONFIG_PCI_P2PDMA=y`, `/boot/config-6.1.0:CONFIG_PCI_P2PDMA=y`, `# CONFIG_PCI_P2PDMA is not set`. */
export const KERNEL_CONFIG_FORM: PassageForm = lineForm({
  kind: 'kernel-config',
  firstCharacters: 'C#/',
  starts: STARTS,
  claims: (bytes, start) => startsWithAny(bytes, start, STARTS_TABLE),
  read: readConfigLines,
});

function readConfigLines(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const first = lines[0];
  const config = parseConfig(lines.map(({ text }) => text.replace(/^\/\S*?:(?=CONFIG_|# CONFIG_)/, '')).join('\n'));
  if (first === undefined || config.size === 0) return undefined;
  return {
    origin: { source, passage: 'kernel-config', line: first.line },
    kernel: { config: known(config) },
    findings: [],
  };
}
