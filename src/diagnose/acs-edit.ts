/** ACS changes as people write them on the command line: `clear:PORTS`, `set:PORTS`, `FLAGS@PORTS`. */
import { type Failure, fail, ok, type Result } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { ACS_REDIRECT_BITS, type AcsEdit, type PciFunction } from '../pci/index.ts';
import { PCI_ACS_CR, PCI_ACS_RR } from '../uapi/index.ts';

/**
 * Reads one change. `clear:` takes the redirecting bits away, `set:` sets request and completion redirect, and
 * `FLAGS@` names bits as `pci=config_acs=` does: characters 0, 1, x, the rightmost for source validation. PORTS are
 * separated by `,` or `;`; `all` is every function with an ACS capability.
 * @param select the functions that a text names
 */
export function parseAcsEdit(
  text: string,
  select: (text: string) => readonly PciFunction[],
  all: readonly PciFunction[],
): Result<readonly AcsEdit[], Failure> {
  const split = /^(?:(clear|set):|([01xX]+)@)(.+)$/.exec(text);
  if (split === null)
    return fail(`--acs ${text}: write clear:PORTS, set:PORTS or FLAGS@PORTS (flags 0, 1, x as in pci=config_acs=)`);
  const [, word, flags, ports = ''] = split;
  const change = word === undefined ? flagBits(flags ?? '') : wordBits(word);
  if (change === undefined) return fail(`--acs ${text}: at most 7 flags, the rightmost for SrcValid`);
  const edits: AcsEdit[] = [];
  for (const name of ports.split(/[,;]/)) {
    const found = name === 'all' ? all.filter(hasAcs) : select(name);
    if (found.length === 0) return fail(`--acs ${text}: no device "${name}" in this machine`);
    const able = found.filter(hasAcs);
    if (able.length === 0) return fail(`--acs ${text}: ${name} has no readable ACS capability`);
    edits.push(...able.map((port) => ({ port, ...change })));
  }
  return ok(edits);
}

function hasAcs(fn: PciFunction): boolean {
  return factValue(fn.acs) !== undefined;
}

function wordBits(word: string): Omit<AcsEdit, 'port'> {
  return word === 'clear'
    ? { mask: ACS_REDIRECT_BITS, bits: 0 }
    : { mask: PCI_ACS_RR | PCI_ACS_CR, bits: PCI_ACS_RR | PCI_ACS_CR };
}

function flagBits(flags: string): Omit<AcsEdit, 'port'> | undefined {
  if (flags.length > 7) return undefined;
  let mask = 0;
  let bits = 0;
  [...flags].reverse().forEach((flag, bit) => {
    if (flag === '0' || flag === '1') mask |= 1 << bit;
    if (flag === '1') bits |= 1 << bit;
  });
  return { mask, bits };
}
