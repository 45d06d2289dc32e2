/** Mistakes on a kernel command line in words. */
import { printable } from '../base/index.ts';
import type { AcsOption, CmdlineMistake } from '../diagnose/index.ts';
import { acsBitNames, formatBdf } from '../uapi/index.ts';
import { longName } from './name-list.ts';
import type { DeviceNames } from './names.ts';

/** What a mistake comes to: what the kernel makes of it, and what to write. */
export interface MistakeText {
  readonly text: string;
  readonly fix: string;
}

const FIRST_RELEASE: Readonly<Record<AcsOption, string>> = { disable_acs_redir: '4.19', config_acs: '6.12' };

/** One mistake: two sentences. */
export function mistakeText(mistake: CmdlineMistake, names: DeviceNames): MistakeText {
  const what = printable(mistake.option);
  switch (mistake.code) {
    case 'option-of-later-kernel':
      return {
        text: `${what}: this kernel does not have the option, it came with Linux ${FIRST_RELEASE[mistake.list]}.`,
        fix: mistake.list === 'config_acs' ? 'use pci=disable_acs_redir=, or a newer kernel.' : 'use a newer kernel.',
      };
    case 'list-defect':
      return {
        text: `${what}: this kernel reads lists of several devices wrongly ("Can't parse ACS command line parameter" in its log), so some of the ports are not set.`,
        fix: 'use Linux 6.12.23, 6.13.11, 6.14.2 or later of these series, or set the registers with setpci.',
      };
    case 'no-such-device': {
      const { likely } = mistake;
      return {
        text: `${what}: there is no such device in this machine, so it does nothing.`,
        fix:
          likely === undefined
            ? 'look the address up again: bus numbers change when cards are moved; a path from the root port does not.'
            : `perhaps ${formatBdf(likely.bdf)} is meant (${longName(likely, names)}).`,
      };
    }
    case 'device-without-acs': {
      const { above, fn } = mistake;
      return {
        text: `${what}: ${longName(fn, names)} has no ACS, so it does nothing.`,
        fix:
          above === undefined ? 'take it out.' : `redirect is decided at the port above it: ${formatBdf(above.bdf)}.`,
      };
    }
    case 'no-device':
      return {
        text: `${what}: is neither an address nor pci:VENDOR:DEVICE, so the kernel stops reading the list there.`,
        fix: 'write 0000:00:01.0, a path like 0000:00:01.0/00.0, or pci:8086:1901.',
      };
    case 'flags-missing':
    case 'flags-invalid':
    case 'flags-reversed':
      return flagsText(mistake);
    case 'stray-quotes':
      return {
        text: `${what}: a quote or backslash reached the kernel and spoils the device beside it.`,
        fix: "quote the whole parameter in the boot loader's configuration, so that only the list is left.",
      };
    case 'cut-at-semicolon':
      return {
        text: `${what}: the boot configuration says ${printable(mistake.configured)}; the boot loader took the semicolon for the end of the command, and the kernel got the first device alone.`,
        fix: 'in GRUB write \\; or put the parameter in quotes inside the quotes, then update-grub.',
      };
  }
}

type FlagsMistake = Extract<CmdlineMistake, { code: 'flags-missing' | 'flags-invalid' | 'flags-reversed' }>;

function flagsText(mistake: FlagsMistake): MistakeText {
  const what = printable(mistake.option);
  switch (mistake.code) {
    case 'flags-missing':
      return {
        text: `${what}: has no flags of its own, so the kernel stops reading the list there.`,
        fix: 'write the flags before every device: FLAGS@DEVICE;FLAGS@DEVICE.',
      };
    case 'flags-invalid':
      return {
        text: `${what}: flags are up to seven of 0, 1 and x; the kernel ignores the list from there on.`,
        fix: 'write one character for each bit, the rightmost for SrcValid.',
      };
    case 'flags-reversed': {
      const { set, cleared, meantSet, meantCleared, turned } = mistake;
      const device = printable(mistake.option.slice(mistake.option.indexOf('@')));
      return {
        text:
          `${what}: the rightmost character is bit 0 (SrcValid). The kernel reads ${acsBitWords(set, cleared)}; where ` +
          `firmware leaves 0, Control becomes 0x${set.toString(16).padStart(4, '0')}. Read from the left, the same ` +
          `flags say ${acsBitWords(meantSet, meantCleared)}.`,
        fix: `if that is meant, write ${turned}${device}.`,
      };
    }
  }
}

/** Bits that are set and cleared: `SrcValid on, CmpltRedir and UpstreamFwd off`. */
function acsBitWords(set: number, cleared: number): string {
  const listed = (bits: number): string => {
    const names = acsBitNames(bits).replaceAll('+', '').split(' ');
    return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  };
  const parts = [set === 0 ? '' : `${listed(set)} on`, cleared === 0 ? '' : `${listed(cleared)} off`];
  return parts.filter((part) => part !== '').join(', ') || 'nothing';
}
