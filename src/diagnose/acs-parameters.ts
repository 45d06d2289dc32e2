/** Register changes as an administrator makes them: at every boot, and for now. */
import { ACS_REDIRECT_BITS } from '../p2pdma/index.ts';
import { formatBdf } from '../uapi/index.ts';
import type { AcsEdit } from './acs-edit.ts';
import { pathSpec } from './redirect-fix.ts';

/** The same changes in two forms. */
export interface AcsParameters {
  /**
   * For the kernel command line, ports named by path; '' without changes. Where bits are only taken from redirection,
   * `disable_acs_redir` (Linux 4.19), else `config_acs` (Linux 6.12).
   */
  readonly kernelParameter: string;
  /** One command line a port. */
  readonly setpci: readonly string[];
}

/** Writes register changes, each port at most once. */
export function acsParameters(edits: readonly AcsEdit[]): AcsParameters {
  const clears = edits.filter(onlyClearsRedirect);
  const others = edits.filter((edit) => !onlyClearsRedirect(edit));
  const options = [
    ...(clears.length === 0 ? [] : [`disable_acs_redir=${clears.map(({ port }) => pathSpec(port)).join(';')}`]),
    ...(others.length === 0 ? [] : [`config_acs=${others.map((e) => `${flagsOf(e)}@${pathSpec(e.port)}`).join(';')}`]),
  ];
  return {
    kernelParameter: options.length === 0 ? '' : `pci=${options.join(',')}`,
    setpci: edits.map(
      ({ port, mask, bits }) =>
        `setpci -s ${formatBdf(port.bdf)} ECAP_ACS+6.w=${(bits & mask).toString(16)}:${mask.toString(16)}`,
    ),
  };
}

function onlyClearsRedirect({ mask, bits }: AcsEdit): boolean {
  return mask === ACS_REDIRECT_BITS && (bits & mask) === 0;
}

/** `1`, `0` and `x` (left as it is), the rightmost for source validation. */
function flagsOf({ mask, bits }: AcsEdit): string {
  let flags = '';
  for (let bit = 0; mask >> bit !== 0; bit++) {
    flags = `${((mask >> bit) & 1) === 0 ? 'x' : (bits >> bit) & 1}${flags}`;
  }
  return flags;
}
