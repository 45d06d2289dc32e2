/** What to say where a kernel command line does not fit, or ports are named in a shorter way. */
import { printable } from '../base/index.ts';
import type { CmdlineFit } from '../diagnose/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';

/** A change of the command line that may be too long, with the shorter one that was found, if any. */
export interface LongChange {
  readonly text: string;
  readonly fit: CmdlineFit;
  readonly besides: readonly PciFunction[];
  readonly shorter:
    | { readonly text: string; readonly fit: CmdlineFit; readonly besides: readonly PciFunction[] }
    | undefined;
}

/** Sentences; none where the line fits. */
export function lengthWords({ fit, shorter }: Pick<LongChange, 'fit' | 'shorter'>, names: DeviceNames): string[] {
  if (fit.fits) return [];
  const kernels = fit.architecture === undefined ? 'most kernels' : `kernels of ${fit.architecture}`;
  const words = [
    `Too long: the command line would have ${fit.length} characters, and ${kernels} take ${fit.limit} and cut the rest off, root= with it.`,
  ];
  if (shorter === undefined)
    return [...words, 'No shorter way of naming these ports was found: use setpci at every boot.'];
  const hits = shorter.besides.length === 0 ? 'and nothing else' : `but also ${nameList(shorter.besides, names, 6)}`;
  const still = shorter.fit.fits
    ? `${shorter.fit.length} characters`
    : `still ${shorter.fit.length} characters: use setpci at every boot`;
  return [...words, `By vendor and device it hits these ports, ${hits} (${still}): ${printable(shorter.text)}`];
}
