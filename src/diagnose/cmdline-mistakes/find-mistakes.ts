/** Looks over the command line of the running kernel. */
import { factValue, type MachineCapture } from '../../capture/index.ts';
import type { P2pdmaMachine } from '../../p2pdma/index.ts';
import { machineCmdline } from '../../pci/index.ts';
import { acsListMistakes } from './acs-list-mistakes.ts';
import type { AcsOption, CmdlineMistake } from './mistake.ts';

/** Mistakes on the captured command line, and in the boot configuration beside it. None where neither is in the input. */
export function cmdlineMistakes(machine: P2pdmaMachine): readonly CmdlineMistake[] {
  const { topology } = machine;
  const text = factValue(topology.capture.kernel.cmdline);
  if (text === undefined) return [];
  const { configAcs, disableAcsRedir } = machineCmdline(topology, text).pci;
  const lists: readonly (readonly [AcsOption, string | undefined])[] = [
    ['disable_acs_redir', disableAcsRedir],
    ['config_acs', configAcs],
  ];
  return lists.flatMap(([list, value]) => {
    if (value === undefined) return [];
    const cut = cutAtSemicolon(topology.capture, text, list, value);
    return [...(cut === undefined ? [] : [cut]), ...acsListMistakes(list, value, machine)];
  });
}

/**
 * GRUB ends a command at a semicolon that is not quoted: the kernel then gets the list up to its first device, and
 * nothing of what stands behind it.
 */
function cutAtSemicolon(
  { parts }: MachineCapture,
  running: string,
  list: AcsOption,
  value: string,
): CmdlineMistake | undefined {
  if (!running.trimEnd().endsWith(value)) return undefined;
  const told = parts
    .filter(({ origin }) => origin.passage === 'boot-configuration')
    .flatMap(({ kernel }) => (kernel?.cmdline === undefined ? [] : (factValue(kernel.cmdline) ?? [])));
  const configured = told.flatMap((text) => new RegExp(`${list}=([^\\s,"']+)`).exec(text)?.[1] ?? []);
  const longer = configured.find((text) => text.startsWith(`${value};`) || text.startsWith(`${value}\\;`));
  return longer === undefined
    ? undefined
    : { code: 'cut-at-semicolon', option: `pci=${list}=${value}`, configured: longer };
}
