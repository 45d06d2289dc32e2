/** Register changes as an administrator makes them: at every boot, and for now. */
import { factValue } from '../capture/index.ts';
import type { P2pdmaMachine } from '../p2pdma/index.ts';
import { ACS_REDIRECT_BITS, type AcsEdit, acsBits } from '../pci/index.ts';
import { formatBdf, parseKernelCmdline } from '../uapi/index.ts';
import { type BootWords, iommuModeWords, pciListWords } from './boot-words.ts';
import type { IommuMode } from './iommu-boot.ts';
import { pathSpec } from './redirect-fix.ts';
import { imagine } from './what-if.ts';

/** The same changes in two forms. */
export interface BootChange {
  /** For the kernel command line, ports named by path. */
  readonly words: BootWords;
  /** One command line a port. */
  readonly setpci: readonly string[];
}

/** Writes register changes, each port at most once, and an IOMMU mode on top of the captured command line. */
export function bootChange(machine: P2pdmaMachine, edits: readonly AcsEdit[], mode: IommuMode | undefined): BootChange {
  const captured = factValue(machine.topology.capture.kernel.cmdline) ?? '';
  const modeWords = mode === undefined ? { text: '', replaces: '', cmdline: captured } : iommuModeWords(captured, mode);
  const acsWords =
    edits.length === 0 ? { ...NO_WORDS, cmdline: modeWords.cmdline } : acsBootWords(machine, edits, modeWords.cmdline);
  const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');
  return {
    words: {
      text: join(modeWords.text, acsWords.text),
      replaces: join(modeWords.replaces, acsWords.replaces),
      cmdline: acsWords.cmdline,
    },
    setpci: edits.map(
      ({ port, mask, bits }) =>
        `setpci -s ${formatBdf(port.bdf)} ECAP_ACS+6.w=${(bits & mask).toString(16)}:${mask.toString(16)}`,
    ),
  };
}

const NO_WORDS = { text: '', replaces: '' } as const;

/**
 * Where bits are only taken from redirection, `disable_acs_redir` (Linux 4.19), else `config_acs` (Linux 6.12). Where
 * the command line has a `config_acs` that keeps the first from working, as it counts more, the second for all.
 */
function acsBootWords(machine: P2pdmaMachine, unsorted: readonly AcsEdit[], cmdline: string): BootWords {
  const edits = unsorted.toSorted((a, b) => a.port.index - b.port.index);
  const clears = edits.filter(onlyClearsRedirect);
  const words = pciListWords(cmdline, {
    disable_acs_redir: clears.map(({ port }) => pathSpec(port)),
    config_acs: edits.filter((edit) => !onlyClearsRedirect(edit)).map(configElement),
  });
  if (clears.length === 0 || parseKernelCmdline(cmdline).pci.configAcs === undefined) return words;
  const { acs } = imagine(machine, { cmdline: words.cmdline }).machine;
  const works = clears.every(({ port, mask }) => factValue(acsBits(acs, port, mask)) === 0);
  return works ? words : pciListWords(cmdline, { config_acs: edits.map(configElement) });
}

function onlyClearsRedirect({ mask, bits }: AcsEdit): boolean {
  return mask === ACS_REDIRECT_BITS && (bits & mask) === 0;
}

/** `FLAGS@PORT`: `1`, `0` and `x` (left as it is), the rightmost for source validation. */
export function configElement({ port, mask, bits }: AcsEdit): string {
  let flags = '';
  for (let bit = 0; mask >> bit !== 0; bit++) {
    flags = `${((mask >> bit) & 1) === 0 ? 'x' : (bits >> bit) & 1}${flags}`;
  }
  return `${flags}@${pathSpec(port)}`;
}
