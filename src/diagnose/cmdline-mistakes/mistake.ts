/** What is wrong with words on a kernel command line, as values; text is made from them in `report/`. */
import type { PciFunction } from '../../pci/index.ts';

/** The two lists of devices that `pci=` takes. */
export type AcsOption = 'disable_acs_redir' | 'config_acs';

/** One mistake. `option` is the piece of the command line that it is in; untrusted text. */
export type CmdlineMistake =
  /** The kernel is older than the option. */
  | { readonly code: 'option-of-later-kernel'; readonly option: string; readonly list: AcsOption }
  /** The kernel has a defect that spoils lists of several devices. */
  | { readonly code: 'list-defect'; readonly option: string; readonly list: AcsOption }
  /** No function of the machine is what a device of a list names; `likely`: the one that may be meant. */
  | { readonly code: 'no-such-device'; readonly option: string; readonly likely: PciFunction | undefined }
  /** The function has no ACS; `above`: the nearest port above it that has. */
  | {
      readonly code: 'device-without-acs';
      readonly option: string;
      readonly fn: PciFunction;
      readonly above: PciFunction | undefined;
    }
  /** The text is no device. */
  | { readonly code: 'no-device'; readonly option: string }
  /** An element of `config_acs` without flags of its own: the kernel stops there. */
  | { readonly code: 'flags-missing'; readonly option: string }
  /** Flags that are not 0, 1 and x, or too many. */
  | { readonly code: 'flags-invalid'; readonly option: string }
  /** Flags that make sense read from the left, as the kernel does not read them. Bits are PCI_ACS_*. */
  | {
      readonly code: 'flags-reversed';
      readonly option: string;
      /** What the kernel makes of them. */
      readonly set: number;
      readonly cleared: number;
      /** What they say from the left. */
      readonly meantSet: number;
      readonly meantCleared: number;
      /** The flags turned round. */
      readonly turned: string;
    }
  /** Quotes or backslashes that reached the kernel. */
  | { readonly code: 'stray-quotes'; readonly option: string }
  /** The boot loader cut the list at its first semicolon. */
  | { readonly code: 'cut-at-semicolon'; readonly option: string; readonly configured: string };
