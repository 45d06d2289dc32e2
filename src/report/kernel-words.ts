/** Which kernel a report speaks for. */
import { printable } from '../base/index.ts';
import { FIRST_P2PDMA_KERNEL, type P2pdmaMachine, p2pdmaRules } from '../p2pdma/index.ts';
import { formatKernelVersion } from '../uapi/index.ts';
import type { Reader } from './reader.ts';

/**
 * "As Linux 7.3.4 answers (read from the input)". `choice`: how another is chosen. Where the rules of a distribution are
 * known from is told by `kernelSources`.
 */
export function kernelLine(machine: P2pdmaMachine, reader: Reader = 'command'): string {
  const choice = reader === 'page' ? 'choose one under What if' : 'choose with --kernel';
  const { kernelChoice } = machine;
  const source = {
    read: 'read from the input',
    chosen: 'chosen',
    assumed: `assumed: the input does not tell; ${choice}`,
  };
  const parts = [source[kernelChoice.source], kernelWarning(machine), configWords(machine)];
  const about = parts.filter((part) => part !== undefined).join('; ');
  return `As Linux ${kernelName(machine)} answers (${about}).`;
}

/** The release whose answers these are: as read or chosen, or the newest known in place of a newer one. */
export function kernelName({ kernelChoice: { release, version, warning } }: P2pdmaMachine): string {
  return warning === 'newer-than-known' ? formatKernelVersion(version) : printable(release);
}

/** What people should know of the kernel, one clause; undefined where there is nothing. */
function kernelWarning({ kernelChoice, kernel }: P2pdmaMachine): string | undefined {
  const { release, warning, version, others } = kernelChoice;
  if (!p2pdmaRules(kernel).exists && others.length === 0) {
    return `it has no P2PDMA, which came with Linux ${formatKernelVersion(FIRST_P2PDMA_KERNEL)}`;
  }
  switch (warning) {
    case 'newer-than-known':
      return `the newest that is known, in place of ${printable(release)}`;
    case 'release-unreadable':
      return 'the release in the input cannot be read';
    case 'rules-open':
      return `which rules its distribution took over from newer kernels is not known: answered as Linux ${formatKernelVersion(version)} to ${formatKernelVersion(others.at(-1) ?? version)}, unknown where they differ`;
    case undefined:
      break;
  }
  if (!followsOthers(kernelChoice)) return undefined;
  return `with the rules of Linux ${formatKernelVersion(version)}`;
}

/** Whether a kernel has the rules of another release than its number says. */
function followsOthers({ parsed, version }: P2pdmaMachine['kernelChoice']): boolean {
  const own = parsed?.version ?? version;
  return own.major !== version.major || own.minor !== version.minor;
}

function configWords({ configP2pdma, configSource }: P2pdmaMachine): string | undefined {
  if (configP2pdma.state !== 'known') return 'CONFIG_PCI_P2PDMA taken to be on';
  if (configSource === undefined) return undefined;
  return `CONFIG_PCI_P2PDMA ${configP2pdma.value ? 'on' : 'off'}`;
}

/** Where it is known from what the distribution of a kernel took over and switched on, a sentence each. */
export function kernelSources({ kernelChoice, configP2pdma, configSource }: P2pdmaMachine): string[] {
  const { rulesFrom, version, release } = kernelChoice;
  const sentences: string[] = [];
  if (rulesFrom !== undefined && followsOthers(kernelChoice))
    sentences.push(
      `Linux ${printable(release)} has the rules of Linux ${formatKernelVersion(version)}, by ${rulesFrom}.`,
    );
  if (configSource !== undefined && configP2pdma.state === 'known')
    sentences.push(`It has CONFIG_PCI_P2PDMA ${configP2pdma.value ? 'on' : 'off'}, by ${configSource}.`);
  return sentences;
}

/**
 * The kernel a report speaks for. `warning` is there only where there is one; `p2pdmaSource` only where the option is
 * known by the distribution, and not by the input.
 */
export function kernelJson(machine: P2pdmaMachine): object {
  const { configP2pdma, configSource, kernelChoice } = machine;
  const warning = kernelWarning(machine);
  return {
    release: kernelName(machine),
    source: kernelChoice.source,
    p2pdma: configP2pdma.state === 'known' ? (configP2pdma.value ? 'on' : 'off') : 'assumed-on',
    ...(configSource === undefined ? {} : { p2pdmaSource: configSource }),
    ...(kernelChoice.rulesFrom === undefined || !followsOthers(kernelChoice)
      ? {}
      : { rulesSource: kernelChoice.rulesFrom }),
    ...(warning === undefined ? {} : { warning }),
  };
}
