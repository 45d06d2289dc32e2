/** Register changes as an administrator makes them: at every boot, and for now. */
import { gather } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import type { P2pdmaMachine } from '../p2pdma/index.ts';
import { ACS_REDIRECT_BITS, type AcsEdit, acsBits, type PciFunction, type PciTopology } from '../pci/index.ts';
import { formatBdf, parseKernelCmdline } from '../uapi/index.ts';
import { type CmdlineFit, cmdlineFit, portNamings } from './boot-length.ts';
import { type BootWords, iommuModeWords, pciListWords } from './boot-words.ts';
import type { IommuMode } from './iommu-boot.ts';
import { pathSpec } from './redirect-fix.ts';
import { imagine } from './what-if.ts';

/** The same changes in two forms. */
export interface BootChange {
  /** For the kernel command line, ports named by path, or in a shorter way where only that fits. */
  readonly words: BootWords;
  readonly fit: CmdlineFit;
  /** Where that does not fit: the same in fewer characters, with the functions that it changes besides. */
  readonly shorter:
    | { readonly words: BootWords; readonly fit: CmdlineFit; readonly besides: readonly PciFunction[] }
    | undefined;
  /** One command line a port. */
  readonly setpci: readonly string[];
}

/**
 * Writes register changes, each port at most once, and an IOMMU mode on top of a command line: the captured one, where
 * none is given.
 */
export function bootChange(
  machine: P2pdmaMachine,
  edits: readonly AcsEdit[],
  mode: IommuMode | undefined,
  cmdline?: string,
): BootChange {
  const captured = cmdline ?? factValue(machine.topology.capture.kernel.cmdline) ?? '';
  const modeWords = mode === undefined ? { text: '', replaces: '', cmdline: captured } : iommuModeWords(captured, mode);
  const inWords = (acsWords: BootWords): BootWords => ({
    text: join(modeWords.text, acsWords.text),
    replaces: join(modeWords.replaces, acsWords.replaces),
    cmdline: acsWords.cmdline,
  });
  return {
    ...fittingWords(machine, edits, modeWords.cmdline, inWords),
    setpci: edits.map(
      ({ port, mask, bits }) =>
        `setpci -s ${formatBdf(port.bdf)} ECAP_ACS+6.w=${(bits & mask).toString(16)}:${mask.toString(16)}`,
    ),
  };
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

/** The first naming that fits and hits no other port; else the most exact, and beside it the shortest. */
function fittingWords(
  machine: P2pdmaMachine,
  unsorted: readonly AcsEdit[],
  cmdline: string,
  inWords: (words: BootWords) => BootWords,
): Pick<BootChange, 'words' | 'fit' | 'shorter'> {
  const edits = unsorted.toSorted((a, b) => a.port.index - b.port.index);
  const { topology } = machine;
  const change = (naming: Naming | undefined) => {
    const words = inWords(
      edits.length === 0 ? { text: '', replaces: '', cmdline } : acsBootWords(machine, edits, cmdline, naming),
    );
    return { words, fit: cmdlineFit(topology, words.cmdline), besides: naming?.besides ?? [] };
  };
  const exact = change(undefined);
  if (exact.fit.fits || edits.length === 0) return { ...exact, shorter: undefined };
  const others = namings(topology, edits).map(change);
  const good = others.find(({ fit, besides }) => fit.fits && besides.length === 0);
  return good === undefined ? { ...exact, shorter: others.at(-1) } : { ...good, shorter: undefined };
}

/** Names of ports, by the change that they get: ports of one element get the same. */
interface Naming {
  readonly specsOf: (edits: readonly AcsEdit[]) => readonly { readonly spec: string; readonly edit: AcsEdit }[];
  readonly besides: readonly PciFunction[];
}

function namings(topology: PciTopology, edits: readonly AcsEdit[]): readonly Naming[] {
  const byChange = new Map<string, AcsEdit[]>();
  for (const edit of edits) gather(byChange, `${edit.mask} ${edit.bits & edit.mask}`, edit);
  const kinds = [...byChange.values()];
  const namingsOfKind = kinds.map((kind) =>
    portNamings(
      topology,
      kind.map(({ port }) => port),
    ),
  );
  const most = Math.max(...namingsOfKind.map((all) => all.length));
  return Array.from({ length: most - 1 }, (_, at): Naming => {
    const chosen = namingsOfKind.map((all) => all[Math.min(at + 1, all.length - 1)]);
    const elements = chosen.flatMap((naming) => naming?.elements ?? []);
    return {
      // An element counts once, for the first of its ports.
      specsOf: (some) =>
        some.flatMap((edit) => {
          const element = elements.find(({ ports }) => ports[0] === edit.port);
          return element === undefined ? [] : [{ spec: element.spec, edit }];
        }),
      besides: [...new Set(chosen.flatMap((naming) => naming?.besides ?? []))],
    };
  });
}

/**
 * Where bits are only taken from redirection, `disable_acs_redir` (Linux 4.19), else `config_acs` (Linux 6.12). Where
 * the command line has a `config_acs` that keeps the first from working, as it counts more, the second for all.
 */
function acsBootWords(
  machine: P2pdmaMachine,
  edits: readonly AcsEdit[],
  cmdline: string,
  naming: Naming | undefined,
): BootWords {
  const named = (some: readonly AcsEdit[]): ReturnType<Naming['specsOf']> =>
    naming === undefined ? some.map((edit) => ({ spec: pathSpec(edit.port), edit })) : naming.specsOf(some);
  const elements = (some: readonly AcsEdit[]): string[] =>
    named(some).map(({ spec, edit }) => `${configFlags(edit)}@${spec}`);
  const clears = edits.filter(onlyClearsRedirect);
  const words = pciListWords(cmdline, {
    disable_acs_redir: named(clears).map(({ spec }) => spec),
    config_acs: elements(edits.filter((edit) => !onlyClearsRedirect(edit))),
  });
  if (clears.length === 0 || parseKernelCmdline(cmdline).pci.configAcs === undefined) return words;
  const { acs } = imagine(machine, { cmdline: words.cmdline }).machine;
  const works = clears.every(({ port, mask }) => factValue(acsBits(acs, port, mask)) === 0);
  return works ? words : pciListWords(cmdline, { config_acs: elements(edits) });
}

function onlyClearsRedirect({ mask, bits }: AcsEdit): boolean {
  return mask === ACS_REDIRECT_BITS && (bits & mask) === 0;
}

/** The flags of `FLAGS@PORT`: `1`, `0` and `x` (left as it is), the rightmost for source validation. */
export function configFlags({ mask, bits }: Pick<AcsEdit, 'mask' | 'bits'>): string {
  let flags = '';
  for (let bit = 0; mask >> bit !== 0; bit++) {
    flags = `${((mask >> bit) & 1) === 0 ? 'x' : (bits >> bit) & 1}${flags}`;
  }
  return flags;
}
