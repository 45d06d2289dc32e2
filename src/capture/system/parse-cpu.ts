/** What `/proc/cpuinfo` and `lscpu` say of the processor. */
import { ABSENT, type Fact, known, unreadable } from '../fact.ts';
import { quoted } from '../line-form.ts';
import type { CapturedCpu } from '../machine-capture.ts';

/**
 * The processor of the lines `name : value` up to the first empty one; undefined where there is no such line.
 * @param whole the lines are all of `/proc/cpuinfo`: what is not there is absent, else only not told
 */
export function parseCpu(lines: readonly string[], whole: boolean): CapturedCpu | undefined {
  const fields = new Map<string, string>();
  for (const line of lines) {
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  if (fields.size === 0) return undefined;
  const field = (...names: string[]): Fact<string> => {
    const value = names.map((name) => fields.get(name)).find((found) => found !== undefined && found !== '');
    if (value !== undefined) return known(value);
    return whole ? ABSENT : unreadable(`no line "${names[0]}" in this input`);
  };
  return {
    vendorId: field('vendor_id', 'vendor id'),
    family: decimal(field('cpu family')),
    modelName: field('model name'),
  };
}

function decimal(text: Fact<string>): Fact<number> {
  if (text.state !== 'known') return text;
  return /^[0-9]{1,9}$/.test(text.value)
    ? known(Number(text.value))
    : unreadable(`cpu family says ${quoted(text.value)}`);
}
