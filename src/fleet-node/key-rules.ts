/** What two captures of one machine have otherwise, and no answer depends on. */
import type { KeyRules } from '../archive/index.ts';
import { decodeUtf8 } from '../base/index.ts';
import { ConfigSpace } from '../capture/index.ts';
import { fileRedactor, serialPlace } from '../report/index.ts';

/** Lines that a boot has otherwise: where the kernel lies in memory, clock rates. */
const PER_BOOT: Readonly<Record<string, RegExp>> = {
  iomem: /^.* : Kernel (?:code|rodata|data|bss)\n/gm,
  cpuinfo: /^(?:cpu MHz|bogomips|BogoMIPS|microcode)\s*:.*\n/gm,
};

/** The rules for one archive: they number its names. */
export function keyRules(): KeyRules {
  const redact = fileRedactor();
  const labels = new Map<string, number>();
  return {
    serialPlace: (bytes) => serialPlace(new ConfigSpace(bytes, { whyUnknown: '' })),
    redact: (name, bytes) => {
      // No answer depends on which modules are loaded.
      if (name === 'modules') return '';
      if (name === 'label') return String(numberOf(bytes, labels));
      const kept = redact(name, bytes);
      const pattern = PER_BOOT[name];
      if (pattern === undefined) return kept;
      return (typeof kept === 'string' ? kept : decodeUtf8(kept)).replace(pattern, '');
    },
  };
}

/** Every function has one: equal labels get equal numbers. */
function numberOf(label: Uint8Array, labels: Map<string, number>): number {
  const text = Buffer.from(label.buffer, label.byteOffset, label.length).toString('latin1');
  const number = labels.get(text) ?? labels.size + 1;
  labels.set(text, number);
  return number;
}
